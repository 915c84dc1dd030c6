"""When two trails were within a distance of each other, along the straight segments that a match draws.

Over a time in which neither reaches a fix both move at constant speed, so one stands still seen from the other and the
distance is that of a straight piece to a point: when it is within the distance is solved, not sampled. A hundredth of a
micrometre is allowed, so that rounding never parts two who are at exactly that distance.
"""

import numpy as np

from geo.jit import called, compiled

ALLOWED_MM = 0.00001


@called
def place_at(values, t_us, i, at_us):
    """Easting or northing at an instant of the segment that begins with fix i."""
    share = (at_us - t_us[i]) / (t_us[i + 1] - t_us[i])
    return values[i] + share * (np.float64(values[i + 1]) - np.float64(values[i]))


@called
def shares_within(px, py, dx, dy, within):
    """From which share of a piece to which the point `p + share d` is within the distance of 0; (1, 0) for none."""
    square = within * within
    length_sq = dx * dx + dy * dy
    starts = px * px + py * py <= square
    if length_sq == 0.0:
        return (0.0, 1.0) if starts else (1.0, 0.0)
    qx, qy = px + dx, py + dy
    ends = qx * qx + qy * qy <= square
    enters, leaves = 0.0, 1.0
    if not (starts and ends):
        off = abs(px * dy - py * dx)
        reach = within * np.sqrt(length_sq)
        if off > reach:
            return 1.0, 0.0
        half = np.sqrt((reach - off) * (reach + off)) / length_sq
        middle = -(px * dx + py * dy) / length_sq
        if not starts:
            enters = max(middle - half, 0.0)
        if not ends:
            leaves = min(middle + half, 1.0)
    return enters, leaves


@compiled
def spells_of(paths, pairs, asked, out):
    """Write the spells of each pair, by pair and time; how many there are. Only as many are written as `out` has room
    for. O(fixes of both in the interval, for each pair)."""
    n = np.int64(0)
    t_us, x_mm, y_mm = paths.t_us, paths.x_mm, paths.y_mm
    within = asked.within_mm + ALLOWED_MM
    for p in range(len(pairs.trail)):
        one, other = pairs.trail[p], pairs.other[p]
        i, last_i = paths.offset[one], paths.offset[one + 1] - 1
        j, last_j = paths.offset[other], paths.offset[other + 1] - 1
        spoken = np.int64(-1)
        while i < last_i and j < last_j:
            low = max(t_us[i], t_us[j], asked.since_us)
            high = min(t_us[i + 1], t_us[j + 1], asked.until_us)
            if low >= asked.until_us:
                break
            if low < high and paths.drawn[i] and paths.drawn[j]:
                ax, ay = place_at(x_mm, t_us, i, low), place_at(y_mm, t_us, i, low)
                bx, by = place_at(x_mm, t_us, j, low), place_at(y_mm, t_us, j, low)
                ex, ey = place_at(x_mm, t_us, i, high), place_at(y_mm, t_us, i, high)
                fx, fy = place_at(x_mm, t_us, j, high), place_at(y_mm, t_us, j, high)
                px, py = bx - ax, by - ay
                enters, leaves = shares_within(px, py, fx - ex - px, fy - ey - py, within)
                if enters < leaves:
                    begin = low + np.int64(np.rint(enters * (high - low)))
                    end = low + np.int64(np.rint(leaves * (high - low)))
                    ux, uy = ax + enters * (ex - ax), ay + enters * (ey - ay)
                    vx, vy = ax + leaves * (ex - ax), ay + leaves * (ey - ay)
                    if spoken < 0 or begin - spoken > pairs.joined_us[p]:
                        n += 1
                        if n <= len(out.pair):
                            out.pair[n - 1] = p
                            out.from_us[n - 1] = begin
                            out.together_us[n - 1] = 0.0
                            out.x_min_mm[n - 1] = out.x_max_mm[n - 1] = ux
                            out.y_min_mm[n - 1] = out.y_max_mm[n - 1] = uy
                    if n <= len(out.pair):
                        k = n - 1
                        out.until_us[k] = end
                        out.together_us[k] += (leaves - enters) * (high - low)
                        out.x_min_mm[k] = min(out.x_min_mm[k], ux, vx)
                        out.x_max_mm[k] = max(out.x_max_mm[k], ux, vx)
                        out.y_min_mm[k] = min(out.y_min_mm[k], uy, vy)
                        out.y_max_mm[k] = max(out.y_max_mm[k], uy, vy)
                    spoken = end
            if t_us[i + 1] <= t_us[j + 1]:
                i += 1
            else:
                j += 1
    return n
