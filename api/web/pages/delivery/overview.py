"""The officer's overview: what waits, figures, map and course, money, licences."""

from typing import Any, NamedTuple

from litestar import Response, get
from litestar.di import NamedDependency

from api.documents import phase_map
from api.documents.borough_map import ATTRIBUTION
from api.documents.charts.shown import alternative, svg
from api.documents.course import chart_of
from api.http.dependencies import OF_PROGRAMME, asked_for
from api.schemas.delivery.budget import LineMoney, Money
from api.schemas.delivery.status import ToDo
from api.usecases.delivery import overview
from api.usecases.request_context import Programme, RequestContext
from api.web.browser import Asked
from api.web.menu import PageController
from api.web.pages.delivery.within import PROGRAMMES, base, day_words, within
from tracker.access.roles import Right
from tracker.errors import NotFound
from tracker.times import AsOf

_TONES = {"Overdue": "bad", "Over": "bad", "Now": "bad", "Full": "full", "Waiting": "wait", "Soon": "wait"}


class Task(NamedTuple):
    """A thing to do, as the list of tasks shows it."""

    words: str
    href: str
    hint: str
    state: str
    tone: str


class Bar(NamedTuple):
    """A line's money as a bar: of a hundred, what is spent and what is promised beyond that."""

    line: LineMoney
    title: str
    spent: float
    promised: float


class Overview(PageController):
    path = f"{PROGRAMMES}/{{key:str}}"
    dependencies = {"context": asked_for(Right.READ_CASES), **OF_PROGRAMME}

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        request: Asked,
    ) -> Response[str]:
        """Everything of a day that an officer begins with."""
        now = overview.show(context, programme, as_of)
        own = base(programme)
        return within(
            request,
            context,
            programme,
            "overview.html",
            programme.name,
            here="",
            now=now,
            tasks=[_task(each, own) for each in now.to_do],
            tiles=now.imposed is not None,
            map=phase_map.svg(now.places, now.name, now.as_at) if now.places.boroughs else "",
            key=phase_map.key_of(now.places),
            attribution=ATTRIBUTION,
            bars=bars_of(now.money, now.titles),
            chart=f"{own}/course.svg" + (f"?{request.url.query}" if request.url.query else ""),
            words=alternative(chart_of(now)) if now.course else "",
        )

    @get("/course.svg", sync_to_thread=True)
    def course(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
    ) -> Response[bytes]:
        """The chart of the overview."""
        now = overview.show(context, programme, as_of)
        if not now.course:
            raise NotFound("Nothing had happened by then, so there is nothing to draw.")
        return Response(svg(chart_of(now)), media_type="image/svg+xml", headers={"cache-control": "no-store"})


def _task(each: ToDo, own: str) -> Task:
    due = "" if each.due is None else f"was due {day_words(each.due)}"
    hint = "; ".join(part for part in (each.source, due) if part)
    href = f"{own}/{each.done_page}"
    if each.done_page == "attention" and each.count is not None:
        href += f"/{each.kind}"
    if each.done_page == "licences":
        href += "?list=alerts-waiting"
    return Task(each.words, href, hint, each.tag, _TONES.get(each.tag, "plain"))


def bars_of(money: Money | Any, titles: dict[str, str]) -> list[Bar]:
    return [
        Bar(
            line,
            titles.get(line.line, line.line) + (f", {line.year}" if line.year else ""),
            *_shares(line.actual_pence, line.allocated_pence - line.free_pence, line.allocated_pence),
        )
        for line in money.lines
    ]


def _shares(spent: int, in_use: int, allocated: int) -> tuple[float, float]:
    whole = max(allocated, in_use, spent, 1)
    return round(100 * max(0, spent) / whole, 1), round(100 * max(0, in_use - max(0, spent)) / whole, 1)


HANDLERS = (Overview,)
