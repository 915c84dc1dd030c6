"""A row of a run's candidates, as sentences are made of it."""

from datetime import UTC, datetime
from typing import Any


def candidate(**changes: Any) -> dict[str, Any]:
    return {
        "verdict": "present",
        "closest_at": datetime(2019, 9, 14, 20, 4, tzinfo=UTC),
        "closest_m": 18.2,
        "p_present": 0.93,
        "reference_days": 56,
        "reference_hits": 0,
        "same_weekday_days": 8,
        "same_weekday_hits": 0,
        "e_value": 57.0,
        "nearness": 3.2,
        "strength": 182.4,
        "q_value": 0.08,
        "note": None,
        **changes,
    }
