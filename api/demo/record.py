"""The demo's programme record: the pilot in autumn 2019, fitting the people and tags of a London that does not exist.

Everything is entered as an officer would enter it: the papers, launches, weekly release lists that are screened,
fittings, conditions and spending. People have numbers for names; no name, date or score belongs to a real person.
"""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from api.demo.evaluation import write_evaluation
from api.demo.money_queries import on_record
from api.demo.releases import (
    LAUNCHES,
    PILOT,
    SCORE_FELL,
    TAG_LEFT_ON,
    TURNED_DOWN,
    UNDECIDED,
    assignments,
    first_fittings,
    is_live,
    listed_on,
    wearers,
    write_releases,
)
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

FIRST_DAY = date(2019, 10, 1)
"""Of the trails and crimes. People are fitted in the two months before, so that the phases of August and September,
with their maxima of 250 and 300, are launched when their places are taken."""
TODAY = date(2019, 11, 1)
_AFTERWARDS = datetime(2019, 10, 31, 9, tzinfo=UTC)
"""When the tag of one wearer should have come off, and the score of another falls: after the month of the crimes."""
BY = "demo"
_MODELS = ("GT-1", "GT-2")
_DECIDED_DAYS = 18
PLACE_DAYS = {PlaceMove.RESERVED: 14, PlaceMove.IMPOSED: 7}
"""So long before the release probation decides, a place is reserved, and the condition is imposed."""
_OWN_HOMES_FROM = LAUNCHES[-1][1]
"""From then on everybody lives at their own address; before, some at approved premises in a borough that was live."""


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
    """Record the pilot as of autumn 2019. What of it is on record already stays as it is."""
    now = datetime(2019, 11, 1, 9, tzinfo=UTC)
    audit: dict[str, Any] = {"by": BY, "now": now}
    with engine.connect() as connection:
        worn = has_tags(connection)
    if not worn:
        for paper in papers():
            enter_file(engine, paper, **audit)
        for phase, on in LAUNCHES:
            rollout.launch_phase(engine, PILOT, phase, RoughDay(on), **audit)
        for sent, path in write_releases(files).items():
            import_releases(engine, path, PILOT, rejects_dir=settings.rejects_dir, by=BY, received_at=now, today=sent)
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
    above = [row["wearer_id"] for row in wearers(files)[SCORE_FELL:] if row["ogrs2_pct"] >= 50]
    if above:
        on = london_day(_AFTERWARDS)
        given: dict[str, Any] = {"instrument": "OGRS3", "horizon_years": 2, "given_by": "made up for the demo"}
        give_score(engine, PILOT, above[0], "44", scored_on=on, today=TODAY, by=BY, now=now, **given)


def _people_and_tags(entry: Entry, files: Path) -> None:
    """Each wearer's condition, release on the day of the fitting, and tags received by August and worn as assigned."""
    programme_id, _, _ = programme_named(entry.connection, PILOT)
    of = licence_of_each_wearer(entry.connection, programme_id)
    names = {borough.gss: borough.name for borough in BOROUGHS}
    homes = [(row["wearer_id"], names[row["borough_gss"]]) for row in wearers(files)]
    number = {wearer: n for n, (wearer, _) in enumerate(homes)}
    own = dict(homes)
    for wearer, fitted in first_fittings(files).items():
        if wearer not in of:
            continue
        person, licence = of[wearer]
        for move, days in PLACE_DAYS.items():
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
        if not is_live(own[wearer], listed_on(london_day(fitted))):
            since = max(_OWN_HOMES_FROM, london_day(fitted) + timedelta(days=1))
            record_address(entry, person, since, borough_stated=own[wearer])
        if number[wearer] == TAG_LEFT_ON:
            end: dict[str, Any] = {"move": LicenceMove.END, "end_reason": EndReason.TRANSFERRED}
            at = _AFTERWARDS
            entry.add(LicenceEvent, licence_id=licence, at=at, about=person, **end)
        if number[wearer] == UNDECIDED:
            continue
        entry.add(
            Proportionality,
            licence_id=licence,
            decided_by="Invented Officer",
            organisation="National Probation Service",
            decided_on=london_day(fitted) - timedelta(days=_DECIDED_DAYS),
            proportionate=number[wearer] != TURNED_DOWN,
            reasons="made up for the demo",
            about=person,
        )
    by_device = defaultdict(list)
    for device, wearer, since, until in assignments(files).sort("device_id", "from").iter_rows():
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
    with engine.connect() as connection:
        there = on_record(connection)
    if "SPARE-1" not in there.devices:
        tags.receive(engine, PILOT, ["SPARE-1", "SPARE-2"], spare, contract="gps-tags", **audit)
    if "gps-tags" not in there.priced:
        tags.price(engine, PILOT, "gps-tags", 350_00, date(2019, 2, 18), source="made up for the demo", **audit)
    if "SPARE-2" not in there.lost:
        tags.move_tag(engine, "SPARE-2", TagMove.LOSE, datetime(2019, 10, 7, 15, tzinfo=UTC), **audit)
    tagging, support = LineYear("tagging"), LineYear("analysis")
    if "C-1" not in there.commitments:
        began, words = date(2019, 5, 1), "tags and monitoring"
        budget.commit(engine, PILOT, "C-1", tagging, 420_000_00, words, began, contract="gps-tags", **audit)
    invoices = ((6, 41_250_00), (7, 43_875_50), (8, 52_310_00), (9, 58_420_75), (10, 59_105_00))
    for n, (month, pence) in enumerate(invoices, 1):
        if f"LEDGER-{n}" not in there.ledger:
            on, words = date(2019, month, 28), f"invoice {n}"
            budget.spend(engine, PILOT, f"LEDGER-{n}", tagging, pence, words, on, commitment="C-1", **audit)
    if "LEDGER-6" not in there.ledger:
        words, on = "analyst, two quarters", date(2019, 9, 30)
        budget.spend(engine, PILOT, "LEDGER-6", support, 31_500_00, words, on, **audit)
    if "dpia" not in there.duties:
        duties.do(engine, PILOT, "dpia", date(2019, 2, 11), "DPIA, made up for the demo", **audit)
