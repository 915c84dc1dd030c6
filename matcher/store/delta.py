"""What the fix store asks of the Delta library: make the table, load it, replace days in one commit."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import polars as pl
from deltalake import DeltaTable, Field, Schema
from deltalake.exceptions import DeltaError
from deltalake.schema import PrimitiveType
from deltalake.transaction import AddAction, RemoveAction

from matcher.errors import StoreError
from matcher.schemas import STORED_FIXES
from matcher.store.delta_log import LogState

_DELTA_TYPES = {
    "String": "string",
    "Int16": "short",
    "Int32": "integer",
    "Boolean": "boolean",
    "Float32": "float",
    "Datetime": "timestamp",
}
SCHEMA = Schema(
    [Field(name, PrimitiveType(_DELTA_TYPES[str(dtype.base_type())])) for name, dtype in STORED_FIXES.items()]
    + [Field("day", PrimitiveType("date"))]
)


def create(path: Path, configuration: dict[str, str]) -> None:
    DeltaTable.create(
        str(path),
        SCHEMA,
        partition_by=["day"],
        configuration=configuration,
        raise_if_key_not_exists=False,
    )


def load(path: Path) -> DeltaTable:
    """The table as it is now. An instance stays at the version it was loaded at, and what it replaces then is out of
    date: load it anew for every session. Raises StoreError."""
    try:
        return DeltaTable(str(path))
    except DeltaError as error:
        raise StoreError(f"the fix store at {path} cannot be read: {error}") from error


def state(table: DeltaTable) -> LogState:
    # Through pyarrow this would import pandas, if it is there, for a third of a second.
    adds = pl.DataFrame(table.get_add_actions(flatten=True))
    # Another tool's table, which is about to be refused, has no days.
    day_of = adds["partition.day"].cast(pl.String) if "partition.day" in adds.columns else [""] * adds.height
    days = dict(zip(map(unquote, adds["path"]), day_of, strict=True))
    return LogState(table.version(), dict(table.metadata().configuration), days)


def added(name: str, size_bytes: int, day: date, rows: int, clock_s: float) -> AddAction:
    # The log tells the number of rows and nothing else: least and greatest values would outlive an erasure there.
    stats = json.dumps({"numRecords": rows})
    return AddAction(name, size_bytes, {"day": str(day)}, int(clock_s * 1000), True, stats)


def replace(table: DeltaTable, days: Mapping[date, AddAction | None]) -> None:
    """Make these days hold these files and no others, in one commit; None: the day goes. Raises StoreError."""
    actions: list[AddAction | RemoveAction] = [action for action in days.values() if action is not None]
    try:
        table.create_write_transaction(
            actions, "overwrite", SCHEMA, ["day"], partition_filters=[("day", "in", [str(day) for day in days])]
        )
    except DeltaError as error:
        raise StoreError(f"the fix store at {table.table_uri} refused the commit: {error}") from error
