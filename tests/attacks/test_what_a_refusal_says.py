"""Whoever knows the people of an export and how it is made tries every world: what would the answer be in it?

What an export withholds, and that it is refused, may say who was convicted without a figure. The attacker knows
everybody's class and this program, and keeps the worlds, of so many convicted in each class, whose answer is the one
that came.
"""

from collections import Counter, defaultdict
from itertools import product
from typing import Any

import pytest

from tracker.errors import Refused
from tracker.evaluation.cohort import risk

K = 3
Answer = str | tuple[tuple[str, int, int], ...]


def answer_of(sizes: tuple[int, ...], convicted: tuple[int, ...], limit: int, *, blank: bool) -> Answer:
    """The words of a refusal; or of each class that is shown its values, its people and how many were convicted."""
    rows: list[dict[str, Any]] = []
    had = {}
    for n, (size, some) in enumerate(zip(sizes, convicted, strict=True)):
        for m in range(size):
            rows.append({"person": f"{n}/{m}", "age": "young" if n % 2 else "old", "area": "abc"[n // 2]})
            had[f"{n}/{m}"] = m < some
    outcomes = risk.Outcomes(had, K)
    try:
        if blank:
            rows, _ = risk.blanked(rows, ("age", "area"), limit, frozenset(), outcomes)
        risk.require(rows, ("age", "area"), limit, outcomes)
    except Refused as refused:
        return str(refused)
    people = Counter((row["age"], row["area"]) for row in rows)
    guilty = Counter((row["age"], row["area"]) for row in rows if had[row["person"]])
    return tuple(sorted((f"{age}, {area}", n, guilty[age, area]) for (age, area), n in people.items()))


@pytest.mark.parametrize("blank", [True, False])
@pytest.mark.parametrize(
    ("sizes", "limit"), [((2, 7, 9), 2), ((6, 6, 7), 5), ((8, 2, 2, 6), 5), ((1, 6, 9), 5), ((7, 8, 9), 8)]
)
def test_neither_what_is_withheld_nor_a_refusal_says_who_was_convicted(
    sizes: tuple[int, ...], limit: int, blank: bool
) -> None:
    worlds: dict[Answer, list[tuple[int, ...]]] = defaultdict(list)
    for convicted in product(*(range(size + 1) for size in sizes)):
        worlds[answer_of(sizes, convicted, limit, blank=blank)].append(convicted)
    assert any(isinstance(answer, str) for answer in worlds)
    for answer, able in worlds.items():
        for n, size in enumerate(sizes):
            possible = {world[n] for world in able}
            assert min(possible) < size, (answer, n)
            assert max(possible) > 0, (answer, n)
            # Of fewer than k people nothing is learned at all.
            assert size >= K or possible == set(range(size + 1)), (answer, n)
