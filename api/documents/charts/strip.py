"""A strip of time: spans, ticks and marks."""

from typing import Any

from api.documents.charts.data import Strip, said
from api.documents.charts.look import COLOURS, GREY, INK, LINE, WIDE, Room, plot
from api.documents.charts.places import as_number, room_for, spread


def room_of_strip(chart: Strip) -> Room:
    return Room(30 + LINE * (len(chart.marks) + 1), 26, 44)


def draw_strip(figure: Any, chart: Strip) -> None:
    begin, end = as_number(chart.begin), as_number(chart.end)
    wide = WIDE - 40.0
    labels = [
        (each.label, (as_number(each.begin) + as_number(each.end)) / 2) for each in chart.spans if not each.hatched
    ]
    above = spread(
        [(at - begin) / (end - begin) * wide for _, at in labels],
        max([room_for([words]) for words, _ in labels], default=0) + 6,
        8,
        wide - 8,
    )
    axes = plot(figure, chart.about.key, 20, 20, room_of_strip(chart))
    axes.set_xlim(begin, end)
    axes.set_ylim(0, 1)
    axes.axhspan(0.45, 1, color="#eceff1", lw=0)
    for each in chart.spans:
        left, width = as_number(each.begin), as_number(each.end) - as_number(each.begin)
        how = {"facecolor": "#b1b4b6", "hatch": "////", "edgecolor": "white"} if each.hatched else {"color": COLOURS[0]}
        axes.broken_barh([(left, width)], (0.45, 0.55), linewidth=0, **how)
    for (words, middle), placed in zip(labels, above, strict=True):
        axes.annotate(
            words,
            (middle, 1),
            (placed / wide, 1 + 12 / 44),
            xycoords="data",
            textcoords="axes fraction",
            ha="center",
            va="center",
            weight="bold",
            color=INK,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.8, "shrinkB": 0},
        )
    axes.vlines([as_number(at) for at in chart.ticks], 0.1, 0.4, color=INK, linewidth=1.2)
    for n, (words, at) in enumerate(sorted(chart.marks, key=lambda mark: mark[1])):
        x = as_number(at)
        axes.plot([x], [0.72], marker="v", color=COLOURS[2], markersize=9, clip_on=False)
        axes.annotate(
            f"{said(at)} {words}",
            (0, 0),
            (0, -34 - LINE * n),
            xycoords="axes fraction",
            textcoords="offset points",
            color=INK,
            annotation_clip=False,
        )
    axes.set_xticks([begin, end], [said(chart.begin), said(chart.end)])
    for label, side in zip(axes.get_xticklabels(), ("left", "right"), strict=True):
        label.set_horizontalalignment(side)
    axes.set_yticks([])
    axes.spines["bottom"].set_visible(False)
