"""Crimes on record: searched by reference, place and time; one with its versions, its map and who matches it; one
entered by hand."""

from typing import Annotated, Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from markupsafe import Markup

from api.documents.maps.crime import scene_of_crime
from api.documents.maps.streets import with_streets
from api.documents.maps.svg import svg
from api.http.dependencies import asked_for
from api.http.middleware import unescaped
from api.http.paging import After
from api.schemas.matching.crimes import NewCrime
from api.usecases.desk.base_map import streets_within
from api.usecases.matching import crimes, review
from api.usecases.matching.verdicts import latest_counts
from api.usecases.request_context import Page, RequestContext
from api.views.matching.crime_words import crime_line, verdict_rows, versions_in_words
from api.views.matching.match_words import queue_row
from api.web.browser import PREFIX, Asked
from api.web.entering import answered
from api.web.forms import Form, form_of
from api.web.lists import listing
from api.web.menu import PageController
from api.web.notes import done_at
from api.web.pages.analyst.filters import Text, begins, day_of, ends
from api.web.rendering import page
from tracker.access.roles import Right
from tracker.crimes.page_queries import CrimeFilter
from tracker.crimes.place import place_near
from tracker.errors import BadEntry

PATH = f"{PREFIX}/crimes"
LABELS = {
    "force": "Force", "crimeRef": "Crime reference", "crimeType": "Crime type", "from": "From", "to": "To",
    "gridReference": "Grid reference", "easting": "Easting", "northing": "Northing",
    "locationAccuracyM": "Known to", "text": "What happened", "match": "Match it",
}  # fmt: skip
NEAR_M = 500.0


def address_of(force: str, crime_ref: str) -> str:
    """References may have a slash in them."""
    return f"{PATH}/{quote(force, safe='')}/{quote(crime_ref, safe='')}"


class Crimes(PageController):
    """Reported crimes."""

    path = PATH
    menu = "Crimes"
    dependencies = {"context": asked_for(Right.READ_CRIMES)}

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        request: Asked,
        crime_ref: Annotated[str, QueryParameter(name="crimeRef", max_length=200)] = "",
        force: Text = "",
        crime_type: Annotated[str, QueryParameter(name="crimeType", max_length=200)] = "",
        since: Annotated[str, QueryParameter(name="from", max_length=40)] = "",
        until: Annotated[str, QueryParameter(name="to", max_length=40)] = "",
        near: Text = "",
        within_m: Annotated[str, QueryParameter(name="withinM", max_length=20)] = "",
        after: After = None,
    ) -> Response[str]:
        wanted = CrimeFilter(
            # Blanks round a reference, as it is pasted, are none of it.
            force=force.strip() or None,
            crime_ref=crime_ref.strip() or None,
            crime_type=crime_type.strip() or None,
            since=begins(day_of(since, "From")),
            until=ends(day_of(until, "To")),
            near=place_near(None, None, None, None, near.strip()) if near.strip() else None,
            within_m=_metres(within_m),
        )
        asked = {
            "crimeRef": crime_ref.strip(), "force": force.strip(), "crimeType": crime_type.strip(), "from": since,
            "to": until, "near": near.strip(), "withinM": within_m,
        }  # fmt: skip
        found = crimes.list_crimes(context, wanted, page, after)
        return _list(request, found, asked)

    @get("/new", dependencies={"context": asked_for(Right.ENTER_CRIMES)}, sync_to_thread=True)
    def new(self, request: Asked) -> Response[str]:
        return _new(request)

    @post("/new", dependencies={"context": asked_for(Right.ENTER_CRIMES)}, sync_to_thread=True)
    def enter(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """One crime by hand, by the same rules as a row of a file."""

        def answer(form: Form) -> Response[Any]:
            made = crimes.enter(context, form.read(NewCrime, LABELS))
            words = "It is on record." if made.new else "The same report was on record already."
            if made.why_not_in_words:
                words += f" It cannot be matched: {made.why_not_in_words}."
            elif made.job is not None:
                words += f" Job {made.job.id} matches it."
            return done_at(request, address_of(made.crime.force, made.crime.crime_ref), words)

        return answered(request, answer, lambda _, error: _new(request, error))


class OneCrime(PageController):
    """One crime with its versions."""

    path = f"{PATH}/{{force:str}}/{{crime_ref:str}}"
    dependencies = {"context": asked_for(Right.READ_CRIMES)}

    @get(sync_to_thread=True)
    def show(
        self,
        force: FromPath[str],
        crime_ref: FromPath[str],
        context: NamedDependency[RequestContext],
        request: Asked,
    ) -> Response[str]:
        found = crimes.crime(context, unescaped(force), unescaped(crime_ref))
        matches = None
        if Right.REVIEW in context.actor.rights:
            matches = review.at_crime(context, found.force, found.crime_ref)
        verdicts = None
        if Right.READ_RUNS in context.actor.rights:
            verdicts = latest_counts(context, found.force, found.crime_ref)
        scene = scene_of_crime(found)
        return page(
            request,
            "pages/analyst/crime.html",
            f"Crime {found.crime_ref} of {found.force}",
            found=found,
            versions=versions_in_words(found),
            verdicts=verdicts,
            counted=[] if verdicts is None else verdict_rows(verdicts),
            drawn=None
            if scene is None
            else Markup(svg(with_streets(scene, streets_within(context.settings, scene.extent)))),
            matches=None if matches is None else [queue_row(each) for each in matches.items],
            matched=matches,
            may_withdraw=Right.ENTER_CRIMES in context.actor.rights,
            own=address_of(found.force, found.crime_ref),
        )


def _list(request: Asked, found: Any, asked: dict[str, str]) -> Response[str]:
    rows = [(crime_line(each), address_of(each.force, each.crime_ref)) for each in found.items]
    return page(
        request,
        "pages/analyst/crimes.html",
        "Crimes",
        listing=listing(request, found),
        found=found,
        rows=rows,
        asked=asked,
        given=any(asked.values()),
        near_m=NEAR_M,
        wide=True,
    )


def _new(request: Asked, error: Exception | None = None) -> Response[str]:
    return page(
        request, "pages/analyst/new_crime.html", "Enter a crime by hand", form=form_of(request.scope), error=error
    )


def _metres(text: str) -> float:
    """Raises BadEntry."""
    if not text.strip():
        return NEAR_M
    try:
        metres = float(text)
    except ValueError:
        metres = -1.0
    if not 0 < metres <= 50_000:
        raise BadEntry(f"Within is {text.strip()[:20]!r}. Give metres, from 1 to 50,000.")
    return metres


HANDLERS = (Crimes, OneCrime)
