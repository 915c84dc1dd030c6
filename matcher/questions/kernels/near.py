"""Which runs of path come near each other: a sweep over boxes in the order of their least easting."""

from geo.jit import compiled


@compiled
def near_boxes(boxes, first_us, last_us, within_mm, out):
    """Write the pairs of boxes of two wearers that come within `within_mm` and last at once; how many there are.

    A pair is counted where both have begun in [first, last): a box stands in each part of the interval that it reaches
    into. Only as many are written as `out` has room for. O(boxes log boxes + pairs near in easting).
    """
    n = 0
    for i in range(len(boxes.trail)):
        reach = boxes.x_max_mm[i] + within_mm
        for j in range(i + 1, len(boxes.trail)):
            if boxes.x_min_mm[j] > reach:
                break
            if boxes.wearer[i] == boxes.wearer[j]:
                continue
            if boxes.y_min_mm[j] > boxes.y_max_mm[i] + within_mm or boxes.y_min_mm[i] > boxes.y_max_mm[j] + within_mm:
                continue
            begin = max(boxes.from_us[i], boxes.from_us[j])
            end = min(boxes.until_us[i], boxes.until_us[j])
            if begin >= end or begin < first_us or begin >= last_us:
                continue
            if n < len(out.trail):
                out.trail[n] = min(boxes.trail[i], boxes.trail[j])
                out.other[n] = max(boxes.trail[i], boxes.trail[j])
                out.both_us[n] = end - begin
            n += 1
    return n
