"""Which boroughs a programme could take next, ranked by knife crime, and the counts that this rests on."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.documents import borough_map
from api.http.dependencies import OF_PROGRAMME, asked_for
from api.http.files import file_response
from api.usecases.delivery import boroughs
from api.usecases.request_context import Page, Programme, RequestContext
from api.web.browser import Asked
from api.web.lists import listing
from api.web.menu import PageController
from api.web.pages.delivery.within import PROGRAMMES, base, within
from tracker.access.roles import Right
from tracker.times import AsOf

Year = Annotated[str | None, QueryParameter(max_length=7)]
OrderBy = Annotated[Literal["level", "group"], QueryParameter(name="orderBy")]


class Boroughs(PageController):
    path = f"{PROGRAMMES}/{{key:str}}/boroughs"
    dependencies = {"context": asked_for(Right.READ_PROGRAMME), **OF_PROGRAMME}

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        page: NamedDependency[Page],
        request: Asked,
        year: Year = None,
        order_by: OrderBy = "level",
    ) -> Response[str]:
        now = boroughs.choose(context, programme, as_of, year=year, order_by=order_by)
        counts = boroughs.list_counts(context, as_of, page, year=year)
        return within(
            request,
            context,
            programme,
            "boroughs.html",
            "Choosing boroughs",
            here="rollout",
            now=now,
            counts=counts,
            listing=listing(request, counts),
            orders=(("level", "By the borough's knife crime"), ("group", "By that of its command unit")),
            map=f"{base(programme)}/boroughs/map.svg?{urlencode({'asAt': now.as_at, 'year': now.year or ''})}",
            attribution=borough_map.ATTRIBUTION,
        )

    @get("/map.svg", sync_to_thread=True)
    def draw(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        year: Year = None,
    ) -> Response[bytes]:
        """The darker, the more knife crime; the edge says where the programme is live."""
        found = boroughs.choose(context, programme, as_of, year=year, order_by="level")
        return file_response(borough_map.svg(found), "image/svg+xml", "boroughs.svg")


HANDLERS = (Boroughs,)
