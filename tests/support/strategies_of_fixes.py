"""Rows of one device for hypothesis: walks and stays, and each way in which fixes go wrong."""

from datetime import timedelta

from hypothesis import strategies as st

from tests.support.scene_parts import DEVICES, SECOND, Row, Setting, accuracies, instants, mechanisms, offsets


@st.composite
def walks(draw: st.DrawFn, s: Setting) -> list[Row]:
    """A few fixes of one device at even steps: to and fro round one crime, with one bad one now and then."""
    device = draw(st.sampled_from(DEVICES))
    (x, y), window = draw(st.sampled_from(list(zip(s.places, s.windows, strict=True))))
    gap = s.params.max_gap_us
    step = draw(st.sampled_from([60 * SECOND, 30 * SECOND, gap, gap + 1, gap - 1, SECOND, 1, 7_300_001]))
    start = draw(instants([*window])) - step * draw(st.integers(0, 3))
    stays = draw(st.sampled_from([False, False, True]))
    spots = draw(st.lists(offsets(s.params), min_size=1 if stays else 3, max_size=1 if stays else 8))
    if stays:
        spots *= draw(st.integers(2, 8))
    mechanism = draw(mechanisms)
    accuracy = draw(accuracies)
    return [
        (device, s.at(start + k * step), mechanism, (x + dx) / 1000, (y + dy) / 1000, accuracy)
        for k, (dx, dy) in enumerate(spots)
    ]


@st.composite
def passes(draw: st.DrawFn, s: Setting) -> list[Row]:
    """Two fixes a minute apart and a path past the crime: as fast as is allowed, as near as the circle."""
    (x, y), window = draw(st.sampled_from(list(zip(s.places, s.windows, strict=True))))
    r, fast = s.params.radius_mm, round(s.params.max_speed_mps * 30_000)
    half, more = draw(st.sampled_from([(2 * r, 0), (fast, 0), (fast, 1), (3 * r // 5 * 4, 0)]))
    aside = draw(st.sampled_from([0, r, r + 1, -r, r * 3 // 5]))
    start = draw(instants([*window])) - 30 * SECOND
    device, mechanism = draw(st.sampled_from(DEVICES)), draw(mechanisms)
    ends = [(-half, aside), (half + more, aside)]
    if draw(st.booleans()):
        ends = [(b, a) for a, b in ends]
    return [
        (device, s.at(start + k * 60 * SECOND), mechanism, (x + dx) / 1000, (y + dy) / 1000, 10.0)
        for k, (dx, dy) in enumerate(ends)
    ]


@st.composite
def outings(draw: st.DrawFn, s: Setting) -> list[Row]:
    """From the crime to twice the radius and back: over the circle half a minute after leaving and before returning.

    The absence is exactly the longest gap, or a microsecond to either side.
    """
    (x, y), window = draw(st.sampled_from(list(zip(s.places, s.windows, strict=True))))
    away = s.params.max_gap_us + draw(st.sampled_from([0, 0, 1, -1, 30 * SECOND]))
    start = draw(instants([*window]))
    device = draw(st.sampled_from(DEVICES))
    far = (x + 2 * s.params.radius_mm) / 1000
    return [
        (device, s.at(start + us), "gnss", place, y / 1000, 10.0)
        for us, place in ((0, x / 1000), (60 * SECOND, far), (away, far), (away + 60 * SECOND, x / 1000))
    ]


@st.composite
def stuck(draw: st.DrawFn, s: Setting) -> list[Row]:
    """A device at one place for as long as frozen ones are, or just not; it may report a speed, now and then or never.

    One row in it may lie elsewhere, or be of another kind.
    """
    (x, y), window = draw(st.sampled_from(list(zip(s.places, s.windows, strict=True))))
    dx, dy = draw(offsets(s.params))
    n = draw(st.integers(2, 7))
    lasts = s.params.frozen_us + draw(st.sampled_from([1, 1, 0, -1, 30 * SECOND]))
    start = draw(instants([*window])) - draw(st.sampled_from([0, lasts // 2, lasts]))
    device, accuracy = draw(st.sampled_from(DEVICES)), draw(accuracies)
    speeds = draw(st.lists(st.sampled_from([None, 0.0, 0.0, 0.5, 30.0]), min_size=n, max_size=n))
    rows: list[Row] = [
        (device, s.at(start + lasts * k // (n - 1)), "gnss", (x + dx) / 1000, (y + dy) / 1000, accuracy, speeds[k])
        for k in range(n)
    ]
    odd = draw(st.sampled_from([None, None, "moved", "coarse", "other", "before and after"]))
    k = draw(st.integers(0, n - 1))
    _, t, mechanism, e, n_m, _, speed = rows[k]
    if odd == "moved":
        rows[k] = (device, t, mechanism, e + 0.001, n_m, accuracy, speed)
    elif odd == "coarse":
        rows[k] = (device, t, mechanism, e, n_m, 150.0, speed)
    elif odd == "other":
        rows[k] = (device, t, "wifi", e + 1, n_m, accuracy, speed)
    elif odd == "before and after":
        for late in (-60, 60):
            t = rows[0 if late < 0 else -1][1] + timedelta(seconds=late)
            rows.append((device, t, mechanism, e + draw(st.sampled_from([0.5, 200.0])), n_m, 10.0, 5.0))
    return rows


@st.composite
def seconds(draw: st.DrawFn, s: Setting) -> list[Row]:
    """A fix a second, or every few, that drifts away by metres."""
    (x, y), window = draw(st.sampled_from(list(zip(s.places, s.windows, strict=True))))
    dx, dy = draw(offsets(s.params))
    step = draw(st.sampled_from([1, 1, 5, 4]))
    start = draw(instants([*window])) - draw(st.sampled_from([0, 7, 15, 30])) * SECOND
    drift = draw(st.sampled_from([0, 3000, -11_000]))
    device, accuracy = draw(st.sampled_from(DEVICES)), draw(accuracies)
    return [
        (device, s.at(start + k * step * SECOND), "gnss", (x + dx + k * drift) / 1000, (y + dy) / 1000, accuracy)
        for k in range(draw(st.integers(2, 20)))
    ]


@st.composite
def edges(draw: st.DrawFn, s: Setting) -> list[Row]:
    """To and fro over the circle by metres, about as far as the fixes' own error."""
    (x, y), window = draw(st.sampled_from(list(zip(s.places, s.windows, strict=True))))
    r = s.params.radius_mm
    accuracy = draw(st.sampled_from([10.0, 15.096, 1.0, 50.0, None]))
    sigma = round(1000 * (accuracy or 0) / 1.5096)
    beside = st.sampled_from([-sigma, 0, 1, sigma - 1, sigma, sigma + 1000, 2 * sigma, 100_000, -r, -1])
    far = draw(st.lists(beside, min_size=3, max_size=9))
    step = draw(st.sampled_from([60, 60, 30, 90])) * SECOND
    start, device = draw(instants([*window])), draw(st.sampled_from(DEVICES))
    return [
        (device, s.at(start + k * step), "gnss", (x + r + far[k]) / 1000, y / 1000, accuracy) for k in range(len(far))
    ]


@st.composite
def elsewhere(draw: st.DrawFn, s: Setting) -> list[Row]:
    """From before a window to after it so far from the crime that the way is too long, or just not; and a row or two
    nearer by, most of them no evidence."""
    (x, y), (start, end) = draw(st.sampled_from(list(zip(s.places, s.windows, strict=True))))
    step = max((end - start) // draw(st.integers(2, 12)), 20 * SECOND)
    far = s.params.radius_mm + round(s.params.max_speed_mps * step / 2000)
    far += draw(st.sampled_from([150_000, 300_000, 5_000_000, 40_000, -1000])) + draw(st.integers(0, 50_000))
    far = min(far, 40_000_000)  # not out of Britain
    device, accuracy = draw(st.sampled_from(DEVICES)), draw(st.sampled_from([10.0, 1.0, 40.0, None]))
    signs = draw(st.sampled_from([(1, 0), (-1, 0), (0, 1), (0, -1)]))
    begins = start - draw(st.sampled_from([step, step, 0, 1]))
    n = (end - begins) // step + draw(st.sampled_from([2, 2, 2, 1]))
    place = (x + signs[0] * far) / 1000, (y + signs[1] * far) / 1000
    rows: list[Row] = [(device, s.at(begins + k * step), "gnss", *place, accuracy) for k in range(n)]
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
        dx, dy = draw(offsets(s.params))
        t = draw(st.sampled_from([begins + step // 2, begins + step + 7, (start + end) // 2, start, end, end + 1]))
        kind, coarse = draw(st.sampled_from([("wifi", 20.0), ("gnss", 150.0), ("gnss", 5.0), ("rf", None)]))
        rows.append((device, s.at(t), kind, (x + dx) / 1000, (y + dy) / 1000, coarse))
    return rows


@st.composite
def seconded(draw: st.DrawFn, rows: list[Row]) -> list[Row]:
    """What another device says of the same way: as it was, a little aside and later, or somewhere else at once."""
    device = draw(st.sampled_from(DEVICES))
    dx, dy = draw(st.sampled_from([(0, 0), (0, 0), (1000, 0), (0, -150_000), (3_000_000, 0), (-3_000_000, 0)]))
    later = timedelta(seconds=draw(st.sampled_from([0, 0, 0, 1, 30, 600])))
    return [(device, t + later, kind, e + dx / 1000, n + dy / 1000, *rest) for _, t, kind, e, n, *rest in rows]


@st.composite
def scattered(draw: st.DrawFn, s: Setting) -> Row:
    (x, y), window = draw(st.sampled_from(list(zip(s.places, s.windows, strict=True))))
    dx, dy = draw(offsets(s.params))
    device = draw(st.sampled_from((*DEVICES, "nobody's")))
    place = ((x + dx) / 1000, (y + dy) / 1000)
    return (device, s.at(draw(instants([*window]))), draw(mechanisms), *place, draw(accuracies))


@st.composite
def twins(draw: st.DrawFn, fixes: list[Row]) -> Row:
    """A fix again, at its own instant, with something changed."""
    device, t, mechanism, e, n, accuracy, *speed = draw(st.sampled_from(fixes))
    changed = draw(st.sampled_from(["accuracy", "place", "northing", "mechanism", "device", "all but the instant"]))
    if changed in ("accuracy", "all but the instant"):
        accuracy = draw(st.sampled_from([None]) | accuracies)
    if changed in ("place", "all but the instant"):
        e, n = e + draw(st.sampled_from([0.001, -0.001, 1.0, 150.0])), n + draw(st.sampled_from([0.0, 0.001, -50.0]))
    if changed == "northing":
        n += draw(st.sampled_from([150.0, -150.0, 0.001]))
    if changed in ("mechanism", "all but the instant"):
        mechanism = draw(mechanisms)
    if changed in ("device", "all but the instant"):
        device = draw(st.sampled_from(DEVICES))
    return (device, t, mechanism, e, n, accuracy, *speed)
