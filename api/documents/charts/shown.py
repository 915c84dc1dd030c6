"""What a chart shows, in each form: picture, table, CSV, and words for whoever does not see it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from api.documents.charts.data import (
    NOT_APPLICABLE,
    SHORTHAND,
    WITHHELD,
    Axis,
    BarChart,
    Chart,
    Dot,
    DotChart,
    Level,
    Line,
    LineChart,
    Number,
    X,
    said,
)
from api.documents.charts.line_chart import room_of_lines
from api.documents.charts.look import WIDE
from api.documents.charts.row_charts import room_of_rows
from api.documents.charts.strip import room_of_strip
from api.documents.sheet import Cell, Sheet, as_csv


def svg(chart: Chart) -> bytes:
    """The picture: text as text, without style sheets, with the text alternative in it; the same data, the same bytes.

    Wants matplotlib, which takes about half a second the first time.
    """
    from api.documents.charts.picture import drawn

    return drawn(chart, alternative(chart), withheld_in_words(chart))


def size(chart: Chart) -> tuple[int, int]:
    """Width and height of the picture in pixels, without drawing it: a page keeps the room."""
    if isinstance(chart, LineChart):
        room = room_of_lines(chart)
    elif isinstance(chart, DotChart | BarChart):
        room = room_of_rows(chart, withheld_in_words(chart))
    else:
        room = room_of_strip(chart)
    return WIDE, round(room.height)


def table(chart: Chart) -> Sheet:
    """All that the picture shows. The same goes as CSV (`csv_of`)."""
    rows: list[tuple[Cell, ...]]
    if isinstance(chart, LineChart):
        columns, rows = _table_of_lines(chart)
    elif isinstance(chart, DotChart):
        columns, rows = _table_of_dots(chart)
    elif isinstance(chart, BarChart):
        columns = (chart.row_label, *chart.series)
        rows = [(name, *map(_or_withheld, values)) for name, values in chart.rows]
    else:
        columns = ("what", "from", "to")
        rows = [(each.label, said(each.begin), said(each.end)) for each in chart.spans]
        rows += [(words, said(at), said(at)) for words, at in chart.marks]
        rows += [("position", said(at), said(at)) for at in chart.ticks]
    about = [chart.about.subtitle, chart.about.source]
    if any(cell in (WITHHELD, NOT_APPLICABLE) for row in rows for cell in row):
        about.append(SHORTHAND + ".")
    if (words := withheld_in_words(chart)) is not None:
        about.append(words)
    return Sheet(chart.about.title, tuple(about), columns, rows)


def csv_of(chart: Chart) -> bytes:
    return as_csv(table(chart))


def withheld_in_words(chart: Chart) -> str | None:
    """What is withheld, by name; None: nothing is."""
    names = list(dict.fromkeys(_withheld(chart)))
    return f"Withheld: {', '.join(names)} ({chart.about.withheld_because})." if names else None


def alternative(chart: Chart) -> str:
    """What the picture says, for whoever does not see it: the message, then each part with its figures."""
    parts = [f"{chart.about.title}. {chart.about.subtitle}."]
    if isinstance(chart, LineChart):
        parts += [_line_in_words(chart, line) for line in chart.lines]
        parts += [f"{each.words}: {_at(each, chart)}." for each in chart.levels]
    elif isinstance(chart, DotChart):
        for name, dots in chart.rows:
            of_row = [(s, dot) for s, dot in zip(chart.series, dots, strict=True) if dot is not None]
            parts.append(f"{name}: {'; '.join(f'{s} {_dot_in_words(chart.x, dot)}' for s, dot in of_row)}.")
    elif isinstance(chart, BarChart):
        for name, values in chart.rows:
            pairs = [f"{s} {said(v, chart.x)}".strip() for s, v in zip(chart.series, values, strict=True)]
            parts.append(f"{name}: {', '.join(pairs)}.")
    else:
        parts.append(f"From {said(chart.begin)} to {said(chart.end)}.")
        parts += [f"{each.label}: {said(each.begin)} to {said(each.end)}." for each in chart.spans]
        parts += [f"{words}: {said(at)}." for words, at in chart.marks]
        parts.append(f"{len(chart.ticks)} positions.")
    parts += [words for words in (withheld_in_words(chart),) if words]
    return " ".join(part.replace("..", ".") for part in parts)


def _table_of_lines(chart: LineChart) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    columns = [chart.x.label]
    by_column: list[dict[X, Cell]] = []
    for line in chart.lines:
        columns.append(line.name)
        by_column.append({x: _or_withheld(y) for x, y in line.points})
        for name, side in (("from", line.low), ("to", line.high)):
            if side:
                columns.append(f"{line.name}, {name}")
                # A band round a point that is withheld is withheld with it.
                by_column.append(
                    {
                        x: WITHHELD if y is None else _or_withheld(each)
                        for (x, y), each in zip(line.points, side, strict=True)
                    }
                )
    if chart.at_risk is not None:
        for name, counts in chart.at_risk.rows:
            columns.append(f"{name}, {chart.at_risk.heading.lower()}")
            by_column.append(dict(zip(chart.at_risk.x, map(_or_withheld, counts), strict=True)))
    # Of one kind, all of them: an axis has no days among numbers.
    every = sorted({x for each in by_column for x in each})
    rows = [(_cell(x), *(each.get(x, NOT_APPLICABLE) for each in by_column)) for x in every]
    return tuple(columns), rows


def _table_of_dots(chart: DotChart) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    intervals = [
        any(d and (d.low is not None or d.high is not None) for _, dots in chart.rows for d in dots[n : n + 1])
        for n in range(len(chart.series))
    ]
    columns = [chart.row_label]
    for name, wide in zip(chart.series, intervals, strict=True):
        columns += [name, f"{name}, from", f"{name}, to"] if wide else [name]
    rows = []
    for name, dots in chart.rows:
        row: list[Cell] = [name]
        for dot, wide in zip(dots, intervals, strict=True):
            row += list(_cells_of(dot))[: 3 if wide else 1]
        rows.append(tuple(row))
    return tuple(columns), rows


def _cells_of(dot: Dot | None) -> tuple[Cell, Cell, Cell]:
    if dot is None:
        return (NOT_APPLICABLE,) * 3
    if dot.value is None:
        return (WITHHELD,) * 3
    if dot.low is None or dot.high is None:
        return dot.value, NOT_APPLICABLE, NOT_APPLICABLE
    return dot.value, dot.low, dot.high


def _or_withheld(value: Number | None) -> Cell:
    return WITHHELD if value is None else value


def _cell(x: X) -> Cell:
    return said(x) if isinstance(x, datetime) else x


def _withheld(chart: Chart) -> Iterator[str]:
    if isinstance(chart, LineChart):
        yield from (line.name for line in chart.lines if any(y is None for _, y in line.points))
        at_risk = chart.at_risk
        yield from (name for name, counts in (at_risk.rows if at_risk else ()) if None in counts)
    elif isinstance(chart, DotChart):
        for name, dots in chart.rows:
            yield from _named(name, chart.series, [dot is not None and dot.value is None for dot in dots])
    elif isinstance(chart, BarChart):
        for name, values in chart.rows:
            yield from _named(name, chart.series, [value is None for value in values])


def _named(row: str, series: Sequence[str], gone: Sequence[bool]) -> Iterator[str]:
    """A row of which all is withheld by its name, else what of it is."""
    if all(gone):
        return iter((row,) if gone else ())
    return (f"{row} ({name})" for name, withheld in zip(series, gone, strict=True) if withheld)


def _line_in_words(chart: LineChart, line: Line) -> str:
    known = [(x, y) for x, y in line.points if y is not None]
    if not known:
        return f"{line.name}: {'withheld' if line.points else 'nothing to show'}."
    (first_x, first), (last_x, last) = known[0], known[-1]
    words = f"{line.name}: {said(first, chart.y)} at {said(first_x, chart.x)}"
    if len(known) > 1:
        words += f", {said(last, chart.y)} at {said(last_x, chart.x)}"
    least, most = min(y for _, y in known), max(y for _, y in known)
    if least < min(first, last) or most > max(first, last):
        words += f"; between {said(least, chart.y)} and {said(most, chart.y)}"
    return f"{words}."


def _at(level: Level, chart: LineChart) -> str:
    return said(level.value, chart.x if level.upright else chart.y)


def _dot_in_words(axis: Axis, dot: Dot) -> str:
    if dot.value is None:
        return "withheld"
    if dot.low is None or dot.high is None:
        return said(dot.value, axis)
    return f"{said(dot.value, axis)} ({said(dot.low, axis)} to {said(dot.high, axis)})"
