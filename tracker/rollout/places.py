"""Whether a borough is live on a day, by the plan and the recorded launch. PCD 570, 2.1.

A *launch* is recorded by an officer, for a phase or for one borough; a plan alone launches nothing. Boroughs can be
delayed, or added one by one.
"""

from dataclasses import dataclass
from datetime import date

from tracker.answers import Answer, Finding
from tracker.programme.sections import PlaceKind
from tracker.times import RoughDay


@dataclass(frozen=True, slots=True)
class Place:
    """The plan and launch of one borough in one programme.

    `kind`: a borough, a BCU or the whole force. `planned` is the planned day in force: the phase's, or the borough's
    own if it was re-planned (`slipped`: the day planned first). `launched` is the day an officer recorded, or with
    `on_paper` the day that the paper says. `source` is
    the paragraph of the plan.
    """

    name: str
    phase: str | None
    planned: RoughDay | None
    launched: RoughDay | None = None
    slipped: RoughDay | None = None
    source: str = ""
    kind: PlaceKind = PlaceKind.BOROUGH
    on_paper: bool = False

    def live(self, on: date) -> bool | None:
        """Whether it is live on a day; None: not known, because no launch is recorded or its day is not."""
        if self.launched is not None:
            return self.launched.reached(on)
        if self.planned is None:
            return False
        # A plan is not a launch. Before the earliest planned day, though, the borough was not live.
        return None if self.planned.reached(on) is not False else False

    def in_words(self, on: date) -> str:
        """For an officer: live since when, or planned for when."""
        if self.launched is not None:
            reached = self.launched.reached(on)
            if reached is None:
                return f"launched in {self.launched}, day not recorded"
            if reached and self.on_paper:
                return f"live since {self.launched}, on the paper's word"
            return f"live since {self.launched}" if reached else f"not live yet, launches {self.launched}"
        if self.planned is None:
            return "no launch planned"
        moved = f", first planned {self.slipped}" if self.slipped is not None else ""
        return f"planned {self.planned}{moved}, no launch recorded"


def live_on(places: dict[str, Place], borough: str | None, on: date | None) -> Finding:
    """The criterion *address in a borough that is live on the release date*.

    A borough that is planned and not launched leaves the answer open, whatever the day: it may launch by then.
    """
    rule = "lives in a borough where the programme is live on the day of release"
    source = "PCD 570, 2.1 and 2.3"

    def found(answer: Answer, seen: str) -> Finding:
        return Finding("live borough", answer, seen, rule, source)

    if borough is None:
        return found(Answer.NOT_KNOWN, "no borough is recorded; postcodes are not looked up: give the borough")
    place = places.get(borough)
    if place is None:
        return found(Answer.FAILED, f"{borough} is not a borough of the programme")
    if on is None:
        return found(Answer.NOT_KNOWN, f"{borough}: no release date is recorded")
    if place.launched is None and place.planned is not None:
        return found(Answer.NOT_KNOWN, f"{borough}: {place.in_words(on)}")
    return found(Answer.of(place.live(on)), f"{borough}: {place.in_words(on)} (release on {on})")
