"""Every route, every role and nobody: who may ask what is written here a second time, and has to agree."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.support.worlds import World
from tracker.access.roles import Role

Client = TestClient[Litestar]
OFFICER, ANALYST, RELEASER, EVALUATOR, PROTECTION, ADMIN, PRACTITIONER, SUPPLIER = Role
NOBODY: frozenset[Role] = frozenset()
EVERYONE = frozenset(Role)
PROGRAMME = EVERYONE - {ADMIN, PRACTITIONER, SUPPLIER}

MAY: dict[str, frozenset[Role] | None] = {
    # None: nobody has to log in.
    "GET /health/live": None,
    "GET /health/ready": None,
    "GET /metrics": None,
    "POST /auth/login": None,
    "POST /auth/refresh": None,
    "POST /auth/logout": EVERYONE,
    "POST /auth/password": EVERYONE,
    "GET /auth/me": EVERYONE,
    "* /auth/sessions": EVERYONE,
    "GET /auth/notices": EVERYONE,
    "POST /auth/second-factor": EVERYONE,
    "* /users": frozenset({ADMIN}),
    "GET /programmes": PROGRAMME,
    "POST /programmes": frozenset({OFFICER}),
    "GET /knife-crime": PROGRAMME,
    "POST /knife-crime": frozenset({OFFICER}),
    "GET /programmes/{key}/licences": frozenset({OFFICER}),
    "GET /programmes/{key}/attention/{kind}": frozenset({OFFICER}),
    "GET /programmes/{key}/settlements": frozenset({OFFICER}),
    "* /programmes/{key}/lists": frozenset({OFFICER}),
    "GET /programmes/{key}/weekly-return": frozenset({OFFICER}),
    "GET /programmes/{key}/overview": frozenset({OFFICER}),
    "GET /programmes/{key}/tags": frozenset({OFFICER}),
    "GET /programmes/{key}/lost-tags": frozenset({OFFICER}),
    "GET /programmes/{key}/wearers": frozenset({OFFICER}),
    "* /alerts": frozenset({OFFICER}),
    "* /people": frozenset({OFFICER}),
    "* /tags": frozenset({OFFICER}),
    "POST /wearers/{wearer}/addresses": frozenset({OFFICER}),
    "POST /wearers/{wearer}/erase": frozenset({PROTECTION}),
    "* /erasures": frozenset({PROTECTION}),
    "* /audit": frozenset({PROTECTION}),
    "* /retention": frozenset({PROTECTION}),
    "* /keeping-records": frozenset({PROTECTION}),
    "GET /programmes/{key}/case-records": frozenset({OFFICER}),
    "* /subject-access": frozenset({PROTECTION}),
    "* /imports": frozenset({OFFICER, ANALYST, EVALUATOR, SUPPLIER}),
    "GET /imports/{import_id}/licences": frozenset({OFFICER}),
    "* /withdrawals": frozenset({OFFICER, ANALYST}),
    "POST /withdrawals/crimes": frozenset({ANALYST}),
    "* /cases": frozenset({PRACTITIONER}),
    "GET /programmes/{key}/practitioners": frozenset({OFFICER}),
    "* /programmes/{key}/licences/{licence}/practitioner": frozenset({OFFICER}),
    "* /crimes": frozenset({ANALYST}),
    "* /batches": frozenset({ANALYST}),
    "* /jobs": frozenset({ANALYST}),
    "* /runs": frozenset({ANALYST}),
    "* /accuracy-levels": frozenset({ANALYST}),
    "* /programmes/{key}/standing-settings": frozenset({ANALYST}),
    "GET /accuracy-report": frozenset({ANALYST}),
    "* /matches": frozenset({ANALYST}),
    "* /trails": frozenset({ANALYST}),
    "* /questions": frozenset({ANALYST}),
    "* /releases": frozenset({RELEASER}),
    "* /changed-matches": frozenset({ANALYST, RELEASER}),
    "GET /programmes/{key}/cohorts": frozenset({EVALUATOR, PROTECTION}),
    "POST /programmes/{key}/cohorts": frozenset({EVALUATOR}),
    "GET /programmes/{key}/tables": frozenset({EVALUATOR, PROTECTION}),
    "POST /programmes/{key}/tables": frozenset({EVALUATOR}),
    "GET /programmes/{key}/analysis-plans": frozenset({EVALUATOR}),
    "POST /programmes/{key}/analysis-plans": frozenset({EVALUATOR}),
    "GET /programmes/{key}/comparison-sets": frozenset({EVALUATOR, OFFICER}),
    "POST /programmes/{key}/comparison-sets": frozenset({EVALUATOR, OFFICER}),
    "GET /programmes/{key}/power": frozenset({EVALUATOR, OFFICER}),
    "GET /programmes/{key}/match-quality": frozenset({EVALUATOR}),
    "POST /programmes/{key}/effects": frozenset({EVALUATOR}),
    "POST /programmes/{key}/equality-reviews": frozenset({EVALUATOR}),
    "POST /programmes/{key}/equality-reviews/restricted": frozenset({EVALUATOR, OFFICER, PROTECTION}),
    "POST /programmes/{key}/review-readers": frozenset({PROTECTION}),
    "GET /cohort-jobs": frozenset({EVALUATOR}),
    "GET /cohorts": frozenset({EVALUATOR, PROTECTION}),
    "GET /cohorts/columns": frozenset({EVALUATOR}),
    "GET /cohorts/{number}/files": frozenset({EVALUATOR}),
    "POST /cohorts/{number}/destroy": frozenset({EVALUATOR, PROTECTION}),
    "POST /cohorts/{number}/linkage": frozenset({EVALUATOR}),
    "POST /cohorts/{number}/linkage/approve": frozenset({PROTECTION}),
    "POST /cohorts/{number}/linkage/refuse": frozenset({PROTECTION}),
    "POST /cohorts/{number}/linkage/file": frozenset({PROTECTION}),
}
"""By the longest beginning that fits."""


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Role | None, Client]]:
    root = tmp_path_factory.mktemp("access")
    world = World(root / "home", root / "files")
    world.may_keep()
    from contextlib import ExitStack

    with ExitStack() as stack:
        found: dict[Role | None, Client] = {None: stack.enter_context(world.client())}
        for role in Role:
            found[role] = stack.enter_context(world.client_as(role))
        yield found


def routes(client: Client) -> list[tuple[str, str]]:
    schema = client.get("/schema/openapi.json").json()
    return sorted((method.upper(), path) for path, held in schema["paths"].items() for method in held)


def expected(method: str, path: str) -> frozenset[Role] | None:
    fits = [key for key in MAY for verb, begins in [key.split()] if verb in ("*", method) and path.startswith(begins)]
    assert fits, f"{method} {path} is in no row of the table"
    return MAY[max(fits, key=lambda key: len(key.split()[1]))]


def ask(client: Client, method: str, path: str) -> Any:
    filled = path
    for name in ("key", "wearer", "licence", "device", "duty", "name", "run_id", "force", "crime_ref", "wearer_id"):
        filled = filled.replace("{" + name + "}", "nosuch")
    filled = filled.replace("{kind}", "crimes").replace("{question}", "everyone")
    while "{" in filled:
        start, rest = filled.split("{", 1)
        filled = f"{start}999999{rest.split('}', 1)[1]}"
    return client.request(method, filled, json={} if method != "GET" else None)


def test_each_route_answers_each_role_or_refuses_it(clients: dict[Role | None, Client]) -> None:
    wrong = []
    asked = 0
    for method, path in routes(clients[None]):
        if path in ("/auth/logout", "/auth/password"):
            continue
        may = expected(method, path)
        for role, client in clients.items():
            status = ask(client, method, path).status_code
            asked += 1
            if may is None:
                right = status not in (403, 500)
            elif role is None:
                right = status == 401
            elif role in may:
                right = status not in (401, 403, 500)
            else:
                right = status == 403
            if not right:
                wrong.append((method, path, role, status))
    assert not wrong
    assert asked > 400


def test_a_route_without_a_right_refuses_everyone(world: World, request: pytest.FixtureRequest) -> None:
    """Deny by default: a guard that was forgotten refuses."""
    from litestar import get

    from api.http.app import create_app, routes

    world.may_keep()

    @get("/forgotten", sync_to_thread=False)
    def forgotten() -> str:
        return "a secret"

    # Routes of its own, for those of the process are every other test's too.
    routes.cache_clear()
    request.addfinalizer(routes.cache_clear)
    app = create_app(world.settings)
    app.register(forgotten)
    with world.client_as(Role.ADMINISTRATOR) as logged_in, TestClient(app, base_url="http://127.0.0.1") as client:
        client.headers["authorization"] = logged_in.headers["authorization"]
        answer = client.get("/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.text
