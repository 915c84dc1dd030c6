"""A run's settings as the compiled loops take them: plain numbers in whole units."""

import numpy as np

from matcher.kernels.arrays import Rule
from matcher.params import MECHANISMS, Params


def rule_of(params: Params) -> Rule:
    """`Params` as the `Rule` of all kernels. Always of the same number types, so that each kernel is compiled once."""
    return Rule(
        radius_mm=params.radius_mm,
        buffer_us=params.buffer_us,
        max_accuracy_mm=params.max_accuracy_mm,
        mechanisms_left_out=np.int32(sum(1 << m for m, name in enumerate(MECHANISMS) if name not in params.mechanisms)),
        max_gap_us=params.max_gap_us,
        max_speed_mps=float(params.max_speed_mps),
        error_time_us=params.error_time_us,
        min_sigma_mm=float(params.min_sigma_mm),
        prism_step_us=params.prism_step_us,
        prism_min_sigma_mm=float(params.prism_min_sigma_mm),
        frozen_us=params.frozen_us,
        nearness_tail_share=float(params.nearness_tail_share),
        reference_days=int(params.reference_days),
        day_step=1 if params.reference == "all_days" else 7,
        min_coverage=float(params.min_coverage),
        data_until_us=params.data_until_us,
    )
