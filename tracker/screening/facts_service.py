"""Screening again what a changed fact concerns, in the entry that changes it: a launch, an end, a release, an address.

A licence that was never screened stays so. A reserved place stays, is said here, and wants attention where the licence
now fails; only a list or a correction that changes the licence's own facts lapses it.
"""

from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy import select

from tracker.answers import Answer
from tracker.licences.tables import Licence
from tracker.record.entry import Entry
from tracker.screening.service import ScreenedAgain, rescreen

NAMES_SHOWN = 5
"""Licences that one note lists by reference."""


class Notes(list[str]):
    """What came of screening again, in words; filled while the entry is made."""

    def of_programme(self, today: date, released_since: date | None = None) -> Callable[[Entry, int], None]:
        """After something of a whole programme changed: every licence that awaits release, and those whose person was
        released since the first day that it concerns."""

        def then(entry: Entry, programme_id: int) -> None:
            found = rescreen(entry, programme_id, today, screened_once=True, released_since=released_since)
            self.extend(in_words(found))

        return then

    def of_person(self, today: date) -> Callable[[Entry, int], None]:
        """After something of a person changed: each of their licences."""

        def then(entry: Entry, person_id: int) -> None:
            query = select(Licence.programme_id, Licence.id).where(Licence.person_id == person_id).order_by(Licence.id)
            for programme_id, licence_id in entry.connection.execute(query).tuples().all():
                self.extend(in_words(rescreen(entry, programme_id, today, ids=[licence_id], screened_once=True)))

        return then


def in_words(screened: Sequence[ScreenedAgain]) -> list[str]:
    """One sentence for each answer that licences have now and did not have before; of one licence with its reasons."""
    changed = [each for each in screened if each.changed]
    out = []
    for answer in Answer:
        mine = [each for each in changed if each.after.answer is answer]
        if len(mine) == 1:
            out.append(f"Licence {mine[0].reference} was screened again: {answer}{_why(mine[0])}.")
        elif mine:
            names = ", ".join(each.reference for each in mine[:NAMES_SHOWN])
            more = f" and {len(mine) - NAMES_SHOWN} more" if len(mine) > NAMES_SHOWN else ""
            out.append(f"{len(mine)} licences were screened again: {answer} ({names}{more}).")
    out += [f"Licence {each.reference} {each.place}." for each in screened if each.place and each.changed]
    return out


def _why(each: ScreenedAgain) -> str:
    reasons = [f"{f.criterion}: {f.seen}" for f in each.after.findings if f.answer is not Answer.PASSED]
    return f" ({'; '.join(reasons)})" if reasons else ""
