"""The demo's people, one of each role, with passwords made anew and printed each time the demo is served."""

import secrets
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from api.demo.people import NAMES, context_of
from api.demo.releases import PILOT
from api.settings import Settings
from api.usecases.home_keys import password_hasher
from tracker.access.roles import Role
from tracker.access.user_service import add_user, set_password, users
from tracker.licences.case_service import assign_case
from tracker.licences.queries import licences
from tracker.record.engine import reading
from tracker.times import AsOf

_CASES = 3


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


def hand_over_cases(settings: Settings, engine: Engine) -> None:
    """The practitioner has three cases, as an officer assigns them."""
    olu = context_of(Role.OFFICER, settings, engine)
    with reading(engine).connect() as connection:
        found = licences(connection, olu.programme(PILOT).id, AsOf(olu.today.day))
    for licence in found[:_CASES]:
        assign_case(engine, licence.reference, NAMES[Role.PRACTITIONER], **olu.entered)
