"""Matches groups in this process: one after the other, or in threads.

Kernels release the GIL, so threads use all processors with one copy of the crimes.
"""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from matcher.runs.partition import GroupTask, MatchedGroup

Outcomes = Generator[MatchedGroup, None, None]
"""Yields each finished group, in any order. Closed early, it starts no further group."""


def one_after_another(tasks: Sequence[GroupTask], match: Callable[[GroupTask], MatchedGroup]) -> Outcomes:
    for task in tasks:
        yield match(task)


def in_threads(tasks: Sequence[GroupTask], match: Callable[[GroupTask], MatchedGroup], threads: int) -> Outcomes:
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        try:
            for job in as_completed([pool.submit(match, task) for task in tasks]):
                yield job.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
