"""Whether two sets of trails are the same, column by column."""

import numpy as np

from matcher.trails.build import Trails


def same(a: Trails, b: Trails) -> None:
    for name in Trails.__dataclass_fields__:
        one, other = getattr(a, name), getattr(b, name)
        if isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, other, err_msg=name)
    assert a.counts == b.counts
