"""What scenes for hypothesis are made of: rows, places on a lattice, instants at the ends of windows, settings."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import strategies as st

from matcher.params import MECHANISMS, Params
from matcher.schemas import ASSIGNMENTS, CRIMES, FIXES, INTERVALS

SECOND = 1_000_000
BASES = (
    datetime(2019, 6, 15, 12, 0, tzinfo=UTC),
    datetime(2019, 3, 31, 0, 55, tzinfo=UTC),  # the clocks go forward at 01:00
    datetime(2019, 10, 27, 0, 55, tzinfo=UTC),  # and back at 01:00
)
WEARERS = ("w1", "W2", "é3")  # sorts differently by bytes than by any alphabet
DEVICES = ("d1", "d2", "d3")
HUB_MM = (530_000_000, 180_000_000)

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Scene:
    """Rows rather than frames, so that a failing example prints whole. `None` intervals stand for everyone."""

    fixes: list[Row]
    crimes: list[Row]
    assignments: list[Row]
    monitored: list[Row] | None
    eligible: list[Row] | None
    params: Params

    def frames(self, everyone: Any = None) -> dict[str, Any]:
        """The arguments of `match` and of `naive_match`; `everyone` is what says that all may be matched."""

        def intervals(rows: list[Row] | None) -> Any:
            return everyone if rows is None else pl.DataFrame(rows, schema=INTERVALS, orient="row")

        return {
            "fixes": fixes_frame(self.fixes),
            "crimes": pl.DataFrame(self.crimes, schema=CRIMES, orient="row"),
            "assignments": pl.DataFrame(self.assignments, schema=ASSIGNMENTS, orient="row"),
            "monitored": intervals(self.monitored),
            "eligible": intervals(self.eligible),
            "params": self.params,
        }


def fixes_frame(rows: list[Row]) -> pl.DataFrame:
    """Rows of `schemas.FIXES`; those of devices that report a speed have one value more, `speed_kmh`."""
    schema = {name: kind for name, kind in FIXES.items() if name != "speed_kmh"}
    if any(len(row) > len(schema) for row in rows):
        rows = [(*row, None)[: len(schema) + 1] for row in rows]
        schema["speed_kmh"] = pl.Float64()
    return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True)
class Setting:
    """What the parts of a scene are drawn round: instants are us after `base`, places mm."""

    base: datetime
    params: Params
    places: list[tuple[int, int]]
    windows: list[tuple[int, int]]

    @property
    def anchors(self) -> list[int]:
        return [end for window in self.windows for end in window]

    def at(self, us: int) -> datetime:
        return self.base + timedelta(microseconds=us)


def params() -> st.SearchStrategy[Params]:
    return st.builds(
        Params,
        radius_m=st.sampled_from([100.0, 25.0, 65.0, 250.0, 1000.0, 99.999]),
        buffer_s=st.sampled_from([0.0, 60.0, 900.0, 0.000001]),
        max_window_h=st.sampled_from([12.0, 12.0, 1.0]),
        max_accuracy_m=st.sampled_from([100.0, 20.0]),
        mechanisms=st.sampled_from(
            [frozenset({"gnss"}), frozenset({"gnss", "wifi"}), frozenset(MECHANISMS), frozenset({"lbs", "gnss"})]
        ),
        max_gap_s=st.sampled_from([180.0, 60.0, 90.0, 600.0]),
        max_speed_mps=st.sampled_from([40.0, 10.0, 2.5, 1000.0]),
        min_fixes=st.integers(1, 3),
        prism_step_s=st.sampled_from([15.0, 15.0, 0.0, 60.0, 1.0, 7.3, 3600.0]),
        prism_min_sigma_m=st.sampled_from([25.0, 25.0, 0.0, 100.0]),
        frozen_s=st.sampled_from([1200.0, 120.0, 60.0, 1.0]),
    )


def offsets(p: Params) -> st.SearchStrategy[tuple[int, int]]:
    """Steps away from a crime, mm: on the circle, beside it, on its tangents, at the speed limit, near, far."""
    r = p.radius_mm
    fast = round(p.max_speed_mps * 60_000)  # one minute at the limit
    # Exact for radii of whole 5 mm (3-4-5) and 25 mm (7-24-25), beside the circle for the others.
    circle = [(r * a // c, r * b // c) for a, b, c in ((3, 4, 5), (4, 3, 5), (7, 24, 25), (1, 0, 1))]
    near_circle = [(r, 0), *circle, (r + 1, 0), (r - 1, 0), (r, 1)]
    metre = st.integers(-400, 400).map(lambda m: m * 1000)
    turned = st.sampled_from([(1, 1), (-1, 1), (1, -1), (-1, -1)])

    def turn(place: tuple[int, int], signs: tuple[int, int]) -> tuple[int, int]:
        return place[0] * signs[0], place[1] * signs[1]

    return st.one_of(
        st.just((0, 0)),
        st.builds(turn, st.sampled_from(near_circle), turned),
        metre.map(lambda m: (r, m)),
        metre.map(lambda m: (m, -r)),
        # Along the tangent at the 3-4-5 point.
        st.integers(-200, 200).map(lambda k: (r * 3 // 5 - 4000 * k, r * 4 // 5 + 3000 * k)),
        st.integers(-200, 200).map(lambda k: (r * 3 // 5 - 4000 * k, r * 4 // 5 + 3000 * k + 1)),
        st.tuples(metre, metre),
        st.builds(turn, st.sampled_from([(2 * r, 0), (2 * r, 3), (0, 3 * r), (r, r)]), turned),
        st.sampled_from([(fast, 0), (fast + 1, 0), (fast * 3 // 5, fast * 4 // 5), (10_000_000, 0)]),
        st.tuples(st.integers(-2 * r, 2 * r), st.integers(-2 * r, 2 * r)),
    )


def instants(setting_anchors: list[int]) -> st.SearchStrategy[int]:
    """Half minutes round an anchor (the window's ends first), the anchor itself, a microsecond or seconds beside."""
    return st.builds(
        int.__add__,
        st.sampled_from(setting_anchors),
        st.one_of(
            st.just(0),
            st.sampled_from([1, -1, SECOND, -SECOND]),
            st.integers(-8, 8).map(lambda k: k * 30 * SECOND),
            st.integers(-600 * SECOND, 600 * SECOND),
        ),
    )


accuracies = st.sampled_from([10.0, 10.0, 10.0, 5.0, None, 20.0, 20.001, 100.0, 100.001, 0.0])
mechanisms = st.sampled_from([*["gnss"] * 7, "wifi", "lbs", "rf"])


@st.composite
def settings_(draw: st.DrawFn) -> tuple[Setting, list[Row]]:
    """One place in time with one to five crimes in one or two streets."""
    p = draw(params())
    base = draw(st.sampled_from(BASES))
    streets = [HUB_MM, *draw(st.lists(offsets(p).map(lambda o: (HUB_MM[0] + o[0], HUB_MM[1] + o[1])), max_size=2))]
    places: list[tuple[int, int]] = []
    windows: list[tuple[int, int]] = []
    crimes: list[Row] = []
    for i in range(draw(st.integers(1, 5))):
        x, y = draw(st.sampled_from(streets))
        starts = draw(st.one_of(st.integers(0, 20).map(lambda k: k * 30 * SECOND), st.integers(0, 600 * SECOND)))
        lasts = draw(
            st.sampled_from([600, 600, 300, 300, 180, 60, 0, 0, 0, 1800, 3600, 43_200]).map(lambda s: s * SECOND)
            | st.sampled_from([300 * SECOND, 300 * SECOND, 43_200 * SECOND + 1, 3600 * SECOND + 1, 1])
        )
        flaw = draw(st.sampled_from([""] * 40 + ["no place", "far", "coarse", "just fine enough"]))
        easting: float | None = x / 1000
        northing: float | None = y / 1000
        if flaw == "no place":
            easting = northing = None
        elif flaw == "far":
            easting = 400_000.0
        places.append((x, y))
        windows.append((starts - p.buffer_us, starts + lasts + p.buffer_us))
        crimes.append(
            (
                draw(st.sampled_from(["met", "MET", "étrange"])),
                draw(st.sampled_from(["1", "10", "2", "a"])),
                i + 1,
                "burglary",
                base + timedelta(microseconds=starts),
                base + timedelta(microseconds=starts + lasts),
                easting,
                northing,
                {"coarse": 100.001, "just fine enough": 100.0}.get(flaw, draw(st.sampled_from([None, 5.0]))),
            )
        )
    return Setting(base, p, places, windows), crimes
