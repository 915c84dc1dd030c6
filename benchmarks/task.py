"""What a benchmark asks of each contestant."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Task:
    """What a contestant is to do.

    `job` is *decode*, *stream*, *kernel*, *ours* or a rival's name; `home` a world's folder. `fixes` and `crimes` are
    another store and other crimes than the world's; `params` settings other than the default; `again` how often it is
    all done once more in the warm process; `shifts` asks the rival once for each of these days moved; `answer` is
    where the pairs found go.
    """

    job: str
    home: str
    source: str = "reference"
    fixes: str | None = None
    crimes: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    threads: int = 2
    again: int = 0
    shifts: int = 0
    answer: str | None = None


def peak_mib() -> float:
    """This process's own high-water mark, mapped files included; getrusage would tell the parent's from before."""
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
