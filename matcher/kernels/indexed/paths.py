"""What is kept of a day's path of one device and wearer, a *piece*, when nothing of the days beside it is known.

Blocks have all used fixes of a piece but the last, which the seam to the next piece is drawn from (`seams`).
"""

from typing import NamedTuple

import numpy as np

from geo.jit import called, compiled
from matcher.kernels.arrays import BlockArrays, Int64
from matcher.kernels.indexed.states import DRAWN, is_candidate, is_used, reason_of
from matcher.kernels.indexed.sums import sum_of_block
from matcher.kernels.trails.blocks import BLOCK
from matcher.kernels.trails.ties import (
    BY_COARSE,
    BY_CONTRADICTION,
    BY_FROZEN,
    BY_JUMP,
    COARSE,
    CONTRADICTIONS,
    FAST,
    FROZEN,
    JUMPS,
    OTHER_MECHANISM,
)

OF_PIECE = (
    "duplicates",
    "jumps",
    "segments_too_fast",
    "other_mechanism",
    "coarse",
    "frozen",
    "contradictions",
    "usable",
    "candidates",
    "blocks",
    "edges",
    "stretches",
    "nodes",
    "first_us",
    "first_x_mm",
    "first_y_mm",
    "first_accuracy_mm",
    "last_us",
    "last_x_mm",
    "last_y_mm",
    "last_accuracy_mm",
    "x_min_mm",
    "x_max_mm",
    "y_min_mm",
    "y_max_mm",
    "standing",
    "head_us",
    "head_x_mm",
    "head_y_mm",
    "head_until_us",
    "head_moving",
    "tail_us",
    "tail_x_mm",
    "tail_y_mm",
    "tail_since_us",
    "tail_moving",
    "row",
    "rows",
)
"""Columns of what is kept of a piece, int64: how many rows are left out, by reason, how many are used, and how many may
have been jumps (`candidates`); how many rows it has in the other tables; its first and last used fix, and the box of
all. `standing` is 0 without rows that could be of a frozen receiver, 1 if all of them are at one position, 2 if not;
the first run of such rows at one position is the head, the last the tail. Its rows are `rows` from `row` on."""

(USABLE, CANDIDATES, BLOCKS, EDGES, STRETCHES, NODES) = range(7, 13)
(FIRST_US, FIRST_X, FIRST_Y, FIRST_ACCURACY, LAST_US, LAST_X, LAST_Y, LAST_ACCURACY) = range(13, 21)
(X_MIN, X_MAX, Y_MIN, Y_MAX, STANDING) = range(21, 26)
(HEAD_US, HEAD_X, HEAD_Y, HEAD_UNTIL_US, HEAD_MOVING) = range(26, 31)
(TAIL_US, TAIL_X, TAIL_Y, TAIL_SINCE_US, TAIL_MOVING) = range(31, 36)
ROW, ROWS = range(36, 38)

AT_EDGE = 4
"""So many candidates at either end of a piece are kept: two whose neighbours are in the piece beside, and theirs."""


class PathTables(NamedTuple):
    """What is kept of pieces: `pieces` has a row for each (`OF_PIECE`); those of the other tables stand in their order.

    `edges` are the candidates at a piece's ends, or all if they are few: instant, x, y, and whether it is a jump.
    `stretches` are from and to of its stretches of path. `first` and `end` of `blocks` are rows of the day, `stretch`
    counts from 0 in a piece, `offset` is by piece. `sums` are those of what a block is copied from (`sum_of_block`).
    """

    pieces: Int64
    edges: Int64
    stretches: Int64
    blocks: BlockArrays
    sums: Int64


@called
def count_reason(piece, reason):
    if reason == BY_JUMP:
        piece[JUMPS] += 1
    elif reason == BY_CONTRADICTION:
        piece[CONTRADICTIONS] += 1
    elif reason == BY_COARSE:
        piece[COARSE] += 1
    elif reason == BY_FROZEN:
        piece[FROZEN] += 1
    else:
        piece[OTHER_MECHANISM] += 1


@called
def put_edges(rows, state, low, high, n_candidates, edges, n):
    """Write (instant, place, whether a jump) of the candidates at the ends, or of all if they are few; the next row."""
    all_of_them = n_candidates <= 2 * AT_EDGE
    head = n_candidates if all_of_them else AT_EDGE
    i = low
    seen = 0
    while seen < head:
        if is_candidate(state[i]):
            edges[n, 0], edges[n, 1], edges[n, 2] = rows.t_us[i], rows.x_mm[i], rows.y_mm[i]
            edges[n, 3] = reason_of(state[i]) == BY_JUMP
            n += 1
            seen += 1
        i += 1
    if all_of_them:
        return n
    i = high - 1
    seen = 0
    while seen < AT_EDGE:
        if is_candidate(state[i]):
            at = n + AT_EDGE - 1 - seen
            edges[at, 0], edges[at, 1], edges[at, 2] = rows.t_us[i], rows.x_mm[i], rows.y_mm[i]
            edges[at, 3] = reason_of(state[i]) == BY_JUMP
            seen += 1
        i -= 1
    return n + AT_EDGE


@called
def put_runs(rows, state, low, high, piece):
    """Write the first and the last run at one position, of rows that are used but for being frozen."""
    first = low
    while first < high and not (is_used(state[first]) or reason_of(state[first]) == BY_FROZEN):
        first += 1
    if first == high:
        piece[STANDING] = 0
        return
    last = high - 1
    while not (is_used(state[last]) or reason_of(state[last]) == BY_FROZEN):
        last -= 1
    piece[HEAD_US], piece[HEAD_X], piece[HEAD_Y] = rows.t_us[first], rows.x_mm[first], rows.y_mm[first]
    piece[TAIL_US], piece[TAIL_X], piece[TAIL_Y] = rows.t_us[last], rows.x_mm[last], rows.y_mm[last]
    piece[STANDING] = 1
    for i in range(first, last + 1):
        if is_used(state[i]) or reason_of(state[i]) == BY_FROZEN:
            if rows.x_mm[i] != rows.x_mm[first] or rows.y_mm[i] != rows.y_mm[first]:
                piece[STANDING] = 2
                break
            piece[HEAD_UNTIL_US] = rows.t_us[i]
            piece[HEAD_MOVING] = max(piece[HEAD_MOVING], np.int64(rows.moving[i]))
    for i in range(last, first - 1, -1):
        if is_used(state[i]) or reason_of(state[i]) == BY_FROZEN:
            if rows.x_mm[i] != rows.x_mm[last] or rows.y_mm[i] != rows.y_mm[last]:
                break
            piece[TAIL_SINCE_US] = rows.t_us[i]
            piece[TAIL_MOVING] = max(piece[TAIL_MOVING], np.int64(rows.moving[i]))


@called
def put_block(blocks, k, stretch, fixes, span_us, coarsest, box):
    blocks.first[k], blocks.end[k] = fixes
    blocks.since_us[k], blocks.until_us[k] = span_us
    blocks.coarsest_mm[k] = coarsest
    blocks.x_min_mm[k], blocks.x_max_mm[k], blocks.y_min_mm[k], blocks.y_max_mm[k] = box
    blocks.stretch[k] = stretch


@called
def with_fix(box, rows, i):
    x, y = rows.x_mm[i], rows.y_mm[i]
    return min(box[0], x), max(box[1], x), min(box[2], y), max(box[3], y)


@compiled
def keep(rows, state, low, high, rule, out):
    """Write what is kept of each piece: rows low[p]..high[p] with their states.

    Parameters
    ----------
    rows : FixColumns
    state : int8 over rows
    low, high : int64 over pieces
    rule : Rule
    out : PathTables
        Filled in, but for the numbers of nodes; `pieces` are 0. There has to be room for eight edges a piece, and for a
        stretch and a block a row.

    Returns
    -------
    (edges, stretches, blocks)
        How many are written of each.
    """
    edges, stretches, blocks = out.edges, out.stretches, out.blocks
    n_edges = n_stretches = n_blocks = 0
    for p in range(len(low)):
        piece = out.pieces[p]
        piece[ROW], piece[ROWS] = low[p], high[p] - low[p]
        blocks.offset[p] = n_blocks
        blocks_before, stretches_before, edges_before = n_blocks, n_stretches, n_edges
        before = np.int64(-1)
        first, end, held, coarsest = np.int64(-1), np.int64(-1), 0, np.int32(-1)
        until = np.int64(0)
        box = (np.int32(0), np.int32(0), np.int32(0), np.int32(0))
        whole = box
        for i in range(low[p], high[p]):
            if not is_used(state[i]):
                count_reason(piece, reason_of(state[i]))
                piece[CANDIDATES] += is_candidate(state[i])
                continue
            piece[CANDIDATES] += 1
            piece[USABLE] += 1
            x, y = rows.x_mm[i], rows.y_mm[i]
            if before < 0:
                piece[FIRST_US], piece[FIRST_X], piece[FIRST_Y] = rows.t_us[i], x, y
                piece[FIRST_ACCURACY] = rows.accuracy_mm[i]
                stretches[n_stretches, 0] = rows.t_us[i]
                whole = (x, x, y, y)
            else:
                whole = with_fix(whole, rows, i)
                drawn = (state[before] & DRAWN) != 0
                if first < 0:
                    first, held, coarsest = before, 0, rows.accuracy_mm[before]
                    box = (rows.x_mm[before], rows.x_mm[before], rows.y_mm[before], rows.y_mm[before])
                held += 1
                end, until = before + 1, rows.t_us[before]
                if drawn:
                    box, until = with_fix(box, rows, i), rows.t_us[i]
                    coarsest = max(coarsest, rows.accuracy_mm[i])
                if held == BLOCK or not drawn:
                    stretch = n_stretches - stretches_before
                    put_block(blocks, n_blocks, stretch, (first, end), (rows.t_us[first], until), coarsest, box)
                    n_blocks += 1
                    first = np.int64(-1)
                if not drawn:
                    piece[FAST] += rows.t_us[i] - rows.t_us[before] <= rule.max_gap_us
                    stretches[n_stretches, 1] = rows.t_us[before]
                    n_stretches += 1
                    stretches[n_stretches, 0] = rows.t_us[i]
            before = i
        if before >= 0:
            if first >= 0:
                stretch = n_stretches - stretches_before
                put_block(blocks, n_blocks, stretch, (first, end), (rows.t_us[first], until), coarsest, box)
                n_blocks += 1
            stretches[n_stretches, 1] = rows.t_us[before]
            n_stretches += 1
            piece[LAST_US], piece[LAST_X], piece[LAST_Y] = rows.t_us[before], rows.x_mm[before], rows.y_mm[before]
            piece[LAST_ACCURACY] = rows.accuracy_mm[before]
            piece[X_MIN], piece[X_MAX], piece[Y_MIN], piece[Y_MAX] = whole
        n_edges = put_edges(rows, state, low[p], high[p], piece[CANDIDATES], edges, n_edges)
        put_runs(rows, state, low[p], high[p], piece)
        piece[BLOCKS] = n_blocks - blocks_before
        piece[STRETCHES] = n_stretches - stretches_before
        piece[EDGES] = n_edges - edges_before
    blocks.offset[len(low)] = n_blocks
    for k in range(n_blocks):
        out.sums[k] = sum_of_block(rows, state, blocks.first[k], blocks.end[k])
    return n_edges, n_stretches, n_blocks
