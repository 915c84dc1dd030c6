"""Choosing boroughs: the ranked table, its map, and the counts of knife crime it rests on."""

from typing import Annotated, Literal

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from api.documents import borough_map
from api.http.dependencies import OF_PROGRAMME, asked_for
from api.http.files import file_answer, file_response
from api.http.idempotency import ANSWER_STORED
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS
from api.schemas.delivery.boroughs import BoroughChoices, CountsWithdrawn, CountsWithdrawnIn, KnifeCrimePage
from api.usecases.delivery import boroughs
from api.usecases.request_context import Page, Programme, RequestContext
from tracker.access.roles import Right
from tracker.times import AsOf

Year = Annotated[
    str | None, QueryParameter(max_length=7, description="Of the counts: 2018 or 2018/19; by default the latest.")
]
OrderBy = Annotated[
    Literal["level", "group"],
    QueryParameter(name="orderBy", description="By the borough's knife crime, or by that of its command unit."),
]
_GEOJSON, _SVG = "application/geo+json", "image/svg+xml"


class BoroughChoosing(Controller):
    """Which boroughs a programme could take next, with the paper's two reasons (PCD 570, 2.2)."""

    path = "/programmes/{key:str}/boroughs"
    tags = ("programme",)
    dependencies = {"context": asked_for(Right.READ_PROGRAMME), **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @get(operation_id="chooseBoroughs", sync_to_thread=True)
    def choose(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        year: Year = None,
        order_by: OrderBy = "level",
    ) -> BoroughChoices:
        """Every borough, ranked by knife crime, with its command unit, beside capacity and what is live."""
        return boroughs.choose(context, programme, as_of, year=year, order_by=order_by)

    @get("/map", operation_id="mapBoroughs", operation_class=file_answer(_GEOJSON, _SVG), sync_to_thread=True)
    def draw(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        year: Year = None,
        file_format: Annotated[Literal["geojson", "svg"], QueryParameter(name="format")] = "geojson",
    ) -> Response[bytes]:
        """The same as a map: GeoJSON in WGS84, or SVG."""
        found = boroughs.choose(context, programme, as_of, year=year, order_by="level")
        if file_format == "svg":
            return file_response(borough_map.svg(found), _SVG, "boroughs.svg")
        return file_response(borough_map.geojson(found), _GEOJSON, "boroughs.geojson")


class KnifeCrime(Controller):
    """Counts of knife crime by borough and year, each with its source and licence. Files of them go to
    `/imports/knife-crime`."""

    path = "/knife-crime"
    tags = ("programme",)
    dependencies = {"context": asked_for(Right.READ_PROGRAMME)}
    problems = READ_PROBLEMS

    @get(operation_id="listKnifeCrime", sync_to_thread=True)
    def list_counts(
        self,
        context: NamedDependency[RequestContext],
        as_of: NamedDependency[AsOf],
        page: NamedDependency[Page],
        borough: Annotated[str | None, QueryParameter(max_length=64)] = None,
        year: Year = None,
    ) -> KnifeCrimePage:
        """Counts published by the day, the latest year first."""
        return boroughs.list_counts(context, as_of, page, borough=borough, year=year)

    @post(
        "/withdrawals",
        operation_id="withdrawKnifeCrime",
        dependencies={"context": asked_for(Right.ENTER_PROGRAMME)},
        responses=ENTRY_PROBLEMS,
        opt={ANSWER_STORED: True},
        sync_to_thread=True,
    )
    def withdraw(self, data: JSONBody[CountsWithdrawnIn], context: NamedDependency[RequestContext]) -> CountsWithdrawn:
        """The counts of one file, or of one borough and year, were entered by mistake."""
        return boroughs.withdraw_counts(
            context, file_id=data.file_id, borough=data.borough, year=data.year, reason=data.reason
        )


HANDLERS = (BoroughChoosing, KnifeCrime)
