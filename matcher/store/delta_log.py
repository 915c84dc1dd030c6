"""The Delta log of the fix store, read without the library that writes it, where the log is plain enough.

A process that only matches needs to know which files are live; importing a whole Delta implementation for that costs it
more than reading them. The log of a table of reader version 1 without a checkpoint is lines of JSON: files added, files
removed, in order of version (the Delta transaction log protocol, "Actions" and "Action Reconciliation"). Anything else,
and anything odd, is left to the library: `read_log` then says None.
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
    """A table at a version: its configuration, and the live files, path under the table to the value of `day`."""

    version: int
    configuration: dict[str, str]
    days: dict[str, str]


def is_table(path: Path) -> bool:
    """Whether a Delta table is there."""
    log = path / LOG
    return log.is_dir() and any(_VERSION.fullmatch(p.name) or _CHECKPOINT in p.name for p in log.iterdir())


def read_log(path: Path) -> LogState | None:
    """The newest state of the table at `path`, or None if it takes the library to tell."""
    try:
        names = sorted(entry.name for entry in (path / LOG).iterdir())
        versions = [name for name in names if _VERSION.fullmatch(name)]
        if any(_CHECKPOINT in name for name in names) or not versions:
            return None
        if [int(name[:20]) for name in versions] != list(range(len(versions))):
            return None
        return _replayed([(path / LOG / name).read_bytes() for name in versions])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _replayed(commits: list[bytes]) -> LogState | None:
    configuration: dict[str, str] = {}
    days: dict[str, str] = {}
    for commit in commits:
        actions: list[dict[str, Any]] = [json.loads(line) for line in commit.splitlines() if line.strip()]
        for action in actions:
            if (protocol := action.get("protocol")) and protocol["minReaderVersion"] != 1:
                return None
            if meta := action.get("metaData"):
                configuration = meta["configuration"]
        # Within a commit a path is removed and added in no order that counts: what is added stays.
        for action in actions:
            if remove := action.get("remove"):
                days.pop(unquote(remove["path"]), None)
        for action in actions:
            if add := action.get("add"):
                days[unquote(add["path"])] = add["partitionValues"].get("day", "")
    return LogState(len(commits) - 1, configuration, days)
