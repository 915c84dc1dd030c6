"""Withdraws an import from the fix store, and gives it back: each day is made again of what counts, in one commit."""

from matcher.store.day_file import stored_day
from matcher.store.merge import merge_day
from matcher.store.origins import BASE, COUNTS, WITHDRAWN
from matcher.store.table import FixTable
from matcher.store.writing import Announce


def withdraw(table: FixTable, origin: str, announce: Announce | None, keep_hours: float) -> int:
    """As `FixStore.withdraw`."""
    with table.writing(keep_hours=keep_hours) as writing:
        gone = 0
        for day in writing.origins.days(origin):
            stored = stored_day(day, writing.files(day))
            left, more = writing.origins.without(origin, day, stored)
            if more.height:
                writing.moves.keep(BASE, day, more)
            if not left.equals(stored):
                writing.replace(day, left)
            gone += stored.height - left.height
        writing.moves.folder(origin, COUNTS, WITHDRAWN)
        writing.commit(announce)
    return gone


def give_back(table: FixTable, origin: str, announce: Announce | None, keep_hours: float) -> int:
    """As `FixStore.give_back`."""
    with table.writing(keep_hours=keep_hours) as writing:
        rows = 0
        for day in writing.origins.days(origin, WITHDRAWN):
            share = writing.origins.share(origin, day, WITHDRAWN)
            before = stored_day(day, writing.files(day))
            merged = merge_day(day, before, share)
            if before.height and not writing.origins.of_day(day):
                writing.moves.keep(BASE, day, before)
            if merged.changed:
                writing.replace(day, merged.rows)
            rows += share.height
        writing.moves.folder(origin, WITHDRAWN, COUNTS)
        writing.commit(announce)
    return rows
