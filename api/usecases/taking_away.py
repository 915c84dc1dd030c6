"""What is taken away as a file: for a stated purpose that stands in the audit, with the kind of file."""

from typing import Any, NamedTuple

from api.usecases.request_context import RequestContext
from tracker.errors import BadEntry

MOST_ROWS = 20_000
"""Rows of one file."""
_SHORTEST, _LONGEST = 10, 400


class Taken(NamedTuple):
    """`leaves_as`: the kind of file, such as CSV."""

    purpose: str
    leaves_as: str

    @property
    def audited(self) -> dict[str, Any]:
        return {"purpose": self.purpose, "leavesAs": self.leaves_as}


def taken(context: RequestContext, purpose: str, leaves_as: str) -> Taken:
    """Raises BadEntry for a purpose that says nothing, or names a person on record."""
    words = purpose.strip()
    if not _SHORTEST <= len(words) <= _LONGEST:
        raise BadEntry(
            f"purpose: say what the file is for, in {_SHORTEST} to {_LONGEST} characters. It stays on record."
        )
    context.names_nobody(purpose=words)
    return Taken(words, leaves_as)


def require_few(rows: int) -> None:
    """Raises BadEntry for more rows than one file has."""
    if rows > MOST_ROWS:
        raise BadEntry(f"There are {rows:,} rows, and a file has {MOST_ROWS:,} at most. Ask for fewer by the filters.")
