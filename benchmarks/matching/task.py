"""One measurement: which contestant runs, on which data, with which settings."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Task:
    """What one contestant is to run.

    `job` is *decode*, *stream*, *loops*, *imports*, *append*, *tagpilot* or a rival's name; `home` is a world's folder.
    `fixes` and `crimes` replace the world's own; `params` are settings that differ from the default; `repeats` counts
    further runs in the same, now warm, process; `shifts` is how many days before and after the rival is asked about,
    one by one; `answer` is the file for the pairs found; `packages` is a folder of packages that come before those
    installed; `cold`: the store is read from the disk, not from what the operating system keeps of it in memory.
    """

    job: str
    home: str
    source: str = "reference"
    fixes: str | None = None
    crimes: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    threads: int = 2
    repeats: int = 0
    shifts: int = 0
    answer: str | None = None
    packages: str | None = None
    cold: bool = False


def peak_mib() -> float:
    """Peak resident memory of this process, mapped files included. (getrusage would count its parent's memory too.)"""
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
