"""Whether the process lives, and whether it can do its work."""

from typing import Literal

from litestar import get
from litestar.di import NamedDependency
from sqlalchemy import Engine

from api.http.auth import public
from api.http.problems import answers
from api.http.readiness import check_ready, notes_of
from api.schemas.wire import Wire
from api.settings import Settings
from api.usecases.operation.database_watch import DatabaseWatch


class Health(Wire, frozen=True, kw_only=True):
    status: Literal["ok"] = "ok"


class Ready(Health, frozen=True, kw_only=True):
    """`notes`: what a person should do before long; it keeps nothing from working."""

    notes: tuple[str, ...] = ()


@get("/health/live", operation_id="live", tags=["health"], opt=public(), sync_to_thread=False)
def live() -> Health:
    """The process answers."""
    return Health()


@get("/health/ready", operation_id="ready", tags=["health"], opt=public(), responses=answers(503), sync_to_thread=True)
def ready(
    engine: NamedDependency[Engine], settings: NamedDependency[Settings], watch: NamedDependency[DatabaseWatch]
) -> Ready:
    """Database reached, whole by its own last check and at this version's tables, tag stream readable; else a problem
    with status 503."""
    check_ready(engine, settings, watch)
    return Ready(notes=notes_of(engine, settings, watch))
