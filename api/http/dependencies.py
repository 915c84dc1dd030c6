"""What handlers are handed: the context of a request whose right has been asked, the programme, the page, the day.

A right stands once, in a Controller's `dependencies`: `{"context": asked_for(Right.READ_CASES)}`. The application's
guard (`api.http.auth.check_right`) reads it from there, before anything else of the request is looked at. A handler
that asks for no context and is not public is refused to everyone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from litestar import Request
from litestar.di import NamedDependency, Provide
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, PathParameter, QueryParameter
from sqlalchemy import Engine

from api.errors import Forbidden
from api.http.crowd import Crowd
from api.http.middleware import unescaped
from api.http.outside_issuer import OutsideIssuer
from api.http.paging import Limit, Offset
from api.http.request_limit import RequestLimit
from api.settings import Settings
from api.usecases.actor import Actor
from api.usecases.operation.database_watch import DatabaseWatch
from api.usecases.request_context import Page, Programme, RequestContext
from tracker.access.roles import Right
from tracker.record.engine import reading
from tracker.record.grouped_readings import GroupedReadings
from tracker.times import AsOf

CONTEXT = "context"
_RIGHTS = "rights_asked"

AsAt = Annotated[date | None, QueryParameter(name="asAt", description="The state on this day; today by default.")]
AsKnownAt = Annotated[
    datetime | None,
    QueryParameter(
        name="asKnownAt",
        description="As known at this instant (with its zone), whatever was entered later; as known now by default.",
    ),
]

Number = Annotated[int, PathParameter(ge=1, le=2**53, description="Its number.")]


@dataclass(frozen=True)
class Serving:
    """What requests of one server share."""

    settings: Settings
    engine: Engine
    watch: DatabaseWatch
    crowd: Crowd
    requests: RequestLimit
    issuer: OutsideIssuer | None
    wake_workers: Callable[[], None]
    readings: GroupedReadings


def serving_of(scope: Any) -> Serving:
    """Of the server that was asked: addresses and their handlers are made once a process, for any number of servers."""
    found: Serving = scope["litestar_app"].state.serving
    return found


def _of_server(what: Callable[[Serving], Any]) -> Provide:
    def provide(request: Request[Any, Any, Any]) -> Any:
        return what(serving_of(request.scope))

    return Provide(provide, sync_to_thread=False)


async def provide_actor(request: Request[Any, Any, Any]) -> Actor:
    """The request's actor; on a route that nobody has to log in for, one without any right."""
    found = request.scope.get("user")
    return found if isinstance(found, Actor) else Actor("nobody")


def asked_for(*rights: Right) -> Provide:
    """Provides the `RequestContext` of an actor who has one of these rights; none given, a session is enough."""

    def provide_context(
        actor: NamedDependency[Actor],
        settings: NamedDependency[Settings],
        writer: NamedDependency[Engine],
        serving: NamedDependency[Serving],
    ) -> RequestContext:
        if rights:
            actor.must(*rights)
        return RequestContext(actor, settings, writer, serving.wake_workers, serving.readings)

    setattr(provide_context, _RIGHTS, rights)
    return Provide(provide_context, sync_to_thread=False)


def _public_context(
    settings: NamedDependency[Settings], writer: NamedDependency[Engine], serving: NamedDependency[Serving]
) -> RequestContext:
    return RequestContext(Actor("nobody"), settings, writer, serving.wake_workers, serving.readings)


PUBLIC_CONTEXT = Provide(_public_context, sync_to_thread=False)
"""For a route that is public: an actor without any right."""


def rights_of(handler: BaseRouteHandler) -> tuple[Right, ...] | None:
    """The rights of which a handler asks one; () where a session is enough; None where it asks for nothing."""
    return rights_provided(handler.resolve_dependencies())


def rights_provided(dependencies: Mapping[str, Any]) -> tuple[Right, ...] | None:
    """As `rights_of`, of the dependencies of a handler or of a Controller."""
    provider = dependencies.get(CONTEXT)
    found: tuple[Right, ...] | None = None if provider is None else getattr(provider.dependency, _RIGHTS, None)
    return found


def provide_programme(key: FromPath[str], context: NamedDependency[RequestContext]) -> Programme:
    return context.programme(unescaped(key))


def provide_page(limit: Limit = 50, offset: Offset = 0) -> Page:
    return Page(limit, offset)


def provide_as_of(context: NamedDependency[RequestContext], as_at: AsAt = None, as_known_at: AsKnownAt = None) -> AsOf:
    return context.as_of(as_at, as_known_at)


def _refused() -> RequestContext:
    raise Forbidden(None)


PROVIDERS: dict[str, Any] = {
    "actor": Provide(provide_actor),
    "serving": _of_server(lambda serving: serving),
    "settings": _of_server(lambda serving: serving.settings),
    "engine": _of_server(lambda serving: reading(serving.engine)),
    "writer": _of_server(lambda serving: serving.engine),
    "watch": _of_server(lambda serving: serving.watch),
    # Of a handler that asks for no right. The guard has refused it before; this refuses it again.
    CONTEXT: Provide(_refused, sync_to_thread=False),
    "page": Provide(provide_page, sync_to_thread=False),
    "as_of": Provide(provide_as_of, sync_to_thread=False),
}
"""For the application: a handler takes of these what it names. No field of a body may have such a name: Litestar takes
what is wrong with that field for a fault of the server."""

OF_PROGRAMME: dict[str, Provide] = {"programme": Provide(provide_programme, sync_to_thread=True)}
"""For Controllers whose address has a programme's key; bodies elsewhere have a field of the name."""
