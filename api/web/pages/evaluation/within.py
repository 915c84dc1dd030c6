"""What the evaluator's pages have in common: their programme, forms in addresses, charts with their tables."""

from typing import Any, NamedTuple

from litestar import Response

from api.documents.charts.data import About, Chart
from api.documents.charts.shown import alternative, csv_of, size, svg, table
from api.documents.evaluation_charts import SVG
from api.documents.sheet import CSV, Sheet
from api.http.dependencies import asked_for
from api.http.files import file_response
from api.usecases.request_context import Programme, RequestContext
from api.web.browser import PREFIX
from api.web.forms import Form
from api.web.menu import PILOT
from tracker.access.roles import Right
from tracker.evaluation.people.bands import LEVELS
from tracker.evaluation.people.subject import ATTRIBUTES

EVALUATION = f"{PREFIX}/evaluation"
EXPORTS: dict[str, Any] = {"context": asked_for(Right.EXPORT)}
WITHHELD = "[c]"
"""Withheld, so that nobody is told by it."""

EFFECT = {
    "method": "Method",
    "covariates": "What is adjusted for",
    "outcome": "Outcome",
    "ratio": "Others for each tagged person",
    "caliper": "Caliper",
    "contrast": "Who counts as tagged",
    "estimand": "The effect on whom",
    "graceDays": "Days of grace",
    "asAt": "As at",
    "comparisonSet": "Comparison set",
}
"""What an effect is asked with, and planned with, in words."""

NAMED = {"bcu": "Command (BCU)", "month": "Month of release"}
"""Attributes that say more by another name."""


class Picture(NamedTuple):
    """A chart on a page: its words, where its picture and its table are, the table itself, and how much room the
    picture takes, in pixels."""

    about: About
    image: str
    csv: str
    words: str
    sheet: Sheet
    width: int
    height: int


def programme_of(context: RequestContext) -> Programme:
    """The one whose evaluation this is."""
    return context.programme(PILOT)


def pictured(chart: Chart, query: str) -> Picture:
    address, after = f"{EVALUATION}/{chart.about.key}", f"?{query}" if query else ""
    return Picture(
        chart.about, f"{address}.svg{after}", f"{address}.csv{after}", alternative(chart), table(chart), *size(chart)
    )


def drawn(chart: Chart) -> Response[bytes]:
    return Response(svg(chart), media_type=SVG, headers={"cache-control": "no-store"})


def as_csv_file(chart: Chart) -> Response[bytes]:
    made = file_response(csv_of(chart), CSV, f"{chart.about.key}.csv")
    made.headers["cache-control"] = "no-store"
    return made


def or_withheld(number: float | None) -> str:
    """A count as a page writes it: what is withheld is never 0."""
    return WITHHELD if number is None else f"{number:,}"


def where_in(form: Form) -> dict[str, list[str]]:
    """The levels to which a form limits people, by attribute: those ticked, and those typed with ; between them."""
    found = {}
    for name in ATTRIBUTES:
        given = form.all(f"where-{name}")
        typed = [level.strip() for each in given for level in (each.split(";") if name not in LEVELS else [each])]
        if levels := [level for level in typed if level]:
            found[name] = levels
    return found
