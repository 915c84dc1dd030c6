"""Every crime against every wearer: who was present or passed, who could have been there, who was not seen, who was
elsewhere. The method is in this package's README, under 'Who was elsewhere'.

One code an ordered pair, `schemas.VERDICT_CODES`; the five verdicts part the tested pairs exactly.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from matcher.analysis.crimes import CrimeIndex
from matcher.analysis.two_trails import contradicting
from matcher.errors import BadInput
from matcher.frames import Bool, Int8, Int32, Int64, checked, epoch_us, offsets
from matcher.kernels import several_trails, verdict
from matcher.kernels.arrays import Contradictions, CrimesByStart, EventArrays, MonitoredPeriods, RecordArrays
from matcher.params import Params
from matcher.permitted import Permitted
from matcher.rule import rule_of
from matcher.schemas import CRIME_KEY, EVENTS, VERDICT_CODES, VERDICTS
from matcher.trails.build import Trails

"""No two places fixes are taken for lie further apart: the National Grid is 700 by 1,300 km."""

CODES = {"wearer_id": pl.String(), "codes": pl.Binary()}
"""Verdicts at rest: one row a wearer, one byte a crime, crimes in the order of `CrimeIndex.crimes`."""

LISTED = {"wearer_id": pl.String(), "verdict": pl.String(), "reason": pl.String()}

NOT_TESTED = VERDICT_CODES[0]

Codes = npt.NDArray[np.int8]


class Edges(NamedTuple):
    """First and last usable fix of each trail in each monitored period of its wearer, us, in the order of
    `Permitted.by_trail(Permitted.monitored)`.

    Of everything the device sent, whatever part of it is read. A period without a fix has first > last.
    """

    first_us: Int64
    last_us: Int64


def edges_of(trails: Trails) -> Edges:
    """The edges as far as these trails go."""
    monitored = trails.permitted.by_trail(trails.permitted.monitored)
    first, last = np.empty_like(monitored.from_us), np.empty_like(monitored.from_us)
    verdict.first_and_last(trails.fixes, MonitoredPeriods(*monitored, first, last))
    return Edges(first, last)


def verdict_codes(
    trails: Trails,
    index: CrimeIndex,
    pair_wearer: Int32,
    pair_crime: Int32,
    present: Bool,
    params: Params,
    edges: Edges | None = None,
    events: pl.DataFrame | None = None,
    two_devices: dict[int, Contradictions] | None = None,
) -> Codes:
    """The code of every crime for every wearer of `trails`.

    Parameters
    ----------
    trails
        With the fixes of at least `runs.days.margin` either side of every window.
    pair_wearer, pair_crime : int32 over candidate pairs
        Indices into `trails.permitted.wearers` and `index.crimes`; each pair once.
    present : bool over candidate pairs
        Whether `fixes_within >= min_fixes`; the others passed.
    edges : Edges, optional
        To be given if `trails` hold only some of the days; otherwise taken from them.
    events : columns of `schemas.EVENTS`, optional
        One counts if its device was on the wearer at its instant.
    two_devices : optional
        `two_trails.contradicting` of these trails, if it is known already.

    Returns
    -------
    int8[wearers, crimes]
        Numbers of `schemas.VERDICT_CODES`; 0 where the window is not in one eligible interval. Of a wearer's several
        trails those are asked whose devices were worn in the window; see `kernels.several_trails`.

    Raises
    ------
    BadInput
        `events` breaks its contract, or `edges` are not of these wearers' monitored periods.

    Notes
    -----
    O(fixes + wearers x crimes), without looking at the fixes of a window the wearer spends far from the crime.
    Releases the GIL; groups of wearers may go side by side.
    """
    may = trails.permitted
    edges = edges_of(trails) if edges is None else edges
    periods = may.by_trail(may.monitored)
    if len(edges.first_us) != len(periods.from_us) or len(edges.last_us) != len(periods.from_us):
        raise BadInput(
            f"edges are of {len(edges.first_us)} monitored periods; these trails have {len(periods.from_us)}"
        )
    wearers, crimes = len(may.wearers), index.arrays
    # A wearer's only trail has the wearer's own row; those of several have theirs below.
    alone = np.diff(may.first_trail)[may.trail_wearer] == 1
    row_of = np.where(alone, may.trail_wearer, wearers - 1 + np.cumsum(~alone)).astype(np.int64)
    codes = np.zeros((wearers + int((~alone).sum()), index.crimes.height), np.int8)
    codes[pair_wearer, pair_crime] = np.where(present, verdict.PRESENT, verdict.PASSED)
    order = np.argsort(crimes.start_us, kind="stable")
    by_start = CrimesByStart(
        order,
        crimes.start_us[order],
        crimes.end_us[order],
        crimes.x_mm[order].astype(np.float64),
        crimes.y_mm[order].astype(np.float64),
        params.radius_mm + 4.0 * crimes.sigma_mm[order],
    )
    monitored = MonitoredPeriods(*periods, edges.first_us, edges.last_us)
    record = RecordArrays(may.by_trail(may.eligible), monitored, _events_of(may, events), may.worn)
    verdict.verdicts(codes, row_of, by_start, trails.fixes, trails.left_out_rows, record, rule_of(params))
    of_wearers = codes[:wearers]
    np.abs(of_wearers, out=of_wearers)
    for w in np.flatnonzero(np.diff(may.first_trail) != 1).tolist():
        first, until = may.first_trail[w], may.first_trail[w + 1]
        if first == until:
            several_trails.without_trail(codes[w], crimes, may.eligible, w)
        else:
            begin = row_of[first]
            if two_devices is None:
                two_devices = contradicting(trails, params).of_wearer
            several_trails.together(codes[w], codes[begin : begin + until - first], crimes, two_devices[w])
    return of_wearers


def counted(of_groups: Iterable[Codes], index: CrimeIndex) -> pl.DataFrame:
    """How many wearers, of one or several groups, have each verdict at each crime: `schemas.VERDICTS`, in the order
    of the crimes."""
    counts = np.zeros((index.crimes.height, len(VERDICT_CODES)), np.int32)
    for codes in of_groups:
        if codes.size:
            verdict.tally(codes, counts)
    return as_verdicts(counts, index)


def as_verdicts(counts: Int32, index: CrimeIndex) -> pl.DataFrame:
    """`schemas.VERDICTS` of counts, a row a crime and a column for each of `VERDICT_CODES`."""
    return (
        index.crimes.select(CRIME_KEY)
        .with_columns(pl.Series(name, counts[:, k]) for k, name in enumerate(VERDICT_CODES) if k)
        .select(VERDICTS.keys())
    )


def listed(codes: Int8, wearers: list[str], names: Sequence[str] = VERDICT_CODES) -> pl.DataFrame:
    """The tested wearers of one crime, each with verdict and, if possible or unobserved, the reason.

    Parameters
    ----------
    codes : int8 over wearers
        One crime's column.
    names
        The verdict of each code; of an earlier algorithm `schemas.EARLIER_VERDICT_CODES`.

    Returns
    -------
    pl.DataFrame
        wearer_id, verdict (present, passed, possible, unobserved, excluded), reason (of possible: left_out_fix or
        null; of unobserved: no_fix_yet, device_event, gap, implausible_speed, two_trails; else null), in the order of
        `wearers`.
    """
    said = [_said(name) for name in names]
    rows = [(wearer, *said[code]) for wearer, code in zip(wearers, codes.tolist(), strict=True) if code]
    return pl.DataFrame(rows, schema=LISTED, orient="row")


def to_frame(codes: Codes, wearers: list[str]) -> pl.DataFrame:
    """As stored: wearer_id and codes, one byte for each crime."""
    rows = np.ascontiguousarray(codes)
    return pl.DataFrame({"wearer_id": wearers, "codes": [row.tobytes() for row in rows]}, schema=CODES)


def from_frame(frame: pl.DataFrame) -> tuple[Codes, list[str]]:
    """The codes and wearers `to_frame` was given.

    Raises
    ------
    BadInput
        Rows of different lengths: they are not of one list of crimes.
    """
    rows = [np.frombuffer(row, np.int8) for row in frame["codes"]]
    lengths = {len(row) for row in rows}
    if len(lengths) > 1:
        raise BadInput(f"verdict codes are of {sorted(lengths)} crimes; all wearers have one code for each crime")
    codes = np.array(rows, np.int8).reshape(len(rows), lengths.pop() if lengths else 0)
    return codes, frame["wearer_id"].to_list()


def _said(name: str) -> tuple[str, str | None]:
    if name == NOT_TESTED:
        return name, None
    verdict_word, _, reason = name.partition("_")
    return verdict_word, reason or None


def _events_of(may: Permitted, events: pl.DataFrame | None) -> EventArrays:
    """Instants of device events by trail, ascending, as CSR."""
    if events is None:
        return EventArrays(np.zeros(len(may.trail_wearer) + 1, np.int64), np.zeros(0, np.int64))
    rows = checked(events, EVENTS, "events", ())
    place = {device: d for d, device in enumerate(may.devices)}
    of: list[list[int]] = [[] for _ in may.trail_wearer]
    for device, t in zip(rows["device_id"], epoch_us(rows["t"]).tolist(), strict=True):
        d = place.get(device, -1)
        if d < 0:
            continue
        k = int(may.offset[d] + np.searchsorted(may.to_us[may.offset[d] : may.offset[d + 1]], t, side="right"))
        if k < may.offset[d + 1] and may.from_us[k] <= t and may.trail_of[k] >= 0:
            of[may.trail_of[k]].append(t)
    offset = offsets([len(x) for x in of])
    return EventArrays(offset, np.array([t for trail in of for t in sorted(trail)], np.int64))
