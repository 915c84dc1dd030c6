"""A curve discloses no one: between two shown months none, or at least k people, left or reoffended."""

import random
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.evaluation.analysis.effect_service import thinned
from tracker.evaluation.statistics.outcomes import Followed, Offence
from tracker.evaluation.statistics.survival import curves

START = date(2018, 1, 1)


def made_person(made: random.Random, n: int, reoffends: float) -> Followed:
    started = START + timedelta(days=made.randrange(300))
    offences: tuple[Offence, ...] = ()
    if made.random() < reoffends:
        on = started + timedelta(days=made.randrange(365))
        offences = (Offence(on, on + timedelta(days=30)),)
    left = started + timedelta(days=made.randrange(365)) if made.random() < 0.2 else None
    return Followed(
        unit=str(n), group="tagged", started_on=started, data_until=date(2021, 1, 1), offences=offences, exited_on=left
    )


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(20, 400), st.floats(0.05, 0.9))
def test_each_step_is_of_none_or_of_many(seed: int, n: int, reoffends: float) -> None:
    made = random.Random(seed)
    [curve] = curves([made_person(made, i, reoffends) for i in range(n)], k=10)
    kept = thinned(curve, 10).months
    assert set(kept) <= set(curve.months)
    if curve.months:
        assert kept[0] == curve.months[0]
    for before, after in pairwise(kept):
        gone = before.at_risk - after.at_risk
        assert gone == 0 or gone >= 10
        reoffended = round(before.at_risk * (1 - after.free / before.free))
        assert reoffended == 0 or reoffended >= 10
