"""A query parameter that an address does not have is refused, naming those it has: a misspelt filter must not answer as
if there were none."""

from typing import Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.exceptions import ValidationException
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute


def known_parameters(app: Litestar) -> dict[int, tuple[str, ...]]:
    """By handler (its `id`), the query parameters it takes, in order of their names.

    Not by path template: of two addresses that differ in a parameter's name alone Litestar gives one template.
    """
    return {
        id(handler): tuple(sorted(each.field_alias for each in kwargs.expected_query_params))
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler, kwargs in route.route_handler_map.values()
    }


def check_query(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """The application's guard, after the one for rights. Raises ValidationException, one fault for each name."""
    # A guard is handed a copy of the handler; the scope has the one that is registered.
    known = connection.app.state.known_parameters.get(id(connection.scope["route_handler"]))
    if not connection.query_params or known is None:
        return
    unknown = sorted(set(connection.query_params) - set(known))
    if unknown:
        there_are = f"there are {', '.join(known)}" if known else "this address takes none"
        raise ValidationException(
            extra=[
                {"key": name, "message": f"there is no query parameter `{name}`; {there_are}", "source": "query"}
                for name in unknown
            ]
        )
