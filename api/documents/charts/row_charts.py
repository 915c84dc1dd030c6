"""Charts of rows: dots with intervals, and bars."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from api.documents.charts.data import BarChart, DotChart, said
from api.documents.charts.look import COLOURS, GRID, HATCHES, INK, LINE, MARKERS, SHADE, Room, key_of, notes_under, plot
from api.documents.charts.places import as_number, room_for, ticks_of, wrapped


def room_of_rows(chart: DotChart | BarChart, withheld: str | None) -> Room:
    notes = wrapped(withheld, 80) if withheld else []
    legend = LINE + 8 if len(chart.series) > 1 else 0
    tall = sum(_deep(chart, [wrapped(name, 30) for name, _ in chart.rows]))
    return Room(54 + LINE * len(notes), 12 + legend, max(60 if isinstance(chart, DotChart) else 40, tall))


def _deep(chart: DotChart | BarChart, names: Sequence[Sequence[str]]) -> list[int]:
    """How tall each row is: as tall as its name, in lines."""
    between = 8 if isinstance(chart, DotChart) else 10
    return [max(1, len(lines)) * LINE + between for lines in names]


def draw_dots(figure: Any, chart: DotChart, withheld: str | None) -> None:
    names = [wrapped(name, 30) for name, _ in chart.rows]
    deep = _deep(chart, names)
    notes = wrapped(withheld, 80) if withheld else []
    legend = LINE + 8 if len(chart.series) > 1 else 0
    left = room_for([line for lines in names for line in lines]) + 24
    axes = plot(figure, chart.about.key, left, 40, room_of_rows(chart, withheld))
    if chart.band is not None:
        axes.axvspan(*chart.band, color=SHADE, lw=0)
    if chart.at is not None:
        axes.axvline(chart.at, color=INK, linewidth=1)
    middles = _middles(deep)
    ends = [end for end in (chart.at, *(chart.band or ()), chart.x.least, chart.x.most) if end is not None]
    for n in range(len(chart.series)):
        colour, marker = COLOURS[n % len(COLOURS)], MARKERS[n % len(MARKERS)]
        # Several of a row a little apart, so that intervals do not lie on each other.
        aside = (n - (len(chart.series) - 1) / 2) * min(9, 18 / len(chart.series))
        for middle, (_, dots) in zip(middles, chart.rows, strict=True):
            dot = dots[n]
            if dot is None or dot.value is None:
                continue
            ends.append(dot.value)
            if dot.low is not None and dot.high is not None:
                axes.plot([dot.low, dot.high], [middle + aside] * 2, color=colour, linewidth=2)
                ends += [dot.low, dot.high]
            axes.plot(
                [dot.value],
                [middle + aside],
                marker=marker,
                color=colour,
                markersize=9,
                linestyle="none",
                markerfacecolor="white" if n == 0 and len(chart.series) > 1 else colour,
                markeredgewidth=2,
            )
    _rows(axes, chart, ends, deep, names)
    for middle, (_, dots) in zip(middles, chart.rows, strict=True):
        if dots and all(dot is not None and dot.value is None for dot in dots):
            axes.annotate(
                "withheld",
                (0, middle),
                (6, 0),
                xycoords=axes.get_yaxis_transform(),
                textcoords="offset points",
                va="center",
                color=INK,
                style="italic",
            )
    if legend:
        key_of(
            axes,
            chart.series,
            [
                {"marker": MARKERS[n % 6], "markerfacecolor": "white" if n == 0 else COLOURS[n % 6]}
                for n in range(len(chart.series))
            ],
        )
    notes_under(axes, notes)


def draw_bars(figure: Any, chart: BarChart, withheld: str | None) -> None:
    names = [wrapped(name, 30) for name, _ in chart.rows]
    deep = _deep(chart, names)
    notes = wrapped(withheld, 80) if withheld else []
    legend = LINE + 8 if len(chart.series) > 1 else 0
    left = room_for([line for lines in names for line in lines]) + 24
    right = 24 + room_for([_bar_end(chart, values) for _, values in chart.rows])
    axes = plot(figure, chart.about.key, left, right, room_of_rows(chart, withheld))
    middles = _middles(deep)
    totals = [0.0]
    for middle, (_, values) in zip(middles, chart.rows, strict=True):
        begin = 0.0
        for n, value in enumerate(values):
            if value is None:
                # What stands behind one that is withheld would say how long that is.
                break
            axes.barh(
                middle,
                value,
                18,
                left=begin,
                color=COLOURS[n % 6],
                hatch=HATCHES[n % 6],
                edgecolor="white",
                linewidth=0,
            )
            begin += value
        totals.append(begin)
        axes.annotate(
            _bar_end(chart, values),
            (begin, middle),
            (5, 0),
            textcoords="offset points",
            va="center",
            annotation_clip=False,
            color=INK,
        )
    ends = [*totals, *(as_number(end) for end in (chart.x.least, chart.x.most) if end is not None)]
    _rows(axes, chart, ends, deep, names, padded=False)
    if legend:
        key_of(axes, chart.series, [{"marker": "s", "color": COLOURS[n % 6]} for n in range(len(chart.series))])
    notes_under(axes, notes)


def _bar_end(chart: BarChart, values: Sequence[Any]) -> str:
    """The values, for a bar is read by its words: 31,500 + 64,500; [c] of one that is withheld."""
    return " + ".join(said(value, chart.x) for value in values)


def _rows(axes: Any, chart: Any, ends: Sequence[Any], deep: Sequence[int], names: Any, padded: bool = True) -> None:
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    high = high if high > low else low + 1
    aside = (high - low) * 0.04 if padded else 0.0
    axes.set_xlim(low - aside, high + aside)
    axes.set_ylim(max(60 if padded else 40, sum(deep)), 0)
    axes.set_yticks(_middles(deep), ["\n".join(lines) for lines in names])
    places, words = ticks_of(low, high, chart.x, 0.0, axes.get_window_extent().width)
    axes.set_xticks(places, words)
    axes.set_xlabel(chart.x.label, color=INK, labelpad=6)
    axes.grid(axis="x", color=GRID, linewidth=0.8)


def _middles(deep: Sequence[int]) -> list[float]:
    edges = [sum(deep[:n]) for n in range(len(deep) + 1)]
    return [(top + bottom) / 2 for top, bottom in pairwise(edges)]
