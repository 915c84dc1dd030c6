"""The manifest of the matcher's index: of which version of the table it was made, and with which bytes.

`_index/manifest.json` beside the table::

    version, listed, configuration, files   the table as its log had it then, so that a match need not read the log
    days    for each indexed day: the Parquet file it was made of, its folder, how many rows its mapped files have and
            at which byte each column begins, whether any row declares a level, by which rules its paths were made,
            and the sum of each other table

It is written last, and replaced as a whole; what it does not name is not used. One whose sum is not its own is as none.
"""

import json
import os
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from matcher.errors import Damaged
from matcher.files import sync_to_disk
from matcher.store.index.columns import ColumnsAt
from matcher.store.table_state import TableState, version_of
from matcher.sums import checked_json, with_sum

FOLDER, MANIFEST = "_index", "manifest.json"
_FORMAT = 2


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """One day of the index, in `folder`, made of the Parquet file named `made_of`.

    `columns` says where the columns of its mapped files are, by name; `declares_levels` whether a row declares a level
    of its accuracy; `rules` by which its paths are made (`paths.path_rules`; empty if it has none). `sums` are those of
    its other tables, by name.
    """

    made_of: str
    folder: str
    columns: dict[str, ColumnsAt]
    declares_levels: bool
    rules: str
    sums: dict[str, str]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The table at one version and the days of it that are indexed."""

    table: TableState
    days: dict[date, IndexedFile] = field(default_factory=dict)


def read_manifest(store: Path) -> Manifest | None:
    """The manifest of the store's index; None if there is none. Raises Damaged."""
    path = store / FOLDER / MANIFEST
    try:
        return _read(path, version_of(path))
    except FileNotFoundError:
        return None


@lru_cache(maxsize=64)
def _read(path: Path, _: tuple[int, ...]) -> Manifest | None:
    """The manifest as it is in this version of the file: a question of many days asks for it again and again."""
    value = checked_json(path.read_bytes(), path)[0]
    if value.get("format") != _FORMAT:
        return None
    try:
        table = TableState(value["version"], value["configuration"], value["files"], value["listed"])
        return Manifest(table, {date.fromisoformat(day): _file(each) for day, each in value["days"].items()})
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(f"{FOLDER}/{MANIFEST} of the fix store has changed since it was written") from error


def _file(value: dict[str, Any]) -> IndexedFile:
    columns = {name: ColumnsAt(rows, tuple(at)) for name, (rows, at) in value["columns"].items()}
    return IndexedFile(**{**value, "columns": columns})


def write_manifest(store: Path, manifest: Manifest) -> None:
    """Put the manifest in the place of the one before; whole on disk, or not at all."""
    table = manifest.table
    value = {
        "format": _FORMAT,
        "version": table.version,
        "listed": table.listed,
        "configuration": table.configuration,
        "files": table.days,
        "days": {
            str(day): {name: getattr(each, name) for name in IndexedFile.__slots__}
            for day, each in sorted(manifest.days.items())
        },
    }
    path = store / FOLDER / MANIFEST
    path.parent.mkdir(exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("w") as file:
        json.dump(with_sum(value), file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_to_disk(path.parent)
