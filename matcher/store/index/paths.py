"""The paths of a day's permitted rows by the default rules of evidence, as the index keeps them.

Each permitted stretch of a device is a *piece*, worked out from its own rows alone. `matcher/trails/near.py` puts
trails together of them: what the rows beside a piece change is worked out there.
"""

import hashlib
from typing import Any

import numpy as np

from matcher.frames import FixColumns, Int8, Int64, offsets, ragged
from matcher.kernels.arrays import BlockArrays, EventArrays, LeftOutSpace, NodeArrays, PathSpace, Rule, TrailArrays
from matcher.kernels.indexed import paths, states
from matcher.kernels.indexed.paths import AT_EDGE, OF_PIECE, PathTables
from matcher.kernels.trails import nodes as node_kernels
from matcher.kernels.trails import path
from matcher.params import ALGORITHM, Params
from matcher.rule import rule_of

BLOCK_COLUMNS: dict[str, np.dtype[Any]] = {
    **dict.fromkeys(BlockArrays._fields[1:5], np.dtype("<i8")),
    **dict.fromkeys(BlockArrays._fields[5:], np.dtype("<i4")),
    "sum": np.dtype("<i8"),
}
NODE_COLUMNS: dict[str, np.dtype[Any]] = {
    "first_us": np.dtype("<i8"),
    "last_us": np.dtype("<i8"),
    "x_mm": np.dtype("<i4"),
    "y_mm": np.dtype("<i4"),
    "off_x_mm": np.dtype("<f8"),
    "off_y_mm": np.dtype("<f8"),
    "variance_mm2": np.dtype("<f8"),
    "known": np.dtype("i1"),
    "leads": np.dtype("i1"),
}

_OF_PATH = (
    "max_accuracy_mm",
    "mechanisms_left_out",
    "max_gap_us",
    "max_speed_mps",
    "error_time_us",
    "min_sigma_mm",
    "frozen_us",
)
"""What of a `Rule` decides on a path and its nodes."""


def path_rules(params: Params) -> str:
    """The digest of all settings by which paths and nodes are made, and of the version of the matcher."""
    rule = rule_of(params)
    said = [ALGORITHM, params.default_accuracy_mm, *(float(getattr(rule, name)) for name in _OF_PATH)]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


DEFAULT_RULES = path_rules(Params())


def states_of(columns: FixColumns, begin: Int64, rule: Rule) -> Int8:
    """The state of each row (`kernels.indexed.states`), rows ``begin[p]:begin[p + 1]`` judged as one trail."""
    n, n_trails = len(columns.t_us), len(begin) - 1
    given: list[Any] = [column.copy() for column in columns]
    kept = FixColumns(*given)
    offset, stretches, blocks = (np.zeros(n_trails + 1, np.int64) for _ in range(3))
    places: list[Any] = [np.empty(n, np.int32) for _ in range(3)]
    kept_left: list[Any] = [np.empty(n, np.int32), np.empty(n, np.int64), *places, np.empty(n, np.int8)]
    left = LeftOutSpace(np.zeros(1, np.int64), *kept_left)
    drawn = np.empty(n, np.bool_)
    space = PathSpace(drawn, offset, stretches, blocks, np.empty(n, np.int64), np.empty(n, np.int64), left)
    done, _ = path.trails(kept, begin, 0, -1, False, rule, space, np.zeros((n_trails, 7), np.int64))
    assert done == n_trails, "stored rows are in order"
    out = np.zeros(n, np.int8)
    states.states(columns, begin, kept.t_us, offset, drawn, left, rule, out)
    return out


def kept_of(columns: FixColumns, state: Int8, low: Int64, high: Int64, rule: Rule) -> tuple[PathTables, NodeArrays]:
    """What is kept of the pieces at rows low..high, and their nodes."""
    n, n_pieces = int((high - low).sum()), len(low)
    long: list[Any] = [np.empty(n, np.int64) for _ in range(4)]
    short: list[Any] = [np.empty(n, np.int32) for _ in range(6)]
    tables = PathTables(
        np.zeros((n_pieces, len(OF_PIECE)), np.int64),
        np.empty((2 * AT_EDGE * n_pieces, 4), np.int64),
        np.empty((n, 2), np.int64),
        BlockArrays(np.zeros(n_pieces + 1, np.int64), *long, *short),
        np.empty(n, np.int64),
    )
    edges, stretches, blocks = paths.keep(columns, state, low, high, rule, tables)
    cut: list[Any] = [column[:blocks].copy() for column in tables.blocks[1:]]
    nodes = _nodes(columns, state, low, high, rule)
    tables.pieces[:, paths.NODES] = np.diff(nodes.offset)
    return (
        PathTables(
            tables.pieces,
            tables.edges[:edges].copy(),
            tables.stretches[:stretches].copy(),
            BlockArrays(tables.blocks.offset, *cut),
            tables.sums[:blocks].copy(),
        ),
        nodes,
    )


def _nodes(columns: FixColumns, state: Int8, low: Int64, high: Int64, rule: Rule) -> NodeArrays:
    """The nodes of each piece's used rows. Pieces end where a new node begins whatever the rules (`nodes`)."""
    sizes = high - low
    rows = ragged(low, sizes)
    used = (state[rows] & states.USED) != 0
    offset = offsets(used)[offsets(sizes)]
    rows = rows[used]
    given: list[Any] = [*(column[rows] for column in columns[:4]), np.zeros(len(rows), np.bool_)]
    fixes = TrailArrays(offset, *given)
    space: list[Any] = [np.empty(len(rows), dtype.str.replace("i1", "?")) for dtype in NODE_COLUMNS.values()]
    nodes = NodeArrays(np.zeros(len(offset), np.int64), *space)
    none = EventArrays(np.zeros(len(offset), np.int64), np.empty(0, np.int64))
    made = node_kernels.cut(fixes, none, rule, nodes)
    cut: list[Any] = [column[:made].copy() for column in space]
    return NodeArrays(nodes.offset, *cut)
