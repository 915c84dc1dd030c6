"""Limit and offset of a list; and the place behind which a page of a long list begins."""

from typing import Annotated

from litestar.params import QueryParameter

MAX_LIMIT = 1_000

Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description="Rows on a page, at most 1,000.")]
Offset = Annotated[int, QueryParameter(ge=0, le=10**9, description="Rows before the page.")]
After = Annotated[
    str | None,
    QueryParameter(
        max_length=1_000, description="`next` of the page before: the rows behind it, from which `offset` counts."
    ),
]
