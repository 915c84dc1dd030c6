"""Withdrawing counts of knife crime that were entered by mistake."""

from datetime import datetime

from sqlalchemy import Engine, select

from tracker.errors import BadEntry, NotFound
from tracker.knife_crime.importer import PURPOSE
from tracker.knife_crime.tables import BoroughCrime
from tracker.record.as_known import known
from tracker.record.entry import entering


def withdraw(
    engine: Engine,
    *,
    file_id: int | None = None,
    borough: str | None = None,
    year: str | None = None,
    reason: str,
    by: str,
    now: datetime,
) -> int:
    """Withdraw the figures of one file, or those of one borough and year; returns how many. Answers as known before
    still have them.

    Raises
    ------
    BadEntry
        Neither a file nor a borough with its year is given, or no reason.
    NotFound
        There are no such figures.
    """
    if not reason.strip():
        raise BadEntry("Give the reason why the figures are withdrawn.")
    if (file_id is None) == (borough is None) or (borough is None) != (year is None):
        raise BadEntry("Give the number of a file, or a borough and a year.")
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        query = select(BoroughCrime.id).where(known(BoroughCrime)).order_by(BoroughCrime.id)
        if file_id is not None:
            query = query.where(BoroughCrime.file_id == file_id)
        else:
            query = query.where(BoroughCrime.borough == borough, BoroughCrime.year == year)
        found = list(entry.connection.scalars(query))
        if not found:
            what = f"File {file_id} has no counts of knife crime" if file_id else f"{borough} has no count for {year}"
            raise NotFound(f"{what} on record. tagpilot boroughs counts lists those there are.")
        for fact in found:
            entry.withdraw(BoroughCrime, fact, reason=reason)
    return len(found)
