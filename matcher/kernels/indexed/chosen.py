"""Chosen blocks copied out of a day, each with the fix that its path leads to; and the seams between pieces."""

from typing import NamedTuple

import numpy as np

from geo.jit import called, compiled
from matcher.kernels.arrays import Bool, Int64
from matcher.kernels.indexed.paths import (
    FIRST_ACCURACY,
    FIRST_US,
    FIRST_X,
    FIRST_Y,
    LAST_ACCURACY,
    LAST_US,
    LAST_X,
    LAST_Y,
    STRETCHES,
    USABLE,
)
from matcher.kernels.indexed.states import DRAWN, is_used
from matcher.kernels.indexed.sums import sum_of_block


class Chosen(NamedTuple):
    """What is copied of a day: the chosen `blocks` (over all of the day's) of the pieces `asked`, and of each of these
    the seam after it if `seams`."""

    asked: Int64
    blocks: Bool
    seams: Bool


class Places(NamedTuple):
    """Where the first fix and the first block of each piece go, and which of the trail's stretches its first one is."""

    fix: Int64
    block: Int64
    stretch: Int64


@called
def next_used(state, i):
    """The first used row from i on, or the last row."""
    while i < len(state) - 1 and not is_used(state[i]):
        i += 1
    return i


@called
def leads_elsewhere(state, blocks, k, last, tail_chosen, chosen):
    """Whether the path of block k goes on to a fix that is not the first of the next chosen block."""
    at_end = blocks.end[k] - 1
    return (state[at_end] & DRAWN) != 0 and not (tail_chosen if k + 1 == last else chosen[k + 1])


@compiled
def count(state, blocks, chosen, fixes_of, blocks_of):
    """How many fixes and blocks are copied of each piece that is asked for.

    Parameters
    ----------
    state : int8 over the day's rows
    blocks : BlockArrays
        The day's; `offset` over its pieces.
    chosen : Chosen
    fixes_of, blocks_of : int64 over `chosen.asked`
        All 0; filled in.
    """
    for a in range(len(chosen.asked)):
        last = blocks.offset[chosen.asked[a] + 1]
        for k in range(blocks.offset[chosen.asked[a]], last):
            if not chosen.blocks[k]:
                continue
            blocks_of[a] += 1
            for i in range(blocks.first[k], blocks.end[k]):
                fixes_of[a] += is_used(state[i])
            fixes_of[a] += leads_elsewhere(state, blocks, k, last, chosen.seams[a], chosen.blocks)


@called
def put_fix(fixes, n, rows, i, drawn):
    fixes.t_us[n], fixes.x_mm[n], fixes.y_mm[n] = rows.t_us[i], rows.x_mm[i], rows.y_mm[i]
    fixes.accuracy_mm[n] = rows.accuracy_mm[i]
    fixes.drawn[n] = drawn


@compiled
def copy(rows, state, blocks, sums, chosen, to, fixes, out):
    """Copy what is chosen, and check it.

    Parameters
    ----------
    rows : FixColumns
    state, blocks, chosen : as for `count`
    sums : int64 over blocks
        As `PathTables.sums`.
    to : Places
        Over `chosen.asked`.
    fixes, out : TrailArrays, BlockArrays
        Filled in.

    Returns
    -------
    bool
        Whether all that was copied is what the sums are of. If not, what is filled in means nothing.
    """
    right = True
    for a in range(len(chosen.asked)):
        n, b = to.fix[a], to.block[a]
        last = blocks.offset[chosen.asked[a] + 1]
        for k in range(blocks.offset[chosen.asked[a]], last):
            if not chosen.blocks[k]:
                continue
            right = right and sum_of_block(rows, state, blocks.first[k], blocks.end[k]) == sums[k]
            out.first[b] = n
            for i in range(blocks.first[k], blocks.end[k]):
                if is_used(state[i]):
                    put_fix(fixes, n, rows, i, (state[i] & DRAWN) != 0)
                    n += 1
            out.end[b] = n
            out.stretch[b] = blocks.stretch[k] + to.stretch[a]
            put_box(blocks, k, out, b)
            b += 1
            if leads_elsewhere(state, blocks, k, last, chosen.seams[a], chosen.blocks):
                put_fix(fixes, n, rows, next_used(state, blocks.end[k]), False)
                n += 1
    return right


@called
def put_box(blocks, k, out, b):
    """Copy when and where block k is to block b of `out`."""
    out.since_us[b], out.until_us[b] = blocks.since_us[k], blocks.until_us[k]
    out.coarsest_mm[b] = blocks.coarsest_mm[k]
    out.x_min_mm[b], out.x_max_mm[b] = blocks.x_min_mm[k], blocks.x_max_mm[k]
    out.y_min_mm[b], out.y_max_mm[b] = blocks.y_min_mm[k], blocks.y_max_mm[k]


@compiled
def seam_blocks(pieces, following, drawn, first_stretch, out):
    """Write a block for each piece with a used fix: the last of them, and where the path goes on to.

    Parameters
    ----------
    pieces, following, drawn, first_stretch : as in `seams`
    out : BlockArrays
        Filled in; `first` and `end` are the piece and the next.
    """
    n = np.int64(0)
    for p in range(len(pieces)):
        out.offset[p] = n
        if pieces[p, USABLE] == 0:
            continue
        x0, y0, coarsest = pieces[p, LAST_X], pieces[p, LAST_Y], pieces[p, LAST_ACCURACY]
        x1, y1, until = x0, y0, pieces[p, LAST_US]
        if drawn[p]:
            q = following[p]
            x1, y1, until = pieces[q, FIRST_X], pieces[q, FIRST_Y], pieces[q, FIRST_US]
            coarsest = max(coarsest, pieces[q, FIRST_ACCURACY])
        out.first[n], out.end[n] = p, p + 1
        out.since_us[n], out.until_us[n] = pieces[p, LAST_US], until
        out.coarsest_mm[n] = coarsest
        out.x_min_mm[n], out.x_max_mm[n] = min(x0, x1), max(x0, x1)
        out.y_min_mm[n], out.y_max_mm[n] = min(y0, y1), max(y0, y1)
        out.stretch[n] = first_stretch[p] + pieces[p, STRETCHES] - 1
        n += 1
    out.offset[len(pieces)] = n


@compiled
def copy_seams(pieces, following, seams, chosen, begun, to, fixes, out):
    """Copy the chosen seams.

    Parameters
    ----------
    pieces, following : as in `seams`
    seams : BlockArrays
        As `seam_blocks` writes them.
    chosen : bool over `seams`
    begun : bool over pieces
        Whether a piece's first used fix is copied with it, so that a path before it leads there.
    to : Places
        Over pieces, of the seam itself.
    fixes, out : TrailArrays, BlockArrays
        Filled in.
    """
    for p in range(len(pieces)):
        k = seams.offset[p]
        if k == seams.offset[p + 1] or not chosen[k]:
            continue
        n, b, q = to.fix[p], to.block[p], following[p]
        goes_on = q >= 0 and seams.until_us[k] > seams.since_us[k]
        fixes.t_us[n], fixes.x_mm[n], fixes.y_mm[n] = pieces[p, LAST_US], pieces[p, LAST_X], pieces[p, LAST_Y]
        fixes.accuracy_mm[n] = pieces[p, LAST_ACCURACY]
        fixes.drawn[n] = goes_on
        out.first[b], out.end[b] = n, n + 1
        out.stretch[b] = seams.stretch[k]
        put_box(seams, k, out, b)
        if goes_on and not begun[q]:
            n += 1
            fixes.t_us[n], fixes.x_mm[n], fixes.y_mm[n] = pieces[q, FIRST_US], pieces[q, FIRST_X], pieces[q, FIRST_Y]
            fixes.accuracy_mm[n] = pieces[q, FIRST_ACCURACY]
            fixes.drawn[n] = False
