"""A query parameter that an address does not have is refused, naming those it has: a misspelt filter must not answer as
if there were none. So is one that is given twice where one value counts: a proxy may read the other one."""

import re
from typing import Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.exceptions import ValidationException
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute

_LOST_PLUS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+ [0-9]{2}:?[0-9]{2}")
"""A time whose + was read as a blank, as addresses have it."""


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


def lists_of(app: Litestar) -> dict[int, frozenset[str]]:
    """By handler (its `id`), the query parameters that may be given several times."""
    return {
        id(handler): frozenset(each.field_alias for each in kwargs.expected_query_params if each.is_sequence)
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
    lists = connection.app.state.list_parameters[id(connection.scope["route_handler"])]
    given = [name for name, _ in connection.query_params.multi_items()]
    twice = sorted({name for name in given if name in known and given.count(name) > 1} - lists)
    if twice:
        raise ValidationException(
            extra=[
                {"key": name, "message": f"`{name}` is given more than once; give it once", "source": "query"}
                for name in twice
            ]
        )
    unescaped = [
        name for name, value in connection.query_params.multi_items() if name in known and _LOST_PLUS.fullmatch(value)
    ]
    if unescaped:
        raise ValidationException(
            extra=[
                {
                    "key": name,
                    "message": f"`{name}` has a blank before its offset: in an address write +01:00 as %2B01:00",
                    "source": "query",
                }
                for name in unescaped
            ]
        )
    unknown = sorted(set(given) - set(known))
    if unknown:
        there_are = f"there are {', '.join(known)}" if known else "this address takes none"
        raise ValidationException(
            extra=[
                {"key": name, "message": f"there is no query parameter `{name}`; {there_are}", "source": "query"}
                for name in unknown
            ]
        )
