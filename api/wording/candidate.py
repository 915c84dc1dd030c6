"""A candidate's evidential strength, in words before numbers: what was seen, how unusual it is, how probable presence
is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from api.wording.meanings import VERDICTS
from api.wording.strength import strength_in_words
from api.wording.text import lasting, london

VISITS_SAID = 3
"""Visits of one candidate that its sentence names."""
PROBABLY_NOT = "probably not inside"
NOTES = {
    "accuracy_unknown": "a fix there states no accuracy, so the probability of presence is not known",
    "crime_day_not_covered": (
        "other days are not compared: the tag itself was not seen for long enough in the crime's own window"
    ),
    "no_node_path": (
        "no path leads from place to place there without a speed that is too great, so how probable presence is cannot "
        "be said"
    ),
    "too_coarse": (
        "the fixes are too coarse to tell this place from where the wearer stayed nearby: a visit may be hidden in "
        "that stay"
    ),
    "few_reference_days": "few other days to compare with",
    "event": "a crowd: many more wearers were here or nearby than usually are",
    "no_decoys": "the same weekday of no other week can be compared, so the share by chance cannot be said",
    "too_few_to_tell": "too few crimes were matched to say what share would come by chance",
}
OF_CHANCE = ("event", "no_decoys", "too_few_to_tell")
"""Notes that say why no share by chance is given."""
STRATA = ("windows up to 30 minutes", "windows up to 3 hours", "longer windows")


def in_words(row: Mapping[str, Any], visits: Sequence[Mapping[str, Any]] = ()) -> str:
    """`fix inside at 21:04, 18 m; inside on 0 of 56 other days; probability of presence 0.93`; with several visits,
    each in turn."""
    if len(visits) > 1:
        parts = [_visit_in_words(visit) for visit in visits[:VISITS_SAID]]
        more = len(visits) - VISITS_SAID
        parts += [f"{more:,} more visit{'s' if more > 1 else ''}"] if more > 0 else []
    else:
        parts = [f"{VERDICTS[row['verdict']]} at {_clock(row['closest_at'])}, {row['closest_m']:.0f} m"]
    notes = set((row["note"] or "").split(",")) - {"", *OF_CHANCE}
    if row["reference_days"] and "crime_day_not_covered" not in notes:
        parts.append(f"inside on {row['reference_hits']} of {row['reference_days']} other days")
    if row["p_present"] is not None:
        parts.append(f"probability of presence {row['p_present']:.2f}")
        if row["p_present"] < 0.5:
            parts.append(PROBABLY_NOT)
    return "; ".join(parts + [NOTES.get(note, note) for note in sorted(notes)])


def _visit_in_words(visit: Mapping[str, Any]) -> str:
    """`visit A: fix inside, 21:00 to 21:23, inside for 13 min 50 s, closest 96 m`."""
    seen = VERDICTS["present" if visit["fixes"] else "passed"]
    first, last = _clock(visit["first_at"]), _clock(visit["last_at"])
    when = first if first == last else f"{first} to {last}"
    closest = "" if visit["closest_m"] is None else f", closest {visit['closest_m']:.0f} m"
    return f"visit {visit['visit']}: {seen}, {when}, inside for {lasting(visit['dwell_s'])}{closest}"


def _clock(instant: datetime) -> str:
    return london(instant)[11:16]


def times(e_value: float | None) -> str:
    """How many times rarer on other days: `57 x`."""
    return "-" if e_value is None else f"{e_value:.0f} ×" if e_value >= 10 else f"{e_value:.1f} ×"


def share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def strength_lines(row: dict[str, Any]) -> list[str]:
    """One candidate's evidential strength, a sentence for each number that is known."""
    lines = []
    if row["reference_days"] == 0 and row["e_value"] is not None:
        lines.append("no other day could be compared: monitored, eligible and seen at these clock times on none")
    elif row["e_value"] is not None:
        weekdays = f"on {row['same_weekday_hits']} of {row['same_weekday_days']} days of the same weekday"
        lines.append(
            f"inside at these clock times on {row['reference_hits']} of {row['reference_days']} other days, "
            f"{weekdays}: e-value {row['e_value']:g}"
        )
    if row["strength"] is not None:
        lines.append(strength_in_words(row["strength"]))
    chance = chance_in_words(row)
    return lines if chance is None else [*lines, chance]


def chance_in_words(row: Mapping[str, Any]) -> str | None:
    """What share of the list down to a candidate would come by chance, or why that is not said; None where neither is
    known."""
    if row["q_value"] is not None:
        return f"of all candidates as strong as this one, about {percent(row['q_value'])} would come by chance"
    notes = set((row["note"] or "").split(","))
    if "event" in notes and row.get("at_event") is not None:
        return (
            f"a crowd: {row['at_event']} wearers were at this crime or near it within 3 hours, "
            f"where {few(row['usually'])} are on the same weekday of other weeks; not judged by chance"
        )
    return next((NOTES[name] for name in ("no_decoys", "too_few_to_tell") if name in notes), None)


def percent(share_of_one: float) -> str:
    """A share that is never quite nothing: `under 1%`, `8%`."""
    return "under 1%" if share_of_one < 0.01 else f"{min(share_of_one, 1.0):.0%}"


def few(number: float) -> str:
    """An expected number that is never quite nothing: `fewer than 1`, `about 12`."""
    return "fewer than 1" if number < 1 else f"about {number:,.0f}"


def chance_share(q_value: float | None) -> str:
    """A q in a table: `0.08`, `<0.01`, `-` where it is not known."""
    return "-" if q_value is None else "<0.01" if q_value < 0.01 else f"{min(q_value, 1.0):.2f}"
