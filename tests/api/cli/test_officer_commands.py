"""The officer's day at a terminal: tags, licences, money, duties, and where it all stands."""

from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import click
import pytest

from api.cli.commands.licence import answer_
from api.schemas.delivery.licences import AlertSteps
from api.usecases.stores import open_record
from tests.support.pilot import PILOT
from tests.support.release_lists import person, write_list
from tests.support.worlds import World
from tracker.access.roles import Role
from tracker.licences.tables import Licence
from tracker.people.tables import Person
from tracker.programme.queries import programme_named
from tracker.record.entry import entering


@pytest.fixture
def pilot(loaded: World) -> World:
    """The papers, the first phase launched, two people on licence; the day is 1 October 2019."""
    (loaded.home / "today").write_text("2019-10-01\n")
    loaded.run("rollout", "launch", "--phase", "February 2019", "--on", "2019-02-18")
    engine = open_record(loaded.settings)
    with entering(engine, by="officer", now=datetime(2019, 9, 1, tzinfo=UTC)) as entry:
        programme_id, _, _ = programme_named(entry.connection, PILOT)
        for n in (1, 2):
            person = entry.add(Person, wearer_ref=f"W{n}")
            entry.add(Licence, person_id=person, programme_id=programme_id, reference=f"L{n}")
    engine.dispose()
    return loaded


def said(world: World, *words: str | Path) -> str:
    result = world.run(*words)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_a_tag_from_the_box_to_a_person_and_back(pilot: World) -> None:
    (pilot.home / "today").write_text("2019-08-20\n")
    released = {"wearer_ref": "W1", "planned_release": "2019-09-03"}
    said(pilot, "screen", "import", write_list(pilot.files / "releases.csv", released))
    decided = ("--decided-by", "B. Officer", "--organisation", "NPS London", "--reasons", "can be managed")
    said(pilot, "screen", "decide", "L1", "--proportionate", *decided)
    (pilot.home / "today").write_text("2019-10-01\n")
    assert "2 tags are in stock" in said(
        pilot, "tag", "receive", "T1", "T2", "--contract", "gps-tags", "--at", "2019-09-01T09:00:00Z"
    )
    assert "1 condition imposed" in said(pilot, "rollout", "impose", "L1", "--on", "2019-09-02")
    assert said(pilot, "tag", "fit", "T1", "L1", "--at", "2019-09-03T09:00:00Z") == "T1 is fitted.\n"
    odd = said(pilot, "tag", "fit", "T2", "L2", "--at", "2019-09-03T09:00:00Z")
    assert "note: no GPS condition is recorded as imposed by 2019-09-03" in odd
    refused = pilot.run("tag", "fit", "T1", "L2")
    assert refused.exit_code == 1
    assert "A tag that is fitted cannot be fitted; it can be removed" in refused.stderr
    said(pilot, "tag", "price", "gps-tags", "350", "--from", "2019-09-01", "--source", "schedule 2")
    said(pilot, "tag", "move", "T2", "lose", "--at", "2019-09-05T09:00:00Z")
    said(pilot, "tag", "remove", "T1", "--at", "2019-09-20T09:00:00Z")
    said(pilot, "tag", "remove", "T1", "--fitted-at", "2019-09-03T09:00:00Z", "--at", "2019-09-19T09:00:00Z")
    stock = said(pilot, "tag", "stock")
    assert "2 tags: 1 in stock, 1 lost" in stock
    assert "£350" in stock
    assert pilot.json("tag", "stock")["lost"][0]["chargePence"] == 35_000


def test_what_speaks_against_a_fitting_is_said_where_it_is_recorded(pilot: World) -> None:
    """L1 has a condition, no screening and no decision of probation; L2 has failed the screening besides."""
    said(pilot, "tag", "receive", "T1", "T2", "--contract", "gps-tags", "--at", "2019-09-01T09:00:00Z")
    said(pilot, "rollout", "impose", "L1", "--on", "2019-09-02")
    assert said(pilot, "tag", "fit", "T1", "L1", "--at", "2019-09-03T09:00:00Z").splitlines() == [
        "T1 is fitted.",
        "against: place or tag while a criterion of the screening is not known, since 2019-09-02 (PCD 570, 1.3)",
        "against: place or tag without probation's decision, since 2019-09-02 (PCD 570, 1.4)",
    ]
    child = {"wearer_ref": "W2", "planned_release": "2019-09-03", "born": "2002-01-01"}
    (pilot.home / "today").write_text("2019-08-20\n")
    said(pilot, "screen", "import", write_list(pilot.files / "releases.csv", person(2) | child))
    (pilot.home / "today").write_text("2019-10-01\n")
    fitted = said(pilot, "tag", "fit", "T2", "L2", "--at", "2019-09-03T09:00:00Z")
    for words in ("the criterion 'adult' failed", "without probation's decision", "without a GPS condition on record"):
        assert words in fitted


def test_recall_and_alert(pilot: World) -> None:
    assert (
        said(pilot, "licence", "move", "L1", "release", "--at", "2019-09-03T10:30:00+01:00")
        == "Licence L1: on licence.\n"
    )
    number = said(pilot, "licence", "alert", "L1", "exclusion zone", "--at", "2019-09-10T21:00:00Z").split()[1]
    assert "verified" in said(pilot, "licence", "answer", number, "verify", "--at", "2019-09-11T09:00:00Z")
    assert "decided" in said(
        pilot, "licence", "answer", number, "recall", "--decided-by", "P. Officer", "--at", "2019-09-11T10:00:00Z"
    )
    no_type = pilot.run("licence", "move", "L1", "recall")
    assert "A recall needs its type: standard, fixed term, emergency." in no_type.stderr
    said(pilot, "licence", "move", "L1", "recall", "--type", "fixed term", "--at", "2019-09-11T12:00:00Z")
    said(pilot, "licence", "custody", "L2", "--from", "2019-09-01T00:00:00Z", "--to", "2019-09-02T00:00:00Z")
    listed = pilot.json("licence", "list")
    assert {x["reference"]: x["state"] for x in listed["licences"]} == {"L1": "recalled", "L2": "not released yet"}
    assert "recalled" in said(pilot, "licence", "list")


def test_a_step_of_an_alert_has_the_same_names_by_command_as_over_http(pilot: World) -> None:
    """The command knew `verify` and `warn`, the API `verified` and `warned`, and no document said so."""
    step = next(each for each in answer_.params if each.name == "step")
    assert isinstance(step.type, click.Choice)
    assert set(step.type.choices) == set(get_args(AlertSteps))
    said(pilot, "licence", "move", "L1", "release", "--at", "2019-09-03T09:30:00Z")
    for number, steps in (("1", ("verify", "warn")), ("2", ("verified", "warned"))):
        said(pilot, "licence", "alert", "L1", "strap", "--at", "2019-09-10T21:00:00Z")
        for hour, step_name in enumerate(steps, 9):
            at = f"2019-09-11T{hour:02}:00:00Z"
            who = () if hour == 9 else ("--decided-by", "P. Officer")
            said(pilot, "licence", "answer", number, step_name, "--at", at, *who)
    with pilot.client_as(Role.OFFICER) as officer:
        steps = officer.get(f"/programmes/{PILOT}/case-records/alert-step").json()["items"]
    moves = [[each["record"]["move"] for each in steps if each["record"]["alert"] == n] for n in (1, 2)]
    assert moves[0] == moves[1] == ["warned", "verified", "raised"]


def test_money_and_duties(pilot: World) -> None:
    said(pilot, "budget", "commit", "C1", "tagging", "400,000", "tags", "--contract", "gps-tags", "--on", "2019-05-01")
    over = pilot.run("budget", "commit", "C2", "tagging", "69,000.01", "more", "--on", "2019-05-01")
    assert over.exit_code == 1
    assert "£69,000.01 is more than is free on tagging: £469,000 allocated, £400,000 committed or spent" in over.stderr
    said(pilot, "budget", "spend", "A1", "tagging", "12,345.67", "April", "--commitment", "C1", "--on", "2019-05-02")
    flagged = said(pilot, "budget", "spend", "A2", "lost-tags", "30,000.50", "tags", "--on", "2019-06-02")
    assert "note: lost-tags is overspent by £0.50" in flagged
    said(pilot, "budget", "move", "evaluation", "lost-tags", "1,000", "--decided-by", "B. Head", "--reason", "losses")
    said(pilot, "budget", "forecast", "tagging", "455,000")
    shown = said(pilot, "budget", "position")
    assert "£12,345.67" in shown
    plain = pilot.json("budget", "position")
    tagging = next(x for x in plain["lines"] if x["line"] == "tagging")
    assert (tagging["freePence"], tagging["variancePence"]) == (6_900_000, 1_400_000)
    assert plain["allocatedPence"] + plain["unallocatedPence"] == plain["approvedPence"] == 73_000_000
    assert "equality-review" in said(pilot, "duty", "list")
    said(pilot, "duty", "done", "dpia", "DPIA v1.2", "--on", "2019-02-01")
    assert {d["key"]: d["state"] for d in pilot.json("duty", "list")["items"]}["dpia"] == "done"


def test_the_state_fits_one_screen_and_says_what_needs_attention(pilot: World) -> None:
    said(pilot, "licence", "alert", "L1", "exclusion zone", "--at", "2019-09-10T21:00:00Z")
    shown = said(pilot, "status")
    assert len(shown.splitlines()) < 40
    for words in (
        "As at 2019-10-01; today is 2019-10-01 (set by the file today in the home folder)",
        "4 of 20 live",
        "100 free of 100",
        "Approved £730,000",
        "last day to impose: 2020-04-30, subject to final ministerial approval",
        "OVERDUE, was due 2019-08-18",
        "1 alert waits for an answer",
        "5 contradictions between the papers",
    ):
        assert words in shown
    plain = pilot.json("status", "--as-at", "2019-03-01")
    assert plain["boroughs"]["live"] == ["Lambeth", "Lewisham", "Southwark", "Croydon"]
    assert plain["attention"] == []
    assert pilot.run("status", "--programme", "nosuch").exit_code == 1


def test_a_note_of_a_licence_is_entered_read_back_and_taken_back(pilot: World) -> None:
    entered = said(pilot, "licence", "note", "L1", "asked for a later curfew", "--on", "2019-09-20", "--by", "olu")
    assert entered.startswith("The note is entered, number ")
    number = entered.rstrip(".\n").split()[-1]
    listed = said(pilot, "record", "list", "note", "--of", "L1")
    assert "asked for a later curfew" in listed
    assert "2019-09-20" in listed
    said(pilot, "record", "take-back", "note", number, "--reason", "of another licence", "--by", "olu")
    assert "asked for a later curfew" not in said(pilot, "record", "list", "note", "--of", "L1")
    assert "of another licence" in said(pilot, "record", "show", "note", number)
    refused = pilot.run("licence", "note", "L9", "x")
    assert refused.exit_code == 1
    assert "L9" in refused.stderr
    future = pilot.run("licence", "note", "L1", "x", "--on", "2019-10-02")
    assert future.exit_code == 1
    assert "2019-10-02" in future.stderr
