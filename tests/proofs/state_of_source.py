"""Which source was run, with what, on which machine: what has to be the same to measure the same again."""

import platform
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("geo", "matcher", "tracker", "api")
LOCKS = ("requirements.lock", "requirements-dev.lock")
CRITERIA = ("tests/proofs/criteria.py", "tests/proofs/bounds.py")
WRITTEN_BY_PROOFS = ("matcher/figures", "matcher/VALIDATION.md")
"""What a proof measured before is no change of the source that the next one is run on."""
OF_A_RUN = ("run", "at", "exit", "ended")
LIBRARIES = ("numba", "llvmlite", "numpy", "scipy", "polars", "pyarrow", "deltalake", "hypothesis", "pytest")


def state_of_source(root: Path = ROOT) -> dict[str, Any]:
    """Versions and digests, as plain values."""
    from llvmlite.binding import get_host_cpu_name

    from matcher.params import ALGORITHM

    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": version("tagpilot"),
        "algorithm": ALGORITHM,
        "commit": _git(root, "rev-parse", "HEAD"),
        "uncommitted": is_uncommitted(root),
        "product": digest_of(root, [f for folder in PRODUCT for f in (root / folder).rglob("*.py")]),
        "proofs": digest_of(root, list((root / "tests").rglob("*.py"))),
        "criteria": digest_of(root, [root / name for name in CRITERIA]),
        "locks": {name: digest_of(root, [root / name]) for name in LOCKS},
        "python": sys.version.split()[0],
        "libraries": {name: version(name) for name in LIBRARIES},
        "machine": platform.machine(),
        "compiled_for": get_host_cpu_name(),
        "system": platform.system(),
    }


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether results of two runs stand together: one committed source, the same libraries, machine and seed."""
    if one["uncommitted"] is not False or other["uncommitted"] is not False:
        return False
    return all(one.get(key) == value for key, value in other.items() if key not in OF_A_RUN)


def is_uncommitted(root: Path) -> bool | None:
    """Whether the source has changes that are in no commit, None where there is no repository."""
    changes = _git(root, "status", "--porcelain", "--", ".", *(f":!{path}" for path in WRITTEN_BY_PROOFS))
    return None if changes is None else bool(changes)


def digest_of(root: Path, files: list[Path]) -> str:
    """One digest of files, by their path and bytes."""
    whole = sha256()
    for path in sorted(files):
        whole.update(f"{path.relative_to(root).as_posix()}\0{sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def _git(root: Path, *words: str) -> str | None:
    """What git says, None where there is no git or no repository."""
    try:
        said = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return said.stdout.strip() if said.returncode == 0 else None
