"""The demo's people, one of each role, with passwords made anew and printed each time the demo is served."""

import secrets
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from api.usecases.home_keys import password_hasher
from tracker.access.roles import Role
from tracker.access.user_service import add_user, set_password, users

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


def demo_users(engine: Engine, home: Path, now: datetime) -> dict[str, tuple[Role, str]]:
    """Name to role and password. Where the demo's flag is off none of them can log in."""
    there = {user.name for user in users(engine)}
    out, how = {}, password_hasher(home)
    for role, name in NAMES.items():
        password = secrets.token_urlsafe(15)
        if name in there:
            set_password(engine, name, password, how=how, by="demo", now=now)
        else:
            add_user(engine, name, role, password, demo=True, how=how, by="demo", now=now)
        out[name] = (role, password)
    return out
