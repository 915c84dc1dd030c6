"""What a run will read and in which groups, named so that a rerun of the same plan can take up finished parts."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from matcher.fix_store import FixStore
from matcher.index import CrimeIndex
from matcher.params import ALGORITHM, Params
from matcher.permitted import EVER, Permitted
from matcher.run_folder import digest_arrays, digest_frame, digest_json

_FIXES_A_DAY = 1_440


@dataclass(frozen=True, slots=True)
class Plan:
    """`groups` hold indices of wearers; `name` is the digest of the question, the store's files and the grouping.
    The whole UTC days of [t_from, t_to) are read; both are None if no crime can be matched."""

    name: str
    groups: list[list[int]]
    t_from: datetime | None
    t_to: datetime | None


def make_plan(may: Permitted, index: CrimeIndex, store: FixStore, params: Params, group_fixes: int) -> Plan:
    """Groups of wearers, and the whole UTC days to read.

    A day either side of the crimes' windows is read with them: whether a fix near a window's end is a jump, or a
    segment there drawn, hangs on its neighbours, and no one crosses Britain at `max_speed_mps` in a day unseen.
    """
    t_from: datetime | None = None
    t_to: datetime | None = None
    total_days = low = high = 0
    if len(index.start_us):
        t_from = _midnight(int(index.start_us.min())) - timedelta(days=1)
        t_to = _midnight(int(index.end_us.max())) + timedelta(days=2)
        days = store.days()
        total_days = sum(t_from.date() <= day < t_to.date() for day in days)
        low, high = int(t_from.timestamp() * 1e6), int(t_to.timestamp() * 1e6)
    # Wearers in order of their devices: the store's files are sorted by device, so a group is one stretch of each.
    fixes_of: dict[int, float] = defaultdict(float)
    first_device: dict[int, int] = {}
    for d in range(len(may.devices)):
        for k in range(may.offset[d], may.offset[d + 1]):
            w = int(may.held_by[k])
            span_us = min(int(may.to_us[k]), high) - max(int(may.from_us[k]), low)
            if w >= 0 and span_us > 0:
                first_device.setdefault(w, d)
                fixes_of[w] += min(span_us / 86.4e9, total_days) * _FIXES_A_DAY
    groups: list[list[int]] = [[]]
    size = 0.0
    for w in sorted(range(len(may.wearers)), key=lambda w: (first_device.get(w, -1), w)):
        if groups[-1] and size + fixes_of[w] > group_fixes:
            groups.append([])
            size = 0.0
        groups[-1].append(w)
        size += fixes_of[w]
    groups = [sorted(group) for group in groups]
    files = {str(day): [path.name for path in store.day_files(day)] for day in store.days()}
    name = digest_json(
        [ALGORITHM, params.to_json(), crimes_digest(index), windows_digest(may), files, groups, str(store.path)]
    )
    return Plan(name[:24], groups, t_from, t_to)


def crimes_digest(index: CrimeIndex) -> str:
    return digest_json([digest_frame(index.crimes), digest_frame(index.not_matchable)])


def windows_digest(may: Permitted) -> str:
    return digest_arrays(
        [may.devices, may.wearers],
        [may.offset, may.from_us, may.to_us, may.held_by, may.eligible_offset, may.eligible_from, may.eligible_to],
    )


def _midnight(t_us: int) -> datetime:
    day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=max(-EVER // 2, t_us))
    return day.replace(hour=0, minute=0, second=0, microsecond=0)
