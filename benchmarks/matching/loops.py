"""Times the matcher's compiled loops alone: points, segments and dwell, with trails and crimes already in memory.

The engine's calls into the loops are recorded for two halves of the wearers, then repeated: what is timed is what a run
executes, on the same arrays.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

from benchmarks.matching.worlds import World

Call = tuple[Callable[..., Any], tuple[Any, ...]]


@contextmanager
def recorded_calls(modules: list[tuple[ModuleType, str]]) -> Iterator[list[Call]]:
    """The calls made to these functions of modules while the context is open."""
    calls: list[Call] = []
    originals = [getattr(module, name) for module, name in modules]

    def recording(function: Callable[..., Any]) -> Callable[..., Any]:
        def recorder(*arguments: Any) -> Any:
            calls.append((function, arguments))
            return function(*arguments)

        return recorder

    for (module, name), function in zip(modules, originals, strict=True):
        setattr(module, name, recording(function))
    try:
        yield calls
    finally:
        for (module, name), function in zip(modules, originals, strict=True):
            setattr(module, name, function)


def loop_seconds(world: World, params: Any, repeats: int) -> dict[str, list[float]]:
    """Seconds the loops take for all wearers: `one` thread, one half after the other; `two` threads, a half each."""
    from matcher.analysis.candidates import find
    from matcher.analysis.crimes import index_crimes
    from matcher.kernels import evidence, search
    from matcher.permitted import EVERYONE, permitted
    from matcher.store.fixes import FixStore
    from matcher.trails.read import read_trails

    store = FixStore.open(world.store)
    may = permitted(world.assignments(), EVERYONE, EVERYONE)
    days = store.days()
    t_from, t_to = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (days[0], days[-1]))
    index = index_crimes(world.crimes(), params)
    halves = []
    for half in range(2):
        chosen = list(range(half, len(may.wearers), 2))
        trails = read_trails(store, may.for_wearers(chosen), t_from, t_to + timedelta(days=1), params)
        with recorded_calls([(search, "candidates"), (evidence, "of_pairs")]) as calls:
            find(trails, index, params)
        if {function.__name__ for function, _ in calls} != {"candidates", "of_pairs"}:
            raise RuntimeError(
                "the engine did not call search.candidates and evidence.of_pairs: name here what it calls now"
            )
        halves.append(calls)

    def repeat(calls: list[Call]) -> None:
        for function, arguments in calls:
            function(*arguments)

    seconds: dict[str, list[float]] = {"one": [], "two": []}
    with ThreadPoolExecutor(2) as pool:
        for _ in range(repeats):
            began = time.perf_counter()
            for calls in halves:
                repeat(calls)
            seconds["one"].append(time.perf_counter() - began)
            began = time.perf_counter()
            list(pool.map(repeat, halves))
            seconds["two"].append(time.perf_counter() - began)
    return seconds
