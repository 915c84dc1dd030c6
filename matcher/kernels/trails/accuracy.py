"""A stated accuracy as a 68 % radius, by the level that is declared for it and a factor of its device."""

import numpy as np

from geo.jit import compiled
from matcher.kernels.binary_search import first_at_or_after

_LARGEST = 2_147_483_647.0


@compiled
def declare(device, t_us, declared, level, factor):
    """Set each level that is 0, not declared, and each factor to what `declared` (`LevelWindows`) says of its device
    and instant."""
    offset, to_us = declared.offset, declared.to_us
    for i in range(len(device)):
        d = device[i]
        if d >= 0:
            k = first_at_or_after(to_us, offset[d], offset[d + 1], t_us[i] + 1)
            if k < offset[d + 1] and declared.from_us[k] <= t_us[i]:
                factor[i] = declared.factor[k]
                if level[i] == 0:
                    level[i] = declared.level[k]


@compiled
def to_68(accuracy_mm, level, ratio, factor):
    """Replace each accuracy by its 68 % radius times its factor, rounded once, half to even; what comes to 0 is not
    known, -1. ``ratio[L]`` is the 68 % radius to that of level L."""
    for i in range(len(accuracy_mm)):
        radius = np.int32(0)
        if accuracy_mm[i] > 0:
            radius = np.int32(min(np.rint(accuracy_mm[i] * ratio[level[i]] * factor[i]), _LARGEST))
        accuracy_mm[i] = radius if radius > 0 else np.int32(-1)
