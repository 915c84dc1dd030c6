"""The matcher's loops alone: trails and crimes in memory, points, segments and dwell together, no frames, no files.

The loops' own calls are recorded while the engine makes them, for two halves of the wearers, and then made again: what
is timed is what a run executes, on the same arrays.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

from benchmarks.worlds import World

Call = tuple[Callable[..., Any], tuple[Any, ...]]


@contextmanager
def recorded(modules: list[tuple[ModuleType, str]]) -> Iterator[list[Call]]:
    """The calls of these functions of modules, while it lasts."""
    calls: list[Call] = []
    real = [getattr(module, name) for module, name in modules]

    def noting(function: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*arguments: Any) -> Any:
            calls.append((function, arguments))
            return function(*arguments)

        return noted

    for (module, name), function in zip(modules, real, strict=True):
        setattr(module, name, noting(function))
    try:
        yield calls
    finally:
        for (module, name), function in zip(modules, real, strict=True):
            setattr(module, name, function)


def kernel_seconds(made: World, params: Any, repeats: int) -> dict[str, list[float]]:
    """How long the loops take for all wearers: `one` thread after the other half, and `two` at once."""
    from matcher.analysis.candidates import find
    from matcher.analysis.crimes import index_crimes
    from matcher.kernels import evidence, search
    from matcher.permitted import EVERYONE, permitted
    from matcher.store.fixes import FixStore
    from matcher.trails.read import read_trails

    store = FixStore.open(made.store)
    may = permitted(made.assignments(), EVERYONE, EVERYONE)
    days = store.days()
    t_from, t_to = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (days[0], days[-1]))
    index = index_crimes(made.crimes(), params)
    halves = []
    for half in range(2):
        chosen = list(range(half, len(may.wearers), 2))
        trails = read_trails(store, may.for_wearers(chosen), t_from, t_to + timedelta(days=1), params)
        with recorded([(search, "candidates"), (evidence, "of_pairs")]) as calls:
            find(trails, index, params)
        if {function.__name__ for function, _ in calls} != {"candidates", "of_pairs"}:
            raise RuntimeError("the engine no longer calls search.candidates and evidence.of_pairs by these names")
        halves.append(calls)

    def again(calls: list[Call]) -> None:
        for function, arguments in calls:
            function(*arguments)

    told: dict[str, list[float]] = {"one": [], "two": []}
    with ThreadPoolExecutor(2) as pool:
        for _ in range(repeats):
            began = time.perf_counter()
            for calls in halves:
                again(calls)
            told["one"].append(time.perf_counter() - began)
            began = time.perf_counter()
            list(pool.map(again, halves))
            told["two"].append(time.perf_counter() - began)
    return told
