"""A logistic regression by statsmodels, with a trace of a ridge penalty on the slopes.

The penalty keeps the fit finite where a covariate separates the two groups; elsewhere it changes log odds by about
1e-6 at most.
"""

import warnings

import numpy as np
from statsmodels.base._penalized import PenalizedMixin
from statsmodels.base._penalties import L2
from statsmodels.discrete.discrete_model import Logit
from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationWarning

from tracker.evaluation.statistics.covariates import Bools, Floats

PENALTY = 1e-6


class _RidgeLogit(PenalizedMixin, Logit):  # type: ignore[misc]
    """Maximises the log likelihood less half of `PENALTY` times the sum of the squared slopes."""


def log_odds(regressors: Floats, yes: Bools) -> Floats:
    """The fitted log odds of `yes`, shape `(n,)`, on `regressors`, shape `(n, q)`, and an intercept."""
    x = np.column_stack([np.ones(len(yes)), regressors])
    slopes = L2(weights=np.array([0.0] + [1.0] * regressors.shape[1]))
    model = _RidgeLogit(yes.astype(np.float64), x, penal=slopes, pen_weight=PENALTY / 2)
    with warnings.catch_warnings(), np.errstate(over="ignore", divide="ignore"):
        # Where the groups are separated the last digits never settle; the log odds are in the hundreds by then.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        # A trust region always gets near, but stops at some eight digits; Newton's steps may overshoot from afar.
        near = model.fit(
            method="minimize", min_method="trust-exact", gtol=1e-12, maxiter=200, disp=0, skip_hessian=True
        )
        found = model.fit(start_params=near.params, method="newton", maxiter=50, tol=1e-10, disp=0, skip_hessian=True)
    fitted: Floats = x @ found.params
    return fitted
