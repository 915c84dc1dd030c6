"""Streets for the box that a map shows, from the home's base map; nothing is asked of another server."""

from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.documents.maps.leaflet import layer_json
from api.documents.maps.streets import streets_layer
from api.http.dependencies import asked_for
from api.usecases.desk.base_map import streets_within
from api.usecases.request_context import RequestContext
from api.web.browser import PREFIX
from api.web.menu import PageController
from geo.outlines import Box
from tracker.access.roles import Right

Metres = Annotated[float, QueryParameter(ge=0, le=1_300_000)]


class Streets(PageController):
    """One layer of shapes, as the map on the screen has them."""

    path = f"{PREFIX}/streets"
    dependencies = {"context": asked_for(Right.READ_CRIMES)}

    @get(sync_to_thread=True)
    def show(
        self, context: NamedDependency[RequestContext], west: Metres, south: Metres, east: Metres, north: Metres
    ) -> Response[bytes]:
        layer = streets_layer(streets_within(context.settings, Box(west, south, east, north)))
        return Response(layer_json(layer), media_type="application/json")


HANDLERS = (Streets,)
