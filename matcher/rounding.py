"""Rounds to six significant digits, in which evidential strength is stored and compared."""

import numpy as np

from matcher.frames import Float64

DIGITS = 6


def six_digits(values: Float64) -> Float64:
    """Each value as `float(f"{value:.6g}")` gives it; NaN and infinity stay.

    Parameters
    ----------
    values : float64, any shape

    Returns
    -------
    float64, the same shape, a copy

    Notes
    -----
    O(n). A whole number below 10^6 divided by a power of ten is rounded once, as decimal text is when it is read, so
    the two agree to the last bit. Values too near a tie are rounded through the text itself.
    """
    out = np.array(values, np.float64)
    flat = out.reshape(-1)
    at = np.flatnonzero(np.isfinite(flat) & (flat != 0.0))
    chosen = flat[at]
    places = DIGITS - 1 - np.floor(np.log10(np.abs(chosen))).astype(np.int64)
    # Powers of ten are exact up to 10^22.
    far = np.abs(places) > 22
    up, down = 10.0 ** np.clip(places, 0, 22), 10.0 ** np.clip(-places, 0, 22)
    scaled = chosen * up / down
    whole = np.rint(scaled)
    settled = ~far & (np.abs(np.abs(scaled - np.trunc(scaled)) - 0.5) > 1e-4) & (np.abs(whole) >= 10 ** (DIGITS - 1))
    rounded = whole * down / up
    for i in np.flatnonzero(~settled):
        rounded[i] = float(f"{chosen[i]:.6g}")
    flat[at] = rounded
    return out
