"""The arithmetic of the National Grid: transverse Mercator, the bilinear OSTN15 shift, the seven-parameter shift.

Compiled functions of scalars, without checks; `geo.bng` is the public interface. Source: Ordnance Survey, "A guide to
coordinate systems in Great Britain", v3.6, annexes B and C; "Transformations and OSGM15 user guide", section 3.

Shifts are always passed as arrays: a global array would become part of the cached machine code, which would not notice
a changed data file.
"""

import math

import numpy as np

from geo.jit import compiled

# Semi-axes in metres. GRS80 is the ellipsoid of ETRS89 and, to 0.1 mm in the minor axis, of WGS84; Airy 1830 of the
# grid.
GRS80_A_M, GRS80_B_M = 6_378_137.000, 6_356_752.3141
AIRY_A_M, AIRY_B_M = 6_377_563.396, 6_356_256.909

SCALE = 0.9996012717
LON_0_RAD, LAT_0_RAD = math.radians(-2.0), math.radians(49.0)
EASTING_0_M, NORTHING_0_M = 400_000.0, -100_000.0

# The seven parameters (Helmert), WGS84 to OSGB36: translations in metres, change of scale, rotations in radians.
SHIFT_X_M, SHIFT_Y_M, SHIFT_Z_M = -446.448, 125.157, -542.060
SCALE_CHANGE = 20.4894e-6
ROTATION_X_RAD, ROTATION_Y_RAD, ROTATION_Z_RAD = (math.radians(-s / 3600.0) for s in (0.1502, 0.2470, 0.8421))

# Kilometre nodes of the packaged OSTN15 shifts: the London window and one more node on each side, because the shift is
# looked up at the unshifted position, about 100 m west and 80 m north of the grid position.
FIRST_EAST_KM, LAST_EAST_KM = 489, 576
FIRST_NORTH_KM, LAST_NORTH_KM = 139, 216
WINDOW_WEST_M, WINDOW_EAST_M = 490_000.0, 575_000.0
WINDOW_SOUTH_M, WINDOW_NORTH_M = 140_000.0, 215_000.0


@compiled
def in_window(easting_m: float, northing_m: float) -> bool:
    """Whether a grid position is in the closed London window; NaN is not."""
    return WINDOW_WEST_M <= easting_m <= WINDOW_EAST_M and WINDOW_SOUTH_M <= northing_m <= WINDOW_NORTH_M


@compiled
def _meridian_m(lat_rad: float, b_m: float, n: float) -> float:
    less, more = lat_rad - LAT_0_RAD, lat_rad + LAT_0_RAD
    return (
        SCALE
        * b_m
        * (
            (1.0 + n * (1.0 + 1.25 * n * (1.0 + n))) * less
            - 3.0 * n * (1.0 + n * (1.0 + 0.875 * n)) * math.sin(less) * math.cos(more)
            + 1.875 * n * n * (1.0 + n) * math.sin(2.0 * less) * math.cos(2.0 * more)
            - 35.0 / 24.0 * n * n * n * math.sin(3.0 * less) * math.cos(3.0 * more)
        )
    )


@compiled
def project(lon_rad: float, lat_rad: float, a_m: float, b_m: float) -> tuple[float, float]:
    """Longitude and latitude on an ellipsoid to the grid's projection, metres (annex C.1)."""
    e2 = 1.0 - (b_m / a_m) ** 2
    sin, cos = math.sin(lat_rad), math.cos(lat_rad)
    t2 = (sin / cos) ** 2
    splat = 1.0 - e2 * sin * sin
    nu = SCALE * a_m / math.sqrt(splat)
    eta2 = splat / (1.0 - e2) - 1.0
    cos3 = cos * cos * cos
    cos5 = cos3 * cos * cos
    i = _meridian_m(lat_rad, b_m, (a_m - b_m) / (a_m + b_m)) + NORTHING_0_M
    ii = nu / 2.0 * sin * cos
    iii = nu / 24.0 * sin * cos3 * (5.0 - t2 + 9.0 * eta2)
    iiia = nu / 720.0 * sin * cos5 * (61.0 - 58.0 * t2 + t2 * t2)
    iv = nu * cos
    v = nu / 6.0 * cos3 * (eta2 + 1.0 - t2)
    vi = nu / 120.0 * cos5 * (5.0 - 18.0 * t2 + t2 * t2 + 14.0 * eta2 - 58.0 * t2 * eta2)
    p = lon_rad - LON_0_RAD
    p2 = p * p
    return EASTING_0_M + p * (iv + p2 * (v + p2 * vi)), i + p2 * (ii + p2 * (iii + p2 * iiia))


@compiled
def unproject(easting_m: float, northing_m: float, a_m: float, b_m: float) -> tuple[float, float]:
    """The grid's projection, metres, to longitude and latitude on an ellipsoid, radians (annex C.2)."""
    e2 = 1.0 - (b_m / a_m) ** 2
    n = (a_m - b_m) / (a_m + b_m)
    af = SCALE * a_m
    # Newton's method: the meridian's slope is rho. Four steps leave less than a nanometre anywhere in Britain.
    lat = LAT_0_RAD + (northing_m - NORTHING_0_M) / af
    for _ in range(4):
        splat = 1.0 - e2 * math.sin(lat) ** 2
        rho = af * (1.0 - e2) / (splat * math.sqrt(splat))
        lat += (northing_m - NORTHING_0_M - _meridian_m(lat, b_m, n)) / rho
    sin, cos = math.sin(lat), math.cos(lat)
    t = sin / cos
    t2 = t * t
    splat = 1.0 - e2 * sin * sin
    nu = af / math.sqrt(splat)
    rho = af * (1.0 - e2) / (splat * math.sqrt(splat))
    eta2 = nu / rho - 1.0
    nu2 = nu * nu
    vii = t / (2.0 * rho * nu)
    viii = t / (24.0 * rho * nu * nu2) * (5.0 + 3.0 * t2 + eta2 - 9.0 * t2 * eta2)
    ix = t / (720.0 * rho * nu * nu2 * nu2) * (61.0 + 90.0 * t2 + 45.0 * t2 * t2)
    x = 1.0 / (cos * nu)
    xi = x / (6.0 * nu2) * (nu / rho + 2.0 * t2)
    xii = x / (120.0 * nu2 * nu2) * (5.0 + 28.0 * t2 + 24.0 * t2 * t2)
    xiia = x / (5040.0 * nu2 * nu2 * nu2) * (61.0 + 662.0 * t2 + 1320.0 * t2 * t2 + 720.0 * t2 * t2 * t2)
    d = easting_m - EASTING_0_M
    d2 = d * d
    return LON_0_RAD + d * (x - d2 * (xi - d2 * (xii - d2 * xiia))), lat - d2 * (vii - d2 * (viii - d2 * ix))


@compiled
def shift_at(x_m: float, y_m: float, shifts_m: np.ndarray) -> tuple[float, float]:
    """OSTN15's shift at an unshifted position, bilinear between kilometre nodes; NaN beyond the packaged nodes."""
    east_km, north_km = x_m / 1000.0 - FIRST_EAST_KM, y_m / 1000.0 - FIRST_NORTH_KM
    # Written so that NaN fails the test too.
    if not (0.0 <= east_km < LAST_EAST_KM - FIRST_EAST_KM and 0.0 <= north_km < LAST_NORTH_KM - FIRST_NORTH_KM):
        return math.nan, math.nan
    col, row = int(east_km), int(north_km)
    t, u = east_km - col, north_km - row
    sw, se, nw, ne = (1.0 - t) * (1.0 - u), t * (1.0 - u), (1.0 - t) * u, t * u
    return (
        sw * shifts_m[0, row, col]
        + se * shifts_m[0, row, col + 1]
        + nw * shifts_m[0, row + 1, col]
        + ne * shifts_m[0, row + 1, col + 1],
        sw * shifts_m[1, row, col]
        + se * shifts_m[1, row, col + 1]
        + nw * shifts_m[1, row + 1, col]
        + ne * shifts_m[1, row + 1, col + 1],
    )


@compiled
def _cartesian(lon_rad: float, lat_rad: float, a_m: float, b_m: float) -> tuple[float, float, float]:
    e2 = 1.0 - (b_m / a_m) ** 2
    sin = math.sin(lat_rad)
    nu = a_m / math.sqrt(1.0 - e2 * sin * sin)
    across = nu * math.cos(lat_rad)
    return across * math.cos(lon_rad), across * math.sin(lon_rad), (1.0 - e2) * nu * sin


@compiled
def _geographic(x_m: float, y_m: float, z_m: float, a_m: float, b_m: float) -> tuple[float, float]:
    e2 = 1.0 - (b_m / a_m) ** 2
    p = math.hypot(x_m, y_m)
    lat = math.atan2(z_m, p * (1.0 - e2))
    # Each step multiplies the error by e2, 0.0067; the start is within 1e-5 rad.
    for _ in range(6):
        sin = math.sin(lat)
        nu = a_m / math.sqrt(1.0 - e2 * sin * sin)
        lat = math.atan2(z_m + e2 * nu * sin, p)
    return math.atan2(y_m, x_m), lat


@compiled
def helmert_to_grid(lon_rad: float, lat_rad: float) -> tuple[float, float]:
    """WGS84 to the grid by the seven-parameter shift: within about 5 m anywhere in Britain."""
    x, y, z = _cartesian(lon_rad, lat_rad, GRS80_A_M, GRS80_B_M)
    s = 1.0 + SCALE_CHANGE
    lon, lat = _geographic(
        SHIFT_X_M + s * x - ROTATION_Z_RAD * y + ROTATION_Y_RAD * z,
        SHIFT_Y_M + ROTATION_Z_RAD * x + s * y - ROTATION_X_RAD * z,
        SHIFT_Z_M - ROTATION_Y_RAD * x + ROTATION_X_RAD * y + s * z,
        AIRY_A_M,
        AIRY_B_M,
    )
    easting_m, northing_m = project(lon, lat, AIRY_A_M, AIRY_B_M)
    return easting_m, northing_m
