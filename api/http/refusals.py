"""Failed logins, refused rights and refused tokens: who, from which address, put on record before they are answered."""

from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import Engine

from api.http.problems import RefusedHere
from api.settings import Settings
from api.usecases.actor import Actor
from api.usecases.stores import is_there
from api.usecases.today import today
from tracker.access.refusal_service import record_refusal


def record_refused(settings: Settings, engine: Engine, scope: Any, refused: RefusedHere) -> None:
    """Put one refusal on record. Where that fails, the refusal is answered all the same and the log says so."""
    actor, client = scope.get("user"), scope.get("client")
    who = refused.name if refused.name is not None else actor.name if isinstance(actor, Actor) else ""
    now = datetime.now(UTC)
    try:
        if is_there(settings):
            record_refusal(
                engine,
                refused.kind,
                who=who,
                address=str(client[0]) if client else "not known",
                what=refused.what,
                now=now,
                on_record=today(settings, now).now,
            )
    except Exception as error:
        structlog.get_logger("tagpilot").error("refusal_not_recorded", what=refused.kind, kind=type(error).__name__)
