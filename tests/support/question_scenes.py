"""Scenes of a few minutes for questions: devices handed on, worn beside another, and gates that open and close."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

import polars as pl
from hypothesis import strategies as st

from matcher.permitted import Permitted, permitted
from matcher.questions.asked_of import epoch_us
from matcher.schemas import ASSIGNMENTS, FIXES, INTERVALS
from tests.support.naive.together import Fix

BEGIN = datetime(2019, 9, 10, 12, tzinfo=UTC)
WEARERS = "ABCD"
EAST, NORTH = 530_000_000, 180_000_000


class Scene(NamedTuple):
    """Fixes (device, minute, x and y in metres from the place), assignments, eligible spans, in minutes."""

    fixes: list[tuple[str, float, int, int]]
    assignments: list[tuple[str, str, int, int]]
    eligible: list[tuple[str, int, int]]


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Three or four devices, each handed on once, wearers with one or with several, and gates that open and close."""
    chance = Random(draw(st.integers(0, 2**32)))
    fixes, assignments = [], []
    for d in range(chance.choice((3, 4))):
        for minute in sorted(chance.sample(range(82), chance.randint(10, 60))):
            fixes.append((f"D{d}", minute / 2, 25 * chance.randint(-2, 2), 25 * chance.randint(-1, 1)))
        handed = chance.randint(5, 35)
        first, second = chance.choice(WEARERS), chance.choice(WEARERS)
        assignments += [(f"D{d}", first, 0, handed), (f"D{d}", second, handed, 41)]
    eligible = []
    for wearer in WEARERS:
        first_at, last_at, again_at = sorted(chance.choices(range(42), k=3))
        # Mostly open, shut for a moment or for longer.
        again_at = min(again_at, last_at + chance.choice((0, 1, 2, 10)))
        eligible += [(wearer, min(first_at, 10), last_at), (wearer, again_at, 41)]
    return Scene(fixes, assignments, [each for each in eligible if each[1] < each[2]])


def at(minute: float) -> datetime:
    return BEGIN + timedelta(minutes=minute)


def permitted_of(scene: Scene) -> Permitted:
    worn = [(d, w, at(a), at(b)) for d, w, a, b in scene.assignments]
    gates = pl.DataFrame([(w, at(a), at(b)) for w, a, b in scene.eligible], schema=INTERVALS, orient="row")
    always = pl.DataFrame([(w, at(-9), at(99)) for w in WEARERS], schema=INTERVALS, orient="row")
    return permitted(pl.DataFrame(worn, schema=ASSIGNMENTS, orient="row"), always, gates)


def frame_of(scene: Scene) -> pl.DataFrame:
    rows = [(d, at(m), "gnss", EAST / 1000 + x, NORTH / 1000 + y, 5.0) for d, m, x, y in scene.fixes]
    return pl.DataFrame(rows, schema=FIXES, orient="row")


def stretches_of(scene: Scene) -> dict[str, list[list[Fix]]]:
    """Each wearer's fixes of each device and window in which the wearer had it and may be read."""
    out: dict[str, list[list[Fix]]] = {}
    for device, wearer, begin, end in scene.assignments:
        joined: list[tuple[int, int]] = []
        for _, low, high in sorted(each for each in scene.eligible if each[0] == wearer):
            if joined and low <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(high, joined[-1][1])
            else:
                joined.append((low, high))
        for low, high in joined:
            mine = [
                Fix(epoch_us(at(m)), EAST + 1000 * x, NORTH + 1000 * y)
                for d, m, x, y in sorted(scene.fixes)
                if d == device and max(begin, low) <= m < min(end, high)
            ]
            out.setdefault(wearer, []).append(mine)
    return out
