"""How full a programme became, as a chart: the three numbers and the running maximum by day, and when it binds."""

from collections.abc import Callable

from api.documents.charts.data import About, Axis, Line, LineChart
from api.schemas.delivery.status import CourseDayOut, OverviewOut


def chart_of(found: OverviewOut) -> LineChart:
    """A step for each day on which a number changed; from the last day dashed to where the maximum binds."""

    def line(name: str, of: Callable[[CourseDayOut], int | None]) -> Line:
        return Line(name, tuple((row.day, value) for row in found.course if (value := of(row)) is not None), steps=True)

    lines = [
        line("imposed", lambda row: row.imposed),
        line("fitted", lambda row: row.fitted),
        line("worn", lambda row: row.worn),
        line("maximum", lambda row: row.maximum),
    ]
    last = found.course[-1]
    if found.binds_on is not None and last.maximum is not None:
        taken = last.imposed + last.reserved
        lines.append(Line("at this rate", ((last.day, taken), (found.binds_on, last.maximum)), dashed=True))
    about = About(
        "course",
        found.maximum_message or "",
        f"Conditions imposed, fitted and worn, and the running maximum, {found.name}, to {found.as_at:%-d %B %Y}",
        "PCD 570, 2.1",
    )
    return LineChart(about, Axis("day"), Axis("people", least=0), tuple(each for each in lines if each.points))
