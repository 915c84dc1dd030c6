"""What may not be what a paper means is questioned before it counts, and entered with a reason that stays."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.pilot import BY, PILOT, TAGGING, launch_pilot, people_on_licence
from tracker.attention.queries import settlements
from tracker.budget import service as budget
from tracker.decisions.papers import Entered, ProgrammeFile
from tracker.decisions.service import correct, enter_file, withdraw
from tracker.errors import Refused
from tracker.programme.read_entry import read_entry
from tracker.rollout.service import impose

CITED = {"decision": "PCD 800", "effective_on": date(2020, 4, 1), "source": "PCD 800, 3.1"}
PAPER = {"reference": "PCD 800", "title": "Extension", "effective_on": date(2020, 4, 1), "effective_basis": "stated"}


def enter(engine: Engine, *entries: tuple[str, dict[str, Any]], override: str | None = None) -> None:
    every = (("decision", PAPER), *entries)
    read = tuple(Entered(name, read_entry(name, fields, name), name) for name, fields in every)
    enter_file(engine, ProgrammeFile(PILOT, None, read), override=override, **BY)


def funding(pounds: str) -> tuple[str, dict[str, Any]]:
    return "funding", {**CITED, "key": "new", "kind": "approved", "amount_pounds": pounds, "year": "2020/21"}


def tagging(pounds: str) -> tuple[str, dict[str, Any]]:
    return "allocation", {**CITED, "line": "tagging", "year": "2020/21", "amount_pounds": pounds}


def reasons(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        rows, _ = settlements(connection, 1, before=None, limit=0)
    return [(row.kind, row.reason) for row in rows]


@pytest.mark.begins_with(fill=launch_pilot)
def test_a_later_decisions_whole_cost_entered_as_newly_approved_is_questioned_with_both_readings(
    engine: Engine,
) -> None:
    with pytest.raises(Refused) as asked:
        enter(engine, funding("980,000"))
    assert str(asked.value) == (
        "PCD 800 has £980,000 as newly approved in all, where £730,000 was approved before (PCD 570, 3.1). "
        "Either all of it is new, and £1,710,000 is approved in all; or it is the whole cost, and £250,000 is new: "
        "then enter that, and what is moved as carried forward. If this is meant, enter it with a reason."
    )
    with pytest.raises(
        Refused, match=r"£719,000 as newly approved on line tagging, where £469,000 was approved before"
    ):
        enter(engine, funding("719,000"), tagging("719,000"))
    enter(engine, funding("250,000"), tagging("250,000"))
    assert reasons(engine) == []
    enter(engine, funding("980,000"), override="all of it is new: PCD 800, 3.2")
    assert reasons(engine) == [("approved-twice", "all of it is new: PCD 800, 3.2")]


@pytest.mark.begins_with(fill=launch_pilot)
def test_what_is_lowered_under_what_is_in_use_is_questioned(engine: Engine) -> None:
    first, second = people_on_licence(engine, 2)
    for licence in (first, second):
        impose(engine, licence, date(2019, 5, 1), **BY)
    budget.commit(engine, PILOT, "C1", TAGGING, 40_000_000, "tags", date(2019, 5, 1), contract="gps-tags", **BY)
    for section, where, change, words in (
        (
            "phase",
            {"name": "February 2019"},
            {"running_maximum": 1},
            "the maximum of February 2019 falls from 100 to 1, ",
        ),
        (
            "allocation",
            {"line": "tagging"},
            {"amount_pence": 39_999_900},
            "line tagging falls from £469,000 to £399,999",
        ),
        ("end", {"kind": "last day to impose"}, {"day": date(2020, 3, 31)}, "comes forward from 2020-04-30 to 2020-03"),
    ):
        changes: Any = {k: str(v) if isinstance(v, date) else v for k, v in change.items()}
        with pytest.raises(Refused, match=words[0].upper() + words[1:] if not words.startswith("comes") else words):
            correct(engine, PILOT, section, where, changes, **BY)
        correct(engine, PILOT, section, where, changes, override="so decided", **BY)
    assert reasons(engine) == [("lowered", "so decided")] * 3
    correct(engine, PILOT, "contract", {"key": "gps-tags"}, {"ceiling_pounds": "450,000"}, **BY)
    with pytest.raises(Refused, match=r"ceiling of contract gps-tags falls from £450,000 to £399,999, and £400,000 is"):
        correct(engine, PILOT, "contract", {"key": "gps-tags"}, {"ceiling_pounds": "399,999"}, **BY)
    correct(engine, PILOT, "contract", {"key": "gps-tags"}, {"ceiling_pounds": "400,000"}, **BY)
    withdraw(engine, PILOT, "allocation", {"line": "tagging"}, "entered under the wrong line", **BY)
    assert reasons(engine)[0] == ("lowered", "entered under the wrong line")
