"""As treated: what if a tag had been fitted within some days of release (the *grace period*)?

Who wears a tag on day 10 has not reoffended by day 10; counting these ten days for the tag would make it look good
(immortal time). So everyone is followed from release, and each person imposed counts for *fitted within the grace
period* as long as that may still come true. Who is not fitted by its end stops counting there, and those alike who
were fitted count for them too, by the inverse of their chance (clone, censor, weight: Hernan and others 2016, *Journal
of Clinical Epidemiology* 79:70). An offence in the grace period counts, fitted or not.
"""

from dataclasses import dataclass

import numpy as np

from tracker.errors import BadEntry, Refused
from tracker.evaluation.statistics.covariates import Bools, Floats, Ints

GRACE_DAYS = 14
_LEAST = 5
"""With fewer people fitted late, or never, nobody can stand for them."""


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """By person, shape `(n,)`: days followed, free of the outcome and in view; day of the first fitting, -1 for none.
    Both from release; fitted before it: 0."""

    followed: Ints
    fitted: Ints
    grace_days: int = GRACE_DAYS


def risk_as_treated(y: Floats, x: Floats, mine: Bools, times: Times) -> tuple[float, Floats]:
    """Mean outcome of `mine` if all were fitted within the grace period, and each person's influence on it."""
    if not 0 <= times.grace_days <= 90:
        raise BadEntry(f"the grace period is {times.grace_days} days; give 0 to 90, for example {GRACE_DAYS}")
    in_time = (times.fitted >= 0) & (times.fitted <= times.grace_days)
    asked = mine & (times.followed > times.grace_days)
    fitted = asked & in_time
    if fitted.sum() < _LEAST:
        raise Refused("too few", f"fewer than {_LEAST} people were fitted within {times.grace_days} days of release")
    weight, correction = np.where(mine & ~asked, 1.0, 0.0), np.zeros(len(y))
    if (asked & ~fitted).any():
        from tracker.evaluation.statistics.ridge_logit import log_odds

        chance = np.ones(len(y))
        chance[asked] = 1 / (1 + np.exp(-log_odds(x[asked][:, 1:], fitted[asked])))
        weight += np.where(fitted, 1 / chance, 0.0)
    else:
        chance = np.ones(len(y))
        weight += fitted
    total = float(weight.sum())
    mean = float((weight * y).sum()) / total
    if (asked & ~fitted).any():
        spread = np.where(asked, chance * (1 - chance), 0.0)
        on_chance = (x * np.where(asked, fitted - chance, 0.0)[:, None]) @ np.linalg.pinv(
            (x.T * spread) @ x, hermitian=True
        )
        correction = on_chance @ ((-np.where(fitted, (1 - chance) / chance, 0.0) * (y - mean)) @ x) / total
    return mean, weight * (y - mean) / total + correction
