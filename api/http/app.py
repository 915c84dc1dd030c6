"""The HTTP application, made from settings; nothing is read from the environment here."""

import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache, partial
from importlib.metadata import version
from inspect import cleandoc, isawaitable
from typing import Any

import anyio.to_thread
from litestar import Litestar, Router
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from api.http.auth import Authentication, check_right, public
from api.http.crowd import Crowd
from api.http.dependencies import PROVIDERS, Serving
from api.http.idempotency import expiring, idempotent
from api.http.json_body import MOST_BYTES, CheckedRequest, check_values_of_query
from api.http.middleware import GuardedLitestar
from api.http.outside_issuer import OutsideIssuer
from api.http.problems import EXCEPTION_HANDLERS, answers
from api.http.query_parameters import check_query, known_parameters, lists_of, take_days
from api.http.refusals import record_refused
from api.http.request_limit import RequestLimit
from api.http.routes import (
    candidates,
    cases,
    cohorts,
    crimes,
    evaluation,
    health,
    imports,
    jobs,
    keeping,
    metrics,
    money,
    pages,
    people,
    programmes,
    releases,
    review,
    runs,
    sessions,
    tags,
    trails,
)
from api.http.routes.delivery import attention, boroughs, lists, own_cases, weekly
from api.http.routes.desk import batches, news, notes, taken_away
from api.http.routes.estimates import rollout as rollout_effects
from api.http.routes.questions import presence, series, together
from api.http.routes.record import decisions, entries, records, withdrawals
from api.settings import Settings
from api.usecases.operation.audit_heads import write_daily
from api.usecases.operation.database_watch import DatabaseWatch
from api.usecases.request_context import no_worker
from api.usecases.stores import engine_of
from api.web.error_pages import with_pages
from api.web.forms import forms_checked, forms_read
from api.web.menu import menu_of
from api.web.static_files import static_file
from api.web.table import PAGES
from tracker.record.grouped_readings import GroupedReadings

HANDLERS = (
    *sessions.HANDLERS,
    *news.HANDLERS,
    *notes.HANDLERS,
    *taken_away.HANDLERS,
    *runs.HANDLERS,
    *candidates.HANDLERS,
    *programmes.HANDLERS,
    *attention.HANDLERS,
    *money.HANDLERS,
    *decisions.HANDLERS,
    *entries.HANDLERS,
    *records.HANDLERS,
    *cases.HANDLERS,
    *people.HANDLERS,
    *tags.HANDLERS,
    *lists.HANDLERS,
    *boroughs.HANDLERS,
    *weekly.HANDLERS,
    *own_cases.HANDLERS,
    *keeping.HANDLERS,
    *imports.HANDLERS,
    *withdrawals.HANDLERS,
    *batches.HANDLERS,
    *crimes.HANDLERS,
    *trails.HANDLERS,
    *presence.HANDLERS,
    *together.HANDLERS,
    *series.HANDLERS,
    *jobs.HANDLERS,
    *review.HANDLERS,
    *releases.HANDLERS,
    *cohorts.HANDLERS,
    *evaluation.HANDLERS,
    *rollout_effects.HANDLERS,
)


def _prepare(handler: HTTPRouteHandler, problems: Mapping[int, ResponseSpec]) -> None:
    # Now, while `fn` is the function itself: of two handlers at one address Litestar 2.25 wraps one twice, and would
    # give the wrapper's docstring in the schema.
    handler.description = cleandoc(handler.fn.__doc__ or "")
    # A Controller says its problems once; Litestar 2.25 takes responses of single handlers alone.
    sent = answers(413, 415) if "data" in handler.fn.__annotations__ else {}
    handler.responses = {**answers(400, 429, 503), **sent, **problems, **(handler.responses or {})}


for _each in HANDLERS:
    for _handler in vars(_each).values():
        if isinstance(_handler, HTTPRouteHandler):
            _prepare(_handler, _each.problems)


async def _arrived(response: Any) -> Any:
    """A handler that was wrapped twice gives a promise of a Response, and nobody else awaits it."""
    return await response if isawaitable(response) else response


@cache
def routes() -> GuardedLitestar:
    """Every address with its handler; made once a process. What belongs to one server is no part of it."""
    made = GuardedLitestar(
        route_handlers=[health.live, health.ready, metrics.Metrics, *pages.HANDLERS, *HANDLERS, static_file, *PAGES],
        guards=[check_right, check_query, check_values_of_query, take_days],
        request_class=CheckedRequest,
        request_max_body_size=MOST_BYTES,
        after_request=_arrived,
        middleware=[metrics.measured, forms_read, Authentication, forms_checked, idempotent],
        dependencies=PROVIDERS,
        exception_handlers=with_pages(EXCEPTION_HANDLERS),
        # Not by LITESTAR_DEBUG of the environment either: with it errors would quote what was being read.
        debug=False,
        logging_config=None,
        openapi_config=OpenAPIConfig(
            title="TagPilot",
            version=version("tagpilot"),
            description="Which tags were near which reported crimes. A match is a lead for a person to judge.",
            use_handler_docstrings=True,
            # JSON alone: the viewers load their scripts from other people's servers.
            render_plugins=[JsonRenderPlugin()],
            openapi_router=Router("/schema", route_handlers=[], opt=public(), include_in_schema=False),
            components=Components(
                security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")}
            ),
            security=[{"bearer": []}],
        ),
    )
    made.state.known_parameters, made.state.list_parameters = known_parameters(made), lists_of(made)
    made.state.menu = menu_of(PAGES)
    return made


def create_app(settings: Settings, *, wake: Callable[[], None] = no_worker) -> Litestar:
    """The application over the stores of `settings.home`. Nothing is made or upgraded: `/health/ready` says what is
    missing. `wake` is called once a job is stored."""
    engine = engine_of(settings)

    stop = threading.Event()
    serving = Serving(
        settings=settings,
        engine=engine,
        watch=DatabaseWatch(engine),
        crowd=Crowd(),
        requests=RequestLimit(settings.most_requests_each),
        issuer=None if settings.issuer is None else OutsideIssuer(settings.issuer),
        wake_workers=wake,
        readings=GroupedReadings(engine),
    )

    @asynccontextmanager
    async def running(_app: Litestar) -> AsyncIterator[None]:
        serving.watch.last()
        daily = threading.Thread(target=write_daily, args=(settings, engine, stop), name="audit heads", daemon=True)
        daily.start()
        async with expiring(engine):
            yield
        stop.set()
        await anyio.to_thread.run_sync(daily.join)
        await anyio.to_thread.run_sync(serving.watch.wait)
        engine.dispose()

    app = routes().over(running, serving=serving)
    app.host_names = settings.allowed_hosts
    app.crowd = serving.crowd
    app.record_refusal = partial(record_refused, settings, engine)
    return app
