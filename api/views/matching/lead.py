"""The one sentence over a match, made by rule from its visits and never mixing them; and the list of what speaks
against it.

Each visit has a clause of its own: where one stood and for how long, or how near and how fast one passed. A distance of
a stay is of every position that was used from its first to its last moment, not of those inside alone.
"""

from collections.abc import Sequence
from datetime import timedelta

from api.schemas.matching.candidates import Against, CandidateDetail, Fix, Visit
from api.schemas.matching.review import MatchDetail
from api.wording.against import DRIVE_PAST_KMH, counted
from api.wording.candidate import VISITS_SAID, percent
from api.wording.text import london

STOOD_KMH = 2.0
"""Slower is standing: the error of positions alone moves somebody who stands so fast."""
COARSE_PLACE = 0.5
"""A place known no better than to this share of the circle's radius says little of who was in the circle."""
HOME_SHARE = 0.5
"""On a larger share of other days somebody lives, works or waits there."""


def lead(found: MatchDetail) -> str:
    """As `Stood 96 to 108 m away for 22 min, at the edge; then passed 4 m away at car speed (72 km/h) at 13:33. On none
    of 28 other days at this hour.`"""
    evidence = found.evidence
    if evidence is None:
        return f"The positions are no longer kept. {_days(found)}"
    said = [_visit(visit, evidence) for visit in evidence.visits[:VISITS_SAID]]
    more = len(evidence.visits) - VISITS_SAID
    if more > 0:
        said.append(f"{counted(more, 'more visit', 'more visits')}")
    words = "; then ".join(said)
    return f"{words[:1].upper()}{words[1:]}. {_days(found)}{_presence(found)}"


def _visit(visit: Visit, evidence: CandidateDetail) -> str:
    edge = ", at the edge" if visit.fixes and visit.fixes_at_edge == visit.fixes else ""
    near = "" if visit.closest_m is None else f" {visit.closest_m:.0f} m away"
    speed = visit.speed_kmh
    clock = _clock(visit)
    if speed is not None and speed >= DRIVE_PAST_KMH and visit.fixes <= 1:
        with_one = f", with one position{edge}" if visit.fixes else ""
        return f"passed{near} at car speed ({speed:.0f} km/h) at {clock}{with_one}"
    if not visit.fixes:
        fast = "" if speed is None else f" at {speed:.0f} km/h"
        return f"passed{near}{fast} at {clock}, with no position inside"
    lasts = visit.last_at - visit.first_at
    if lasts < timedelta(minutes=1):
        one = "one position" if visit.fixes == 1 else f"{visit.fixes} positions"
        return f"was{near} at {clock}, by {one}{edge}"
    how = "stood" if speed is None or speed < STOOD_KMH else "moved about"
    return f"{how} {_range(visit, evidence)} away for {_minutes(lasts)}{edge}"


def _range(visit: Visit, evidence: CandidateDetail) -> str:
    devices = {fix.device_id for fix in evidence.fixes if fix.label is not None and _letter(fix) == visit.visit}
    away = [
        fix.distance_m
        for fix in evidence.fixes
        if fix.used and fix.device_id in devices and visit.first_at <= fix.t <= visit.last_at
    ]
    away += [] if visit.closest_m is None else [visit.closest_m]
    if not away:
        return "inside the circle, its distance not known,"
    least, most = round(min(away)), round(max(away))
    return f"{least} m" if least == most else f"{least} to {most} m"


def _letter(fix: Fix) -> str:
    return (fix.label or "").rstrip("0123456789")


def _clock(visit: Visit) -> str:
    return london(visit.closest_at or visit.first_at)[11:16]


def _minutes(lasts: timedelta) -> str:
    minutes = round(lasts / timedelta(minutes=1))
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def _days(found: MatchDetail) -> str:
    figures = found.match.figures
    if "crime_day_not_covered" in (figures.note or "").split(",") or not figures.reference_days:
        return "Other days could not be compared."
    hits, days = figures.reference_hits or 0, figures.reference_days
    return f"On {hits or 'none'} of {days} other days at this hour{' too' if hits else ''}."


def _presence(found: MatchDetail) -> str:
    p = found.match.p_present
    return "" if p is None or p >= 0.5 else f" Probably not inside: the probability of presence is {p:.2f}."


def speaks_against(found: MatchDetail) -> list[Against]:
    """Chance first, then what is known of the match alone: a place that is not known well, home, others. Then the list
    that the JSON has of the candidate (`api.wording.against`)."""
    of_candidate = [] if found.evidence is None else found.evidence.speaks_against
    return [*_chance(found), *_coarse_place(found), *_home(found), *_others(found), *_without_home(found, of_candidate)]


def _chance(found: MatchDetail) -> list[Against]:
    q = found.match.q_value
    if q is None:
        return [_point("chance_not_known", f"How many such leads come by chance is not known: {_why(found)}.")]
    words = f"Of all leads as strong as this one, about {percent(q)} come by chance."
    if q < 0.01:
        words = f"Of all leads as strong as this one, {percent(q)} come by chance."
    return [_point("chance", words, qValue=q)]


def _why(found: MatchDetail) -> str:
    words = found.match.chance_in_words
    return words[:1].lower() + words[1:].rstrip(".")


def _coarse_place(found: MatchDetail) -> list[Against]:
    known = None if found.evidence is None else found.evidence.crime.location_accuracy_m
    radius = found.match.settings.radius_m
    if known is None or known < COARSE_PLACE * radius:
        return []
    words = f"The crime's place is known to {known:g} m only, and the circle is {radius:g} m."
    return [_point("coarse_place", words, locationAccuracyM=known, radiusM=radius)]


def _home(found: MatchDetail) -> list[Against]:
    hits, days = found.match.figures.reference_hits, found.match.figures.reference_days
    if not hits or not days or hits <= HOME_SHARE * days:
        return []
    words = f"The wearer is here at this hour on most days ({hits} of {days}), as somebody is who lives or works here."
    return [_point("home", words, referenceHits=hits, referenceDays=days)]


def _others(found: MatchDetail) -> list[Against]:
    number = len({each.wearer_ref for each in found.crimes_others})
    if not number:
        return []
    verb = "matches" if number == 1 else "match"
    words = f"{counted(number, 'other wearer', 'other wearers')} {verb} this crime too."
    return [_point("others_match", words, others=number)]


def _without_home(found: MatchDetail, points: Sequence[Against]) -> list[Against]:
    """Those of the candidate, without the number of other days where `home` has said it."""
    home = bool(_home(found))
    return [point for point in points if not (home and point.code == "other_days")]


def _point(code: str, sentence: str, **figures: float | int) -> Against:
    return Against(code=code, sentence=sentence, figures=dict(figures))
