"""Milestones and obligations on the wire."""

from datetime import date

from api.schemas.delivery.papers import ComingDecision
from api.schemas.fields import Text
from api.schemas.wire import Body, StateAnswer, Wire
from tracker.duties.rules import DutyNow


class DutyOut(Wire, frozen=True, kw_only=True):
    """A duty with its paragraph. `due`: nothing where the paper gives no day; `before`: what it has to come before;
    `begins` (a day, or a month in words) and `lastsMonths`: what it is the end of; `onPapersWord`: the paper says that
    it is done, in the words of `evidence`, and nobody has recorded it; `stateInWords`: its state in a sentence."""

    key: str
    kind: str
    words: str
    state: str
    state_in_words: str
    due: date | None
    before: str | None
    begins: str | None
    lasts_months: int | None
    on_papers_word: bool
    done_on: date | None
    evidence: str | None
    source: str


class DutyList(StateAnswer, frozen=True, kw_only=True):
    """`toCome`: decisions whose duties do not count yet."""

    items: list[DutyOut]
    total: int
    to_come: list[ComingDecision]


class DutyDone(Wire, frozen=True, kw_only=True):
    key: str
    done_on: date


class DoneIn(Body, frozen=True, kw_only=True):
    evidence: Text
    on: date | None = None


def duty_out(duty: DutyNow) -> DutyOut:
    return DutyOut(
        key=duty.key,
        kind=duty.kind,
        words=duty.words,
        state=duty.state.value,
        state_in_words=duty.in_words(),
        due=duty.due,
        before=duty.before,
        begins=None if duty.begins is None else str(duty.begins),
        lasts_months=duty.lasts_months,
        on_papers_word=duty.on_paper,
        done_on=duty.done_on,
        evidence=duty.evidence,
        source=duty.source,
    )
