"""Who the demo's entries are made by: the people who can log in to it, one of each role."""

from dataclasses import replace

from sqlalchemy import Engine

from api.settings import Settings
from api.usecases.actor import LOCAL
from api.usecases.request_context import RequestContext
from tracker.access.roles import Role

NAMES = {
    Role.OFFICER: "olu",
    Role.ANALYST: "ana",
    Role.RELEASER: "rob",
    Role.EVALUATOR: "eva",
    Role.PROTECTION: "dee",
    Role.ADMINISTRATOR: "ada",
    Role.PRACTITIONER: "pru",
    Role.SUPPLIER: "sue",
}


def context_of(role: Role, settings: Settings, engine: Engine) -> RequestContext:
    """In the name of the demo's person with this role."""
    return RequestContext(replace(LOCAL, name=NAMES[role]), settings, engine)
