"""What a match costs for each fix, crime and pair, fitted to measured runs, and what that makes of 10^11 fixes.

A *cost* is processor time, bytes read from the disk by a process that finds none of the store in memory, or bytes
written. Each is taken for a sum: so much a run, and so much for each fix of the store, each crime and each pair found.
A pair stands for all that grows with wearers times crimes in the same place: fixes near a crime, not only those inside.
The four shares are those, none below 0, with the least sum of squared relative errors over all runs; every size is
measured with all crimes, with one crime in five, and with a wider radius, which gives more pairs.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import nnls

from benchmarks.matching.contest import PLAIN, in_fresh_process
from benchmarks.matching.task import Task
from benchmarks.matching.worlds import World

WHAT = ("processor_ns", "read_bytes", "written_bytes")
WIDER_M = 300.0
ONE_IN = 5
FEWEST_RUNS = 4


@dataclass(frozen=True, slots=True)
class Measured:
    """A run: its name, what it was given and found, and each of its costs by name (`WHAT`)."""

    name: str
    fixes: int
    crimes: int
    pairs: int
    costs: dict[str, float]


@dataclass(frozen=True, slots=True)
class Shares:
    """One cost as a sum: of a run, and of each fix, crime and pair."""

    run: float
    fix: float
    crime: float
    pair: float

    def of(self, fixes: float, crimes: float, pairs: float, runs: float = 1.0) -> float:
        """The cost of that many."""
        return self.run * runs + self.fix * fixes + self.crime * crimes + self.pair * pairs


def fit(runs: Sequence[Measured], what: str) -> Shares:
    """The shares of a cost with the least squared relative errors, none below 0.

    Raises
    ------
    ValueError
        Fewer than four runs, or a run without any cost.
    """
    if len(runs) < FEWEST_RUNS:
        raise ValueError(f"{len(runs)} runs were measured; four shares need at least {FEWEST_RUNS}")
    cost = np.array([run.costs[what] for run in runs])
    if not (cost > 0).all():
        raise ValueError(f"{what}: {', '.join(run.name for run in runs if run.costs[what] <= 0)}: no cost was measured")
    counts = np.array([[1.0, run.fixes, run.crimes, run.pairs] for run in runs])
    scale = counts.max(axis=0)
    scale[scale == 0] = 1.0
    shares, _ = nnls(counts / scale / cost[:, None], np.ones(len(runs)))
    return Shares(*(float(share) for share in shares / scale))


@dataclass(frozen=True, slots=True)
class Machines:
    """Machines that read from object storage. What is assumed of them, not measured here: each has two processors like
    that of the measurement and 1.25 GB/s of network (10 Gbit/s), and asks for 8 MiB at a time, 32 times at once, of a
    storage that begins to answer after 50 ms and then gives 90 MB/s on each connection."""

    number: int
    processors: int = 2
    network_bytes_s: float = 1.25e9
    request_bytes: int = 8 << 20
    at_once: int = 32
    first_byte_s: float = 0.05
    connection_bytes_s: float = 90e6

    @property
    def bytes_s(self) -> float:
        """Bytes a second that all machines read."""
        answer_s = self.first_byte_s + self.request_bytes / self.connection_bytes_s
        return self.number * min(self.network_bytes_s, self.at_once * self.request_bytes / answer_s)

    def seconds(self, processor_s: float, read_bytes: float) -> float:
        """Reading and computing go on at the same time, so the slower of the two counts."""
        return max(processor_s / (self.number * self.processors), read_bytes / self.bytes_s)


@dataclass(frozen=True, slots=True)
class Carried:
    """A run of so many fixes on paper: costs in all, and hours by number of machines."""

    fixes: float
    crimes: float
    pairs: float
    costs: dict[str, float]
    hours: dict[int, float]


def carried(shares: dict[str, Shares], largest: Measured, fixes: float, machines: Sequence[int]) -> Carried:
    """What `fixes` fixes would cost as so many runs like the largest that was measured, month after month or county
    after county: a crime meets only the fixes of its own time and place, so crimes and pairs grow as fixes do."""
    runs = fixes / largest.fixes
    crimes, pairs = runs * largest.crimes, runs * largest.pairs
    costs = {what: share.of(fixes, crimes, pairs, runs) for what, share in shares.items()}
    hours = {
        n: Machines(n).seconds(costs["processor_ns"] / 1e9, costs["read_bytes"] + costs["written_bytes"]) / 3600
        for n in machines
    }
    return Carried(fixes, crimes, pairs, costs, hours)


def measure_costs(world: World, name: str, derived: Path) -> list[dict[str, Any]]:
    """The three runs of a world, each in a fresh process on one thread: first with the store on the disk alone, which
    gives the bytes, then again in the warm process, which gives the processor time."""
    crimes = world.crimes()
    fewer = derived / f"one-crime-in-{ONE_IN}.parquet"
    crimes[::ONE_IN].write_parquet(fewer)
    out = []
    for label, file, params in (
        ("all crimes", None, PLAIN),
        (f"one crime in {ONE_IN}", str(fewer), PLAIN),
        (f"radius {WIDER_M:.0f} m", None, {**PLAIN, "radius_m": WIDER_M}),
    ):
        task = Task("tagpilot", str(world.home), crimes=file, params=params, threads=1, repeats=3, cold=True)
        run = in_fresh_process(task)
        out.append(
            {
                "name": f"{name}, {label}",
                **{key: run[key] for key in ("fixes", "crimes", "pairs", "read_bytes", "written_bytes")},
                "processor_ns": 1e9 * statistics.median(run["again_processor_s"]),
            }
        )
    return out


def runs_of(results: dict[str, dict[str, Any]]) -> list[Measured]:
    """The runs kept in the results of all sizes, in their order."""
    return [
        Measured(row["name"], row["fixes"], row["crimes"], row["pairs"], {what: float(row[what]) for what in WHAT})
        for result in results.values()
        for row in result.get("costs", [])
    ]
