"""A stay at the edge and a drive past, as a run of its own: the scene of which everything has to be said by visit."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from api.schemas.matching.candidates import Candidate, CandidateDetail, candidates_of, detail_of
from api.schemas.matching.params import settings_of, settings_out
from api.schemas.matching.review import Figures, MatchDetail, MatchOut
from matcher import EVERYONE, Params
from matcher.runs.run import run
from matcher.schemas import ASSIGNMENTS, CRIMES, STORED_FIXES
from matcher.store.fixes import FixStore
from matcher.views.detail import detail

NOON = datetime(2019, 9, 10, 12, tzinfo=UTC)
EAST, NORTH = 530_000_000, 180_000_000
MINUTE = timedelta(minutes=1)


def fixes() -> list[tuple[str, int, float, float]]:
    """Device, minute, metres east and north of the scene. TAG stood 96 to 108 m away for 23 minutes, went 600 m off,
    and then drove past at 4 m; SPARE lay 600 m off throughout."""
    stood = [("TAG", minute, 0.0, 96.0 if minute % 2 == 0 else 108.0) for minute in range(23)]
    away = [("TAG", minute, 0.0, 600.0) for minute in range(23, 31)]
    away += [("TAG", minute, -600.0, 4.0) for minute in range(31, 34)]
    drove = [("TAG", 34, 600.0, 4.0), *[("TAG", minute, 900.0, 4.0) for minute in range(35, 60)]]
    return [*stood, *away, *drove, *[("SPARE", minute, 0.0, 600.0) for minute in range(50)]]


def told_by_visit(root: Path) -> tuple[CandidateDetail, Candidate]:
    """The candidate with its evidence, and its row of the run's list."""
    store = FixStore.open(root / "fixes")
    rows = [
        {
            **dict.fromkeys(STORED_FIXES),
            "device_id": device,
            "t": NOON + minute * MINUTE,
            "mechanism": "gnss",
            "x_mm": EAST + round(east * 1000),
            "y_mm": NORTH + round(north * 1000),
            "accuracy_mm": 5_000,
            "outside_window": False,
        }
        for device, minute, east, north in fixes()
    ]
    store.append([pl.DataFrame(rows, schema=STORED_FIXES)])
    worn = [(device, "W1", NOON - timedelta(days=1), None) for device in ("TAG", "SPARE")]
    crime = ("Met", "1/19", 1, "RB", NOON, NOON + 50 * MINUTE, EAST / 1000, NORTH / 1000, 0.0)
    folder = run(
        store,
        pl.DataFrame([crime], schema=CRIMES, orient="row"),
        assignments=pl.DataFrame(worn, schema=ASSIGNMENTS, orient="row"),
        monitored=EVERYONE,
        eligible=EVERYONE,
        params=Params(reference_days=0),
        runs_dir=root / "runs",
    )
    (row,) = candidates_of(folder.run_id, folder.candidates().collect(), folder.visits().collect())
    return detail_of(folder.run_id, detail(folder, store, "Met", "1/19", "W1"), {}), row


def as_match(found: CandidateDetail, others: int = 0, **changes: Any) -> MatchDetail:
    """The same under review. `changes` are of its figures, and of the match where that has the name; `others` wearers
    match the crime too."""
    candidate, crime = found.candidate, found.crime
    figures = {name: getattr(candidate, name) for name in Figures.__struct_fields__}
    figures |= {name: value for name, value in changes.items() if name in figures}
    both = {name: figures[name] for name in ("q_value", "p_present", "e_value")}
    match = MatchOut(
        id=41,
        in_words=candidate.in_words,
        strength_in_words=None,
        chance_in_words="not judged among the crimes of its month yet",
        state="in review",
        assignee="ana",
        force=crime.force,
        crime_ref=crime.crime_ref,
        crime_version=1,
        crime_type=crime.crime_type,
        crime_type_in_words=crime.crime_type_in_words,
        crime_text=None,
        crime_from=crime.t_from,
        crime_to=crime.t_to,
        wearer_ref=candidate.wearer_id,
        settings=settings_out(settings_of(Params()).values, standing=True),
        figures=Figures(**figures),
        pool_month=None,
        pool_crimes=None,
        run_id=found.run_id,
        version_in_words=None,
        changed_at=NOON,
        **both,
    )
    beside = [msgspec.structs.replace(match, id=100 + n, wearer_ref=f"W{100 + n}") for n in range(others)]
    return MatchDetail(match=match, moves=[], notes=0, wearers_others=[], crimes_others=beside, evidence=found)
