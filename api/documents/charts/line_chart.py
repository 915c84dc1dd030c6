"""Line charts: lines and steps with their bands, levels across, names at their ends, people at risk below."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from api.documents.charts.data import Level, Line, LineChart, said
from api.documents.charts.look import COLOURS, DASHES, GREY, GRID, INK, LINE, SIZE, Room, plot
from api.documents.charts.places import as_number, room_for, spread, ticks_of, wrapped


def room_of_lines(chart: LineChart) -> Room:
    named = [line for line in chart.lines if any(y is not None for _, y in line.points)]
    upright = sum(each.upright for each in chart.levels)
    rows = 0 if chart.at_risk is None else len(chart.at_risk.rows) + 1
    tall = max(240, LINE * (len(named) + len(chart.levels) - upright + 1))
    return Room(54 + LINE * (_by_days(chart) + rows), 26 + LINE * upright, tall)


def draw_lines(figure: Any, chart: LineChart, withheld: str | None) -> None:
    named = [line for line in chart.lines if any(y is not None for _, y in line.points)]
    upright = [each for each in chart.levels if each.upright]
    level = [each for each in chart.levels if not each.upright]
    right = room_for([each.name for each in named] + [each.words for each in level]) + 30
    left = max(70, room_for([name for name, _ in chart.at_risk.rows]) + 24 if chart.at_risk else 0)
    axes = plot(figure, chart.about.key, left, right, room_of_lines(chart))
    for n, line in enumerate(chart.lines):
        colour = COLOURS[n % len(COLOURS)]
        dashes = (0, (5, 3)) if line.dashed else DASHES[n % len(DASHES)]
        for k, (x, y, low, high) in enumerate(_runs(line)):
            how = "steps-post" if line.steps else "default"
            axes.plot(
                x,
                y,
                color=colour,
                linewidth=2.6,
                linestyle=dashes,
                drawstyle=how,
                gid=f"{chart.about.key}-line-{n}-{k}",
                marker="o" if len(x) == 1 else None,
            )
            if low:
                axes.fill_between(x, low, high, step="post" if line.steps else None, color=colour, alpha=0.16, lw=0)
    _scale(axes, chart)
    ends = []
    for line in named:
        until, last = next((as_number(x), y) for x, y in reversed(line.points) if y is not None)
        # From where it ends to its name.
        axes.plot([until, axes.get_xlim()[1]], [last, last], color=GREY, linewidth=0.8, linestyle=(0, (1, 3)))
        ends.append((float(last), line.name, COLOURS[chart.lines.index(line) % len(COLOURS)]))
    for each in level:
        axes.axhline(as_number(each.value), color=GREY, linewidth=1.2, linestyle=(0, (3, 2)))
        ends.append((as_number(each.value), each.words, GREY))
    _end_labels(axes, ends)
    _upright_labels(axes, upright, chart)
    if withheld:
        axes.text(
            0.02,
            0.03,
            "\n".join(wrapped(withheld, int(axes.get_window_extent().width / 9))),
            transform=axes.transAxes,
            color=INK,
            size=SIZE - 1,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 2},
        )
    if chart.at_risk is not None:
        _at_risk(axes, chart)


def _runs(line: Line) -> list[tuple[list[float], list[float], list[float], list[float]]]:
    """The stretches between values that are withheld, each with its band."""
    found: list[tuple[list[float], list[float], list[float], list[float]]] = []
    broken = True
    for n, (x, y) in enumerate(line.points):
        low, high = (line.low[n], line.high[n]) if line.low and line.high else (None, None)
        if y is None:
            broken = True
            continue
        if broken:
            found.append(([], [], [], []))
            broken = False
        xs, ys, lows, highs = found[-1]
        xs.append(as_number(x))
        ys.append(y)
        if line.low and line.high:
            lows.append(y if low is None else low)
            highs.append(y if high is None else high)
    return found


def _by_days(chart: LineChart) -> bool:
    """Then years stand under months."""
    first = next((x for line in chart.lines for x, _ in line.points), None)
    return isinstance(first, date) and not isinstance(first, datetime)


def _scale(axes: Any, chart: LineChart) -> None:
    xs = [as_number(x) for line in chart.lines for x, y in line.points if y is not None]
    ys = [y for line in chart.lines for _, ys, lows, highs in _runs(line) for y in (*ys, *lows, *highs)]
    ys += [as_number(each.value) for each in chart.levels if not each.upright]
    xs += [as_number(each.value) for each in chart.levels if each.upright]
    sample = next((x for line in chart.lines for x, _ in line.points), chart.x.least or 0)
    for axis, values, name in ((chart.x, xs, "x"), (chart.y, ys, "y")):
        values = values + [as_number(end) for end in (axis.least, axis.most) if end is not None]
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        getattr(axes, f"set_{name}lim")(low, high if high > low else low + 1)
        places, words = ticks_of(low, high if high > low else low + 1, axis, sample if name == "x" else 0.0)
        getattr(axes, f"set_{name}ticks")(places, words)
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom, top + (top - bottom) * 0.04)
    axes.set_xlabel(chart.x.label, color=INK, labelpad=6)
    axes.text(0, 1, chart.y.label, transform=axes.transAxes, va="bottom", ha="left", color=INK, gid="y-label")
    axes.grid(axis="y", color=GRID, linewidth=0.8)


def _end_labels(axes: Any, ends: Sequence[tuple[float, str, str]]) -> None:
    """Names at the ends of lines, moved apart where they would lie on each other, each with a stroke to its end."""
    bottom, top = axes.get_ylim()
    tall = axes.get_window_extent().height
    at = [(y - bottom) / (top - bottom) * tall for y, _, _ in ends]
    for (_, words, colour), wanted, placed in zip(ends, at, spread(at, LINE, 4.0, tall), strict=True):
        axes.annotate(
            "",
            (1, wanted / tall),
            (1 + 22 / axes.get_window_extent().width, placed / tall),
            xycoords="axes fraction",
            textcoords="axes fraction",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 1.6},
        )
        axes.annotate(
            words,
            (1, placed / tall),
            (26, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            ha="left",
            color=INK,
            weight="bold",
            annotation_clip=False,
        )


def _upright_labels(axes: Any, levels: Sequence[Level], chart: LineChart) -> None:
    """Words over upright lines, kept apart."""
    left, right = axes.get_xlim()
    wide = axes.get_window_extent().width
    ordered = sorted(levels, key=lambda each: as_number(each.value))
    middles = [(as_number(each.value) - left) / (right - left) * wide for each in ordered]
    widths = [room_for([each.words]) for each in ordered]
    # Each row of words is used by those that do not meet in it.
    rows: list[float] = []
    for each, middle, width in zip(ordered, middles, widths, strict=True):
        begin = min(max(middle - width / 2, 0), wide - width)
        row = next((n for n, end in enumerate(rows) if end + 6 < begin), len(rows))
        rows[row : row + 1] = [begin + width]
        axes.axvline(as_number(each.value), color=GREY, linewidth=1.2, linestyle=(0, (3, 2)))
        axes.annotate(
            each.words,
            (begin / wide, 1),
            (0, (LINE if chart.y.label else 2) + row * LINE),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="left",
            va="bottom",
            color=INK,
        )


def _at_risk(axes: Any, chart: LineChart) -> None:
    at_risk = chart.at_risk
    assert at_risk is not None
    places = axes.get_xaxis_transform()
    down = -(40 + LINE + LINE * _by_days(chart))
    axes.annotate(
        at_risk.heading,
        (0, 0),
        (-60, down),
        xycoords="axes fraction",
        textcoords="offset points",
        weight="bold",
        ha="left",
        annotation_clip=False,
        color=INK,
    )
    for n, (name, counts) in enumerate(at_risk.rows, 1):
        axes.annotate(
            name,
            (0, 0),
            (-20, down - n * LINE),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right",
            annotation_clip=False,
            color=INK,
        )
        for x, count in zip(at_risk.x, counts, strict=True):
            axes.annotate(
                said(count),
                (as_number(x), 0),
                (0, down - n * LINE),
                xycoords=places,
                textcoords="offset points",
                ha="center",
                annotation_clip=False,
                color=INK,
            )
