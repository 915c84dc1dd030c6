"""One straight segment of path against one disc: does it meet it, when, and how near does it come.

A segment starts `px, py` from the disc's centre and moves by `dx, dy` in `dt` microseconds at constant speed; it is
clipped to `[a0, a1]` microseconds after its start, 0 <= a0 <= a1 <= dt. All of these are integers. Times returned are
microseconds after the segment's start, float64.
"""

import numpy as np

from geo.jit import called, compiled
from matcher.kernels.exact import hypot_at_most, product_at_most


@called
def inside_at(px, py, dx, dy, dt, tau, r):
    """Whether the point at `tau` is in the closed disc of radius `r`; exact."""
    if tau == 0:
        return px * px + py * py <= r * r
    if tau == dt:
        qx, qy = px + dx, py + dy
        return qx * qx + qy * qy <= r * r
    return hypot_at_most(px * dt + dx * tau, py * dt + dy * tau, r * dt)


@called
def foot_between(px, py, dx, dy, dt, a0, a1):
    """Whether the point nearest the centre, of the whole line, lies strictly between a0 and a1; exact."""
    along = -(px * dx + py * dy)
    if along <= 0:
        return False
    length_sq = dx * dx + dy * dy
    return not product_at_most(along, dt, a0, length_sq) and not product_at_most(a1, length_sq, along, dt)


@compiled
def meets(px, py, dx, dy, dt, a0, a1, r):
    """Whether the clipped segment meets the closed disc; touching counts; exact."""
    if inside_at(px, py, dx, dy, dt, a0, r) or inside_at(px, py, dx, dy, dt, a1, r):
        return True
    if not foot_between(px, py, dx, dy, dt, a0, a1):
        return False
    off = abs(px * dy - py * dx)
    return product_at_most(off, off, r * r, dx * dx + dy * dy)


@compiled
def chord(px, py, dx, dy, dt, a0, a1, r):
    """When the clipped segment enters and leaves the disc; only for one that meets it.

    The chord's half length is formed as a product of a sum and a difference: the plain discriminant cancels.
    """
    enters, leaves = np.float64(a0), np.float64(a1)
    starts_in = inside_at(px, py, dx, dy, dt, a0, r)
    ends_in = inside_at(px, py, dx, dy, dt, a1, r)
    if starts_in and ends_in:
        return enters, leaves
    length_sq = np.float64(dx * dx + dy * dy)
    off = np.float64(abs(px * dy - py * dx))
    reach = r * np.sqrt(length_sq)
    half = np.sqrt(max((reach - off) * (reach + off), 0.0)) / length_sq
    middle = -np.float64(px * dx + py * dy) / length_sq
    if not starts_in:
        enters = min(max((middle - half) * dt, enters), leaves)
    if not ends_in:
        leaves = min(max((middle + half) * dt, enters), leaves)
    return enters, leaves


@called
def distance_at(px, py, dx, dy, dt, tau):
    """Distance from the centre at integer `tau`, mm. Standing still it is the same at every `tau`, to the last bit."""
    if tau == 0 or (dx == 0 and dy == 0):
        return np.sqrt(np.float64(px * px + py * py))
    if tau == dt:
        qx, qy = px + dx, py + dy
        return np.sqrt(np.float64(qx * qx + qy * qy))
    u = np.float64(px * dt + dx * tau)
    v = np.float64(py * dt + dy * tau)
    return np.sqrt(u * u + v * v) / dt


@compiled
def nearest(px, py, dx, dy, dt, a0, a1):
    """Least distance (mm) from the centre to the clipped segment, and the earliest time of it."""
    if foot_between(px, py, dx, dy, dt, a0, a1):
        length_sq = np.float64(dx * dx + dy * dy)
        middle = -np.float64(px * dx + py * dy) / length_sq
        return np.float64(abs(px * dy - py * dx)) / np.sqrt(length_sq), middle * dt
    at_start = distance_at(px, py, dx, dy, dt, a0)
    at_end = distance_at(px, py, dx, dy, dt, a1)
    if at_end < at_start:
        return at_end, np.float64(a1)
    return at_start, np.float64(a0)
