"""Candidate matches: distances in metres, positions in EPSG:27700, instants in UTC."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

import msgspec
import polars as pl

from api.schemas.wire import PageAnswer, Wire
from api.wording.against import Figure, Shown, speaks_against
from api.wording.candidate import in_words
from api.wording.meanings import DISCLAIMER, SUSPECT_FIXES, VERDICTS
from api.wording.strength import strength_in_words
from matcher.schemas import CRIME_KEY
from matcher.views.detail import Detail
from tracker.crimes.types import type_in_words


class Visit(Wire, frozen=True, kw_only=True):
    """One stay in the circle, lettered in time order, with its own figures.

    `fixes` are those inside, `fixesAtEdge` those of them whose stated error reaches the edge of the circle. `speedKmh`
    is that of the path inside, null where it is a point. The last four are null in runs of earlier versions.
    """

    visit: str
    first_at: datetime
    last_at: datetime
    fixes: int
    dwell_s: float
    closest_m: float | None
    closest_at: datetime | None
    speed_kmh: float | None
    fixes_at_edge: int | None


class Candidate(Wire, frozen=True, kw_only=True):
    """One wearer at one crime. `verdict` is present (`fix inside`) or passed (`path crosses`); `href` leads to the
    candidate with its visits and fixes.

    `pPresent`: the probability that the wearer was in the circle. On `referenceHits` of `referenceDays` other days the
    wearer was there at the same clock times. `eValue`: the evidence against chance from how rare that is, 1 for a
    wearer who is there every day; `strength` also uses how near they came. It is a score and no
    likelihood ratio: checked against truth it was mostly several times too great. `strengthInWords` says which of two
    propositions it supports, and how strongly, if either: in words for the least ratio that was found of such strengths
    where the truth is known, within 100 m of scenes. `qValue`: the expected share of chance matches in the run's list
    down to this one. Null where `note` says why. `atEvent`: wearers at the crime or near it where there was a crowd,
    and `usually`, how many there are on other days.

    `fixesWithin`, `firstAt`, `lastAt`, `closestM` and `dwellS` are over all `visits`; `inWords` and `byVisit` say them
    of each.
    """

    force: str
    crime_ref: str
    version: int
    wearer_id: str
    verdict: str
    verdict_words: str
    fixes_within: int
    first_at: datetime
    last_at: datetime
    closest_m: float
    closest_at: datetime
    dwell_s: float
    coverage: float
    visits: int
    by_visit: list[Visit]
    in_words: str
    strength_in_words: str | None
    p_present: float | None
    reference_days: int | None
    reference_hits: int | None
    same_weekday_days: int | None
    same_weekday_hits: int | None
    e_value: float | None
    nearness: float | None
    strength: float | None
    q_value: float | None
    at_event: int | None = None
    usually: float | None = None
    note: str | None
    href: str


class CandidatePage(PageAnswer, frozen=True, kw_only=True):
    items: list[Candidate]
    meaning: tuple[str, ...] = DISCLAIMER


class Crime(Wire, frozen=True, kw_only=True):
    """The crime as the run was given it. `text`: what the force sent with that version, null where it sent none or the
    record does not have it."""

    force: str
    crime_ref: str
    version: int
    crime_type: str
    crime_type_in_words: str | None
    text: str | None
    t_from: datetime
    t_to: datetime
    easting_m: float | None
    northing_m: float | None
    location_accuracy_m: float | None


class Fix(Wire, frozen=True, kw_only=True):
    """A position within the crime's window, of any device the wearer had in it. `label` is its visit's letter and its
    number in it, null outside; `used` is false for one the match left out, and `notUsed` says why: other_mechanism,
    coarse, duplicate or implausible. `accuracyM` is the 68 % radius that the match took, null where none was stated."""

    device_id: str
    t: datetime
    easting_m: float
    northing_m: float
    accuracy_m: float | None
    mechanism: str
    distance_m: float
    inside: bool
    used: bool
    not_used: str | None
    label: str | None


class PathCorner(Wire, frozen=True, kw_only=True):
    """A corner of the path that the match drew, of one device, in metres of EPSG:27700. `stretch` numbers the parts
    without a break; between two of them no path is drawn."""

    stretch: int
    device_id: str
    t: datetime
    easting_m: float
    northing_m: float


class Gap(Wire, frozen=True, kw_only=True):
    """A part of the window for which no path is known."""

    from_: datetime = msgspec.field(name="from")
    to: datetime
    lasts_s: float


class BadFixes(Wire, frozen=True, kw_only=True):
    """What cannot be believed and touches the window: stuck_receiver, clock_jump, jump, segment_too_fast. `from` and
    `to` of a stretch may lie outside the window; `fixes` is how many it has, null for the last two."""

    kind: str
    kind_words: str
    from_: datetime = msgspec.field(name="from")
    to: datetime
    fixes: int | None


class DeviceEvent(Wire, frozen=True, kw_only=True):
    """What the wearer's device reported of itself within the window."""

    t: datetime
    event: str


class OtherDay(Wire, frozen=True, kw_only=True):
    """A day on which this wearer would have been a candidate too, at the same clock times; `day` counts from the
    crime's."""

    day: int
    date: date
    nearness: float | None


class OtherCandidate(Wire, frozen=True, kw_only=True):
    """Another candidate at the same crime."""

    wearer_id: str
    verdict: str
    p_present: float | None
    e_value: float | None
    q_value: float | None


class Against(Wire, frozen=True, kw_only=True):
    """One thing that speaks against a candidate: crowd, long_window, second_device, drive_past, edge, coarse_fixes,
    probably_not_inside, accuracy_unknown, no_node_path, left_out_fix, gaps, suspect_fixes, device_events, other_days,
    other_days_not_compared, few_reference_days or strength."""

    code: str
    sentence: str
    figures: dict[str, Figure]


class CandidateDetail(Wire, frozen=True, kw_only=True):
    """A candidate with what it rests on and what speaks against it, for a person to judge; `meaning` says what it does
    not say. No part of the trail outside the crime's window is included."""

    run_id: str
    crime: Crime
    candidate: Candidate
    speaks_against: list[Against]
    visits: list[Visit]
    fixes: list[Fix]
    path: list[PathCorner]
    gaps: list[Gap]
    bad_fixes: list[BadFixes]
    device_events: list[DeviceEvent]
    other_days: list[OtherDay]
    other_candidates: list[OtherCandidate]
    meaning: tuple[str, ...] = DISCLAIMER


class NotMatchable(Wire, frozen=True, kw_only=True):
    """A crime that no wearer could be tested for, and why."""

    force: str
    crime_ref: str
    version: int
    reason: str
    detail: str


class NotMatchablePage(PageAnswer, frozen=True, kw_only=True):
    items: list[NotMatchable]


class CrimeInRun(Wire, frozen=True, kw_only=True):
    """A crime that a run was given; `notMatchable` where no wearer could be tested for it."""

    crime: Crime
    not_matchable: NotMatchable | None


class CrimesInRun(Wire, frozen=True, kw_only=True):
    """Crimes of a run with one reference: each version, of each force that uses the reference."""

    items: list[CrimeInRun]


def candidates_of(run_id: str, rows: pl.DataFrame, visits: pl.DataFrame) -> list[Candidate]:
    """`visits` are those of these candidates, and may be of others too."""
    of_pair = visits_by_pair(visits)
    return [candidate_of(run_id, row, of_pair.get(pair_of(row), [])) for row in rows.iter_rows(named=True)]


def candidate_of(run_id: str, row: dict[str, Any], visits: list[dict[str, Any]]) -> Candidate:
    # Met crime numbers look like 1234567/19: each part is quoted whole, slash included.
    parts = "/".join(quote(row[name], safe="") for name in ("force", "crime_ref", "wearer_id"))
    taken = {name: row[name] for name in row if name in Candidate.__struct_fields__}
    return Candidate(
        **taken,
        verdict_words=VERDICTS[row["verdict"]],
        by_visit=[Visit(**visit) for visit in visits],
        in_words=in_words(row, visits),
        strength_in_words=None if row["strength"] is None else strength_in_words(row["strength"]),
        href=f"/runs/{run_id}/candidates/{parts}",
    )


def pair_of(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in (*CRIME_KEY, "wearer_id"))


def visits_by_pair(visits: pl.DataFrame) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    """The visits of each candidate in time order, as rows of `Visit`."""
    out: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in visits.sort("first_at").iter_rows(named=True):
        out.setdefault(pair_of(row), []).append({name: row.get(name) for name in Visit.__struct_fields__})
    return out


def crime_of(row: dict[str, Any], texts: Mapping[int, str]) -> Crime:
    """`texts`: those of the versions of the crime that have one."""
    of_row = {name: row[name] for name in Crime.__struct_fields__ if name in row}
    words = type_in_words(row["crime_type"], row["t_from"])
    return Crime(**{**of_row, "crime_type_in_words": words, "text": texts.get(row["version"])})


def against_of(found: Detail) -> list[Against]:
    """What speaks against a candidate, for every face that shows it."""
    points = speaks_against(
        Shown(
            crime=found.crime,
            candidate=found.candidate,
            radius_m=found.params.radius_m,
            visits=_visits_of(found),
            fixes=found.fixes.to_dicts(),
            gaps=found.gaps.to_dicts(),
            suspect=found.quality.to_dicts(),
            events=found.events.to_dicts(),
        )
    )
    return [Against(code=point.code, sentence=point.sentence, figures=point.figures) for point in points]


def _visits_of(found: Detail) -> list[dict[str, Any]]:
    return [each for visits in visits_by_pair(found.visits).values() for each in visits]


def detail_of(run_id: str, found: Detail, texts: Mapping[int, str]) -> CandidateDetail:
    visits = _visits_of(found)
    fixes = found.fixes.select(Fix.__struct_fields__)
    candidate = candidate_of(run_id, found.candidate, visits)
    return CandidateDetail(
        run_id=run_id,
        crime=crime_of(found.crime, texts),
        candidate=candidate,
        speaks_against=against_of(found),
        visits=candidate.by_visit,
        fixes=[Fix(**row) for row in fixes.iter_rows(named=True)],
        path=[PathCorner(**row) for row in found.path.iter_rows(named=True)],
        gaps=[Gap(**row) for row in found.gaps.rename({"from": "from_"}).iter_rows(named=True)],
        bad_fixes=[
            BadFixes(**row, kind_words=SUSPECT_FIXES[row["kind"]])
            for row in found.quality.rename({"from": "from_"}).iter_rows(named=True)
        ],
        device_events=[DeviceEvent(**row) for row in found.events.iter_rows(named=True)],
        other_days=[OtherDay(**row) for row in found.other_days.filter(pl.col("day") != 0).iter_rows(named=True)],
        other_candidates=[OtherCandidate(**row) for row in found.others.iter_rows(named=True)],
    )


def not_matchable_of(rows: pl.DataFrame) -> list[NotMatchable]:
    return [NotMatchable(**row) for row in rows.select(NotMatchable.__struct_fields__).iter_rows(named=True)]
