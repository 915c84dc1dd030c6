"""Where pieces of a trail meet: which of them the rows beside change, and how the path goes on from one to the next."""

import numpy as np

from geo.jit import called, compiled
from matcher.kernels.indexed import paths
from matcher.kernels.indexed.paths import AT_EDGE
from matcher.kernels.trails.ties import FAST
from matcher.kernels.trails.trail import too_fast


@called
def fast(edges, i, j, rule):
    return too_fast(edges[i, 0], edges[i, 1], edges[i, 2], edges[j, 0], edges[j, 1], edges[j, 2], rule.max_speed_mps)


@called
def may_be_jump(edges, i, lo, hi, rule):
    """As in `path.draw`: too fast from the one before and to the one after, which could reach each other."""
    if i <= lo or i >= hi - 1:
        return False
    return fast(edges, i - 1, i, rule) and fast(edges, i, i + 1, rule) and not fast(edges, i - 1, i + 1, rule)


@called
def is_jump(edges, i, lo, hi, rule):
    return (
        may_be_jump(edges, i, lo, hi, rule)
        and not may_be_jump(edges, i - 1, lo, hi, rule)
        and not may_be_jump(edges, i + 1, lo, hi, rule)
    )


@compiled
def changed(offset, pieces, edges, rule, out):
    """Mark the pieces of which a row is a jump, or none, only because of the rows of the pieces beside.

    Parameters
    ----------
    offset : int64, shape ``(trails + 1,)``
        Pieces of each trail, in time order.
    pieces, edges : as in `paths.keep`, edges in the order of pieces
    out : bool over pieces
    """
    e = np.int64(0)
    for w in range(len(offset) - 1):
        # Rows lo..hi follow each other in the trail. Those before `judged` and from `until` on are only looked at.
        lo = judged = e
        begin = offset[w]
        e_of_begin = e
        for p in range(offset[w], offset[w + 1]):
            n = pieces[p, paths.EDGES]
            parted = pieces[p, paths.CANDIDATES] > 2 * AT_EDGE
            last = p + 1 == offset[w + 1]
            if not (parted or last):
                e += n
                continue
            hi = e + AT_EDGE if parted else e + n
            until = hi - 2 if parted else hi
            e_of = e_of_begin
            for q in range(begin, p + 1):
                for i in range(max(e_of, judged), min(e_of + pieces[q, paths.EDGES], until)):
                    out[q] = out[q] or is_jump(edges, i, lo, hi, rule) != (edges[i, 3] != 0)
                e_of += pieces[q, paths.EDGES]
            if parted:
                lo = e + AT_EDGE
                judged = lo + 2
                begin, e_of_begin = p, e
            e += n
            if last and parted:
                # The tail of the last piece: nothing follows it.
                for i in range(judged, e):
                    out[p] = out[p] or is_jump(edges, i, lo, e, rule) != (edges[i, 3] != 0)


@compiled
def frozen_over(offset, pieces, rule, out):
    """Mark the trails of which rows of several pieces together may be those of a frozen receiver."""
    for w in range(len(offset) - 1):
        x = y = since = moving = np.int64(0)
        begun = False
        for p in range(offset[w], offset[w + 1]):
            piece = pieces[p]
            if piece[paths.STANDING] == 0:
                continue
            if begun and piece[paths.HEAD_X] == x and piece[paths.HEAD_Y] == y:
                any_moving = moving != 0 or piece[paths.HEAD_MOVING] != 0
                if any_moving and piece[paths.HEAD_UNTIL_US] - since > rule.frozen_us:
                    out[w] = True
                if piece[paths.STANDING] == 1:
                    moving = np.int64(any_moving)
                    continue
            begun = True
            x, y = piece[paths.TAIL_X], piece[paths.TAIL_Y]
            since, moving = piece[paths.TAIL_SINCE_US], piece[paths.TAIL_MOVING]


@compiled
def join(offset, pieces, rule, following, drawn, left_out):
    """How the path goes on from each piece's last used fix.

    Parameters
    ----------
    offset, pieces : as in `changed`
    rule : Rule
    following : int64 over pieces
        Filled in: the trail's next piece with a used fix, -1 if there is none.
    drawn : bool over pieces
        Filled in: whether the path is drawn there.
    left_out : int64, shape ``(trails, 7)``
        Segments that are too fast are added.
    """
    for w in range(len(offset) - 1):
        after = np.int64(-1)
        for p in range(offset[w + 1] - 1, offset[w] - 1, -1):
            following[p], drawn[p] = after, False
            if pieces[p, paths.USABLE] == 0:
                continue
            if after >= 0:
                t, x, y = pieces[p, paths.LAST_US], pieces[p, paths.LAST_X], pieces[p, paths.LAST_Y]
                then = pieces[after, paths.FIRST_US]
                if then - t <= rule.max_gap_us:
                    there = pieces[after, paths.FIRST_X], pieces[after, paths.FIRST_Y]
                    if too_fast(t, x, y, then, there[0], there[1], rule.max_speed_mps):
                        left_out[w, FAST] += 1
                    else:
                        drawn[p] = True
            after = p


@compiled
def join_stretches(offset, pieces, drawn, given, first_stretch, out):
    """Put the stretches of pieces together to those of trails.

    Parameters
    ----------
    offset, pieces, drawn : as in `join`
    given : int64, shape ``(stretches of all pieces, 2)``
        In the order of pieces.
    first_stretch : int64 over pieces
        Filled in: which of the trail's stretches the piece's first is.
    out : StretchArrays
        Filled in, with room for as many as `given` has.

    Returns
    -------
    int
        How many there are.
    """
    from_us, to_us, before_us = out.from_us, out.to_us, out.before_us
    at = n = np.int64(0)
    for w in range(len(offset) - 1):
        out.offset[w] = n
        drawn_us = np.int64(0)
        goes_on = False
        for p in range(offset[w], offset[w + 1]):
            first_stretch[p] = n - out.offset[w] - np.int64(goes_on)
            for _ in range(pieces[p, paths.STRETCHES]):
                if goes_on:
                    # The stretch before is this one's beginning.
                    n -= 1
                    drawn_us -= to_us[n] - from_us[n]
                else:
                    from_us[n], before_us[n] = given[at, 0], drawn_us
                goes_on = False
                to_us[n] = given[at, 1]
                drawn_us += to_us[n] - from_us[n]
                n += 1
                at += 1
            if pieces[p, paths.STRETCHES]:
                goes_on = drawn[p]
    out.offset[len(offset) - 1] = n
    return n
