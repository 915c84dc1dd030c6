"""What speaks against a candidate, each point with a code, a sentence and its figures.

The list is made once, from what the run and the fixes show, and every face shows the same one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from typing import Any

from api.wording.candidate import NOTES, chance_in_words
from api.wording.meanings import NOT_USED, SUSPECT_FIXES
from api.wording.strength import ratio_shown, strength_in_words
from api.wording.text import lasting, london
from tracker.review.strength import step

LONG_WINDOW = timedelta(hours=3)
DRIVE_PAST_KMH = 20.0
"""Nobody walks or runs so fast for long."""

Figure = str | float | bool | None
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that speaks against a candidate."""

    code: str
    sentence: str
    figures: dict[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is known of a candidate: the crime and the candidate as rows of a run, the visits, the fixes in the window,
    and what `matcher.views.detail` finds beside them."""

    crime: Row
    candidate: Row
    radius_m: float
    visits: Sequence[Row]
    fixes: Sequence[Row]
    gaps: Sequence[Row]
    suspect: Sequence[Row]
    events: Sequence[Row]


def speaks_against(shown: Shown) -> list[Point]:
    """Every point that there is: the crime first, then the visits, the fixes, and other days."""
    return [
        *_crowd(shown.candidate),
        *_long_window(shown.crime),
        *_second_device(shown),
        *[point for visit in shown.visits for point in (*_drive_past(visit), *_edge(visit, shown.radius_m))],
        *_presence(shown),
        *_left_out(shown.fixes),
        *_gaps(shown.gaps),
        *_suspect(shown.suspect),
        *_events(shown.events),
        *_other_days(shown.candidate),
        *_strength(shown.candidate),
    ]


def _crowd(row: Row) -> list[Point]:
    if row.get("at_event") is None:
        return []
    words = chance_in_words({**row, "q_value": None, "note": "event"}) or ""
    figures: dict[str, Figure] = {"atEvent": row["at_event"], "usually": row["usually"]}
    return [Point("crowd", f"{words[:1].upper()}{words[1:]}.", figures)]


def _long_window(crime: Row) -> list[Point]:
    length = crime["t_to"] - crime["t_from"]
    if length <= LONG_WINDOW:
        return []
    seconds = length / timedelta(seconds=1)
    words = f"The crime may have happened at any time in {lasting(seconds)}, of which a visit is a small part."
    return [Point("long_window", words, {"windowS": seconds})]


def _second_device(shown: Shown) -> list[Point]:
    mine = shown.candidate.get("device_id")
    of_device: dict[str, list[Row]] = {}
    for fix in shown.fixes:
        if fix["used"] and mine is not None and fix["device_id"] != mine:
            of_device.setdefault(fix["device_id"], []).append(fix)
    out = []
    for device, fixes in sorted(of_device.items()):
        if any(fix["inside"] for fix in fixes):
            continue
        nearest = min(fix["distance_m"] for fix in fixes)
        words = (
            f"The wearer also had device {device}: none of its {counted(len(fixes), 'fix', 'fixes')} in the window is "
            f"inside the circle, the nearest is {nearest:.0f} m away."
        )
        out.append(Point("second_device", words, {"deviceId": device, "fixes": len(fixes), "nearestM": nearest}))
    return out


def _drive_past(visit: Row) -> list[Point]:
    speed = visit["speed_kmh"]
    if speed is None or speed < DRIVE_PAST_KMH or visit["fixes"] > 1:
        return []
    inside = "no fix" if visit["fixes"] == 0 else "one fix"
    words = (
        f"Visit {visit['visit']} was passing through at {speed:.0f} km/h, inside for {lasting(visit['dwell_s'])} with "
        f"{inside} inside."
    )
    figures: dict[str, Figure] = {"visit": visit["visit"], "speedKmh": speed, "dwellS": visit["dwell_s"]}
    return [Point("drive_past", words, {**figures, "fixes": visit["fixes"]})]


def _edge(visit: Row, radius_m: float) -> list[Point]:
    if not visit["fixes"] or visit["fixes_at_edge"] != visit["fixes"]:
        return []
    which = "The one fix" if visit["fixes"] == 1 else f"All {visit['fixes']:,} fixes"
    words = (
        f"{which} of visit {visit['visit']} may have been outside the circle of {radius_m:g} m: the stated error "
        f"reaches its edge, and the visit came no closer than {visit['closest_m']:.0f} m."
    )
    figures: dict[str, Figure] = {"visit": visit["visit"], "fixes": visit["fixes"], "closestM": visit["closest_m"]}
    return [Point("edge", words, figures)]


def _presence(shown: Shown) -> list[Point]:
    p = shown.candidate["p_present"]
    notes = set((shown.candidate["note"] or "").split(","))
    if p is None:
        known = [note for note in ("accuracy_unknown", "no_node_path") if note in notes]
        return [Point(note, _sentence(NOTES[note])) for note in known]
    if p >= 0.5:
        return []
    figures: dict[str, Figure] = {"pPresent": p}
    if "too_coarse" not in notes:
        words = f"The wearer was probably not inside: the probability of presence is {p:.2f}."
        return [Point("probably_not_inside", words, figures)]
    words = f"{_sentence(NOTES['too_coarse'])} The probability of presence is {p:.2f}"
    stated = [fix["accuracy_m"] for fix in shown.fixes if fix["label"] is not None and fix["accuracy_m"] is not None]
    if not stated:
        return [Point("coarse_fixes", f"{words}.", figures)]
    accuracy = median(stated)
    words = f"{words}, and the stated error of the fixes inside is {accuracy:.0f} m (68 %)."
    return [Point("coarse_fixes", words, {**figures, "accuracyM": accuracy})]


def _left_out(fixes: Sequence[Row]) -> list[Point]:
    outside = [f for f in fixes if not f["used"] and not f["inside"] and f["not_used"] != "duplicate"]
    if not outside:
        return []
    reasons = Counter(NOT_USED[fix["not_used"]] for fix in outside)
    said = ", ".join(f"{number:,} {reason}" for reason, number in sorted(reasons.items()))
    places = "lies" if len(outside) == 1 else "lie"
    words = (
        f"{counted(len(outside), 'fix', 'fixes')} in the window that {places} outside the circle did not count: {said}."
    )
    return [Point("left_out_fix", words, {"fixes": len(outside)})]


def _gaps(gaps: Sequence[Row]) -> list[Point]:
    if not gaps:
        return []
    lasts = sum(gap["lasts_s"] for gap in gaps)
    words = f"No path is known for {lasting(lasts)} of the window, in {counted(len(gaps), 'gap', 'gaps')}."
    return [Point("gaps", words, {"gaps": len(gaps), "lastsS": lasts})]


def _suspect(suspect: Sequence[Row]) -> list[Point]:
    out = []
    for kind, number in sorted(Counter(row["kind"] for row in suspect).items()):
        words = (
            f"{_sentence(SUSPECT_FIXES[kind])[:-1]} ({'once' if number == 1 else f'{number:,} times'} in the window)."
        )
        out.append(Point("suspect_fixes", words, {"kind": kind, "times": number}))
    return out


def _events(events: Sequence[Row]) -> list[Point]:
    if not events:
        return []
    first = events[0]
    more = "" if len(events) == 1 else f", the first of {len(events):,} reports in the window"
    words = f"The device reported at {london(first['t'])}: {first['event']}{more}."
    return [Point("device_events", words, {"events": len(events)})]


def _other_days(row: Row) -> list[Point]:
    notes = set((row["note"] or "").split(","))
    if "crime_day_not_covered" in notes:
        return [Point("other_days_not_compared", _sentence(NOTES["crime_day_not_covered"]))]
    if row["reference_days"] is None or row["e_value"] is None:
        return []
    figures: dict[str, Figure] = {"referenceDays": row["reference_days"], "referenceHits": row["reference_hits"]}
    if not row["reference_days"]:
        return [Point("other_days_not_compared", "No other day could be compared.", figures)]
    out = []
    if row["reference_hits"]:
        days = f"{row['reference_hits']} of {row['reference_days']} other days"
        out.append(Point("other_days", f"The wearer was inside at these clock times on {days} too.", figures))
    if "few_reference_days" in notes:
        words = f"There are few other days to compare with: {row['reference_days']}."
        out.append(Point("few_reference_days", words, figures))
    return out


def _strength(row: Row) -> list[Point]:
    strength = row["strength"]
    if strength is None or step(strength) > 0:
        return []
    return [Point("strength", _sentence(strength_in_words(strength)), {"ratio": ratio_shown(strength)})]


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def counted(number: int, one: str, many: str) -> str:
    """`1 fix`, `12 fixes`."""
    return f"{number:,} {one if number == 1 else many}"
