"""The fix store's use of the Delta library: create the table, load it, replace days in one commit."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import polars as pl
from deltalake import CommitProperties, DeltaTable, Field, Schema
from deltalake.exceptions import DeltaError
from deltalake.schema import PrimitiveType
from deltalake.transaction import AddAction, RemoveAction

from matcher.errors import Damaged, StoreError
from matcher.schemas import STORED_FIXES
from matcher.store.table_state import LISTED, TableState, listed_in

_DELTA_TYPES = {
    "String": "string",
    "Int8": "byte",
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
    """Create an empty table of fixes, partitioned by day."""
    DeltaTable.create(
        str(path),
        SCHEMA,
        partition_by=["day"],
        configuration=configuration,
        raise_if_key_not_exists=False,
    )


def load(path: Path) -> DeltaTable:
    """The table at its newest version. An instance stays at that version, so load it again for every write.
    Raises Damaged."""
    try:
        return DeltaTable(str(path))
    except DeltaError as error:
        raise Damaged(f"the log of the fix store at {path} cannot be read: {str(error).splitlines()[0]}") from error


def state(table: DeltaTable) -> TableState:
    """Configuration and live files of a loaded table."""
    # Through pyarrow this would import pandas, if installed, which takes a third of a second.
    adds = pl.DataFrame(table.get_add_actions(flatten=True))
    # A table of another tool has no days; `open` refuses it afterwards.
    day_of = adds["partition.day"].cast(pl.String) if "partition.day" in adds.columns else [""] * adds.height
    days = dict(zip(map(unquote, adds["path"]), day_of, strict=True))
    listed = listed_in(Path(unquote(table.table_uri.removeprefix("file://"))), table.version())
    return TableState(table.version(), dict(table.metadata().configuration), days, listed)


def add_action(name: str, size_bytes: int, day: date, rows: int, clock_s: float) -> AddAction:
    # Only the number of rows goes into the log: least and greatest values would remain there after an erasure.
    stats = json.dumps({"numRecords": rows})
    return AddAction(name, size_bytes, {"day": str(day)}, int(clock_s * 1000), True, stats)


def replace(table: DeltaTable, days: Mapping[date, AddAction | None], listed: str) -> None:
    """Replace the files of these days in one commit; None removes the day. `listed` is the digest of what is live after
    it (`table_state.listing`). Raises StoreError."""
    actions: list[AddAction | RemoveAction] = [action for action in days.values() if action is not None]
    try:
        table.create_write_transaction(
            actions,
            "overwrite",
            SCHEMA,
            ["day"],
            partition_filters=[("day", "in", [str(day) for day in days])],
            commit_properties=CommitProperties(custom_metadata={LISTED: listed}),
        )
    except DeltaError as error:
        raise StoreError(f"the fix store at {table.table_uri} refused the commit: {error}") from error
