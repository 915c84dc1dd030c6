"""A query parameter that an address does not have is refused, naming those it has: a misspelt filter must not answer as
if there were none. So is one that is given twice where one value counts: a proxy may read the other one.

`from` and `to` of an interval of instants may be days: a day stands for the midnight with which it begins in London.
"""

import re
from datetime import date
from typing import Any
from urllib.parse import urlencode

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.exceptions import ValidationException
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import Empty
from msgspec import inspect

from api.http.faults import parameters, plain_type
from tracker.times import london_midnight

_LOST_PLUS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+ [0-9]{2}:?[0-9]{2}")
"""A time whose + was read as a blank, as addresses have it."""


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ENDS = ("from", "to")


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


def take_days(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The application's guard, after those that check the query: a day as an end of an interval is read as its
    instant."""
    given = list(connection.query_params.multi_items())
    ends = {name for name, value in given if name in _ENDS and _DAY.fullmatch(str(value))}
    if not ends:
        return
    ends &= {alias for alias, _, kind in parameters(handler) if _is_instant(kind)}
    read = [(name, _instant(value) if name in ends else value) for name, value in given]
    connection.scope["query_string"] = urlencode(read).encode()
    # What was read of the query before is kept by the connection and by the scope.
    connection._parsed_query = connection._connection_state.parsed_query = Empty


def _is_instant(kind: inspect.Type) -> bool:
    kind = plain_type(kind)
    if isinstance(kind, inspect.UnionType):
        return any(map(_is_instant, kind.types))
    return isinstance(kind, inspect.DateTimeType)


def _instant(value: str) -> str:
    try:
        return london_midnight(date.fromisoformat(value)).isoformat()
    except ValueError:
        # No day of the calendar: refused like any other text.
        return value
