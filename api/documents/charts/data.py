"""Charts: what one says, as data; its picture, its table and its text alternative come from the same data.

A *line* joins points, or goes by steps; a *dot* is a value with its interval; a *strip* shows spans of time in a row.
None stands for a value that is *withheld*: no point is drawn for it, nor its interval, the axes do not stretch to it,
the table has [c], and the chart names what is withheld. A value that does not apply is simply not given: [z].
"""

from datetime import date, datetime
from typing import NamedTuple

from api.wording.text import day_in_words

WITHHELD, NOT_APPLICABLE = "[c]", "[z]"
SHORTHAND = "[c] withheld, [z] not applicable"

Number = int | float
X = int | float | date
"""A number, a day, or an instant (a `datetime`, which is shown as London's clock)."""


class About(NamedTuple):
    """`key` names files, and the parts of the picture; letters, digits and hyphens. `title` is the message, `subtitle`
    the measure, whom, where and when. `withheld_because` stands where something is withheld."""

    key: str
    title: str
    subtitle: str
    source: str
    withheld_because: str = "small numbers are withheld"


class Axis(NamedTuple):
    """`unit` stands behind each number (%, m), or before it (£). `least` and `most`: how far it reaches at least."""

    label: str
    unit: str = ""
    places: int = 0
    least: X | None = None
    most: X | None = None


class Line(NamedTuple):
    """`low` and `high`, one for each point: the band round it; None there, too, is withheld."""

    name: str
    points: tuple[tuple[X, Number | None], ...]
    low: tuple[Number | None, ...] = ()
    high: tuple[Number | None, ...] = ()
    steps: bool = False
    dashed: bool = False


class Level(NamedTuple):
    """A line across the whole plot at a value of the y axis, or `upright` at one of the x axis."""

    words: str
    value: X
    upright: bool = False


class AtRisk(NamedTuple):
    """How many people are followed still at some places of the x axis, by line."""

    heading: str
    x: tuple[X, ...]
    rows: tuple[tuple[str, tuple[int | None, ...]], ...]


class LineChart(NamedTuple):
    about: About
    x: Axis
    y: Axis
    lines: tuple[Line, ...]
    levels: tuple[Level, ...] = ()
    at_risk: AtRisk | None = None


class Dot(NamedTuple):
    """`value` None: withheld; one without an interval has neither `low` nor `high`."""

    value: Number | None
    low: Number | None = None
    high: Number | None = None


class DotChart(NamedTuple):
    """Rows from the top, each with a dot for each of `series` (None: it has none). `band` is shaded, a line is drawn
    upright `at` a value: no difference, say."""

    about: About
    x: Axis
    series: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Dot | None, ...]], ...]
    row_label: str = "group"
    band: tuple[Number, Number] | None = None
    at: Number | None = None


class BarChart(NamedTuple):
    """Rows from the top; more than one of `series` are put end to end. A total is said where none of a row is
    withheld."""

    about: About
    x: Axis
    series: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Number | None, ...]], ...]
    row_label: str = "group"


class Span(NamedTuple):
    """`hatched`: nothing is known of this time; what `label` it has is said, but not written over it."""

    label: str
    begin: datetime
    end: datetime
    hatched: bool = False


class Strip(NamedTuple):
    """One stretch of time with spans on it, ticks below it, and marks with words."""

    about: About
    begin: datetime
    end: datetime
    spans: tuple[Span, ...]
    ticks: tuple[datetime, ...] = ()
    marks: tuple[tuple[str, datetime], ...] = ()


Chart = LineChart | DotChart | BarChart | Strip


def said(value: X | None, axis: Axis | None = None) -> str:
    """A value as the axis says it; a day in words, an instant by London's clock."""
    if value is None:
        return WITHHELD
    if isinstance(value, datetime):
        from geo.clock import to_london

        return f"{to_london(value):%H:%M:%S}"
    if isinstance(value, date):
        return day_in_words(value)
    text = f"{value:,}" if axis is None else f"{value:,.{axis.places}f}"
    # Not minus nothing.
    text = text[1:] if text.startswith("-") and not text.strip("-0.,") else text
    unit = "" if axis is None else axis.unit
    return f"£{text}" if unit == "£" else f"{text}{'' if unit in ('', '%') else ' '}{unit}"
