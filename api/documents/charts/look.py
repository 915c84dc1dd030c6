"""How all charts look: colours, letters, the plot in its picture, keys and notes."""

from collections.abc import Sequence
from typing import Any, NamedTuple

COLOURS = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")
"""The Analysis Function's; shape, line or hatch differ as well, for whoever sees no colour."""
DASHES: tuple[Any, ...] = ("solid", (0, (6, 2)), (0, (2, 1.5)), (0, (8, 2, 2, 2)), (0, (1, 1)), (0, (4, 1, 1, 1)))
MARKERS, HATCHES = "osD^vP", ("", "////", "....", "xxxx", "----", "++++")
INK, GRID, SHADE, GREY = "#0b0c0c", "#d0d4d8", "#e0f0ef", "#6b7276"
WIDE, LINE, SIZE = 640, 18, 13
"""Width in pixels, height of a line of words, size of letters."""


class Room(NamedTuple):
    """What a chart takes from top to bottom, in pixels: the plot, and what stands below and above it."""

    bottom: float
    top: float
    tall: float

    @property
    def height(self) -> float:
        return self.tall + self.bottom + self.top


def plot(figure: Any, key: str, left: float, right: float, room: Room) -> Any:
    """One plot with so much room round it, in pixels; the picture is as tall as it takes."""
    bottom, _, tall = room
    height = room.height
    figure.set_size_inches(WIDE / 72, height / 72)
    left = min(left, WIDE / 2)
    right = min(right, WIDE / 2.5)
    axes = figure.add_axes((left / WIDE, bottom / height, (WIDE - left - right) / WIDE, tall / height))
    axes.set_gid(f"{key}-plot")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(INK)
    axes.tick_params(length=0, colors=INK, pad=6)
    axes.set_axisbelow(True)
    return axes


def key_of(axes: Any, names: Sequence[str], looks: Sequence[dict[str, Any]]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], **{"color": COLOURS[n % 6], "linestyle": "none", "markersize": 10, "markeredgewidth": 2, **how})
        for n, how in enumerate(looks)
    ]
    axes.legend(
        handles,
        names,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=len(names),
        frameon=False,
        borderaxespad=0.2,
        handletextpad=0.2,
        columnspacing=1.4,
    )


def notes_under(axes: Any, notes: Sequence[str]) -> None:
    """Lines at the foot of the picture, from its left edge."""
    for n, line in enumerate(reversed(notes)):
        axes.annotate(
            line, (12, 8 + n * LINE), xycoords="figure points", color=INK, annotation_clip=False, size=SIZE - 1
        )
