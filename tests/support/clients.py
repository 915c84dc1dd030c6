"""HTTP clients that have logged in."""

from dataclasses import replace
from datetime import UTC, datetime

from argon2 import PasswordHasher
from litestar import Litestar
from litestar.testing import TestClient

from api.settings import Settings
from api.usecases.home_keys import password_hasher
from api.usecases.stores import open_record
from tracker.access.hashing import KeyedHasher
from tracker.access.roles import Role
from tracker.access.user_service import add_user, users

Client = TestClient[Litestar]

PASSWORD = "correct horse battery"
ONE_FACTOR = {
    "TAGPILOT_WORKERS": "0",
    "TAGPILOT_SECOND_FACTOR": "none",
    "TAGPILOT_MOST_REQUESTS_EACH": "0",
    "TAGPILOT_KEEP_CURRENT": "0",
}
"""Settings of a server on which a password is enough, that counts no requests, and that runs no job and begins none."""
FILE = {"content-type": "text/csv"}
"""Headers of a file that is sent."""
ADDED = datetime(2019, 9, 10, 12, tzinfo=UTC)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Hashes at once, so that no test waits for a hash; the real cost is in the benchmarks."""


def cheap(settings: Settings) -> KeyedHasher:
    """Hashes at once, under the home's key."""
    return replace(password_hasher(settings.home), argon2=CHEAP)


def log_in(client: Client, settings: Settings, role: Role, name: str | None = None) -> None:
    """Log in with this role, adding the user first if there is none of this name (the role's, unless given)."""
    name = name or role.value.replace(" ", "-")
    engine = open_record(settings)
    if name not in {user.name for user in users(engine)}:
        add_user(engine, name, role, PASSWORD, how=cheap(settings), by="a test", now=ADDED)
    engine.dispose()
    answer = client.post("/auth/login", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    client.headers["authorization"] = f"Bearer {answer.json()['accessToken']}"
