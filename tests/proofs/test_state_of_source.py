"""A run of the proofs says of which source it is."""

import subprocess
from pathlib import Path

from tests.proofs.state_of_source import is_uncommitted


def repository(at: Path) -> Path:
    (at / "matcher" / "figures").mkdir(parents=True)
    for name in ("matcher/params.py", "matcher/figures/chance.json"):
        (at / name).write_text("1\n")
    of_nobody = ("-c", "user.name=n", "-c", "user.email=n@example.org")
    for words in (("init", "-q"), ("add", "."), (*of_nobody, "commit", "-q", "-m", "first")):
        subprocess.run(["git", "-C", str(at), *words], check=True)
    return at


def test_what_proofs_write_is_no_change_of_the_source_and_all_else_is(tmp_path: Path) -> None:
    root = repository(tmp_path)
    (root / "matcher/figures/chance.json").write_text("2\n")
    (root / "matcher/figures/strength.svg").write_text("new\n")
    (root / "matcher/VALIDATION.md").write_text("new\n")
    assert is_uncommitted(root) is False
    (root / "matcher/params.py").write_text("2\n")
    assert is_uncommitted(root) is True


def test_a_new_file_is_a_change(tmp_path: Path) -> None:
    root = repository(tmp_path)
    (root / "matcher/new.py").write_text("1\n")
    assert is_uncommitted(root) is True
