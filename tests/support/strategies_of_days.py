"""Scenes of several days for hypothesis: the same few places again and again, some days not, some days half covered.

A wearer has one to three habits (a stay, a stroll, a pass, a gap, seconds round the crime's window) and on each day
keeps one of them or none, a little aside. Nights of the clocks' turns are among the days; windows are of all three
lengths; some days go without a known accuracy, some lie outside the monitored time.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import polars as pl
from hypothesis import strategies as st

from matcher.params import Params
from matcher.schemas import EVENTS
from tests.support.naive.coincidence import shift_us
from tests.support.scene_parts import DEVICES, HUB_MM, SECOND, WEARERS, Row, Scene

BASES = (
    datetime(2019, 6, 15, 12, 0, tzinfo=UTC),
    datetime(2019, 3, 30, 1, 20, tzinfo=UTC),  # the next night there is no such time
    datetime(2019, 10, 26, 0, 20, tzinfo=UTC),  # 01:20, which comes twice the next night
    datetime(2019, 10, 27, 1, 20, tzinfo=UTC),  # the second 01:20 of that night
)
LONG_AGO = timedelta(days=400)
LENGTHS_S = (600, 600, 300, 1200, 1800, 1801, 3600, 10_800, 10_801, 14_400, 0, 60)


class Worn(NamedTuple):
    """A scene and what its devices reported of themselves."""

    scene: Scene
    events: list[Row]

    def frames(self, everyone: Any = None) -> dict[str, Any]:
        return {
            **self.scene.frames(everyone),
            "events": pl.DataFrame(self.events, schema=EVENTS, orient="row"),
        }


class Habit(NamedTuple):
    """Steps from a crime's place and its window's start: (us, x mm, y mm, accuracy m)."""

    crime: int
    fixes: list[tuple[int, int, int, float | None]]


def params() -> st.SearchStrategy[Params]:
    return st.builds(
        Params,
        radius_m=st.sampled_from([100.0, 100.0, 25.0, 250.0]),
        buffer_s=st.sampled_from([0.0, 0.0, 60.0, 300.0]),
        max_gap_s=st.sampled_from([180.0, 300.0, 600.0]),
        max_speed_mps=st.sampled_from([40.0, 40.0, 10.0, 2.5]),
        min_fixes=st.sampled_from([1, 1, 2]),
        error_time_s=st.sampled_from([300.0, 60.0, 900.0]),
        min_sigma_m=st.sampled_from([1.0, 1.0, 5.0]),
        default_accuracy_m=st.sampled_from([None, None, None, 15.0]),
        default_location_accuracy_m=st.sampled_from([20.0, 0.0]),
        reference=st.sampled_from(["all_days", "all_days", "all_days", "same_weekday"]),
        reference_days=st.sampled_from([7, 7, 14, 3, 8, 2]),
        min_coverage=st.sampled_from([0.8, 0.8, 0.5, 1.0, 0.05]),
        nearness_tail_share=st.sampled_from([0.1, 0.1, 0.0, 0.5]),
        min_pool_crimes=st.sampled_from([0, 0, 0, 1, 3]),
        prism_step_s=st.sampled_from([15.0, 15.0, 0.0, 120.0, 3600.0]),
        prism_min_sigma_m=st.sampled_from([25.0, 25.0, 0.0, 100.0]),
    )


wearers = st.sampled_from([WEARERS, WEARERS, WEARERS, ("w1", "w1", "é3"), ("w1", "w1", "w1")])
"""Of each device; some have two or three."""
known = st.sampled_from([10.0, 10.0, 4.0, 20.0, 50.0, 100.0, 0.4])


@st.composite
def habits(draw: st.DrawFn, p: Params, windows_s: list[int]) -> Habit:
    crime = draw(st.integers(0, len(windows_s) - 1))
    r, buffer_s = p.radius_mm, round(p.buffer_s)
    length = windows_s[crime] + 2 * buffer_s
    metre = st.integers(-300, 300).map(lambda m: m * 1000)
    spot = st.one_of(
        st.tuples(st.integers(-r, r), st.integers(-r, r)),
        st.sampled_from([(0, 0), (r, 0), (r * 4 // 5, 0), (r + 1, 0), (0, r * 13 // 10), (3 * r, 0), (90 * r, 90 * r)]),
        st.tuples(metre, metre),
    )
    gap = round(p.max_gap_s)
    step = min(max(draw(st.sampled_from([60, gap, gap // 2])), length // 20), gap) + (draw(st.integers(0, 9)) == 9)
    begins = draw(st.sampled_from([-step, -step, 0, -step // 2, -30, -3 * step, length // 4])) - buffer_s
    whole = draw(st.integers(0, 9)) < 9
    n = max((length - begins) // step + 2, 2) if whole else draw(st.integers(1, 4))
    kind = draw(st.sampled_from(["stay", "stay", "stay", "stroll", "stroll", "stroll", "pass", "away", "away", "lone"]))
    accuracies = draw(st.lists(known, min_size=1, max_size=3))
    if draw(st.integers(0, 15)) == 15:
        accuracies.append(draw(st.sampled_from([None, 0.0])))  # type: ignore[arg-type]
    if kind == "stay":
        spots = [draw(spot)]
    elif kind == "stroll":
        spots = draw(st.lists(spot, min_size=2, max_size=5))
    elif kind == "pass":
        reach, aside = draw(st.sampled_from([2 * r, 3 * r, 1_000_000])), draw(st.sampled_from([0, r // 2, r, -r]))
        spots = [(-reach, aside), (reach, aside)]
    elif kind == "away":
        # As far as one can go and come back between two fixes, give or take their errors; or much further.
        limit = r + round(p.max_speed_mps * step * 1000 / 2)
        spots = [(draw(st.one_of(st.integers(-20, 200).map(lambda m: limit + m * 1000), st.just(90 * r))), 0)]
    else:
        n, spots = 1, [draw(spot)]
    shake = draw(st.sampled_from([0, 0, 1000, 15_000]))
    times = [begins + i * step for i in range(n)]
    if draw(st.integers(0, 4)) == 4:  # the last fix at the window's very end
        times = [*[t for t in times if t < length - buffer_s], length - buffer_s]
    return Habit(
        crime,
        [
            (
                t * SECOND,
                spots[i % len(spots)][0] + shake * (i * 7 % 5 - 2),
                spots[i % len(spots)][1] + shake * (i * 3 % 5 - 2),
                accuracies[i % len(accuracies)],
            )
            for i, t in enumerate(times)
        ],
    )


@st.composite
def crimes_(draw: st.DrawFn, base: datetime) -> tuple[list[Row], list[int]]:
    rows, lengths = [], []
    for i in range(draw(st.integers(1, 3))):
        x, y = draw(st.sampled_from([(0, 0), (0, 0), (150_000, 0), (-60_000, 80_000), (3_000_000, 0)]))
        starts = draw(st.sampled_from([0, 0, 0, 0, 600, -7200, 86_400, 1]))
        lengths.append(draw(st.sampled_from(LENGTHS_S)))
        t_from = base + timedelta(seconds=starts)
        t_to = t_from + timedelta(seconds=lengths[-1])
        place = ((HUB_MM[0] + x) / 1000, (HUB_MM[1] + y) / 1000)
        rows.append(("met", f"{i}", 1, "burglary", t_from, t_to, *place, draw(st.sampled_from([None, 5.0, 50.0]))))
    return rows, lengths


@st.composite
def intervals(draw: st.DrawFn, crimes: list[Row], p: Params) -> list[Row]:
    """For each wearer always, never, or from or until some day's window, its edges exactly or a little beside."""
    rows: list[Row] = []
    k = st.integers(-p.reference_days, p.reference_days)
    beside = st.sampled_from([-1, 0, 1, 60 * SECOND, -60 * SECOND])
    for wearer in WEARERS:
        crime = draw(st.sampled_from(crimes))

        def edge(column: int, crime: Row = crime) -> datetime:
            shift = shift_us(crime[4], draw(k)) + draw(beside)
            outwards = p.buffer_us * (1 if column == 5 else -1)
            instant: datetime = crime[column] + timedelta(microseconds=shift + outwards)
            return instant

        kind = draw(st.sampled_from(["whole", "from", "until", "between", "pieces", "never"]))
        early = crime[4] - LONG_AGO
        if kind == "whole":
            rows.append((wearer, early, None))
        elif kind == "from":
            rows.append((wearer, edge(4), None))
        elif kind == "until":
            rows.append((wearer, early, edge(5)))
        elif kind in ("between", "pieces"):
            ends = [(edge(4), edge(5)) for _ in range(2 if kind == "pieces" else 1)]
            rows += [(wearer, first, last) for first, last in ends if first < last]
    return rows


@st.composite
def assignments(draw: st.DrawFn, base: datetime, edges: list[datetime]) -> list[Row]:
    """Each device on a wearer of its own; or a wearer has two or all; or one is handed on, at some fix or beside."""
    early = base - LONG_AGO
    rows = []
    for device, wearer in zip(DEVICES, draw(wearers), strict=True):
        if edges and draw(st.integers(0, 7)) == 7:
            cut = draw(st.sampled_from(edges)) + timedelta(microseconds=draw(st.sampled_from([0, 1, 30 * SECOND])))
            again = draw(st.sampled_from([wearer, WEARERS[1]]))
            rows += [(device, wearer, early, cut), (device, again, cut, None)]
        else:
            rows.append((device, wearer, early, None))
    return rows


@st.composite
def worn(draw: st.DrawFn) -> Worn:
    """A scene of up to a month, three crimes and three wearers, and a few device events."""
    p = draw(params())
    base = draw(st.sampled_from([*BASES, BASES[1], BASES[1]]))
    crimes, lengths = draw(crimes_(base))
    fixes: list[Row] = []
    span = p.reference_days + 1
    for i, device in enumerate(DEVICES[: draw(st.integers(1, 3))]):
        if draw(st.booleans()):  # seen once, long before
            fixes.append((device, base - timedelta(days=span + 1), "gnss", 530_500.0, 180_000.0, 10.0))
        kept = draw(st.lists(habits(p, lengths), min_size=1, max_size=3))
        mostly = draw(st.integers(0, len(kept) - 1))
        for k in range(-span, draw(st.sampled_from([span, span, span, 0, -1])) + 1):
            which = draw(st.sampled_from([mostly, *range(len(kept)), len(kept)])) if k else mostly
            if which == len(kept):  # a day without a fix
                continue
            habit, crime = kept[which], crimes[kept[which].crime]
            shift = timedelta(microseconds=shift_us(crime[4], k) + draw(st.sampled_from([0, 0, 0, 3600 * SECOND])))
            aside = draw(st.sampled_from([0, 0, 1000, -20_000, 130_000]))
            fixes += [
                (
                    device,
                    crime[4] + shift + timedelta(microseconds=us + i),
                    "gnss",
                    crime[6] + (x + aside) / 1000,
                    crime[7] + y / 1000,
                    accuracy,
                )
                for us, x, y, accuracy in habit.fixes
            ]
    if draw(st.integers(0, 4)) == 4:
        ends = draw(st.sampled_from(crimes))[5] + timedelta(days=draw(st.integers(-1, p.reference_days)))
        beside = timedelta(seconds=p.buffer_s, microseconds=draw(st.sampled_from([0, 0, 1, -1])))
        p = Params(**{**p.to_json(), "data_until": ends + beside})
    events: list[Row] = []
    if draw(st.booleans()) and fixes:
        last = max(fixes, key=lambda fix: fix[1])
        events = [
            (fix[0], fix[1] + timedelta(seconds=draw(st.sampled_from([30, 0, -1]))), "battery flat")
            for fix in draw(st.lists(st.sampled_from([last, *fixes[::7]]), min_size=1, max_size=3))
        ]
    periods: st.SearchStrategy[list[Row] | None] = st.one_of(st.none(), intervals(crimes, p))
    return Worn(
        Scene(
            fixes=fixes,
            crimes=crimes,
            assignments=draw(assignments(base, [row[1] for row in fixes[::3]])),
            monitored=draw(periods),
            eligible=draw(periods),
            params=p,
        ),
        events,
    )
