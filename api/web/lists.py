"""What a list shows around its rows: how many, which of them, the pages before and behind, and how it is sorted. All of
it is links, so that it works without scripts and an address says what is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from api.web.browser import Asked

SIZES = (20, 50, 100)


@dataclass(frozen=True)
class Listing:
    """`query`: what the address says now; `sort`: how the rows are sorted, descending with a minus before it; `next`:
    of a long list that goes on behind a row, its mark."""

    path: str
    query: tuple[tuple[str, str], ...]
    total: int
    limit: int
    offset: int
    shown: int
    sort: str = ""
    next: str | None = None

    @property
    def first(self) -> int:
        return self.offset + 1 if self.shown else 0

    @property
    def last(self) -> int:
        return self.offset + self.shown

    @property
    def before(self) -> str | None:
        """The page before; of a list that goes on behind a row the first page."""
        if any(name == "after" for name, _ in self.query):
            return self.with_(after=None, offset=None)
        return None if self.offset == 0 else self.with_(offset=max(0, self.offset - self.limit) or None)

    @property
    def behind(self) -> str | None:
        if self.next is not None:
            return self.with_(after=self.next, offset=None)
        on_a_mark = any(name == "after" for name, _ in self.query)
        more = not on_a_mark and self.last < self.total and self.shown > 0
        return self.with_(offset=self.last) if more else None

    def sort_of(self, name: str) -> str:
        return {name: "ascending", f"-{name}": "descending"}.get(self.sort, "")

    def sorted_by(self, name: str) -> str:
        """The same list sorted by a column; the other way round where it is already."""
        return self.with_(sort=f"-{name}" if self.sort == name else name, offset=None, after=None)

    def with_(self, **changed: Any) -> str:
        """The address of the same list with some parts of the query changed; None leaves one out."""
        kept = [(name, value) for name, value in self.query if name not in changed]
        kept += [(name, str(value)) for name, value in changed.items() if value is not None]
        return f"{self.path}?{urlencode(kept)}" if kept else self.path


def with_query(request: Asked, path: str, **changed: Any) -> str:
    """An address with what this one asks for, and some of it changed."""
    query = tuple((name, value) for name, value in request.query_params.multi_items() if value)
    return Listing(path, query, 0, 0, 0, 0).with_(**changed)


def listing(request: Asked, answer: Any, rows: Any = None, *, sort: str = "") -> Listing:
    """From an answer with `total` and `items`, and `limit`, `offset` and `next` where it has them."""
    shown = len(answer.items if rows is None else rows)
    query: Mapping[str, str] = request.query_params
    return Listing(
        request.scope["path"],
        tuple((name, value) for name, value in query.multi_items() if value),  # type: ignore[attr-defined]
        answer.total,
        getattr(answer, "limit", shown),
        getattr(answer, "offset", 0),
        shown,
        sort,
        getattr(answer, "next", None),
    )
