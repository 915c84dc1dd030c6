"""A query parameter that an address does not have is refused, naming those it has: a misspelt filter must not answer as
if there were none."""

from typing import Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.exceptions import ValidationException
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute


def known_parameters(app: Litestar) -> dict[tuple[str, str], tuple[str, ...]]:
    """By path template and method, the query parameters of each address, in order of their names."""
    return {
        (route.path_format, str(method)): tuple(sorted(each.field_alias for each in kwargs.expected_query_params))
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (_, kwargs) in route.route_handler_map.items()
    }


def check_query(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """The application's guard, after the one for rights. Raises ValidationException, one fault for each name."""
    method = connection.scope.get("method")
    if not connection.query_params:
        return
    known = connection.app.state.known_parameters.get((connection.scope["path_template"], method))
    if known is None:
        return
    unknown = sorted(set(connection.query_params) - set(known))
    if unknown:
        there_are = f"there are {', '.join(known)}" if known else "this address takes none"
        raise ValidationException(
            extra=[
                {"key": name, "message": f"there is no such query parameter; {there_are}", "source": "query"}
                for name in unknown
            ]
        )
