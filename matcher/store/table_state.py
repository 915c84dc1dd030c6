"""What the fix store's table has at one version, and which version is the newest.

The Delta library reads the log. A match asks only whether the version it knows of (`index/manifest.py`) is the newest:
the files of the log are named by version, and the newest commit has the digest of the list of live files.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from matcher.errors import Damaged

LOG = "_delta_log"
LISTED = "tagpilot.listed"
_VERSION = re.compile(r"(\d{20})\.(?:checkpoint\..*)?(?:json|parquet)")


@dataclass(frozen=True, slots=True)
class TableState:
    """A table at one version: its configuration, and `days`, from the path of each live file to its day.

    `listed` is the digest of `days` that the last commit of this program wrote with it (`listing`); None if another
    tool committed last, or a version without digests.
    """

    version: int
    configuration: dict[str, str]
    days: dict[str, str]
    listed: str | None = None

    @property
    def as_written(self) -> bool:
        """Whether the log lists the files that its last commit left; true where that is not known."""
        return self.listed is None or self.listed == listing(self.days)


def listing(days: Mapping[str, str]) -> str:
    """The digest of a table's live files and their days."""
    return hashlib.sha256(json.dumps(sorted(days.items())).encode()).hexdigest()


def version_of(path: Path) -> tuple[int, ...]:
    """Another one whenever the file is written. Raises FileNotFoundError."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def listed_in(path: Path, version: int) -> str | None:
    """The digest of the live files that a commit has; None if there is none, or the file of the commit is gone. Raises
    Damaged."""
    commit = path / LOG / f"{version:020d}.json"
    try:
        return _listed(commit, version_of(commit))
    except FileNotFoundError:
        return None


@lru_cache(maxsize=64)
def _listed(commit: Path, _: tuple[int, ...]) -> str | None:
    lines = commit.read_bytes().splitlines()
    if not lines:
        raise Damaged("a commit of the fix store's log is empty. Restore the fix store from a backup")
    try:
        actions = [json.loads(line) for line in lines if line.strip()]
        return next((info.get(LISTED) for action in actions if (info := action.get("commitInfo"))), None)
    except (ValueError, AttributeError) as error:
        # The library reads some lines that are no JSON.
        raise Damaged("a commit of the fix store's log is no JSON. Restore the fix store from a backup") from error


def newest_version(path: Path) -> int | None:
    """The highest version in the log of the table at `path`; None if there is no table."""
    try:
        names = [entry.name for entry in (path / LOG).iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return None
    return max((int(found[1]) for name in names if (found := _VERSION.fullmatch(name))), default=None)


def is_table(path: Path) -> bool:
    """Whether `path` is a Delta table."""
    return newest_version(path) is not None
