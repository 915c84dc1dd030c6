"""A request sent again under its Idempotency-Key does nothing twice, shows nobody what they may not see, and is on
record."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.testing import TestClient
from sqlalchemy import Engine, func, select, update

from api.http.app import HANDLERS, create_app
from api.http.auth import PUBLIC
from api.http.dependencies import rights_of
from api.http.idempotency import ANSWER_STORED, UNKEYED
from api.settings import Settings, read_settings
from api.usecases.stores import make_home
from tests.support.clients import ONE_FACTOR, PASSWORD, Client, log_in
from tests.support.databases import keys_to
from tests.support.papers import PILOT
from tests.support.people import erase_person, release_people
from tracker.access.idempotency_queries import KEPT, Answer, delete_expired_keys
from tracker.access.idempotency_table import Answered
from tracker.access.roles import Role, may
from tracker.access.user_service import change_role, end_access, set_password
from tracker.corrections.kinds import KINDS, Area, Scope
from tracker.decisions.papers import papers
from tracker.decisions.service import enter_file
from tracker.people.tables import Address, Identity, Person, Sex
from tracker.record.audit.chain import Action
from tracker.record.audit.queries import entries
from tracker.record.audit.tables import AuditEntry
from tracker.record.entry import entering
from tracker.screening import facts_service

STORED = {
    "addUser",
    "changeCommitment",
    "commitMoney",
    "forecastLine",
    "moveMoney",
    "setLostTagPrice",
    "setRetention",
    "settle",
    "spendMoney",
    "withdrawKnifeCrime",
}
"""The operations whose answers are stored: each is about money, periods, staff or counts, no wearer."""
NO_KEY = {
    "askPresence",
    "askSeries",
    "askTogether",
    "changePassword",
    "confirmSecondFactor",
    "enrolSecondFactor",
    "inspectFile",
    "login",
    "logout",
    "openAudit",
    "refresh",
    "removeSecondFactor",
    "searchList",
    "sendFile",
    "summariseDay",
    "writeAuditHead",
}
"""Tokens, passwords and codes, files known by their digest or not kept, and what is read for a purpose or written each
time."""
ABOUT_A_PERSON = {
    "alert", "born", "candidates", "crn", "device", "deviceId", "fixes", "holder", "identity", "items", "licence",
    "match", "nomis", "package", "person", "personId", "pncId", "pseudonym", "wearer", "wearerId", "wearerRef",
}  # fmt: skip
NAME, NUMBER, SECRET = "Sample Q. Person", "A1234BC", "a line about A1234BC"
END = {
    "kind": "last day to monitor", "day": "2020-07", "decision": "PCD 570", "source": "PCD 570, 9",
    "effectiveOn": "2019-09-01",
}  # fmt: skip
DECISION = {
    "reference": "PCD 800", "title": "More months", "paragraph": "3.1", "effectiveOn": "2019-09-01",
    "ends": [{"kind": "last day to impose", "day": "2020-07"}],
}  # fmt: skip
TODAY = date(2019, 9, 20)
ENTERED: dict[str, Any] = {"by": "a test", "now": datetime(2019, 9, 20, 9, tzinfo=UTC)}


@dataclass(frozen=True)
class Record:
    """A server over a record with the decision papers and two people on licence, the first one named."""

    settings: Settings
    engine: Engine
    client: Client
    wearer: str

    def log_in(self, role: Role, name: str | None = None) -> Client:
        log_in(self.client, self.settings, role, name)
        return self.client

    def rows(self) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(select(Answered.__table__)))

    def replays(self) -> int:
        with self.engine.connect() as connection:
            of_replays = AuditEntry.subject == "answered_request", AuditEntry.action == Action.CONSULT
            return connection.scalar(select(func.count()).select_from(AuditEntry).where(*of_replays)) or 0

    def age(self, by: timedelta) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(Answered).values(recorded_at=datetime.now(UTC) - by))


def _with_papers(engine: Engine) -> None:
    release_people(engine, 2)
    for paper in papers():
        enter_file(engine, paper, **ENTERED)
    with entering(engine, **ENTERED) as entry:
        person = entry.connection.scalar(select(Person.id).order_by(Person.id))
        entry.add(Identity, person_id=person, name=NAME, nomis_id=NUMBER, sex=Sex.MALE, born=date(1997, 5, 1))


pytestmark = pytest.mark.begins_with(fill=_with_papers)


@pytest.fixture
def record(engine: Engine, tmp_path: Path) -> Iterator[Record]:
    url = engine.url.render_as_string(hide_password=False)
    environ = {**ONE_FACTOR, "TAGPILOT_DATABASE_URL": url, "TAGPILOT_TODAY": TODAY.isoformat()}
    settings = read_settings(environ, home=tmp_path / "home")
    make_home(settings.home)
    keys_to(settings.home)
    with engine.connect() as connection:
        wearer = connection.scalar(select(Person.wearer_ref).order_by(Person.id))
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8019") as client:
        yield Record(settings, engine, client, wearer)


def key(text: str = "k-1") -> dict[str, str]:
    return {"idempotency-key": text}


def commit(record: Record, programme: str = PILOT, text: str = "k-1") -> Any:
    body = {"reference": "C-1", "line": "tagging", "pence": 100, "words": "a month"}
    return record.client.post(f"/programmes/{programme}/commitments", json=body, headers=key(text))


def move_address(record: Record, text: str = "k-1") -> Any:
    body = {"fromOn": "2019-09-12", "borough": "Lambeth", "line": "1 High Street"}
    return record.client.post(f"/wearers/{record.wearer}/addresses", json=body, headers=key(text))


def find(record: Record, text: str = "k-1") -> Any:
    return record.client.post("/people/find", json={"identifier": NUMBER}, headers=key(text))


def test_an_answer_about_a_person_is_not_stored_and_the_repeated_request_is_told_that_it_was_done(
    record: Record,
) -> None:
    record.log_in(Role.OFFICER)
    for first_time, ask in ((move_address, move_address), (find, find)):
        name = first_time.__name__
        first, again = first_time(record, name), ask(record, name)
        assert first.status_code == again.status_code, first.text
        assert again.headers["idempotent-replayed"] == "true"
        assert (again.json()["done"], "not stored" in again.json()["words"]) == (True, True)
        assert not [word for word in (record.wearer, NAME, NUMBER, "Lambeth", "High Street") if word in again.text]
    with record.engine.connect() as connection:
        moved = Address.line == "1 High Street"
        assert connection.scalar(select(func.count()).select_from(Address).where(moved)) == 1
    assert [row.body for row in record.rows()] == [None, None]
    assert record.replays() == 2


def test_an_answer_about_no_person_is_the_same_again_and_every_replay_has_an_audit_row(record: Record) -> None:
    record.log_in(Role.OFFICER)
    first, again, third = (commit(record) for _ in range(3))
    assert first.status_code == 201, first.text
    assert first.content == again.content == third.content
    assert record.replays() == 2
    with record.engine.connect() as connection:
        row = entries(connection, subject="answered_request")[0]
    assert (row.by, row.subject_id, row.open["answer_shown"]) == ("delivery-officer", "commitMoney", True)


def test_a_role_taken_away_takes_the_replay_with_it(record: Record) -> None:
    record.log_in(Role.OFFICER, "olu")
    assert commit(record).status_code == 201
    change_role(record.engine, "olu", Role.EVALUATOR, **ENTERED)
    assert commit(record).status_code == 401
    record.log_in(Role.OFFICER, "olu")
    refused = commit(record)
    assert (refused.status_code, refused.json()["type"].rsplit(":", 1)[1]) == (403, "forbidden")
    assert record.replays() == 0
    # Given back, what was told before the change is told no more, and nothing is made twice.
    change_role(record.engine, "olu", Role.OFFICER, **ENTERED)
    record.log_in(Role.OFFICER, "olu")
    again = commit(record)
    assert (again.status_code, again.json().get("done")) == (201, True)
    assert "committedPence" not in again.text


def test_who_may_not_ask_learns_nothing_of_a_key_even_that_it_was_used_otherwise(record: Record) -> None:
    record.log_in(Role.OFFICER, "olu")
    assert commit(record).status_code == 201
    change_role(record.engine, "olu", Role.EVALUATOR, **ENTERED)
    record.log_in(Role.OFFICER, "olu")
    assert commit(record, "nosuch").status_code == 403


@pytest.mark.parametrize("how", ["logout", "password", "access"])
def test_a_session_that_ended_gets_no_replay_and_the_next_one_no_content(record: Record, how: str) -> None:
    record.log_in(Role.OFFICER, "olu")
    assert commit(record).status_code == 201
    if how == "logout":
        assert record.client.post("/auth/logout").status_code == 204
    elif how == "password":
        set_password(record.engine, "olu", PASSWORD, **ENTERED)
    else:
        end_access(record.engine, "olu", **ENTERED)
    assert commit(record).status_code == 401
    assert [row.body for row in record.rows()] == [None]
    if how != "access":
        record.log_in(Role.OFFICER, "olu")
        assert commit(record).json()["done"]


def test_another_session_of_the_same_user_is_told_that_it_was_done_and_not_what_was_told(record: Record) -> None:
    record.log_in(Role.OFFICER, "olu")
    assert commit(record).status_code == 201
    record.log_in(Role.OFFICER, "olu")
    assert commit(record).json()["done"]


def test_of_an_erased_person_nothing_is_told_or_left(record: Record) -> None:
    record.log_in(Role.OFFICER)
    assert move_address(record, f"move {NUMBER}").status_code == 201
    assert find(record, f"find {NUMBER}").json()["total"] == 1
    # As a route of a later version might answer: with an address that names the person.
    with record.engine.begin() as connection:
        connection.execute(update(Answered).values(location=f"/wearers/{record.wearer}/addresses"))
    erase_person(record.engine, record.wearer, reason="asked", **ENTERED)
    for again in (move_address(record, f"move {NUMBER}"), find(record, f"find {NUMBER}")):
        assert again.headers["idempotent-replayed"] == "true"
        assert "location" not in again.headers
        assert not [word for word in (record.wearer, NAME, NUMBER, "Lambeth") if word in again.text]
    stored = repr(record.rows())
    assert len(record.rows()) == 2
    assert not [word for word in (record.wearer, NAME, NUMBER, "Lambeth") if word in stored]


def test_a_key_is_over_after_its_day_by_the_clock_where_it_is_read(record: Record) -> None:
    record.log_in(Role.OFFICER)
    first = commit(record)
    record.age(KEPT - timedelta(minutes=1))
    assert commit(record).content == first.content
    record.age(KEPT)
    late = commit(record)
    # Done anew, and refused as the second commitment of that reference.
    assert "idempotent-replayed" not in late.headers
    assert late.status_code in (409, 422)


def test_a_key_of_a_future_that_the_clock_took_back_is_over(record: Record) -> None:
    record.log_in(Role.OFFICER)
    assert commit(record).status_code == 201
    record.age(-KEPT - timedelta(minutes=1))
    assert delete_expired_keys(record.engine, now=datetime.now(UTC)) == 1


def test_keys_over_their_day_go_when_the_server_runs_though_nobody_sends_one(record: Record) -> None:
    record.log_in(Role.OFFICER)
    assert commit(record).status_code == 201
    record.age(KEPT + timedelta(minutes=1))
    with TestClient(create_app(record.settings), base_url="http://127.0.0.1:8019") as fresh:
        for _ in range(100):
            fresh.get("/health/live")
            if not record.rows():
                break
    assert record.rows() == []


def test_another_user_s_key_is_another_key(record: Record) -> None:
    record.log_in(Role.OFFICER, "olu")
    first = commit(record)
    record.log_in(Role.OFFICER, "oda")
    other = commit(record)
    assert "idempotent-replayed" not in other.headers
    assert other.content != first.content
    assert record.replays() == 0


def test_the_same_key_and_body_under_another_programme_is_a_different_request(record: Record) -> None:
    record.log_in(Role.OFFICER)
    assert commit(record).status_code == 201
    others = [item["key"] for item in record.client.get("/programmes").json()["items"] if item["key"] != PILOT]
    assert others
    for programme in (*others, "nosuch"):
        answer = commit(record, programme)
        assert (answer.status_code, answer.json()["type"].rsplit(":", 1)[1]) == (409, "idempotency-key")
    assert record.replays() == 0


def test_after_an_error_of_the_program_s_own_the_request_is_not_done_again(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.usecases.delivery import budget

    real = budget.commit

    def committed_and_failed(*given: Any, **more: Any) -> Any:
        real(*given, **more)
        raise RuntimeError("a fault after the entry")

    monkeypatch.setattr(budget, "commit", committed_and_failed)
    record.log_in(Role.OFFICER)
    assert commit(record).status_code == 500
    monkeypatch.undo()
    again = commit(record)
    assert again.status_code == 409
    assert "check whether it was done" in again.json()["detail"]


def posts() -> dict[str, tuple[str, HTTPRouteHandler]]:
    """Every POST of the API as it is built, with its path, by its operation. Pages have no operation: forms that are
    sent again are in `tests/web`."""
    app = create_app(read_settings({}, home=Path("nowhere")))
    return {
        str(handler.operation_id): (route.path_format, handler)
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler) and "POST" in handler.http_methods and handler.operation_id is not None
    }


def test_no_page_is_stored_for_whoever_sends_a_form_again() -> None:
    app = create_app(read_settings({}, home=Path("nowhere")))
    pages = [
        handler
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler) and "POST" in handler.http_methods and handler.operation_id is None
    ]
    assert len(pages) > 20
    assert not [handler for handler in pages if handler.opt.get(ANSWER_STORED)]


def test_an_answer_is_stored_only_where_the_route_says_so_and_those_are_these() -> None:
    every = posts()
    assert {name for name, (_, handler) in every.items() if handler.opt.get(UNKEYED)} == NO_KEY
    assert {name for name, (_, handler) in every.items() if handler.opt.get(ANSWER_STORED)} == STORED
    assert len(every) > 60
    on_controllers = {
        str(h.operation_id) for c in HANDLERS for h in vars(c).values() if isinstance(h, HTTPRouteHandler)
    }
    assert set(every) <= on_controllers


def test_no_stored_answer_has_a_field_about_a_person() -> None:
    for name in STORED:
        answer = posts()[name][1].parsed_fn_signature.return_type.annotation
        fields = set(_fields(answer))
        assert fields, name
        assert not fields & ABOUT_A_PERSON, name


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/launches", {"borough": "Hackney", "on": "2019-09-18"}),
        ("/plans", {"borough": "Hackney", "on": "2019-11-01", "reason": "the team is complete"}),
        ("/entries", {"section": "end", "fields": END}),
        ("/decisions", DECISION),
        ("/records/launch/1/correct", {"record": {"kind": "launch", "on": "2019-09-11"}, "reason": "a day late"}),
        ("/records/launch/1/take-back", {"reason": "there was none"}),
    ],
)
def test_an_answer_that_names_whom_it_screened_again_is_not_stored(
    record: Record, monkeypatch: pytest.MonkeyPatch, path: str, body: dict[str, Any]
) -> None:
    record.log_in(Role.OFFICER)
    live = {"borough": "Lambeth", "on": "2019-09-10"}
    record.client.post(f"/programmes/{PILOT}/launches", json=live).raise_for_status()
    monkeypatch.setattr(facts_service, "in_words", lambda _screened: [SECRET])
    first, again = (record.client.post(f"/programmes/{PILOT}{path}", json=body, headers=key()) for _ in range(2))
    assert SECRET in first.text
    assert (again.status_code, again.json()["done"]) == (first.status_code, True)
    assert SECRET not in again.text
    assert [row.body for row in record.rows()] == [None]


def test_what_is_corrected_of_the_programme_is_of_no_person_and_so_affects_no_match() -> None:
    """Who corrects these needs no right to read of people."""
    corrected = [kind for kind in KINDS.values() if kind.area is Area.PROGRAMME]
    assert corrected
    assert {kind.scope for kind in corrected} == {Scope.PROGRAMME}
    columns = {column.name for kind in corrected for column in kind.table.__table__.columns}
    assert not columns & {"person_id", "licence_id"}


def _fields(kind: Any) -> Iterator[str]:
    """Names of a Struct's fields and of those inside it."""
    for found in msgspec.json.schema_components([kind])[1].values():
        yield from found.get("properties", {})


def _filled(path: str) -> str:
    """The path of a route with something in the place of each parameter."""
    while "{" in path:
        start, rest = path.split("{", 1)
        name, rest = rest.split("}", 1)
        number = name == "number" or name.endswith("_id")
        path = f"{start}{PILOT if name == 'key' else 999999 if number else 'nosuch'}{rest}"
    return path


@pytest.mark.slow
def test_every_post_with_a_key_asks_for_the_right_again_shows_no_person_and_is_on_record(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each route, as if it had been answered before: a role that may ask gets no content unless it is stored by the
    list above; a role that may not is refused, nothing of the key being looked up, so that on PostgreSQL one of these
    in turn is asked; nothing runs a second time."""
    from api.http import idempotency

    def answered_before(_engine: Engine, asked: Any) -> Any:
        with record.engine.begin() as connection:
            connection.execute(
                Answered.__table__.insert(),
                {
                    **asked._asdict(),
                    **Answer(201, "text/plain", None, SECRET.encode())._asdict(),
                    "recorded_at": datetime.now(UTC),
                },
            )
        return real(_engine, asked)

    real = idempotency._begin
    monkeypatch.setattr(idempotency, "_begin", answered_before)
    clients: dict[Role, str] = {}
    for role in Role:
        record.log_in(role)
        clients[role] = record.client.headers["authorization"]
    shown, asked, n = set(), set(), 0
    for operation, (path, handler) in posts().items():
        if operation in NO_KEY or handler.opt.get(PUBLIC):
            continue
        rights = rights_of(handler)
        assert rights is not None, operation
        for role, authorization in clients.items():
            allowed = not rights or any(may(role, right) for right in rights)
            n += 1
            if not allowed and n % len(Role) and record.engine.dialect.name != "sqlite":
                continue
            before = record.replays()
            answer = record.client.post(_filled(path), headers={**key(f"k-{n}"), "authorization": authorization})
            if not allowed:
                assert answer.status_code == 403, (operation, role)
                assert record.replays() == before, operation
                continue
            asked.add(operation)
            assert answer.headers.get("idempotent-replayed") == "true", (operation, role, answer.text)
            assert record.replays() == before + 1, operation
            if SECRET in answer.text:
                shown.add(operation)
    assert shown == STORED
    assert asked == set(posts()) - NO_KEY


def test_of_an_answer_about_a_person_only_its_status_is_on_record(record: Record) -> None:
    record.log_in(Role.OFFICER)
    assert find(record).json()["total"] == 1
    assert [(row.status, row.content_type, row.body) for row in record.rows()] == [(200, None, None)]
