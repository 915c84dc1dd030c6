"""Reads the Delta log of the fix store without the Delta library, if the log is simple enough.

A process that only matches needs the list of live files, and importing a whole Delta implementation for that takes
longer than reading the fixes. The log of a table of reader version 1 without a checkpoint is lines of JSON: files
added, files removed, in order of version (the Delta transaction log protocol, "Actions" and "Action Reconciliation").
For any other log `read_log` returns None, and the library reads it.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from matcher.errors import Damaged

LOG = "_delta_log"
_VERSION = re.compile(r"(\d{20})\.json")
_CHECKPOINT = "checkpoint"
LISTED = "tagpilot.listed"


@dataclass(frozen=True, slots=True)
class LogState:
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


def listed_in(path: Path, version: int) -> str | None:
    """The digest of the live files that a commit has; None if there is none, or the file of the commit is gone. Raises
    Damaged."""
    try:
        lines = (path / LOG / f"{version:020d}.json").read_bytes().splitlines()
    except FileNotFoundError:
        return None
    try:
        return _listed([json.loads(line) for line in lines if line.strip()])
    except (ValueError, AttributeError) as error:
        # The library reads some lines that are no JSON.
        raise Damaged("a commit of the fix store's log is no JSON. Restore the fix store from a backup") from error


def _listed(actions: list[dict[str, Any]]) -> str | None:
    return next((info.get(LISTED) for action in actions if (info := action.get("commitInfo"))), None)


def is_table(path: Path) -> bool:
    """Whether `path` is a Delta table."""
    log = path / LOG
    return log.is_dir() and any(_VERSION.fullmatch(p.name) or _CHECKPOINT in p.name for p in log.iterdir())


def read_log(path: Path) -> LogState | None:
    """The newest state of the table at `path`; None if only the library can read it. Raises Damaged."""
    try:
        names = sorted(entry.name for entry in (path / LOG).iterdir())
        versions = [name for name in names if _VERSION.fullmatch(name)]
        if any(_CHECKPOINT in name for name in names) or not versions:
            return None
        if [int(name[:20]) for name in versions] != list(range(len(versions))):
            return None
        return _replay([(path / LOG / name).read_bytes() for name in versions])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _replay(commits: list[bytes]) -> LogState | None:
    configuration: dict[str, str] = {}
    days: dict[str, str] = {}
    listed: str | None = None
    for commit in commits:
        actions: list[dict[str, Any]] = [json.loads(line) for line in commit.splitlines() if line.strip()]
        for action in actions:
            if (protocol := action.get("protocol")) and protocol["minReaderVersion"] != 1:
                return None
            if meta := action.get("metaData"):
                configuration = meta["configuration"]
        if not actions:
            raise Damaged("a commit of the fix store's log is empty. Restore the fix store from a backup")
        listed = _listed(actions)
        # Within a commit the order of removing and adding a path does not matter: what is added stays.
        for action in actions:
            if remove := action.get("remove"):
                days.pop(unquote(remove["path"]), None)
        for action in actions:
            if add := action.get("add"):
                days[unquote(add["path"])] = add["partitionValues"].get("day", "")
    return LogState(len(commits) - 1, configuration, days, listed)
