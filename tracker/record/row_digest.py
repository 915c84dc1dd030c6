"""The digest of a row as it was entered or changed, which the audit keeps, so that a byte changed since is found."""

import hashlib
import json
from collections.abc import Mapping, Set
from datetime import date, datetime
from enum import Enum
from typing import Any

LATER = frozenset({"superseded_at", "supersedes_id"})
"""Columns that change after a row was entered: another entry supersedes it, or what it superseded is purged."""


_PLAIN = frozenset({str, int, float, bool})
# Made once: `json.dumps` makes an encoder for each call.
_text = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str).encode


def plain(value: Any) -> Any:
    """The value as JSON can store it."""
    # First the commonest: a row's digest asks this of each of its values.
    if value is None or type(value) in _PLAIN:
        return value
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
    return hashlib.sha256(row_text(row, without).encode()).hexdigest()


def row_text(row: Mapping[Any, Any], without: Set[str] = frozenset()) -> str:
    """What `row_digest` is over."""
    left_out = LATER | without
    return _text({name: plain(value) for name, value in row.items() if value is not None and name not in left_out})
