"""A changed match as its page shows it: what was said and what the later run says, figure by figure; what may be
decided, and what follows from each decision."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from api.schemas.matching.changed import ChangedMatchDetail, ChangedMatchOut, SaidOfMatch
from api.views.matching.match_words import Happened
from api.wording.text import lasting, london


class SideBySide(NamedTuple):
    """One figure of both runs; `name` as in JSON. `differs`: it is one of those that changed; `what` says how, where
    that can be said."""

    name: str
    words: str
    before: str
    after: str
    differs: bool
    what: str


def side_by_side(found: ChangedMatchOut) -> list[SideBySide]:
    moved = {name: line.what or "" for name, line in zip(found.differs, found.changes, strict=True)}
    return [
        SideBySide(shown, words, told(found.before), told(found.after), name in moved, moved.get(name, ""))
        for name, shown, words, told in _FIGURES
    ]


def points(said: SaidOfMatch) -> list[str] | None:
    """What speaks against it, in sentences; None where that is not known."""
    return None if said.speaks_against is None else [each.sentence for each in said.speaks_against]


def choices(found: ChangedMatchOut) -> list[tuple[str, str]]:
    """What may be decided, and what follows."""
    if found.after.candidate:
        withdraw = "Withdraw it: it returns to review, with what the later run says"
    else:
        withdraw = "Withdraw it: it is withdrawn, because what is on record no longer shows it"
    words = {
        "keep": "Keep it: what the later run says counts as said from now on",
        "withdraw": withdraw,
        "recall": "Recall it: the recipient must be notified, and their answer entered",
    }
    return [(each, words[each]) for each in found.can_be]


def decided_before(found: ChangedMatchDetail) -> list[Happened]:
    """Earlier decisions on changes of the same match, the latest first."""
    return [
        Happened(london(each.decision.at), f"{_DECIDED[each.decision.decision]}: {each.decision.reason}", told)
        for each in reversed(found.decided)
        if each.decision is not None
        for told in [f"by {each.decision.by}, when a run said: {each.in_words}"]
    ]


_DECIDED = {"keep": "Kept", "withdraw": "Withdrawn", "recall": "Recalled"}


def decision_in_words(found: ChangedMatchOut) -> str:
    """`Kept by ana, 2019-10-03 09:12 BST: …`; "" of one that waits."""
    done = found.decision
    return "" if done is None else f"{_DECIDED[done.decision]} by {done.by}, {london(done.at)}: {done.reason}"


def _known(name: str, form: Callable[[Any], str]) -> Callable[[SaidOfMatch], str]:
    def told(said: SaidOfMatch) -> str:
        value = getattr(said, name)
        return "not known" if value is None else form(value)

    return told


_FIGURES: Sequence[tuple[str, str, str, Callable[[SaidOfMatch], str]]] = (
    ("verdict", "verdictWords", "Verdict", lambda said: said.verdict_words),
    ("pPresent", "pPresent", "Probability of presence", _known("p_present", "{:.6g}".format)),
    ("fixesWithin", "fixesWithin", "Positions inside", _known("fixes_within", "{:,}".format)),
    ("visits", "visits", "Visits", _known("visits", "{:,}".format)),
    ("dwellS", "dwellS", "Time inside", _known("dwell_s", lasting)),
    ("closestM", "closestM", "Closest", _known("closest_m", "{:.6g} m".format)),
    ("strength", "strengthInWords", "What it supports", _known("strength_in_words", str)),
)
"""Of each figure the name by which `differs` has it, and that of what is shown of it."""
