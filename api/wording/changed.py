"""What was said of a match before and what a later run says, side by side, in words."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from api.wording.candidate import share
from api.wording.meanings import VERDICTS
from api.wording.strength import support_in_words
from api.wording.text import lasting

CAUSES = {
    "algorithm": "a new version of the matcher",
    "settings": "other settings",
    "crime version": "a later version of the crime",
    "accuracy": "what is known of the devices' accuracy",
    "fixes": "fixes that came or went since",
    "assignments or intervals": "who wore the device, was monitored or may be matched",
    "device events": "what the device reported",
    "withdrawn": "what it rested on was withdrawn",
    "not known": "the run before is no longer kept, so the cause is not known",
}
WAITS = {
    "confirmed": "the record no longer says what was confirmed: see what changed, and keep it or withdraw it",
    "released": "the record no longer says what was released: see what changed, and keep it or recall it",
}
"""Of a match that waits for a decision, by its state."""
NAMES = {
    "verdict": "verdict",
    "p_present": "probability of presence",
    "fixes_within": "fixes inside",
    "visits": "visits",
    "dwell_s": "time inside",
    "closest_m": "closest",
    "strength": "evidential strength",
    "against": "what speaks against it",
}
NO_CANDIDATE = "no candidate"
MUCH, SOME = 0.25, 0.05
"""A p that moved by so much is much, or somewhat, likelier or less likely."""


class Line(NamedTuple):
    """One figure before and after, in words; `what` says how it moved, where that can be said."""

    figure: str
    before: str
    after: str
    what: str | None


def lines(before: Mapping[str, Any], after: Mapping[str, Any], differs: Iterable[str]) -> list[Line]:
    """A line for each figure that differs."""
    return [
        Line(NAMES.get(name, name), _shown(name, before), _shown(name, after), _moved(name, before, after))
        for name in differs
    ]


def change_in_words(before: Mapping[str, Any], after: Mapping[str, Any], differs: Iterable[str]) -> str:
    """`probability of presence 0.991, now 0.31 (much less likely); time inside 12 min 00 s, now 3 min 20 s`."""
    return "; ".join(
        f"{line.figure} {line.before}, now {line.after}" + (f" ({line.what})" if line.what else "")
        for line in lines(before, after, differs)
    )


def causes_in_words(causes: Iterable[str]) -> str:
    found = list(causes)
    said = [CAUSES.get(cause, cause) for cause in found if cause != "not known"]
    if said and len(said) < len(found):
        said.append("and perhaps more, which is not known because the run before is no longer kept")
    return ", ".join(said) or CAUSES["not known"]


def verdict_in_words(verdict: str | None) -> str:
    """`fix inside`; of no candidate `no candidate (excluded)`."""
    if verdict in VERDICTS:
        return VERDICTS[str(verdict)]
    return NO_CANDIDATE if verdict is None else f"{NO_CANDIDATE} ({verdict})"


def _shown(name: str, figures: Mapping[str, Any]) -> str:
    value = figures.get(name)
    if name == "verdict":
        return verdict_in_words(value)
    if name == "against":
        return "; ".join(point["code"].replace("_", " ") for point in value or ()) or "nothing"
    if value is None:
        return "not known"
    if name == "strength":
        return support_in_words(value)
    if name == "dwell_s":
        return lasting(value)
    if name == "closest_m":
        return f"{value:.6g} m"
    return f"{value:.6g}" if isinstance(value, float) else f"{value:,}"


def _moved(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    was, now = before.get(name), after.get(name)
    if name == "against":
        return _points(was or (), now or ())
    if was is None or now is None:
        return None
    if name == "p_present":
        by = abs(now - was)
        size = "much " if by >= MUCH else "" if by >= SOME else "hardly "
        return f"{size}{'likelier' if now > was else 'less likely'}"
    if name == "strength":
        return "stronger" if now > was else "weaker"
    return None


def _points(was: Iterable[Mapping[str, Any]], now: Iterable[Mapping[str, Any]]) -> str | None:
    earlier, later = ([point["code"].replace("_", " ") for point in points] for points in (was, now))
    new = [code for code in dict.fromkeys(later) if code not in earlier]
    gone = [code for code in dict.fromkeys(earlier) if code not in later]
    parts = [f"new: {', '.join(new)}"] if new else []
    parts += [f"no longer: {', '.join(gone)}"] if gone else []
    return "; ".join(parts) or None


def said_in_words(figures: Mapping[str, Any]) -> str:
    """The sentence of a set of figures; of no candidate its verdict."""
    sentence = figures.get("in_words")
    if sentence:
        return str(sentence)
    p = figures.get("p_present")
    return verdict_in_words(figures.get("verdict")) + ("" if p is None else f"; probability of presence {share(p)}")
