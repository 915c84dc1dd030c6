"""Whole scenes for hypothesis: small, and made of what goes wrong at edges.

Places lie mostly on a lattice of metres, whole multiples of the radius's 3-4-5 points among them, so that fixes stand
exactly on the circle and segments touch it in one point; times lie mostly on a lattice of half minutes and at the ends
of windows, exactly or a microsecond beside. What shrinks, shrinks to a fix at the first crime's place and time.
"""

import itertools
from datetime import timedelta

from hypothesis import strategies as st

from tests.support.scene_parts import DEVICES, SECOND, WEARERS, Row, Scene, Setting, settings_
from tests.support.strategies_of_fixes import (
    edges,
    elsewhere,
    outings,
    passes,
    scattered,
    seconded,
    seconds,
    stuck,
    twins,
    walks,
)


def cuts(moments: list[int]) -> st.SearchStrategy[int]:
    """Where a hand-over or an interval's end hurts: at a fix or a window's end, or a microsecond beside."""
    return st.builds(int.__add__, st.sampled_from(moments), st.sampled_from([0, 0, 0, 1, -1, 30 * SECOND]))


@st.composite
def assignments(draw: st.DrawFn, s: Setting, moments: list[int]) -> list[Row]:
    """Each device in turn on one to three wearers, or on nobody for a while; wearers may have two devices."""
    out: list[Row] = []
    if draw(st.integers(0, 4)) == 4:  # two or three devices on one, all the time
        one = draw(st.sampled_from(WEARERS))
        kept = DEVICES[: draw(st.integers(2, 3))]
        return [(device, one if device in kept else WEARERS[0], s.at(-86_400 * SECOND), None) for device in DEVICES]
    for i, device in enumerate(DEVICES):
        handed_on = draw(st.lists(cuts(moments), max_size=draw(st.sampled_from([0, 1, 2]))))
        edges: list[int | None] = [-86_400 * SECOND, *sorted(set(handed_on)), None]
        for first, last in itertools.pairwise(edges):
            wearer = draw(st.sampled_from([*[WEARERS[i]] * 3, *WEARERS, None]))
            if wearer is not None:
                out.append((device, wearer, s.at(first or 0), None if last is None else s.at(last)))
    return out


@st.composite
def intervals(draw: st.DrawFn, s: Setting, moments: list[int]) -> list[Row] | None:
    """Everyone; or for each wearer the whole time, or stretches that start, end, meet and overlap inside windows."""
    if draw(st.booleans()):
        return None
    out: list[Row] = []
    for wearer in WEARERS:
        kind = draw(st.sampled_from(["whole", "whole", "cut", "pieces", "a window", "a window", "never"]))
        if kind == "whole":
            out.append((wearer, s.at(-86_400 * SECOND), None))
        elif kind == "cut":  # two adjacent halves, which are one
            cut = s.at(draw(cuts(moments)))
            out += [(wearer, cut, None), (wearer, s.at(-86_400 * SECOND), cut)]
        elif kind == "a window":  # just in it, or just not
            first, last = draw(st.sampled_from(s.windows))
            first, last = first + draw(st.sampled_from([0, 0, -1, 1])), last + draw(st.sampled_from([1, 1, 0, 2]))
            if first < last:
                out.append((wearer, s.at(first), s.at(last)))
        elif kind == "pieces":
            for _ in range(draw(st.integers(1, 3))):
                first, last = sorted([draw(cuts(moments)), draw(cuts(moments))])
                if first < last:
                    out.append((wearer, s.at(first), s.at(last)))
    return out


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """A whole scene: some tens of fixes of three devices, five crimes, three wearers."""
    setting, crimes = draw(settings_())
    fixes: list[Row] = []
    walked = st.one_of(
        walks(setting),
        walks(setting),
        passes(setting),
        outings(setting),
        stuck(setting),
        seconds(setting),
        edges(setting),
        elsewhere(setting),
        elsewhere(setting),
    )
    for walk in draw(st.lists(walked, min_size=2, max_size=4)):
        fixes += walk
    if draw(st.integers(0, 2)) == 2:
        fixes += draw(seconded(fixes))
    fixes += draw(st.lists(scattered(setting), max_size=4))
    fixes += draw(st.lists(twins(fixes), max_size=4))
    moments = [(row[1] - setting.base) // timedelta(microseconds=1) for row in fixes] + setting.anchors
    order = draw(st.sampled_from(["as made", "backwards", "riffled"]))
    if order != "as made":
        fixes = fixes[::-1] if order == "backwards" else fixes[1::2] + fixes[::2]
    return Scene(
        fixes=fixes,
        crimes=crimes,
        assignments=draw(assignments(setting, moments)),
        monitored=draw(intervals(setting, moments)),
        eligible=draw(intervals(setting, moments)),
        params=setting.params,
    )
