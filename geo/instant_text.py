"""Reads the bytes of a text column into microseconds in one compiled pass, by the grammar of
`geo.clock.parse_instant`."""

import numpy as np
from numpy.typing import NDArray

from geo.jit import compiled
from geo.points import over_slices

ISO, EPOCH_S, EPOCH_MS, AUTO = 0, 1, 2, 3
"""How to read a text column."""

BAD, LOCAL, INSTANT = 0, 1, 2
"""What a row was: not a time, a time without an offset, or an instant in UTC."""

FIRST_US, LAST_US = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The first and last microsecond of the years 1 to 9999."""

_MINUTE_US = 60_000_000
_TENS = np.array([10**k for k in range(19)], np.int64)


def read_texts(
    data: NDArray[np.uint8], ends: NDArray[np.int64], form: int
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Microseconds since 1970 of each text, and whether it is BAD, LOCAL or INSTANT.

    Parameters
    ----------
    data : uint8
        The bytes of all texts, UTF-8, one text after the other.
    ends : int64, shape (n + 1,)
        Offsets into `data`: text i is ``data[ends[i]:ends[i + 1]]``.
    form : ISO, EPOCH_S, EPOCH_MS or AUTO
        AUTO reads ten digits alone as seconds, thirteen as milliseconds, and the rest as ISO.
    """
    n = ends.size - 1
    t_us, kinds = np.empty(n, np.int64), np.empty(n, np.uint8)
    over_slices(_read_texts, (ends[:-1], ends[1:], t_us, kinds), data, form)
    return t_us, kinds


@compiled
def _read_texts(
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    t_us: NDArray[np.int64],
    kinds: NDArray[np.uint8],
    data: NDArray[np.uint8],
    form: int,
) -> None:
    for i in range(starts.size):
        first, stop = starts[i], stops[i]
        while first < stop and (data[first] == 32 or data[first] == 9):
            first += 1
        while first < stop and (data[stop - 1] == 32 or data[stop - 1] == 9):
            stop -= 1
        if form == ISO:
            t_us[i], kinds[i] = _iso(data, first, stop)
        elif form == EPOCH_S:
            t_us[i], kinds[i] = _epoch(data, first, stop, 6)
        elif form == EPOCH_MS:
            t_us[i], kinds[i] = _epoch(data, first, stop, 3)
        else:
            t_us[i], kinds[i] = _auto(data, first, stop)


@compiled
def _auto(data: NDArray[np.uint8], first: int, stop: int) -> tuple[int, int]:
    whole = _run_of_digits(data, first, stop)
    alone = first + whole == stop or data[first + whole] == 46
    if alone and whole == 10:
        t_us, kind = _epoch(data, first, stop, 6)
    elif alone and whole == 13:
        t_us, kind = _epoch(data, first, stop, 3)
    else:
        t_us, kind = _iso(data, first, stop)
    return t_us, kind


@compiled
def _epoch(data: NDArray[np.uint8], first: int, stop: int, places: int) -> tuple[int, int]:
    """A decimal number in units of 10**places microseconds; digits below a microsecond are cut off."""
    negative = first < stop and data[first] == 45
    if negative:
        first += 1
    whole = _run_of_digits(data, first, stop)
    if whole == 0 or whole > 15:
        return 0, BAD
    value = _digits(data, first, whole) * _TENS[places]
    at = first + whole
    if at < stop:
        part = _run_of_digits(data, at + 1, stop)
        if data[at] != 46 or part == 0 or part > 18 or at + 1 + part != stop:
            return 0, BAD
        value += _fraction(data, at + 1, part, places)
    if negative:
        value = -value
    if whole + places > 18 or not FIRST_US <= value <= LAST_US:
        return 0, BAD
    return value, INSTANT


@compiled
def _iso(data: NDArray[np.uint8], first: int, stop: int) -> tuple[int, int]:
    extended = stop - first >= 16 and data[first + 4] == 45
    year = _number(data, first, 4) if stop - first >= 14 else -1
    if extended:
        between = data[first + 10]
        if not (
            data[first + 7] == 45 and data[first + 13] == 58 and (between == 32 or between == 84 or between == 116)
        ):
            return 0, BAD
        month, day = _number(data, first + 5, 2), _number(data, first + 8, 2)
        hour, minute = _number(data, first + 11, 2), _number(data, first + 14, 2)
        at = first + 16
        seconds = at < stop and data[at] == 58
        if seconds:
            at += 1
    else:
        if year < 0:
            return 0, BAD
        month, day = _number(data, first + 4, 2), _number(data, first + 6, 2)
        at = first + 8
        if data[at] == 84 or data[at] == 116:
            at += 1
        if stop - at < 6:
            return 0, BAD
        hour, minute = _number(data, at, 2), _number(data, at + 2, 2)
        at += 4
        seconds = True
    second, us = 0, 0
    if seconds:
        if stop - at < 2:
            return 0, BAD
        second = _number(data, at, 2)
        at += 2
        if at < stop and (data[at] == 46 or data[at] == 44):
            part = _run_of_digits(data, at + 1, stop)
            if part == 0 or part > 18:
                return 0, BAD
            us = _fraction(data, at + 1, part, 6)
            at += 1 + part
    if year < 1 or month < 1 or month > 12 or day < 1 or day > _days_in(year, month):
        return 0, BAD
    # A part that is not a number is -1.
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or second < 0 or second > 59:
        return 0, BAD
    t_us = ((_days_since_1970(year, month, day) * 24 + hour) * 60 + minute) * _MINUTE_US + second * 1_000_000 + us
    if at == stop:
        return t_us, LOCAL
    offset_min = _offset_min(data, at, stop)
    t_us -= offset_min * _MINUTE_US
    if offset_min > 14 * 60 or not FIRST_US <= t_us <= LAST_US:
        return 0, BAD
    return t_us, INSTANT


@compiled
def _offset_min(data: NDArray[np.uint8], at: int, stop: int) -> int:
    """Minutes of an offset Z, UTC, +hh, +hhmm or +hh:mm after at most one space; 9999 if it is not an offset."""
    if data[at] == 32:
        at += 1
    left = stop - at
    if left == 1 and (data[at] == 90 or data[at] == 122):
        return 0
    if left == 3 and data[at] == 85 and data[at + 1] == 84 and data[at + 2] == 67:
        return 0
    if left not in (3, 5, 6) or (data[at] != 43 and data[at] != 45) or (left == 6 and data[at + 3] != 58):
        return 9999
    hours, minutes = _number(data, at + 1, 2), _number(data, stop - 2, 2) if left > 3 else 0
    total: int = hours * 60 + minutes
    if hours < 0 or minutes < 0 or minutes > 59 or total > 14 * 60:
        return 9999
    return total if data[at] == 43 else -total


@compiled
def _days_in(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@compiled
def _days_since_1970(year: int, month: int, day: int) -> int:
    """Proleptic Gregorian, counting from March so that the leap day comes last."""
    y = year - (month <= 2)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return 365 * y + y // 4 - y // 100 + y // 400 + of_year - 719_468


@compiled
def _run_of_digits(data: NDArray[np.uint8], first: int, stop: int) -> int:
    at = first
    while at < stop and 48 <= data[at] <= 57:
        at += 1
    return at - first


@compiled
def _number(data: NDArray[np.uint8], first: int, count: int) -> int:
    """The number in `count` bytes of digits, or -1 if one is not a digit."""
    value = 0
    for at in range(first, first + count):
        digit = int(data[at]) - 48
        if digit < 0 or digit > 9:
            return -1
        value = 10 * value + digit
    return value


@compiled
def _digits(data: NDArray[np.uint8], first: int, count: int) -> int:
    value = 0
    for at in range(first, first + count):
        value = 10 * value + int(data[at]) - 48
    return value


@compiled
def _fraction(data: NDArray[np.uint8], first: int, count: int, places: int) -> int:
    """The digits after the point as a whole number of `places` decimals; further digits are cut off."""
    value: int = _digits(data, first, min(count, places)) * _TENS[max(0, places - count)]
    return value
