"""What kernels take and give: arrays that belong together, and the numbers of one place, window or rule.

Each list of several owners stands end to end with an *offset*: owner w's rows are ``offset[w]:offset[w + 1]``, so an
offset is one longer than there are owners. Instants are microseconds since 1970 UTC (``_us``), positions and distances
millimetres in EPSG:27700 (``_mm``).

They all stand in this file because machine code is kept by the sources of this package (`geo.jit`): a tuple defined
elsewhere could change its fields without the code being compiled anew.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

UInt8 = npt.NDArray[np.uint8]
UInt64 = npt.NDArray[np.uint64]
Int8 = npt.NDArray[np.int8]
Int16 = npt.NDArray[np.int16]
Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
Float64 = npt.NDArray[np.float64]

DAY_US = 86_400_000_000


class Rule(NamedTuple):
    """The settings of a run that kernels ask for; see `matcher.params.Params`."""

    radius_mm: int
    buffer_us: int
    max_accuracy_mm: int
    mechanisms_left_out: np.int32
    """Bit m is set if mechanism m is no evidence."""
    max_gap_us: int
    max_speed_mps: float
    error_time_us: int
    min_sigma_mm: float
    prism_step_us: int
    prism_min_sigma_mm: float
    frozen_us: int
    nearness_tail_share: float
    reference_days: int
    day_step: int
    """1 if all days serve for comparison, 7 if the same weekday alone."""
    min_coverage: float
    data_until_us: int


class FixColumns(NamedTuple):
    """Fixes as plain arrays, one row a fix, shape ``(n,)``."""

    t_us: Int64
    x_mm: Int32
    y_mm: Int32
    accuracy_mm: Int32
    """68 % radius; -1 where none is stated."""
    mechanism: Int8
    """Index into `MECHANISMS`."""
    moving: Int8
    """1 where a speed over 0 is stated."""


class DeviceRuns(NamedTuple):
    """The rows of each device in a day's columns, which are sorted by device and instant: ``starts[r]:starts[r + 1]``,
    from `first_us` to `last_us`. `of_device[d]` is the run of device d, -1 if it has no rows."""

    starts: Int64
    first_us: Int64
    last_us: Int64
    of_device: Int64


class WindowArrays(NamedTuple):
    """Who had a device when: device d's windows [from, to) are ``offset[d]:offset[d + 1]``, in time order, disjoint.

    `trail` is the index of the trail that the device and its wearer then make, -1 where the device was assigned but its
    wearer may not be read then.
    """

    offset: Int64
    from_us: Int64
    to_us: Int64
    trail: Int32


class LevelWindows(NamedTuple):
    """At what level devices state their accuracy where a row declares none (0: at none), and the factor by which every
    68 % radius is multiplied: device d's windows [from, to) are ``offset[d]:offset[d + 1]``, in time order, disjoint;
    outside them nothing is declared."""

    offset: Int64
    from_us: Int64
    to_us: Int64
    level: Int8
    factor: Float64


class Pieces(NamedTuple):
    """Rows ``low:high`` of a day's columns, each piece one trail's and of the run of rows `run`."""

    run: Int64
    low: Int64
    high: Int64
    trail: Int32


class IntervalArrays(NamedTuple):
    """Intervals [from, to) by wearer or by trail, in time order and disjoint: ``offset[i]:offset[i + 1]``."""

    offset: Int64
    from_us: Int64
    to_us: Int64


class Eligibility(NamedTuple):
    """When the wearer of each trail may be matched (`eligible`), and was eligible and monitored (`watched`)."""

    eligible: IntervalArrays
    watched: IntervalArrays


class MonitoredPeriods(NamedTuple):
    """Monitored periods [from, to) by trail, with its first and last usable fix in each; first > last if none."""

    offset: Int64
    from_us: Int64
    to_us: Int64
    first_us: Int64
    last_us: Int64


class EventArrays(NamedTuple):
    """Instants of device events by trail, ascending: ``offset[i]:offset[i + 1]``."""

    offset: Int64
    t_us: Int64


class RecordArrays(NamedTuple):
    """What is on record of trails: when their wearers may be matched, when they were monitored, what the devices
    reported, and when they were worn."""

    eligible: IntervalArrays
    monitored: MonitoredPeriods
    events: EventArrays
    worn: IntervalArrays


class TrailArrays(NamedTuple):
    """Usable fixes of many trails, each trail's in time order: ``offset[i]:offset[i + 1]``.

    A trail is what one device recorded of one wearer; a wearer's trails stand beside each other, in the order of their
    devices.
    """

    offset: Int64
    t_us: Int64
    x_mm: Int32
    y_mm: Int32
    accuracy_mm: Int32
    """68 % radius; -1 where it is unknown."""
    drawn: Bool
    """Whether the path is drawn from fix i to i + 1."""


class LeftOutArrays(NamedTuple):
    """Permitted rows that evidence leaves out, in time order: trail k's are ``offset[k]:offset[k + 1]``.

    They are looked at before *excluded* is said; `accuracy_mm` is -1 where none is stated; `reason` is 0 jump, 1
    contradiction, 2 coarse, 3 other mechanism, 4 frozen.
    """

    offset: Int64
    t_us: Int64
    x_mm: Int32
    y_mm: Int32
    accuracy_mm: Int32
    reason: Int8


class NodeArrays(NamedTuple):
    """Places where trails stood, in time order (`nodes`): ``offset[w]:offset[w + 1]``.

    A node stands from `first_us` to `last_us` at its first fix's position with (`off_x_mm`, `off_y_mm`) added, which is
    its fixes' weighted mean. `known` says whether all of them state an accuracy, `leads` whether the path goes straight
    on to the trail's next node.
    """

    offset: Int64
    first_us: Int64
    last_us: Int64
    x_mm: Int32
    y_mm: Int32
    off_x_mm: Float64
    off_y_mm: Float64
    variance_mm2: Float64
    known: Bool
    leads: Bool


class PathArrays(NamedTuple):
    """Only what of `TrailArrays` the drawn path is made of.

    For functions that are called for each crime and block: numba counts the users of every array in a tuple at each
    call, whether it is used or not.
    """

    t_us: Int64
    x_mm: Int32
    y_mm: Int32
    drawn: Bool


class BlockArrays(NamedTuple):
    """Trails cut into short runs of fixes with a bounding box each (`blocks`): ``offset[i]:offset[i + 1]``.

    The fixes of block k are ``first[k]:end[k]``; if the path is drawn on from the last of them, fix ``end[k]`` is the
    one that it leads to. Blocks too far away to matter may be missing, and their fixes with them (`near`).
    """

    offset: Int64
    first: Int64
    end: Int64
    since_us: Int64
    until_us: Int64
    """The end of its path."""
    coarsest_mm: Int32
    """The largest accuracy on its path; -1 if none is known."""
    x_min_mm: Int32
    x_max_mm: Int32
    y_min_mm: Int32
    y_max_mm: Int32
    stretch: Int32
    """Number of the trail's stretch: between two blocks of one number no gap is undrawn."""


class StretchArrays(NamedTuple):
    """Unbroken stretches of drawn path, closed [from, to], by trail (`stretches`): ``offset[i]:offset[i + 1]``."""

    offset: Int64
    from_us: Int64
    to_us: Int64
    before_us: Int64
    """Time drawn in the trail's stretches before this one."""


class Contradictions(NamedTuple):
    """Between two devices of one wearer: a window contains one if `to_us[k]` of the first k with `from_us[k]` in it is
    in it. Both ascend."""

    from_us: Int64
    to_us: Int64


class LeftOutSpace(NamedTuple):
    """Where rows that are left out are written, ``size[0]`` of them so far, as in `LeftOutArrays`; without room where
    they are not kept."""

    size: Int64
    trail: Int32
    t_us: Int64
    x_mm: Int32
    y_mm: Int32
    accuracy_mm: Int32
    reason: Int8


class PathSpace(NamedTuple):
    """Where `path.trails` writes, and space for its work."""

    drawn: Bool
    offset: Int64
    stretch_offset: Int64
    block_offset: Int64
    ends: Int64
    """Last fix of each stretch, by trail as in `stretch_offset`."""
    jumps: Int64
    """Work space, as long as there are rows."""
    left: LeftOutSpace


class CrimeArrays(NamedTuple):
    """Crimes: place with its standard error, and closed window [start, end], buffers included. Shape ``(crimes,)``."""

    x_mm: Int64
    y_mm: Int64
    sigma_mm: Float64
    start_us: Int64
    end_us: Int64


class CrimesByStart(NamedTuple):
    """Crimes in the order of their windows' starts: which crime (`crime`), its window, its place, and `radius_mm`, the
    radius with 4 sigma of the place."""

    crime: Int64
    start_us: Int64
    end_us: Int64
    x_mm: Float64
    y_mm: Float64
    radius_mm: Float64


class CrimeGrid(NamedTuple):
    """Crimes by time bucket and cell as dense grids, see `grid`: those of slot k are ``entries[offset[k]:offset[k +
    1]]``; `shape` has a row for each grid."""

    shape: Int64
    offset: Int32
    entries: Int32


class Target(NamedTuple):
    """One crime's place and the window it is asked about, which may be moved to another day."""

    x_mm: int
    y_mm: int
    sigma_mm: float
    start_us: int
    end_us: int


class Pairs(NamedTuple):
    """Pairs of a trail and a crime, by their indices. Shape ``(pairs,)``."""

    trail: Int32
    crime: Int32


class VisitArrays(NamedTuple):
    """Visits to crimes: first and last instant inside, fixes inside and how many of them are within their accuracy of
    the edge, time and length of path inside, and where the path came closest. Shape ``(visits,)``."""

    first_us: Float64
    last_us: Float64
    fixes: Int32
    fixes_at_edge: Int32
    dwell_us: Float64
    inside_mm: Float64
    closest_mm: Float64
    closest_us: Float64


class Evidence(NamedTuple):
    """What the trail shows of each pair; the visits of pair p are ``first_visit[p]:first_visit[p + 1]``."""

    fixes: Int32
    closest_mm: Float64
    closest_at_us: Float64
    dwell_us: Float64
    coverage: Float64
    first_visit: Int64
    visits: VisitArrays


class DayCalendar(NamedTuple):
    """London's civil days: row i of `turns` is day ``first_day + i`` since 1970, see `civil`. Shape ``(days, 4)``."""

    turns: Int64
    first_day: int


class CivilCrimes(NamedTuple):
    """Crimes for the comparison with other days: when each began by London's clocks, and all by place alone.

    `day` is days since 1970, `time_us` the time of day, `fold` whether it is the second of two readings; `places` a
    grid with one bucket for all time.
    """

    day: Int64
    time_us: Int64
    fold: Bool
    calendar: DayCalendar
    places: CrimeGrid


class CrimeClasses(NamedTuple):
    """Crimes by length of window (class), civil day and time of day (bin), see `other_days.bins`.

    `days` are the civil days there are, ascending. The crimes of a class, day and bin begin at
    ``offset[(class * len(days) + day) * BINS + bin]`` of `BinnedCrimes`; ``used[class * BINS + bin]`` says whether any
    day has one. Over classes: the shortest and longest window in it.
    """

    days: Int64
    offset: Int64
    used: Bool
    shortest_us: Int64
    longest_us: Int64


class BinnedCrimes(NamedTuple):
    """Crimes in order of class, day and bin: which crime (`crime`), and when its window begins, and how long it is."""

    crime: Int32
    time_us: Int64
    fold: Bool
    length_us: Int64


class DayHits(NamedTuple):
    """Days on which pairs would be candidates; those of pair p are ``first_hit[p]:first_hit[p + 1]``.

    Over pairs: days that count, and of these the same weekday (the crime's own day among both if it counts), and
    whether the crime's own day counts. Over hits: days from the crime's, and the start of the window that day.
    """

    pairs: Pairs
    days_counted: Int16
    same_weekday_counted: Int16
    own_day_counts: Bool
    first_hit: Int64
    day: Int16
    start_us: Int64
