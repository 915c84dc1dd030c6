"""A chart as SVG: drawn by matplotlib, with text as text and no style in it.

Letters differ from machine to machine, so the places of words come from the one typeface that matplotlib brings; the
picture asks for Arial, which is narrower.
"""

import re
from html import escape
from io import BytesIO
from threading import Lock
from typing import Any

from api.documents.charts.data import BarChart, Chart, DotChart, LineChart
from api.documents.charts.line_chart import draw_lines
from api.documents.charts.look import SIZE, WIDE
from api.documents.charts.row_charts import draw_bars, draw_dots
from api.documents.charts.strip import draw_strip

_DRAWING = Lock()
_SETTINGS: Any = {
    "svg.fonttype": "none", "text.parse_math": False, "font.family": ["DejaVu Sans"], "font.size": SIZE,
    "axes.unicode_minus": False, "hatch.linewidth": 1.2, "hatch.color": "#ffffff",
}  # fmt: skip


def drawn(chart: Chart, alternative: str, withheld: str | None) -> bytes:
    """As SVG. One at a time: matplotlib's settings are the whole process's."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    out = BytesIO()
    with _DRAWING, rc_context({**_SETTINGS, "svg.hashsalt": chart.about.key}):
        # A pixel of the picture is a point of matplotlib's: 72 of them an inch.
        figure = Figure(figsize=(WIDE / 72, 360 / 72), dpi=72, facecolor="white")
        FigureCanvasSVG(figure)
        if isinstance(chart, LineChart):
            draw_lines(figure, chart, withheld)
        elif isinstance(chart, DotChart):
            draw_dots(figure, chart, withheld)
        elif isinstance(chart, BarChart):
            draw_bars(figure, chart, withheld)
        else:
            draw_strip(figure, chart)
        figure.savefig(out, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return _clean(out.getvalue().decode(), chart.about.title, alternative, chart.about.key).encode()


_STYLE = re.compile(r' style="([^"]*)"')
_LONG = re.compile(r"-?\d+\.\d{3,}(?!\d)")
_TAG = re.compile(r"<[^>]+>", re.DOTALL)


def _clean(picture: str, title: str, words: str, key: str) -> str:
    """Without what only some viewers need or a strict policy refuses: document type, style sheet, `style=`; places to a
    hundredth of a pixel; with a title and what the picture says."""
    picture = picture[picture.index("<svg") :]
    picture = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", picture, flags=re.DOTALL)
    picture = re.sub(r"<metadata>.*?</metadata>", "", picture, flags=re.DOTALL)
    picture = _STYLE.sub(lambda found: _attributes(found[1]), picture)
    picture = _TAG.sub(lambda tag: _LONG.sub(lambda place: f"{float(place[0]):.2f}", tag[0]), picture)
    opening, rest = picture.split(">", 1)
    opening = re.sub(r'(width|height)="([0-9.]+)pt"', r'\1="\2"', opening)
    opening += f' role="img" aria-labelledby="{key}-title {key}-words" stroke-linejoin="round" stroke-linecap="butt"'
    about = f'<title id="{key}-title">{escape(title)}</title>\n<desc id="{key}-words">{escape(words)}</desc>'
    return "\n".join(line.rstrip() for line in f"{opening}>\n{about}{rest}".splitlines() if line.strip()) + "\n"


def _attributes(style: str) -> str:
    pairs = (each.split(":", 1) for each in style.split(";") if each.strip())
    named = {name.strip(): value.strip() for name, value in pairs}
    if "font-family" in named:
        named["font-family"] = "Arial, Helvetica, sans-serif"
    return "".join(f' {name}="{value}"' for name, value in named.items())
