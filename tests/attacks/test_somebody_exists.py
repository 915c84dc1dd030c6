"""What an evaluator is refused, warned of or not shown is the same whether nobody is of a kind or one person is.

Each case is asked in two worlds that differ by one person, or by one thing that one person has; the answers, over HTTP
and by command, are the same to the letter. Counts of the whole programme are public, and are not asked here.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.usecases.stores import open_record
from tests.support.clients import Client
from tests.support.evaluation_world import NOW
from tests.support.evaluators import compared, populated, rows_csv, send, work
from tests.support.pilot import PILOT
from tests.support.worlds import World
from tracker.access.roles import Role
from tracker.ogrs.tables import OgrsScore
from tracker.people.tables import Address, Identity, Sex
from tracker.record.entry import Entry, entering

_DAY = "2021-05-31"
_OF = f"/programmes/{PILOT}"
_COHORT = {"purpose": "impact analysis", "justification": "evaluation plan, section 4", "asAt": _DAY}
Asks = Callable[[World, Client], object]
PEOPLE = 60


def plain(text: str) -> str:
    """Without what is of the clock and of the folder the world is in."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)?|\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "at", text)
    return re.sub(r"/\S*/(home|files)\S*", "folder", text)


def posted(path: str, body: dict[str, Any], **headers: str) -> Asks:
    def ask(_: World, eva: Client) -> object:
        answer = eva.post(f"{_OF}{path}", json=body, headers=headers)
        return answer.status_code, plain(answer.text)

    return ask


def got(path: str) -> Asks:
    def ask(_: World, eva: Client) -> object:
        answer = eva.get(f"{_OF}{path}")
        return answer.status_code, plain(answer.text)

    return ask


def commanded(*words: str) -> Asks:
    def ask(world: World, _: Client) -> object:
        result = world.run(*words, "--by", "eva")
        return result.exit_code, plain(result.output)

    return ask


def exported(**changes: Any) -> Asks:
    def ask(world: World, eva: Client) -> object:
        sent = eva.post(f"{_OF}/cohorts", json={**_COHORT, "columns": ["group"], **changes})
        if sent.status_code != 202:
            return sent.status_code, plain(sent.text)
        work(world)
        job = eva.get(f"/cohort-jobs/{sent.json()['id']}").json()
        return job["state"], job["why"]

    return ask


def exported_after_another(**changes: Any) -> Asks:
    def ask(world: World, eva: Client) -> object:
        first = exported(smallClasses="blank")(world, eva)
        return first, exported(smallClasses="blank", **changes)(world, eva)

    return ask


def sent(kind: str, **row: Any) -> Asks:
    def ask(world: World, eva: Client) -> object:
        number = send(eva, kind, rows_csv(row))
        work(world)
        report = eva.get(f"/imports/{number}").json()
        errors = eva.get(f"/imports/{number}/errors").json()
        return {name: report[name] for name in ("outcome", "kept", "rejected", "same", "byRule")}, errors["items"]

    return ask


def in_turn(*asks: Asks) -> Asks:
    return lambda world, eva: [ask(world, eva) for ask in asks]


def table(**changes: Any) -> dict[str, Any]:
    return {"tables": [{"measure": "fitted", **changes}], "asAt": _DAY}


def filtered(attribute: str, level: str) -> Asks:
    """Tables, exports and commands with a filter."""
    where = {attribute: [level]}
    return in_turn(
        posted("/tables", table(where=where)),
        posted("/tables", table(where=where, by=["sex" if attribute != "sex" else "age"])),
        exported(where=where),
        exported_after_another(where=where),
        commanded("cohort", "table", "imposed", "--where", f"{attribute}={level}", "--as-at", _DAY),
        posted("/tables", table(where={attribute: ["no such level"]})),
    )


def replaced(entry: Entry, person: int, kind: Any, **changes: Any) -> None:
    """What is on record of somebody, by their number."""
    last = entry.connection.scalar(select(kind.id).where(kind.person_id == person).order_by(kind.id.desc()).limit(1))
    assert last is not None
    entry.supersede(kind, last, about=person, **changes)


WHO_HAS: dict[str, tuple[Callable[[Entry], None], Asks]] = {
    "an age nobody else is of": (
        lambda e: replaced(e, 1, Identity, born=date(2002, 6, 1)),
        filtered("age", "under 18"),
    ),
    "no sex on record": (lambda e: replaced(e, 2, Identity, sex=Sex.NOT_KNOWN), filtered("sex", "not recorded")),
    "no ethnicity on record": (lambda e: replaced(e, 3, Identity, ethnicity=None), filtered("ethnicity", "not stated")),
    "an address outside London": (
        lambda e: replaced(e, 4, Address, borough_stated="outside London"),
        filtered("bcu", "outside London"),
    ),
    "sanctions on record": (
        lambda e: replaced(e, 5, OgrsScore, inputs={"sanctions": 4}),
        in_turn(
            posted("/effects", {"covariates": ["ogrs_score", "prior_sanctions"], "asAt": _DAY}),
            commanded("cohort", "effect", "--covariate", "prior_sanctions", "--as-at", _DAY),
        ),
    ),
}
"""What one person has that nobody else has, another person each, and what is asked about it."""
OF_WHAT_ONE_HAS = {case: ask for case, (_, ask) in WHO_HAS.items()}


def everybody_alike(entry: Entry) -> None:
    """So that nobody has what a case gives the first person."""
    for row in entry.connection.execute(select(Identity.id, Identity.sex, Identity.ethnicity)).all():
        if row.sex is Sex.NOT_KNOWN or row.ethnicity in (None, "NS"):
            sex = Sex.MALE if row.sex is Sex.NOT_KNOWN else row.sex
            entry.supersede(
                Identity, row.id, sex=sex, ethnicity="W1" if row.ethnicity in (None, "NS") else row.ethnicity
            )
    for row in entry.connection.execute(select(Address.id).where(Address.borough_stated == "outside London")).all():
        entry.supersede(Address, row.id, borough_stated="Lambeth")


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = populated(tmp_path_factory.mktemp("alike"), people=PEOPLE)
    engine = open_record(world.settings)
    with entering(engine, by="a test", now=NOW) as entry:
        everybody_alike(entry)
    engine.dispose()
    compared(world, tagged=range(0, PEOPLE, 2), others=60)
    return world


@pytest.mark.slow
def test_what_one_person_has_is_answered_as_what_nobody_has(alike: World, tmp_path: Path) -> None:
    without, with_one = alike.copy_to(tmp_path / "without"), alike.copy_to(tmp_path / "with")
    engine = open_record(with_one.settings)
    with entering(engine, by="a test", now=NOW) as entry:
        for change, _ in WHO_HAS.values():
            change(entry)
    engine.dispose()
    assert answers_of(without, OF_WHAT_ONE_HAS) == answers_of(with_one, OF_WHAT_ONE_HAS)


def answers_of(world: World, asks: Mapping[str, Asks]) -> dict[str, object]:
    with world.client_as(Role.EVALUATOR) as eva:
        return {case: ask(world, eva) for case, ask in asks.items()}


REVIEW = {"asAt": _DAY}
OF_REVIEWS: dict[str, Asks] = {
    "as JSON": posted("/equality-reviews", REVIEW),
    "as a document": posted("/equality-reviews/document", REVIEW, accept="text/html"),
}
OF_NOBODY: dict[str, Asks] = {
    "tables": in_turn(posted("/tables", table()), posted("/tables", table(measure="screened", by=["sex"]))),
    "tables by command": commanded("cohort", "table", "fitted", "--by-attribute", "bcu", "--as-at", _DAY),
    "exports": in_turn(exported(), exported(comparison=True, columns=["group", "reoffended"], smallClasses="blank")),
    "power": got("/power"),
    "power by command": commanded("power"),
    "quality of matches": got("/match-quality"),
    "quality of matches by command": commanded("cohort", "quality"),
    "effects": in_turn(
        posted("/effects", {"covariates": ["ogrs_score"]}),
        posted("/effects", {"covariates": ["ogrs_score"], "outcome": "recalled", "method": "exact"}),
        posted("/effects", {"covariates": ["prior_sanctions"]}),
    ),
    "effects by command": commanded("cohort", "effect", "--covariate", "ogrs_score"),
    "reviews": in_turn(
        posted("/equality-reviews", REVIEW),
        posted("/equality-reviews/document", REVIEW, accept="text/html"),
        posted("/equality-reviews/restricted", REVIEW),
    ),
    "reviews by command": commanded("equality", "review", "--as-at", _DAY),
    "a comparison person with a wearer's reference": sent(
        "comparison", reference="W0", released_on="2018-02-01", source="x"
    ),
    "an outcome under a wearer's reference": sent(
        "reoffences", person="W0", offence_date="2019-12-01", offence_code="00826", source="x"
    ),
    "a characteristic under a wearer's reference": sent(
        "characteristics", person="W0", characteristic="disability", group="a", source="x"
    ),
}


@pytest.fixture(scope="module")
def empty_and_one(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, World]:
    """A programme with nobody in it, and one with one person, of whom all is on record; comparison people in both."""
    worlds = []
    for n in (0, 1):
        world = populated(tmp_path_factory.mktemp(f"of-{n}"), people=n, seed=6)
        # A month after all was entered.
        (world.home / "today").write_text("2021-07-01\n")
        compared(world, tagged=range(n), others=60)
        worlds.append(world)
    return worlds[0], worlds[1]


def test_the_one_person_has_a_tag_a_match_and_an_outcome(empty_and_one: tuple[World, World]) -> None:
    """Else the cases that follow try nothing."""
    _, one = empty_and_one
    engine = open_record(one.settings)
    with engine.connect() as connection:
        for kind in ("assignment", "candidate_match", "reoffence"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {kind}").scalar(), kind
    engine.dispose()


@pytest.mark.slow
def test_a_programme_of_one_person_is_answered_as_one_of_nobody(empty_and_one: tuple[World, World]) -> None:
    empty, one = empty_and_one
    assert answers_of(empty, OF_NOBODY) == answers_of(one, OF_NOBODY)


@pytest.mark.slow
def test_a_characteristic_recorded_of_one_person_is_answered_as_of_nobody(alike: World, tmp_path: Path) -> None:
    answers = []
    for n in (0, 1):
        world = alike.copy_to(tmp_path / str(n))
        if n:
            row = {"person": "W0", "characteristic": "disability", "group": "a", "source": "a test"}
            with world.client_as(Role.OFFICER) as officer:
                send(officer, "characteristics", rows_csv(row))
            assert work(world) == 1
        answers.append(answers_of(world, OF_REVIEWS))
    assert answers[0] == answers[1]
    assert "disability" in str(answers[0])
