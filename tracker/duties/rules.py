"""Duties, the milestones and obligations of the papers: when each is due, whether it is done, which are overdue."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from tracker.times import RoughDay


class DutyState(StrEnum):
    DONE = "done"
    OVERDUE = "overdue"
    DUE = "due"
    NO_DATE = "no date"


@dataclass(frozen=True, slots=True)
class DutyNow:
    """The present state of a duty. `due` None: the paper gives no day, or the launch it counts from has not happened;
    `before`: the event it has to precede; `begins`, `lasts_months`: what it is the end of; `on_paper`: done on the
    paper's word, which is the evidence; `done_on` None then if the paper states no day."""

    key: str
    kind: str
    words: str
    due: date | None
    before: str | None
    done_on: date | None
    evidence: str | None
    state: DutyState
    source: str
    begins: RoughDay | None = None
    lasts_months: int | None = None
    on_paper: bool = False

    def in_words(self) -> str:
        if self.state is DutyState.DONE and self.on_paper:
            day = f" on {self.done_on}" if self.done_on else ""
            return f"done{day}, on the paper's word: “{self.evidence}”"
        if self.state is DutyState.DONE:
            return f"done on {self.done_on} ({self.evidence})"
        when = f"due {self.due}" if self.due else f"before {self.before}" if self.before else "no day is stated"
        if self.begins is not None and self.lasts_months is not None:
            when += f", at the end of about {self.lasts_months} months from {self.begins}"
        return f"OVERDUE, was {when}" if self.state is DutyState.OVERDUE else when


@dataclass(frozen=True, slots=True)
class Done:
    """A duty was done on a day, with its evidence."""

    key: str
    on: date
    evidence: str


def months_after(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def duties_on(stated: Iterable[dict[str, Any]], done: Iterable[Done], launched: date | None, on: date) -> list[DutyNow]:
    """The state of each duty on a day.

    Parameters
    ----------
    stated
        Entries of section *duty*.
    launched
        The programme's first launch, from which *months after launch* count. PCD 570 does not state when its six
        months begin; the launch is used.
    """
    done_by_then = {each.key: each for each in done if each.on <= on}
    out = []
    for row in stated:
        due: date | None = None
        begins = None if row["begins_on"] is None else RoughDay(row["begins_on"], row["begins_precision"])
        if row["due_on"] is not None:
            due = RoughDay(row["due_on"], row["due_precision"]).last
        elif begins is not None and row["lasts_months"] is not None:
            due = months_after(begins.day, row["lasts_months"]) - timedelta(days=1)
        elif row["months_after_launch"] is not None and launched is not None:
            due = months_after(launched, row["months_after_launch"])
        mine = done_by_then.get(row["key"])
        on_paper = mine is None and row["done_words"] is not None and (row["done_on"] or date.min) <= on
        if mine is not None or on_paper:
            state = DutyState.DONE
        elif due is None:
            state = DutyState.NO_DATE
        else:
            state = DutyState.OVERDUE if on > due else DutyState.DUE
        out.append(
            DutyNow(
                key=row["key"],
                kind=row["kind"],
                words=row["words"],
                due=due,
                before=row["before"],
                done_on=mine.on if mine is not None else row["done_on"] if on_paper else None,
                evidence=mine.evidence if mine is not None else row["done_words"] if on_paper else None,
                state=state,
                source=row["source"],
                begins=begins,
                lasts_months=row["lasts_months"],
                on_paper=on_paper,
            )
        )
    return out
