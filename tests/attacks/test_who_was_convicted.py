"""An evaluator with every permitted call, day, filter and refusal learns of nobody whether they were convicted, nor
which row of an export is whose."""

import random
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from api.usecases.stores import open_record
from tests.proofs.recorder import Proof
from tests.support.clients import Client
from tests.support.evaluators import compared, populated, work
from tests.support.evaluators_attacker import Attacker, Known, every_question
from tests.support.evaluators_exports import Exports, export_questions
from tests.support.worlds import World
from tracker.access.roles import Role
from tracker.evaluation.people.queries import subjects
from tracker.times import AsOf

K = 10
MONTH_ENDS = [date(2020, 9, 30) + timedelta(days=n) for n in range(244)]
MONTH_ENDS = [day for day in MONTH_ENDS if (day + timedelta(days=1)).day == 1]
THINNED = 1
SEEDS = [THINNED, *(pytest.param(seed, marks=pytest.mark.prove("no-conviction-told")) for seed in range(2, 14))]


def attacker_of(world: World, client: Client) -> Attacker:
    """With what others know of everybody; the rest is asked."""
    engine = open_record(world.settings)
    with engine.connect() as connection:
        found = subjects(connection, 1, AsOf(date(2021, 5, 31)))
    engine.dispose()
    people = [
        Known(each.person_id, each.release_on, "fitted" in each.reached, each.unit().levels)
        for each in found
        if each.release_on is not None
    ]
    return Attacker(people, client)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_no_conviction_follows_from_all_that_is_told(proof: Proof, tmp_path: Path, seed: int) -> None:
    proof.material("made-up people, effects, tables, exports of every day and filter, refusals", 120, str(seed))
    made = random.Random(seed)
    world = populated(tmp_path, seed=seed)
    compared(world, tagged=[n for n in range(120) if made.random() < 0.4])
    week = [date(2020, 10, 5) + timedelta(days=n) for n in range(10)]
    # Thinned in `make test`: fewer days, tables and exports.
    many = seed != THINNED
    days = [*MONTH_ENDS, *week] if many else [*MONTH_ENDS[-4:], *week[:4]]
    with world.client_as(Role.EVALUATOR) as eva:
        attacker = attacker_of(world, eva)
        exports = Exports(attacker, eva, lambda: work(world))
        asks = {"asks": 12, "filtered": 3} if many else {"asks": 3, "filtered": 0}
        questions = export_questions(exports, made, days=MONTH_ENDS[-4:], **asks)
        every_question(attacker, made, days=days, tables=12 if many else 3, also=questions)
        rows = exports.learn()
    assert attacker.counts, "nothing was told at all"
    assert exports.left, "no export left at all"
    assert rows == {}
    assert attacker.pinned() == {}
    assert attacker.told_of_few(K) == {}
    for words in attacker.refusals:
        assert not re.search(r"\d", re.sub(r"(as at|give|releases?|exports?) [\d, -]+", "", words)), words
