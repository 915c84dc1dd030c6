"""What has changed from one run to another."""

from collections.abc import Sequence

import polars as pl

from api.schemas.wire import PageAnswer, Wire
from matcher.runs.difference import counts


class Change(Wire, frozen=True, kw_only=True):
    """One pair of a crime and a wearer. `change` is added, withdrawn or changed; `differs` names what of a changed
    candidate's evidence does. A version or verdict is null where the pair was not in that run."""

    force: str
    crime_ref: str
    wearer_id: str
    change: str
    version_before: int | None
    version: int | None
    verdict_before: str | None
    verdict: str | None
    differs: list[str]


class Difference(PageAnswer, frozen=True, kw_only=True):
    """What a reviewer of the run `before` has to look at again, now that there is `after`. `releasesAffected`: releases
    of matches that are withdrawn or changed here, whose recipients may have to be notified."""

    before: str
    after: str
    added: int
    withdrawn: int
    changed: int
    releases_affected: list[int]
    items: list[Change]


def difference_of(
    before: str, after: str, rows: pl.DataFrame, *, limit: int, offset: int, releases: Sequence[int]
) -> Difference:
    """All of the counts, and the rows of one page, of `matcher.runs.difference.DIFFERENCE`; every row for a limit of
    0."""
    return Difference(
        before=before,
        after=after,
        **counts(rows),
        releases_affected=sorted(releases),
        items=_changes(rows.slice(offset, limit or None)),
        total=rows.height,
        limit=limit,
        offset=offset,
    )


def _changes(rows: pl.DataFrame) -> list[Change]:
    return [
        Change(**{**row, "differs": row["differs"].split(", ") if row["differs"] else []})
        for row in rows.select(Change.__struct_fields__).iter_rows(named=True)
    ]
