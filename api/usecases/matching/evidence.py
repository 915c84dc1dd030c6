"""What a match rests on: for reviewers all within the crime's window, for a package the fixes that prove it.

A fix proves a match only if the device it came from was on the wearer then by the record as it is now.
"""

from datetime import timedelta
from typing import Any

import msgspec
import polars as pl

from api.schemas.matching.candidates import CandidateDetail, detail_of
from api.schemas.matching.params import settings_of
from api.settings import Settings
from api.usecases.gate import Gate
from api.usecases.request_context import RequestContext
from api.usecases.stores import open_fixes
from api.wording.chance import match_chance_in_words
from api.wording.settings import settings_in_words
from api.wording.strength import strength_in_words
from geo.bng import to_wgs84
from geo.borough_names import BCU_NAMES, BOROUGHS, CITY_POLICE, NoBcu, bcu_of
from geo.boroughs import borough_of
from matcher.errors import RunNotFound, StoreError
from matcher.runs.folder import find_run
from matcher.views.detail import Detail, detail
from tracker.access.roles import Right
from tracker.crimes.types import type_in_words
from tracker.eligibility.service import eligible_wearers
from tracker.errors import Refused
from tracker.review.package import Fix, Recipient
from tracker.review.queries import MatchNow
from tracker.review.release_service import Evidence
from tracker.times import london_day

CITY = "City of London Police"


def shown_evidence(settings: Settings, match: MatchNow, gate: Gate) -> CandidateDetail | None:
    """The fixes in the crime's window, visits, gaps, events; None where the run or the fixes are no longer kept.

    Other candidates at the crime are included only where they may be shown.
    """
    try:
        found = _detail(settings, match)
    except (RunNotFound, StoreError):
        return None
    shown = gate.open_for(found.others["wearer_id"].to_list(), match.t_from, match.t_to)
    return _with_others(detail_of(match.run_id, found, _texts(match)), shown)


def _with_others(found: CandidateDetail, shown: set[str]) -> CandidateDetail:
    return msgspec.structs.replace(found, other_candidates=[o for o in found.other_candidates if o.wearer_id in shown])


def proving_evidence(context: RequestContext, match: MatchNow) -> Evidence:
    """The fixes inside; of a path that only crossed, those either side of the nearest point.

    Raises
    ------
    Refused
        The run or the fixes are no longer kept.
    """
    context.require(Right.RELEASE)
    try:
        found = _detail(context.settings, match)
    except (RunNotFound, StoreError) as gone:
        raise Refused("release", f"its evidence is no longer kept: {gone}") from gone
    mine = found.candidate.get("device_id")
    usable = found.fixes.filter("used", pl.lit(True) if mine is None else pl.col("device_id") == mine)
    inside = usable.filter("inside")
    if inside.is_empty():
        at = found.candidate["closest_at"]
        inside = pl.concat([usable.filter(pl.col("t") <= at).tail(1), usable.filter(pl.col("t") > at).head(1)])
    shown = detail_of(match.run_id, found, _texts(match))
    return Evidence(
        fixes=_with_devices(context, match, inside),
        crime=_crime(found, match),
        words=_words(match, shown.candidate.in_words),
        visits=[msgspec.structs.asdict(visit) for visit in shown.visits],
        against=[msgspec.structs.asdict(point) for point in shown.speaks_against],
    )


def _words(match: MatchNow, seen: str) -> str:
    """What was seen, how strongly it supports what, and what share would come by chance."""
    strength = match.figures.get("strength")
    parts = [
        seen,
        None if strength is None else strength_in_words(strength),
        match_chance_in_words(match.figures, match.pool_month, match.pool_figures),
    ]
    return "; ".join(part for part in parts if part)


def _with_devices(context: RequestContext, match: MatchNow, proving: pl.DataFrame) -> list[Fix]:
    """Each with the device it came from, of those the wearer had by the record as it is now; others prove nothing."""
    worn = eligible_wearers(context.engine).assignments.filter(pl.col("wearer_id") == match.wearer_ref)
    devices = worn["device_id"].unique().to_list()
    if proving.is_empty() or not devices:
        return []
    first, last = proving["t"][0], proving["t"][-1]
    columns = ("device_id", "t", "x_mm", "y_mm")
    found = [
        rows for _, rows in open_fixes(context.settings).scan_days(devices, first, last + timedelta(seconds=1), columns)
    ]
    if not found:
        return []
    of_devices = pl.concat([rows.with_columns(pl.col("device_id").cast(pl.String)) for rows in found])
    metres = (("x_mm", "easting_m"), ("y_mm", "northing_m"))
    stored = [(pl.col(m) * 1000).round().cast(of_devices.schema[mm]).alias(mm) for mm, m in metres]
    joined = proving.with_columns(stored).join(of_devices, on=["device_id", "t", "x_mm", "y_mm"], how="inner")
    both = joined.unique("t", keep="first").sort("t")
    if both.height < proving.height:
        return []
    longitude, latitude = to_wgs84(both["easting_m"].to_numpy(), both["northing_m"].to_numpy())
    return [
        Fix(
            t=row["t"],
            device_id=row["device_id"],
            easting_m=row["easting_m"],
            northing_m=row["northing_m"],
            longitude=round(float(lon), 7),
            latitude=round(float(lat), 7),
            accuracy_m=row["accuracy_m"],
            distance_m=round(row["distance_m"], 3),
            inside=row["inside"],
            label=row["label"],
        )
        for row, lon, lat in zip(both.iter_rows(named=True), longitude, latitude, strict=True)
    ]


def _texts(match: MatchNow) -> dict[int, str]:
    return {} if match.crime_text is None else {match.crime_version: match.crime_text}


def _crime(found: Detail, match: MatchNow) -> dict[str, Any]:
    crime = found.crime
    (longitude,), (latitude,) = to_wgs84([crime["easting_m"]], [crime["northing_m"]])
    return {
        "force": crime["force"],
        "reference": crime["crime_ref"],
        "version": crime["version"],
        "type": crime["crime_type"],
        "type_in_words": type_in_words(crime["crime_type"], crime["t_from"]),
        "text": match.crime_text,
        "from": crime["t_from"],
        "to": crime["t_to"],
        "easting_m": crime["easting_m"],
        "northing_m": crime["northing_m"],
        "longitude": round(float(longitude), 7),
        "latitude": round(float(latitude), 7),
        "location_accuracy_m": crime["location_accuracy_m"],
        "radius_m": found.params.radius_m,
        "buffer_s": found.params.buffer_s,
        "max_window_h": found.params.max_window_h,
        "settings_in_words": settings_in_words(settings_of(found.params).values),
        "coverage": found.candidate["coverage"],
        "command_unit": _unit(crime),
    }


def _unit(crime: dict[str, Any]) -> str | None:
    """The command unit of the crime's borough on its day; the City has a force of its own."""
    found = borough_of([crime["easting_m"]], [crime["northing_m"]])
    number = int(found.borough[0])
    if number < 0:
        return None
    try:
        letters = bcu_of(BOROUGHS[number].gss, london_day(crime["t_from"]))
    except NoBcu:
        return None
    return CITY if letters == CITY_POLICE else f"{BCU_NAMES[letters]} BCU ({letters})"


def recipient_of(name: str, rank: str, unit: str | None, evidence: Evidence) -> Recipient:
    """Raises Refused where no unit is given and the crime's place does not decide one."""
    unit = unit or evidence.crime["command_unit"]
    if unit is None:
        raise Refused("recipient", "the crime's place is not in a borough with a command unit on record; give `unit`")
    return Recipient(name, rank, unit)


def _detail(settings: Settings, match: MatchNow) -> Detail:
    run = find_run(settings.runs_dir, match.run_id)
    return detail(run, open_fixes(settings), match.force, match.crime_ref, match.wearer_ref, match.crime_version)
