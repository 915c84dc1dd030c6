"""Crimes on record: searched by reference, place and time; one with its versions; one entered by hand."""

from datetime import datetime
from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.dependencies import asked_for
from api.http.middleware import unescaped
from api.http.paging import After
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS, answers
from api.schemas.matching.crimes import CrimeEntered, CrimeOut, CrimePage, CrimeTypePage, NewCrime
from api.usecases.matching import crimes
from api.usecases.request_context import Page, RequestContext
from tracker.access.roles import Right
from tracker.crimes.page_queries import CrimeFilter
from tracker.crimes.place import place_near
from tracker.errors import BadEntry


class Crimes(Controller):
    """Reported crimes."""

    path = "/crimes"
    tags = ("crimes",)
    dependencies = {"context": asked_for(Right.READ_CRIMES)}
    problems = READ_PROBLEMS

    @get(operation_id="listCrimes", responses=answers(422), sync_to_thread=True)
    def list_crimes(
        self,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        force: Annotated[str | None, QueryParameter(description="Crimes of this force.")] = None,
        crime_ref: Annotated[str | None, QueryParameter(name="crimeRef", description="With this reference.")] = None,
        crime_type: Annotated[str | None, QueryParameter(name="crimeType", description="Of this type.")] = None,
        since: Annotated[
            datetime | None, QueryParameter(name="from", description="Windows from this instant on.")
        ] = None,
        until: Annotated[datetime | None, QueryParameter(name="to", description="Windows before this instant.")] = None,
        easting: Annotated[
            float | None, QueryParameter(ge=0, le=1_000_000, description="With northing: near this place.")
        ] = None,
        northing: Annotated[float | None, QueryParameter(ge=0, le=2_000_000, description="With easting.")] = None,
        latitude: Annotated[
            float | None, QueryParameter(ge=-90, le=90, description="With longitude, WGS84: near this place.")
        ] = None,
        longitude: Annotated[float | None, QueryParameter(ge=-180, le=180, description="With latitude.")] = None,
        grid_reference: Annotated[
            str | None,
            QueryParameter(name="gridReference", max_length=20, description="Near this place, such as TQ 302 796."),
        ] = None,
        within_m: Annotated[
            float | None,
            QueryParameter(name="withinM", gt=0, le=50_000, description="How near to that place, in metres; 500."),
        ] = None,
        batch: Annotated[str | None, QueryParameter(description="Crimes of the batch with this id.")] = None,
        after: After = None,
    ) -> CrimePage:
        """The latest version of each, by time. Times carry a zone; distances are in metres of EPSG:27700."""
        near = place_near(easting, northing, latitude, longitude, grid_reference)
        if within_m is not None and near is None:
            raise BadEntry("`withinM` goes with a place: give `easting` and `northing`, or another way to name one")
        wanted = CrimeFilter(
            force=force,
            crime_ref=crime_ref,
            crime_type=crime_type,
            since=since,
            until=until,
            near=near,
            within_m=500.0 if within_m is None else within_m,
            batch=batch,
        )
        return crimes.list_crimes(context, wanted, page, after)

    @get("/types", operation_id="listCrimeTypes", sync_to_thread=True)
    def list_types(self, context: NamedDependency[RequestContext]) -> CrimeTypePage:
        """The dated table of types: which are acquisitive, which is knife crime. Crimes of other types load too."""
        return crimes.list_types(context)

    @get("/{force:str}/{crime_ref:str}", operation_id="getCrime", sync_to_thread=True)
    def get_crime(
        self, force: FromPath[str], crime_ref: FromPath[str], context: NamedDependency[RequestContext]
    ) -> CrimeOut:
        """Every version of one crime, with what changed; a slash in a reference is sent as %2F."""
        return crimes.crime(context, unescaped(force), unescaped(crime_ref))

    @post(
        operation_id="enterCrime",
        dependencies={"context": asked_for(Right.ENTER_CRIMES)},
        responses=ENTRY_PROBLEMS,
        sync_to_thread=True,
    )
    def enter_crime(self, data: JSONBody[NewCrime], context: NamedDependency[RequestContext]) -> CrimeEntered:
        """One crime by hand, by the same rules as a row of a file; with `match` a match of it alone is asked for."""
        return crimes.enter(context, data)


HANDLERS = (Crimes,)
