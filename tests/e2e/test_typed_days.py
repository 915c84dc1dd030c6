"""The officer's, the analyst's, the releasing officer's and the evaluator's day by a client generated from the API's
schema, at a home that the command serves, with its worker."""

import hashlib
import io
import shutil
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from api.usecases.stores import open_record
from tests.support.clients import CHEAP, PASSWORD
from tests.support.evaluation_world import populate
from tests.support.officers_week import AS_IT_ENDED, ByCommand, OverHttp, begin, day, week
from tests.support.pilot import PILOT
from tests.support.postgres import Server, drop
from tests.support.release_lists import ROW, write_list
from tests.support.served import served
from tests.support.typed_client import TypedClient, generated
from tests.support.worlds import World, tag_all_four, write_files
from tracker.access.roles import Role
from tracker.access.user_service import add_user

pytestmark = pytest.mark.slow

PATIENCE_S = 120


@dataclass(frozen=True)
class Office:
    """A served home, and a client for each who works there."""

    world: World
    anyone: TypedClient
    package: ModuleType

    def at_work(self, role: Role) -> TypedClient:
        return self.anyone.logged_in(role.value.replace(" ", "-"), PASSWORD)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Four wearers with fixes and 120 people to evaluate, served on 1 June 2021."""
    root = tmp_path_factory.mktemp("office")
    write_files(root / "files")
    world = World(root / "home", root / "files")
    tag_all_four(world)
    (world.home / "today").write_text("2021-06-01\n")
    engine = open_record(world.settings)
    populate(engine, 4, 120, first=1)
    for role in Role:
        name = role.value.replace(" ", "-")
        add_user(engine, name, role, PASSWORD, how=CHEAP, by="a test", now=datetime(2019, 9, 1, tzinfo=UTC))
    engine.dispose()
    with served(world.home, root / "log") as address:
        with urllib.request.urlopen(f"{address}/schema/openapi.json", timeout=60) as response:
            document = response.read()
        with generated(document, root) as package:
            yield Office(world, TypedClient(package, address), package)


def sent(client: TypedClient, kind: str, name: str, content: bytes) -> Any:
    """A file sent and read: what became of its rows."""
    payload = client.types.File(payload=io.BytesIO(content), file_name=name)
    made = client.send_file(client.models.SendFileKind(kind), name=name, body=payload)
    return ended(lambda: client.get_import(made.id))


def ended(asked: Any) -> Any:
    """What is asked for, once its job has ended."""
    deadline = time.monotonic() + PATIENCE_S
    while (found := asked()).state in ("queued", "running"):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found


def test_the_officers_day(office: Office) -> None:
    officer = office.at_work(Role.OFFICER)
    models = officer.models
    assert officer.me().role == "delivery officer"
    for phase, on in (("February 2019", "2019-02-18"), ("June", "2019-06-17")):
        assert len(officer.launch(PILOT, body=models.LaunchIn(phase=phase, on=on)).launched) > 3
    assert officer.get_rollout(PILOT).maximum == 180

    known = {each.licence for each in licences(officer)}
    path = write_list(
        office.world.files / "list.csv", ROW | {"planned_release": "2019-08-01", "licence_ends": "2020-08-01"}
    )
    read = sent(officer, "releases", "list.csv", path.read_bytes())
    assert (read.state, read.kept, read.rejected) == ("done", 1, 0)
    (new,) = [each for each in licences(officer) if each.licence not in known]
    licence = officer.get_licence(PILOT, new.licence)
    assert licence.eligible_for_tag.answer == "passed"
    assert [finding.source for finding in licence.eligible_for_tag.findings]
    assert [score.pct for score in licence.scores] == [56]

    before = officer.get_status(PILOT)
    reserved = officer.move_place(PILOT, new.licence, body=place(models, "reserve", date(2019, 7, 10)))
    imposed = officer.move_place(PILOT, new.licence, body=place(models, "impose", date(2019, 7, 20)))
    for capacity in (reserved, imposed):
        assert capacity.imposed + capacity.reserved + capacity.headroom == capacity.maximum == 180
    received = officer.receive_tags(
        PILOT, body=models.ReceiveIn(device_ids=["D-new"], at=datetime(2019, 4, 1, 9, tzinfo=UTC))
    )
    assert [(tag.device_id, tag.state) for tag in received.items] == [("D-new", "in stock")]
    fit = models.FitIn(licence=new.licence, at=datetime(2019, 8, 1, 10, tzinfo=UTC))
    assert officer.fit_tag("D-new", body=fit).state == "fitted"
    stock = officer.list_tags(PILOT)
    assert {tag.device_id: tag.wearer_ref for tag in stock.items}["D-new"] == new.wearer
    after = officer.get_status(PILOT)
    assert (after.imposed, after.fitted) == (before.imposed + 1, before.fitted + 1)

    budget = officer.get_budget(PILOT)
    assert sum(line.allocated_pence for line in budget.lines) == budget.allocated_pence == 73_000_000
    dpia = next(duty for duty in officer.list_duties(PILOT).items if duty.key == "dpia")
    assert dpia.done_on is None
    officer.do_duty(PILOT, "dpia", body=models.DoneIn(on=date(2019, 4, 1), evidence="DPIA v1"))
    dpia = next(duty for duty in officer.list_duties(PILOT).items if duty.key == "dpia")
    assert (dpia.done_on, dpia.evidence) == (date(2019, 4, 1), "DPIA v1")


def licences(officer: TypedClient) -> list[Any]:
    """Every licence, page by page."""
    found: list[Any] = []
    while True:
        page = officer.list_licences(PILOT, limit=100, offset=len(found))
        found += page.items
        if len(found) == page.total:
            return found


def place(models: Any, move: str, on: date) -> Any:
    return models.PlaceIn(move=models.PlaceInMove(move), on=on)


def test_the_analysts_and_the_releasing_officers_day(office: Office) -> None:
    analyst = office.at_work(Role.ANALYST)
    models = analyst.models
    crimes = (office.world.files / "crimes.csv").read_bytes()
    read = sent(analyst, "crimes", "crimes.csv", crimes + b"Metropolitan,4420/19,Robbery,yesterday,,,,\n")
    assert (read.state, read.rejected) == ("done", 1)
    (fault,) = [each for each in analyst.list_import_errors(read.id).items if each.value == "yesterday"]
    assert fault.row == 5
    assert "yesterday" in analyst.get_import_errors_csv(read.id)

    asked = analyst.create_job(body=models.NewJob())
    job = ended(lambda: analyst.get_job(asked.id))
    assert job.state == "done", job.why
    queue = analyst.list_matches(wearer_ref="W-inside", q_at_most=1.0)
    (match,) = queue.items
    assert match.crime_ref == "4417/19"
    shown = analyst.response("get_match", match.id)
    assert shown.parsed.match.state == "new"
    assert analyst.having_seen(shown).assign_match(match.id, body=models.Assign()).state == "in review"
    shown = analyst.response("get_match", match.id)
    why = models.Why(reason="stood at the door for an hour")
    assert analyst.having_seen(shown).confirm_match(match.id, body=why).state == "confirmed"

    releasing = office.at_work(Role.RELEASER)
    awaiting = releasing.list_awaiting_release()
    assert [each.id for each in awaiting.items] == [match.id]
    shown = releasing.response("get_awaiting_release", match.id)
    recipient = models.RecipientIn(name="A. Inspector", rank="DI")
    package = releasing.having_seen(shown).release_match(
        match.id, body=models.NewRelease(recipient=recipient, destroy_by=date(2099, 1, 1))
    )
    assert (package.state, package.match_id, package.confirmed_by) == ("released", match.id, "analyst")
    assert releasing.get_release(package.id).sha256 == package.sha256


def test_the_evaluators_day(office: Office) -> None:
    evaluator = office.at_work(Role.EVALUATOR)
    models = evaluator.models
    definition = models.CohortIn(
        purpose=models.CohortInPurpose("impact analysis"),
        justification="evaluation plan, section 4",
        columns=["group", "age_band", "sex", "eligible", "imposed", "fitted", "worn_weeks"],
        as_at=date(2021, 5, 31),
        wide_ages=True,
        small_classes=models.CohortInSmallClasses.BLANK,
    )
    asked = evaluator.create_cohort(PILOT, body=definition)
    job = ended(lambda: evaluator.get_cohort_job(asked.id))
    assert job.state == "done", job.why
    export = evaluator.get_cohort(int(job.run_id))
    assert (export.state, export.definition.columns) == ("kept", definition.columns)
    assert export.risk.smallest_class >= 5
    table = evaluator.response("get_cohort_file", export.id, "cohort.csv").content
    assert pl.read_csv(table).height == export.people
    assert hashlib.sha256(table).hexdigest() == export.files["cohort.csv"].sha256

    fitted = models.TableIn(measure="fitted", by=[models.TableInByItem("bcu")])
    released = evaluator.release_tables(PILOT, body=models.TablesIn(tables=[fitted], as_at=date(2021, 5, 31)))
    assert all(cell.withheld or cell.people >= 5 for cell in released.cells)
    power = evaluator.get_power(PILOT)
    assert 0 < power.now.power < 1
    assert power.fitted > 0


@pytest.mark.postgres
@pytest.mark.parametrize("http_on", ["postgres", pytest.param("sqlite", marks=pytest.mark.prove("faces-agree"))])
def test_a_week_over_http_and_by_command_ends_alike(
    office: Office, http_on: str, postgres_url: str, postgres_template: str, sqlite_template: Path, tmp_path: Path
) -> None:
    """The officer's week over HTTP on one database, and by command on the other."""
    server = Server(postgres_url, [])

    def home(face: str) -> World:
        """A new home with its tables: of the face `http_on`, or of the other."""
        on_postgres = (face == "http") == (http_on == "postgres")
        database = server.database(postgres_template) if on_postgres else None
        world = World(tmp_path / face / "home", tmp_path / face, database)
        world.home.mkdir(parents=True, mode=0o700)
        if not on_postgres:
            shutil.copy(sqlite_template, world.home / "tagpilot.sqlite3")
        begin(world)
        return world

    world = home("http")
    engine = open_record(world.settings)
    add_user(engine, "olu", Role.OFFICER, PASSWORD, how=CHEAP, by="a test", now=day(1))
    engine.dispose()
    with served(world.home, tmp_path / "log", **world.environ) as address:
        over_http = week(OverHttp(TypedClient(office.package, address).logged_in("olu", PASSWORD)), world, world.files)
    world = home("command")
    assert week(ByCommand(world), world, world.files) == over_http == AS_IT_ENDED
    drop(postgres_url, server.made[0])
