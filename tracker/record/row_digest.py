"""The digest of a row as it was entered or changed, which the audit keeps, so that a byte changed since is found."""

import hashlib
import json
from collections.abc import Mapping, Set
from datetime import date, datetime
from enum import Enum
from typing import Any

LATER = frozenset({"superseded_at", "supersedes_id"})
"""Columns that change after a row was entered: another entry supersedes it, or what it superseded is purged."""


def plain(value: Any) -> Any:
    """The value as JSON can store it."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return value


def row_digest(row: Mapping[Any, Any], without: Set[str] = frozenset()) -> str:
    """sha256 over the columns that have a value, by name: a column that a later version adds changes no digest."""
    left_out = LATER | without
    values = {name: plain(value) for name, value in row.items() if value is not None and name not in left_out}
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
