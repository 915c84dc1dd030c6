"""Partitions carried out in this process: one after the other, or in threads.

Kernels release the GIL, so threads use all processors on one copy of the crimes.
"""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from matcher.runs.partition import GroupTask

Outcomes = Generator[int, None, None]
"""The fixes of each group as it is finished, in whatever order; closed early, what has not begun is not begun."""


def one_after_another(tasks: Sequence[GroupTask], match: Callable[[GroupTask], int]) -> Outcomes:
    for task in tasks:
        yield match(task)


def in_threads(tasks: Sequence[GroupTask], match: Callable[[GroupTask], int], threads: int) -> Outcomes:
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        try:
            for job in as_completed([pool.submit(match, task) for task in tasks]):
                yield job.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
