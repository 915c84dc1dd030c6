"""Homes that earlier versions made are opened, used and migrated by this one, on SQLite and PostgreSQL.

How the home of another version is added: tests/upgrade/README.md.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from api.usecases.stores import engine_of
from matcher.params import ALGORITHM
from tests.support.clients import Client
from tests.support.make_older_home import CONFIRMED_OF, PASSWORD, RELEASED_OF, USERS
from tests.support.older_homes import NAMES, OlderHome, Rows, columns_of, move_rows, rows_of, unpacked
from tests.support.worlds import done, run_jobs
from tracker import migrations
from tracker.record import revision
from tracker.record.audit.queries import verify_chain
from tracker.review.tables import Match

pytestmark = pytest.mark.slow
_SESSIONS = ("login_session", "revoked_at")
TAKEN_BACK = {"0015": [("candidate_match", "q_value"), _SESSIONS], "0017": [_SESSIONS]}
"""By a home's revision, what a later one takes back on the way: a q that was of one run and of no pool; sessions, which
end at a step back."""
SAID_OTHERWISE = {"2": {RELEASED_OF, CONFIRMED_OF}, "3": set[str]()}
"""By the version of the matcher that matched a home, of whom the present one says otherwise. What version 4 mended does
not occur in the homes of version 3: it says the same to the last digit."""


@pytest.fixture(params=NAMES)
def older(
    request: pytest.FixtureRequest, empty_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> OlderHome:
    """A home as an earlier version left it, on SQLite and on PostgreSQL."""
    home = unpacked(str(request.param), tmp_path)
    if empty_engine.dialect.name == "postgresql":
        move_rows(home, empty_engine)
        monkeypatch.setenv("TAGPILOT_DATABASE_URL", empty_engine.url.render_as_string(hide_password=False))
    return home


def record_of(home: OlderHome) -> Engine:
    """Its database, whatever revision that is at."""
    return engine_of(home.settings)


def log_in_as_then(client: Client, name: str) -> None:
    """Log in as a user whom the earlier version added, with the password given then."""
    answer = client.post("/auth/login", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    client.headers["authorization"] = f"Bearer {answer.json()['accessToken']}"


def test_it_migrates_to_this_version_back_and_forward_and_no_row_is_changed(older: OlderHome) -> None:
    engine = record_of(older)
    assert revision.current_revision(engine) == older.revision
    layout = columns_of(engine)
    for table, column in TAKEN_BACK.get(older.revision, ()):
        layout[table].remove(column)
    then = rows_of(engine, layout)
    assert sum(map(len, then.values())) > 500

    migrations.upgrade(engine)
    assert revision.at_head(engine)
    assert verify_chain(engine).broken is None
    present = columns_of(engine)
    asked = columns_of(engine)
    asked[_SESSIONS[0]].remove(_SESSIONS[1])
    now = rows_of(engine, asked)

    migrations.downgrade(engine, older.revision)
    # A step back may leave a column behind that the older version does not mind, but no table.
    assert columns_of(engine).keys() == layout.keys()
    after = changed(then, rows_of(engine, layout))
    assert list(after) == [], str(after)[:2_000]

    migrations.upgrade(engine)
    assert columns_of(engine) == present
    after = changed(now, rows_of(engine, asked))
    assert list(after) == [], str(after)[:2_000]
    assert verify_chain(engine).broken is None
    engine.dispose()


def test_it_is_opened_as_it_is_and_what_was_on_record_is_shown(older: OlderHome) -> None:
    # The first command brings the database to this version's tables.
    assert "GPS" in json.dumps(older.json("status"))
    assert older.run("audit", "verify").exit_code == 0
    (run_id,) = [each["runId"] for each in older.json("runs")["items"]]
    shown = older.json("show", run_id)
    assert shown["runId"] == run_id
    with older.client() as client:
        log_in_as_then(client, "rob")
        (release,) = client.get("/releases").json()["items"]
        assert release["wearerRef"] == RELEASED_OF
        package = client.get(f"/releases/{release['id']}/package")
        assert package.status_code == 200, package.text
        assert "Sample Person 1" in package.text
        awaiting = client.get("/releases/awaiting").json()["items"]
        assert [each["wearerRef"] for each in awaiting] == [CONFIRMED_OF]
    assert [each["id"] for each in older.json("cohort", "list")["items"]] == [1]
    done(older, "cohort", "save", 1, older.files / "saved", "--by", "eva")
    again = older.run("cohort", "verify", 1, "--by", "eva")
    assert again.exit_code == 1
    assert "made by another version of the program" in again.output
    assert (older.json("verify")["whole"], older.json("verify")["counts"]["exports"]) == (True, 1)
    assert {each["name"] for each in older.json("user", "list")["items"]} >= set(USERS)
    assert older.run("audit", "verify").exit_code == 0


def test_its_months_are_matched_again_and_what_was_said_otherwise_is_decided(older: OlderHome) -> None:
    first = older.json("show", "latest")
    months = older.json("review", "rematch")["items"]
    # Until revision 0019 no match says which version tested it: each counts as of an earlier one.
    assert [(each["month"], each["released"], each["confirmed"]) for each in months] == [("2019-09", 1, 1)]
    before = figures_of(older)
    assert run_jobs(older) == 1
    assert older.json("review", "rematch")["items"] == []
    listed = {each["wearerRef"]: each for each in older.json("review", "changed")["items"]}
    if first["algorithm"] != ALGORITHM:
        verified = older.run("verify", first["runId"])
        assert verified.exit_code == 1
        assert "made by another version of the matcher, so not computed again" in verified.output
        assert set(listed) == SAID_OTHERWISE[first["algorithm"]]
        now = figures_of(older)
        assert {who for who in (RELEASED_OF, CONFIRMED_OF) if now[who] != before[who]} == set(listed)
        reason = ("--reason", "looked at again", "--by", "rob")
        for who, decision in ((RELEASED_OF, "recall"), (CONFIRMED_OF, "withdraw")):
            if who in listed:
                done(older, "review", decision, listed[who]["matchId"], *reason)
        assert older.json("review", "changed")["items"] == []
    assert older.run("audit", "verify").exit_code == 0


# The months above are matched again on either database.
@pytest.mark.parametrize("empty_engine", ["sqlite"], indirect=True)
def test_it_is_matched_anew(older: OlderHome) -> None:
    done(older, "match", "--by", "ana")
    assert older.json("show", "latest")["algorithm"] == ALGORITHM
    engine = record_of(older)
    assert verify_chain(engine).broken is None
    engine.dispose()


def figures_of(home: OlderHome) -> dict[str, Any]:
    """By wearer, what is said of the match."""
    engine = record_of(home)
    with engine.connect() as connection:
        said = dict(connection.execute(select(Match.wearer_ref, Match.figures)).tuples().all())
    engine.dispose()
    return said


def changed(before: Rows, after: Rows) -> dict[str, Any]:
    """By table, the rows that only one side has."""
    out = {}
    for name in before.keys() | after.keys():
        was, now = before.get(name, []), after.get(name, [])
        if was != now:
            out[name] = ([row for row in was if row not in now], [row for row in now if row not in was])
    return out
