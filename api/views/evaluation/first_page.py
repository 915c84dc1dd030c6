"""The answer of an evaluation as its page puts it first: what was found, or what is missing and when it can be."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from api.schemas.evaluation.cohorts import FlowStep
from api.schemas.evaluation.effects import AnalysisOut
from api.views.evaluation.effect import finding, relative
from tracker.evaluation.people.subject import CHAIN
from tracker.evaluation.statistics.outcomes import FOLLOW_UP_DAYS, WAITING_DAYS

NO_ANSWER = "No answer yet"
NOBODY_ASKED = "Nobody has asked for one. Choose below how the groups are compared, and ask."
WHEN = (
    f"The outcome of a person is known {FOLLOW_UP_DAYS + WAITING_DAYS} days after release: {FOLLOW_UP_DAYS} in which "
    f"they may offend, and {WAITING_DAYS} for the conviction. Until then nobody released that day counts, whatever "
    "they did. Ask again as at a later month's end."
)
_BEFORE = {"eligible": "screened", **{step: before for before, step in pairwise(CHAIN)}}
"""Of each step that only those reach who reached another: that one."""
_LEFT = {
    "eligible": "did not pass a screening, or it is not known yet",
    "mapped": "not monitored while crimes may be mapped",
    "matched": "no crime was matched",
    "confirmed": "no match was confirmed",
    "released": "no match was released",
    "outcome": "no outcome was reported",
}


class AnswerTold(NamedTuple):
    heading: str
    lines: tuple[str, ...]


class Step(NamedTuple):
    """A step of the flow: people, of a hundred at the first step, who left since the step before, and why."""

    name: str
    people: int | None
    part: float
    left: int | None
    why: str


def answer_told(found: AnalysisOut | None) -> AnswerTold:
    if found is None:
        return AnswerTold(NO_ANSWER, (NOBODY_ASKED, WHEN))
    look = f"Look {found.look} at this outcome: each month's end at which an effect on it was told is one."
    said = finding(found)
    if not said:
        return AnswerTold(NO_ANSWER, (_sentence(found.why_not or "the design cannot be told"), WHEN, look))
    assert found.effect is not None
    return AnswerTold(_sentence(said[0]), (*(_sentence(line) for line in relative(found.effect)), look))


def flow_steps(flow: Sequence[FlowStep], least: int) -> list[Step]:
    """Who left is the difference of two counts that are both told; nothing where one is withheld, where some reach the
    step without the one before, or where they are fewer than `least`."""
    counts = {step.step: step.people if isinstance(step.people, int) else None for step in flow}
    most = max((n for n in counts.values() if n), default=0)
    steps = []
    for name, people in counts.items():
        before = counts.get(_BEFORE.get(name, ""))
        left = None if people is None or before is None else before - people
        left = None if left is not None and 0 < left < least else left
        part = 100 * people / most if people and most else 0
        steps.append(Step(name, people, round(part, 1), left, _LEFT.get(name, "")))
    return steps


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")
