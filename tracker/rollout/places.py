"""Whether a borough is live on a day, by what was planned and what an officer recorded. PCD 570, 2.1.

A phase or a borough launches when an officer records it; a plan alone launches nothing. Boroughs can slip, or be added
one by one.
"""

from dataclasses import dataclass
from datetime import date

from tracker.answers import Answer, Finding
from tracker.times import RoughDay


@dataclass(frozen=True, slots=True)
class Place:
    """What is on record of one borough in one programme.

    `planned` is the day that counts, the phase's or a later one of the borough's own (`slipped`: what the plan was
    first); `launched` the day an officer recorded. `source` says where the plan stands.
    """

    name: str
    phase: str | None
    planned: RoughDay | None
    launched: RoughDay | None = None
    slipped: RoughDay | None = None
    source: str = ""

    def live(self, on: date) -> bool | None:
        """None where nobody can say: no launch is recorded, or one that is known only to the month."""
        if self.launched is not None:
            return self.launched.reached(on)
        if self.planned is None:
            return False
        # A plan is not a launch. Before the earliest day it names, it says that the borough was not live.
        return None if self.planned.reached(on) is not False else False

    def said(self, on: date) -> str:
        """In words, for an officer: live since, planned, slipped."""
        if self.launched is not None:
            reached = self.launched.reached(on)
            if reached is None:
                return f"launched in {self.launched}, day not recorded"
            return f"live since {self.launched}" if reached else f"not yet live, launched {self.launched}"
        if self.planned is None:
            return "no launch planned"
        moved = f", was {self.slipped}" if self.slipped is not None else ""
        return f"planned {self.planned}{moved}, no launch recorded"


def live_on(places: dict[str, Place], borough: str | None, on: date | None) -> Finding:
    """The criterion *address in a borough live on the release date*.

    A borough that is planned and not launched leaves it open, whatever the day: the officer may launch it.
    """
    rule = "lives in a borough where the programme is live on the day of release"
    source = "PCD 570, 2.1 and 2.3"

    def found(answer: Answer, seen: str) -> Finding:
        return Finding("live borough", answer, seen, rule, source)

    if borough is None:
        return found(Answer.NOT_KNOWN, "no borough is known")
    place = places.get(borough)
    if place is None:
        return found(Answer.FAILED, f"{borough} is none of the programme's boroughs")
    if on is None:
        return found(Answer.NOT_KNOWN, f"{borough}: no day of release is known")
    if place.launched is None and place.planned is not None:
        return found(Answer.NOT_KNOWN, f"{borough}: {place.said(on)}")
    return found(Answer.of(place.live(on)), f"{borough}: {place.said(on)} (asked for {on})")
