"""The demo's programme record: the pilot in autumn 2019, fitting the people and tags of a London that does not exist.

Everything is entered as an officer would enter it: the papers, launches, a release list that is screened, fittings,
conditions and spending. People have numbers for names; no name, date or score belongs to a real person.
"""

import csv
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Engine

from api.demo.evaluation import write_evaluation
from api.settings import Settings
from api.usecases.today import FILE
from geo.borough_names import BOROUGHS
from tracker.budget import service as budget
from tracker.budget.service import LineYear
from tracker.decisions.papers import papers
from tracker.decisions.service import enter_file
from tracker.duties import service as duties
from tracker.evaluation.imports.importer import import_evaluation_file
from tracker.licences.queries import licence_of_each_wearer
from tracker.licences.states import EndReason, LicenceMove
from tracker.licences.tables import LicenceEvent
from tracker.ogrs.service import give_score
from tracker.programme.queries import programme_named
from tracker.record.entry import Entry, entering
from tracker.retention import service as keeping
from tracker.retention.policy import RetentionKind
from tracker.rollout import service as rollout
from tracker.rollout.capacity import PlaceMove
from tracker.rollout.tables import PlaceEvent
from tracker.screening.importer import import_releases
from tracker.screening.service import record_address
from tracker.screening.tables import Proportionality
from tracker.tags import service as tags
from tracker.tags.queries import has_tags
from tracker.tags.states import TagMove
from tracker.tags.tables import DeviceModel, Tag, TagEvent
from tracker.times import AsOf, RoughDay, london_day

PILOT = "gps-knife-licence"
TODAY = date(2019, 11, 1)
BY = "demo"
_MODELS = ("GT-1", "GT-2")
_LAUNCHES = (
    ("February 2019", date(2019, 2, 18)),
    ("June", date(2019, 6, 17)),
    ("August", date(2019, 8, 12)),
    ("September", date(2019, 9, 2)),
)
"""The first day is from the paper, the months of the others too; their days are made up."""
_OWN_HOMES_FROM = _LAUNCHES[-1][1]
"""From then on everybody lives at their own address; before, some at approved premises in a borough that was live."""
_PREMISES = ("Lambeth", "Croydon", "Southwark", "Lewisham")
_UNDER_AGE, _OTHER_PRISON, _TURNED_DOWN, _UNDECIDED, _NO_BASIS, _TAG_LEFT_ON, _SCORE_FELL = range(1, 8)
"""People of whom something is wrong on purpose, so that there is something to attend to."""
_PRISONS = ("Belmarsh", "Brixton", "Feltham", "Isis", "Pentonville", "Thameside", "Wandsworth", "Wormwood Scrubs")
_RELEASES = "releases.csv"
_ETHNICITIES = ("B1", "W1", "B2", "W1", "M1", "B9", "W9", "A3", "B2", "NS", "W1", "B1", "M9", "A9", "B2", "W2", "O9")
"""Made up: the proportions are not those of any real group."""


def begin_autumn(settings: Settings, engine: Engine) -> None:
    """Set the demo's date of today, and the retention periods without which its files would not be imported."""
    if not (settings.home / FILE).exists():
        (settings.home / FILE).write_text(f"{TODAY}\n", encoding="utf-8")
    now = datetime(2019, 11, 1, 9, tzinfo=UTC)
    with engine.connect() as connection:
        held = {policy.kind for policy in keeping.policies(connection, AsOf(date.max))}
    for kind, days in (
        (RetentionKind.FIXES, 365),
        (RetentionKind.NOT_ELIGIBLE, 7),
        (RetentionKind.EVENTS, 365),
        (RetentionKind.RUNS, 730),
    ):
        if kind not in held:
            began = date(2019, 2, 18)
            keeping.set_policy(engine, kind, days, began, source="the demo", sample=True, by=BY, now=now)


def record_pilot(settings: Settings, engine: Engine, files: Path) -> None:
    """Record the pilot as of autumn 2019, unless it is on record already."""
    now = datetime(2019, 11, 1, 9, tzinfo=UTC)
    with engine.connect() as connection:
        if has_tags(connection):
            return
    audit: dict[str, Any] = {"by": BY, "now": now}
    for paper in papers():
        enter_file(engine, paper, **audit)
    for phase, on in _LAUNCHES:
        rollout.launch_phase(engine, PILOT, phase, RoughDay(on), **audit)
    write_releases(files)
    import_releases(
        engine,
        files / _RELEASES,
        PILOT,
        rejects_dir=settings.rejects_dir,
        by=BY,
        received_at=now,
        today=TODAY,
    )
    with entering(engine, by=BY, now=now, purpose="demo") as entry:
        _people_and_tags(entry, files)
    for kind, path in write_evaluation(files).items():
        import_evaluation_file(
            engine,
            path,
            kind,
            PILOT,
            rejects_dir=settings.rejects_dir,
            by=BY,
            received_at=now,
            today=TODAY,
        )
    _money_and_duties(engine, now)
    _lower_a_score(engine, files, now)


def _lower_a_score(engine: Engine, files: Path, now: datetime) -> None:
    """One wearer's score fell under the gate after the month of the demo's crimes."""
    above = [row["wearer_id"] for row in _wearers(files)[_SCORE_FELL:] if row["ogrs2_pct"] >= 50]
    if above:
        on = date(2019, 10, 14)
        given: dict[str, Any] = {"instrument": "OGRS3", "horizon_years": 2, "given_by": "made up for the demo"}
        give_score(engine, PILOT, above[0], "44", scored_on=on, today=TODAY, by=BY, now=now, **given)


def write_releases(files: Path) -> Path:
    """Write a release list of everyone who wore a tag, as a prison would send it."""
    names = {borough.gss: borough.name for borough in BOROUGHS}
    first = _first_fittings(files)
    columns = [
        "wearer_ref",
        "nomis_id",
        "pnc_id",
        "name",
        "born",
        "sex",
        "ethnicity",
        "offence_code",
        "knife_involved",
        "knife_basis",
        "prison",
        "planned_release",
        "licence_ends",
        "borough",
        "ogrs_instrument",
        "ogrs_horizon",
        "ogrs_score",
        "ogrs_date",
    ]
    path = files / _RELEASES
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, columns)
        writer.writeheader()
        for n, row in enumerate(_wearers(files)):
            fitted = first.get(row["wearer_id"])
            if fitted is None:
                continue
            writer.writerow(
                {
                    "wearer_ref": row["wearer_id"],
                    "nomis_id": f"A{n:04}ZZ",
                    "pnc_id": f"15/{n:07}X",
                    "name": f"Invented Person {n}",
                    "born": date(2002, 6, 1) if n == _UNDER_AGE else date(1985 + n % 16, 1 + n % 12, 1 + n % 28),
                    "sex": "male" if n % 20 else "female",
                    "ethnicity": _ETHNICITIES[n % len(_ETHNICITIES)],
                    "offence_code": "00826",
                    "knife_involved": "yes",
                    "knife_basis": "" if n == _NO_BASIS else "sentencing remarks",
                    "prison": "High Down" if n == _OTHER_PRISON else _PRISONS[n % len(_PRISONS)],
                    "planned_release": london_day(fitted),
                    "licence_ends": date(2020, 9, 30),
                    "borough": _first_borough(names[row["borough_gss"]], london_day(fitted), n),
                    "ogrs_instrument": "OGRS3",
                    "ogrs_horizon": 2,
                    "ogrs_score": row["ogrs2_pct"],
                    "ogrs_date": date(2018, 7, 25),
                }
            )
    return path


def _first_borough(own: str, released: date, n: int) -> str:
    """A person's own borough if the pilot is live there on the day of the release; else one with approved premises."""
    return own if _live(own, released) else _PREMISES[n % len(_PREMISES)]


def _live(borough: str, on: date) -> bool:
    return _launched_on()[borough] <= on


@cache
def _launched_on() -> dict[str, date]:
    """The day on which the pilot went live in each of its boroughs."""
    [pilot] = [paper for paper in papers() if paper.key == PILOT]
    phases = dict(_LAUNCHES)
    places = (entry.values for entry in pilot.entries if entry.section == "place")
    return {each["place"]: phases[each["phase"]] for each in places if each["phase"] in phases}


def _first_fittings(files: Path) -> dict[str, datetime]:
    worn = _assignments(files).sort("from")
    return dict(worn.group_by("wearer_id", maintain_order=True).agg(pl.col("from").first()).iter_rows())


def _wearers(files: Path) -> list[dict[str, Any]]:
    return list(pl.read_csv(files / "wearers.csv").iter_rows(named=True))


def _assignments(files: Path) -> pl.DataFrame:
    frame = pl.read_csv(files / "assignments.csv", schema_overrides={"to": pl.String})
    return frame.with_columns(pl.col("from", "to").str.to_datetime(time_zone="UTC", time_unit="us", strict=False))


def _people_and_tags(entry: Entry, files: Path) -> None:
    """Each wearer's condition, release on the day of the fitting, and tags received in summer and worn as assigned."""
    programme_id, _, _ = programme_named(entry.connection, PILOT)
    of = licence_of_each_wearer(entry.connection, programme_id)
    names = {borough.gss: borough.name for borough in BOROUGHS}
    homes = [(row["wearer_id"], names[row["borough_gss"]]) for row in _wearers(files)]
    number = {wearer: n for n, (wearer, _) in enumerate(homes)}
    own = dict(homes)
    for wearer, fitted in _first_fittings(files).items():
        if wearer not in of:
            continue
        person, licence = of[wearer]
        for move, days in ((PlaceMove.RESERVED, 21), (PlaceMove.IMPOSED, 7)):
            day = london_day(fitted) - timedelta(days=days)
            entry.add(
                PlaceEvent,
                licence_id=licence,
                programme_id=programme_id,
                move=move,
                effective_on=day,
                about=person,
            )
        entry.add(LicenceEvent, licence_id=licence, move=LicenceMove.RELEASE, at=fitted, about=person)
        if not _live(own[wearer], london_day(fitted)):
            record_address(entry, person, _OWN_HOMES_FROM, borough_stated=own[wearer])
        if number[wearer] == _TAG_LEFT_ON:
            end: dict[str, Any] = {"move": LicenceMove.END, "end_reason": EndReason.TRANSFERRED}
            at = datetime(2019, 10, 25, 9, tzinfo=UTC)
            entry.add(LicenceEvent, licence_id=licence, at=at, about=person, **end)
        if number[wearer] == _UNDECIDED:
            continue
        entry.add(
            Proportionality,
            licence_id=licence,
            decided_by="Invented Officer",
            organisation="National Probation Service",
            decided_on=london_day(fitted) - timedelta(days=28),
            proportionate=number[wearer] != _TURNED_DOWN,
            reasons="made up for the demo",
            about=person,
        )
    by_device = defaultdict(list)
    for device, wearer, since, until in _assignments(files).sort("device_id", "from").iter_rows():
        by_device[device].append((wearer, since, until))
    received = datetime(2019, 8, 1, 9, tzinfo=UTC)
    for n, (device, worn) in enumerate(by_device.items()):
        entry.add(DeviceModel, device_id=device, model=_MODELS[n % len(_MODELS)])
        tag = entry.add(Tag, programme_id=programme_id, device_id=device, contract="gps-tags")
        entry.add(TagEvent, tag_id=tag, move=TagMove.RECEIVE, at=min(received, worn[0][1] - timedelta(days=1)))
        for wearer, since, until in worn:
            person_id, licence_id = of.get(wearer, (None, None))
            entry.add(TagEvent, tag_id=tag, move=TagMove.FIT, at=since, licence_id=licence_id, about=person_id)
            if until is not None:
                entry.add(TagEvent, tag_id=tag, move=TagMove.REMOVE, at=until, licence_id=licence_id, about=person_id)


def _money_and_duties(engine: Engine, now: datetime) -> None:
    audit: dict[str, Any] = {"by": BY, "now": now}
    spare = datetime(2019, 9, 2, 9, tzinfo=UTC)
    tags.receive(engine, PILOT, ["SPARE-1", "SPARE-2"], spare, contract="gps-tags", **audit)
    tags.price(engine, PILOT, "gps-tags", 350_00, date(2019, 2, 18), source="made up for the demo", **audit)
    tags.move_tag(engine, "SPARE-2", TagMove.LOSE, datetime(2019, 10, 7, 15, tzinfo=UTC), **audit)
    budget.commit(
        engine,
        PILOT,
        "C-1",
        LineYear("tagging"),
        420_000_00,
        "tags and monitoring",
        date(2019, 5, 1),
        contract="gps-tags",
        **audit,
    )
    invoices = ((6, 41_250_00), (7, 43_875_50), (8, 52_310_00), (9, 58_420_75), (10, 59_105_00))
    for n, (month, pence) in enumerate(invoices):
        budget.spend(
            engine,
            PILOT,
            f"LEDGER-{n + 1}",
            LineYear("tagging"),
            pence,
            f"invoice {n + 1}",
            date(2019, month, 28),
            commitment="C-1",
            **audit,
        )
    budget.spend(
        engine,
        PILOT,
        "LEDGER-6",
        LineYear("analysis"),
        31_500_00,
        "analyst, two quarters",
        date(2019, 9, 30),
        **audit,
    )
    duties.do(engine, PILOT, "dpia", date(2019, 2, 11), "DPIA, made up for the demo", **audit)
