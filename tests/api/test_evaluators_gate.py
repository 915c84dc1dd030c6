"""Every address and command of an evaluator passes the gate, or says of itself why it tells nothing about people."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from litestar.handlers import HTTPRouteHandler

from api.cli.commands import cohort, equality, power
from api.http.app import routes
from api.http.dependencies import rights_of
from tests.support.evaluators import compared, populated, work
from tests.support.pilot import PILOT
from tests.support.worlds import World
from tracker.access.roles import Right, Role
from tracker.evaluation.releases import gate
from tracker.evaluation.releases.gate import ReleaseGate

_DAY = "2021-05-31"
_COHORT = {
    "purpose": "performance monitoring",
    "justification": "evaluation plan, section 4",
    "columns": ["group"],
    "asAt": _DAY,
    "smallClasses": "blank",
}
GATED: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "releaseTables": ("POST", "/tables", {"tables": [{"measure": "fitted"}], "asAt": _DAY}),
    "getPower": ("GET", "/power", None),
    "getMatchQuality": ("GET", "/match-quality", None),
    "estimateEffect": ("POST", "/effects", {"covariates": ["ogrs_score"]}),
    "makeEqualityReview": ("POST", "/equality-reviews", {"asAt": _DAY}),
    "makeEqualityReviewDocument": ("POST", "/equality-reviews/document", {"asAt": _DAY}),
    "createCohort": ("POST", "/cohorts", _COHORT),
}
"""What answers about people: asked here, and seen to open the gate."""
TELL_NOTHING = {
    **dict.fromkeys(("listTables", "getTables", "listCohorts", "getCohort"), "what left, as it left, from the ledger"),
    "getCohortFile": "a file of an export, as it left",
    "getCohortJob": "where a job stands; a refusal is the gate's",
    **dict.fromkeys(("freezeAnalysisPlan", "listAnalysisPlans"), "how an effect is to be worked out"),
    "listCohortColumns": "what columns there are",
    "destroyCohort": "takes files away",
    "estimateRollout": "counts of crimes that others publish, of nobody in the programme",
    "askLinkage": "asks for a file that the evaluator never gets",
    **dict.fromkeys(("readRestrictedReview", "readRestrictedReviewDocument"), "for readers by name, each time audited"),
}
COMMANDS = {
    "cohort table": ["cohort", "table", "fitted", "--as-at", _DAY],
    "cohort quality": ["cohort", "quality"],
    "cohort effect": ["cohort", "effect", "--covariate", "ogrs_score"],
    "cohort export": ["cohort", "export", "{definition}"],
    "power": ["power"],
    "equality review": ["equality", "review", "--as-at", _DAY],
}
COMMANDS_TELL_NOTHING = {
    **dict.fromkeys(("cohort ledger", "cohort list", "cohort save", "cohort verify"), "what left, as it left"),
    **dict.fromkeys(("cohort freeze-plan", "cohort plans"), "how an effect is to be worked out"),
    "cohort accept-set": "accepts comparison people, whom the evaluator knows",
    "cohort sets": "the sets that were accepted",
    "cohort columns": "what columns there are",
    "cohort destroy": "takes files away",
    "cohort rollout": "counts of crimes that others publish, of nobody in the programme",
    **dict.fromkeys(
        ("cohort link ask", "cohort link approve", "cohort link refuse", "cohort link hand-over"),
        "the linkage file, which no evaluator gets",
    ),
    "equality name-reader": "names a reader",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = populated(tmp_path_factory.mktemp("gated"), people=60)
    compared(world, tagged=range(0, 60, 2), others=60)
    return world


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The gates that were opened."""
    found: list[str] = []
    real = gate.opened

    def noted(*args: Any, **kwargs: Any) -> ReleaseGate:
        found.append(kwargs["by"])
        return real(*args, **kwargs)

    monkeypatch.setattr(gate, "opened", noted)
    return found


def handlers() -> Iterator[HTTPRouteHandler]:
    for route in routes().routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler) and handler.operation_id:
                yield handler


def leaves(command: click.Command, name: str) -> Iterator[str]:
    if isinstance(command, click.Group):
        for each in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), each)
            assert found is not None
            yield from leaves(found, f"{name} {each}")
    else:
        yield name


def test_every_address_of_an_evaluator_is_gated_or_says_why_it_need_not_be() -> None:
    asked = {
        str(handler.operation_id)
        for handler in handlers()
        if Right.EXPORT in (rights_of(handler) or ()) or Right.READ_REVIEW in (rights_of(handler) or ())
    }
    assert asked == set(GATED) | set(TELL_NOTHING)


def test_every_command_of_an_evaluator_is_gated_or_says_why_it_need_not_be() -> None:
    groups = {"cohort": cohort.command, "power": power.command, "equality": equality.command}
    there = {leaf for name, command in groups.items() for leaf in leaves(command, name)}
    assert there == set(COMMANDS) | set(COMMANDS_TELL_NOTHING)


@pytest.mark.slow
def test_what_answers_about_people_opens_the_gate_and_leaves_a_row(world: World, opened: list[str]) -> None:
    passed = []
    with world.client_as(Role.EVALUATOR) as eva, world.client_as(Role.PROTECTION) as dee:
        for operation, (method, path, body) in GATED.items():
            before = dee.get("/audit/head").json()["rows"]
            answer = eva.request(method, f"/programmes/{PILOT}{path}", json=body)
            assert answer.status_code < 300, (operation, answer.text)
            work(world)
            assert dee.get("/audit/head").json()["rows"] > before, operation
            if not opened:
                passed.append(operation)
            opened.clear()
    assert passed == []


@pytest.mark.slow
def test_commands_that_answer_about_people_open_the_gate_in_the_name_given(
    world: World, opened: list[str], tmp_path: Path
) -> None:
    definition = tmp_path / "cohort.json"
    definition.write_text(
        '{"purpose": "performance monitoring", "justification": "evaluation plan", "columns": ["group"], '
        f'"as_at": "{_DAY}", "small_classes": "blank"}}'
    )
    for name, words in COMMANDS.items():
        result = world.run(*(word.format(definition=definition) for word in words), "--by", "eva")
        assert result.exit_code == 0, (name, result.output)
        assert opened, name
        assert set(opened) == {"eva"}, name
        opened.clear()
