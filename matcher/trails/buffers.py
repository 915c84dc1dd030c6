"""Memory that is reused: a wearer group's trails lie where those of the group before did.

Fresh memory costs a run nearly as much as copying fixes into it: the system clears each page when it is first touched,
two threads wait for each other while it does, and giving it back costs the same again.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

_SPARE = 1.05
"""Groups are about alike in size: with this much to spare the second one mostly fits."""


class BufferPool:
    """Arrays by name, each kept for the next request of that name; for one thread and one user at a time."""

    def __init__(self) -> None:
        self._kept: dict[str, npt.NDArray[Any]] = {}

    def array(self, name: str, n: int, dtype: type) -> npt.NDArray[Any]:
        """An array of n values, not set. The array returned earlier for this name must no longer be used."""
        kept = self._kept.get(name)
        if kept is None or len(kept) < n:
            self._kept.pop(name, None)
            kept = self._kept[name] = np.empty(int(n * _SPARE), dtype)
        return kept[:n]
