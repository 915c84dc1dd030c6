"""Reads the Delta log of the fix store without the Delta library, if the log is simple enough.

A process that only matches needs the list of live files, and importing a whole Delta implementation for that takes
longer than reading the fixes. The log of a table of reader version 1 without a checkpoint is lines of JSON: files
added, files removed, in order of version (the Delta transaction log protocol, "Actions" and "Action Reconciliation").
For any other log `read_log` returns None, and the library reads it.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

LOG = "_delta_log"
_VERSION = re.compile(r"(\d{20})\.json")
_CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True)
class LogState:
    """A table at one version: its configuration, and `days`, from the path of each live file to its day."""

    version: int
    configuration: dict[str, str]
    days: dict[str, str]


def is_table(path: Path) -> bool:
    """Whether `path` is a Delta table."""
    log = path / LOG
    return log.is_dir() and any(_VERSION.fullmatch(p.name) or _CHECKPOINT in p.name for p in log.iterdir())


def read_log(path: Path) -> LogState | None:
    """The newest state of the table at `path`; None if only the library can read it."""
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
    for commit in commits:
        actions: list[dict[str, Any]] = [json.loads(line) for line in commit.splitlines() if line.strip()]
        for action in actions:
            if (protocol := action.get("protocol")) and protocol["minReaderVersion"] != 1:
                return None
            if meta := action.get("metaData"):
                configuration = meta["configuration"]
        # Within a commit the order of removing and adding a path does not matter: what is added stays.
        for action in actions:
            if remove := action.get("remove"):
                days.pop(unquote(remove["path"]), None)
        for action in actions:
            if add := action.get("add"):
                days[unquote(add["path"])] = add["partitionValues"].get("day", "")
    return LogState(len(commits) - 1, configuration, days)
