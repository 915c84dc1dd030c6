"""Rows from outside the days that are read, to be read with them because they make rows in these days frozen."""

from collections.abc import Sequence
from typing import NamedTuple

from matcher.frames import FixColumns, Int64
from matcher.kernels.trails.ties import FROZEN
from matcher.permitted import Permitted


class Outside(NamedTuple):
    """Rows of a wearer's device, all before or all after the days read; accuracies are 68 % radii."""

    wearer: str
    device: str
    before: bool
    rows: FixColumns


def make_room(outside: Sequence[Outside], may: Permitted, size: Int64, left_out: Int64) -> None:
    """Add the rows to their trails' sizes, and take them off the count of frozen ones: only rows read are counted."""
    place = _places(outside, may)
    for rows in outside:
        trail, n = place[rows.wearer, rows.device], len(rows.rows.t_us)
        size[trail] += n
        left_out[trail, FROZEN] -= n


def put_rows(outside: Sequence[Outside], may: Permitted, columns: FixColumns, cursor: Int64) -> None:
    """Copy the rows to row cursor[i] and on of their trail i, which is moved on."""
    place = _places(outside, may)
    for wearer, device, _, rows in outside:
        trail = place[wearer, device]
        low = int(cursor[trail])
        cursor[trail] = high = low + len(rows.t_us)
        for name in FixColumns._fields:
            getattr(columns, name)[low:high] = getattr(rows, name)


def _places(outside: Sequence[Outside], may: Permitted) -> dict[tuple[str, str], int]:
    return {may.trail_name(i): i for i in range(len(may.trail_wearer))} if outside else {}
