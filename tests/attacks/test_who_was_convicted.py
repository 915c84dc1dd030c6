"""An evaluator with every permitted call, day, filter and refusal learns of nobody whether they were convicted, nor
which row of an export is whose.

The attacker has: the comparison file with its outcomes; of everybody in the programme the day of release (others know
the week), sex, age, ethnicity, the police command and phase of the borough, and whether a tag was worn; an evaluator's
login over HTTP and in a browser, and once the restricted edition of the review as a named reader; every answer,
document, picture, workbook and refusal that these get, by every month's end and many other days, filters and designs;
exports, all with the same pseudonyms; and how the program works.

*Scoring.* Of each person the attacker forms two probabilities of a conviction (`evaluators_guess`): by the marginals as
they were released, each by itself, and by everything together. Each is scored against the truth by Brier's score, the
square of what it is off by. How much better everything is than the marginals is summed over people and worlds, and held
against what random error allows: where nothing is told, what everything adds to the marginals has nothing to do with
the truth, and the sum is a sum of independent errors of known spread. Nobody is told better, either: no posterior is
surer than a released count allows, of which at least k people are convicted and at least k are not.
"""

import random
import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from api.usecases.stores import open_record
from tests.proofs.recorder import Proof
from tests.support.clients import log_in
from tests.support.evaluators import compared, populated, work
from tests.support.evaluators_attacker import Attacker, Known, every_question
from tests.support.evaluators_calls import Calls, other_questions
from tests.support.evaluators_exports import Exports, export_questions
from tests.support.evaluators_guess import Guesses, Score, guesses, scored
from tests.support.pages import browsing
from tests.support.pilot import PILOT
from tests.support.worlds import World
from tracker.access.roles import Role
from tracker.evaluation.people.queries import subjects
from tracker.evaluation.people.subject import Subject
from tracker.times import AsOf

K = 10
LAST = date(2021, 5, 31)
MONTH_ENDS = [date(2020, 9, 30) + timedelta(days=n) for n in range(244)]
MONTH_ENDS = [day for day in MONTH_ENDS if (day + timedelta(days=1)).day == 1]
THINNED = 1
SEEDS = range(2, 14)
ERRORS = 3
"""By so many standard errors chance alone makes guesses better in one of seven hundred tries."""


@dataclass
class Attacked:
    """What an attacker of one world has in the end. `rows`: the row of each person that is known."""

    attacker: Attacker
    exports: Exports
    calls: Calls
    rows: dict[int, str]
    found: Guesses
    score: Score


def people_of(world: World) -> list[Subject]:
    engine = open_record(world.settings)
    with engine.connect() as connection:
        found = subjects(connection, 1, AsOf(LAST))
    engine.dispose()
    return [each for each in found if each.release_on is not None]


def known(person: Subject) -> Known:
    """What others know of somebody."""
    assert person.release_on is not None
    return Known(person.person_id, person.release_on, "fitted" in person.reached, person.unit().levels)


def attacked(root: Path, seed: int, *, many: bool) -> Attacked:
    """A world of chance and all that is asked about it. Thinned (not `many`): fewer days, tables, exports and calls."""
    made = random.Random(seed)
    world = populated(root, seed=seed)
    compared(world, tagged=[n for n in range(120) if made.random() < 0.4])
    people = people_of(world)
    week = [date(2020, 10, 5) + timedelta(days=n) for n in range(10)]
    days = [*MONTH_ENDS, *week] if many else [*MONTH_ENDS[-4:], *week[:4]]
    ends = MONTH_ENDS if many else MONTH_ENDS[-4:]
    with world.client_as(Role.EVALUATOR) as eva, browsing(world, Role.EVALUATOR) as browser:
        attacker = Attacker([known(each) for each in people], eva)
        exports = Exports(attacker, eva, lambda: work(world))
        calls = Calls(attacker, exports, eva, browser)
        if many:
            calls.ask_review(LAST, "/restricted")
        with world.client_as(Role.PROTECTION) as dee:
            reader = {"reader": "evaluator", "until": "2021-12-31", "reason": "chairs the six-month review"}
            assert dee.post(f"/programmes/{PILOT}/review-readers", json=reader).status_code == 201
        asks = {"asks": 12, "filtered": 3} if many else {"asks": 3, "filtered": 0}
        questions = export_questions(exports, made, days=MONTH_ENDS[-4:], **asks)
        questions += other_questions(calls, made, days=ends, many=many)

        def log_in_again() -> None:
            if many:
                log_in(eva, world.settings, Role.EVALUATOR)

        tables = 12 if many else 3
        every_question(attacker, made, days=days, tables=tables, also=questions, log_in_again=log_in_again)
        for number in exports.numbers if many else ():
            log_in_again()
            calls.take_files(number)
        rows = exports.learn()
    found = guesses(attacker, exports, K)
    convicted = {each.person_id: "reoffended" in each.reached for each in people}
    return Attacked(attacker, exports, calls, rows, found, scored(found, convicted))


def require_nobody_told(by: Attacked) -> None:
    attacker = by.attacker
    assert attacker.counts, "nothing was told at all"
    assert by.exports.left, "no export left at all"
    assert by.rows == {}
    assert attacker.pinned() == {}
    assert attacker.told_of_few(K) == {}
    sure = np.maximum(by.found.posterior, 1 - by.found.posterior)
    assert float(sure.max()) <= 1 - K / len(by.found.people), "somebody's conviction is told better than a count can"
    for words in attacker.refusals:
        assert not re.search(r"\d", re.sub(r"(as at|give|releases?|exports?) [\d, -]+", "", words)), words


@pytest.mark.slow
def test_no_conviction_follows_from_all_that_is_told(tmp_path: Path) -> None:
    by = attacked(tmp_path, THINNED, many=False)
    require_nobody_told(by)
    assert by.score.errors < ERRORS


@pytest.mark.prove("no-conviction-told")
def test_over_many_worlds_no_conviction_is_told_better_than_by_the_marginals(proof: Proof, tmp_path: Path) -> None:
    proof.material("made-up people, every call, day and filter, exports, documents, refusals", 120, str(SEEDS))
    scores = []
    for seed in SEEDS:
        by = attacked(tmp_path / str(seed), seed, many=True)
        require_nobody_told(by)
        scores.append(by.score)
    together = sum(scores[1:], scores[0])
    assert together.errors < ERRORS, (together, [each.errors for each in scores])
