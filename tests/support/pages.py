"""The table of pages for the tests: each with an address to open, and who may open it. A page that is missing here
fails `tests/web/test_table.py`; one that is here is opened as each role, with a browser and without."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

import uvicorn

from api.http.app import create_app
from api.usecases.stores import open_record
from api.web.browser import COOKIE
from tests.support import delivery_pages, evaluation_pages, release_pages, withdrawal_pages
from tests.support.clients import ADDED, PASSWORD, Client, cheap
from tests.support.crime_files import batch_row
from tests.support.pilot import PILOT
from tests.support.review import matched
from tests.support.worlds import SCENE, World, done, tag_all_four, write_files
from tracker.access.roles import Role
from tracker.access.session_service import login
from tracker.access.user_service import add_user, users
from tracker.licences.case_service import assign_case
from tracker.retention.subject_access_service import receive_request

OFFICER, ANALYST, RELEASER, EVALUATOR, PROTECTION, ADMIN, PRACTITIONER, SUPPLIER = Role
EVERYONE = frozenset(Role)


class Opened(NamedTuple):
    """`address`: of `furnished`, to be opened. `may`: None where nobody has to log in. `kilobytes`: the most that it
    may weigh with all it loads, compressed; 150 for one with a map. `sees`: where not each of `may` sees what is there,
    who does."""

    address: str
    may: frozenset[Role] | None
    kilobytes: int = 60
    sees: frozenset[Role] | None = None


PAGES: dict[str, Opened] = {
    "/app/login": Opened("/app/login", None),
    "/app/accessibility": Opened("/app/accessibility", None),
    "/app/matches": Opened("/app/matches?shown=all", frozenset({ANALYST})),
    "/app/matches/{match_id}": Opened("/app/matches/1", frozenset({ANALYST}), 150),
    "/app/crimes": Opened("/app/crimes", frozenset({ANALYST})),
    "/app/crimes/new": Opened("/app/crimes/new", frozenset({ANALYST})),
    "/app/crimes/{force}/{crime_ref}": Opened("/app/crimes/Metropolitan/4417%2F19", frozenset({ANALYST})),
    "/app/batches": Opened("/app/batches", frozenset({ANALYST})),
    "/app/batches/{number}": Opened("/app/batches/1", frozenset({ANALYST})),
    "/app/jobs": Opened("/app/jobs", frozenset({ANALYST})),
    "/app/jobs/{job_id}": Opened("/app/jobs/1", frozenset({ANALYST})),
    "/app/jobs/rematch": Opened("/app/jobs/rematch", frozenset({ANALYST})),
    "/app/programmes/{key}/standing-settings": Opened(
        f"/app/programmes/{PILOT}/standing-settings", frozenset({ANALYST})
    ),
    "/app/accuracy": Opened("/app/accuracy", frozenset({ANALYST})),
    "/app/accuracy/report": Opened("/app/accuracy/report", frozenset({ANALYST})),
    "/app/runs": Opened("/app/runs", frozenset({ANALYST})),
    "/app/runs/{run_id}": Opened("/app/runs/latest", frozenset({ANALYST})),
    "/app/runs/{run_id}/difference": Opened("/app/runs/latest/difference?since=latest", frozenset({ANALYST})),
    "/app/trails": Opened("/app/trails", frozenset({ANALYST})),
    "/app/ask": Opened("/app/ask", frozenset({ANALYST})),
    "/app/first-day": Opened("/app/first-day", frozenset({OFFICER, PROTECTION, ADMIN})),
    "/app/new-programme": Opened("/app/new-programme", frozenset({OFFICER})),
    "/app/home": Opened("/app/home", EVERYONE),
    "/app/help": Opened("/app/help", EVERYONE),
    "/app/me": Opened("/app/me", EVERYONE),
    **{path: Opened(*each) for path, each in delivery_pages.PAGES.items()},
    "/app/files": Opened("/app/files", delivery_pages.SENDERS),
    "/app/files/{import_id}": Opened("/app/files/2", delivery_pages.SENDERS, sees=delivery_pages.OFFICER),
    **{path: Opened(*each) for path, each in withdrawal_pages.PAGES.items()},
    **{path: Opened(*each) for path, each in release_pages.PAGES.items()},
    **{path: Opened(*each) for path, each in evaluation_pages.PAGES.items()},
    "/app/cases": Opened("/app/cases", frozenset({PRACTITIONER})),
    "/app/cases/{licence}": Opened("/app/cases/L-inside", frozenset({PRACTITIONER})),
    "/app/me/second-factor": Opened("/app/me/second-factor", EVERYONE),
    "/app/keeping": Opened("/app/keeping", frozenset({PROTECTION})),
    "/app/keeping/purge": Opened("/app/keeping/purge", frozenset({PROTECTION})),
    "/app/review-readers": Opened("/app/review-readers", frozenset({PROTECTION})),
    "/app/requests": Opened("/app/requests", frozenset({PROTECTION})),
    "/app/requests/{number}": Opened("/app/requests/1", frozenset({PROTECTION})),
    "/app/erasures": Opened("/app/erasures", frozenset({PROTECTION})),
    "/app/linkage/{number}": Opened("/app/linkage/1", frozenset({PROTECTION})),
    "/app/audit": Opened("/app/audit", frozenset({PROTECTION})),
    "/app/users": Opened("/app/users", frozenset({ADMIN})),
    "/app/users/{name}": Opened("/app/users/analyst", frozenset({ADMIN})),
    "/app/users/{name}/end": Opened("/app/users/analyst/end", frozenset({ADMIN})),
    "/app/users/{name}/second-factor": Opened("/app/users/analyst/second-factor", frozenset({ADMIN})),
}
"""By path template of a GET that answers HTML."""

NO_PAGES: dict[str, frozenset[Role] | None] = {
    "/": None,
    "/app": EVERYONE,
    "/app/still": EVERYONE,
    "/app/static/{digest}/{name}": None,
    "/app/jobs/{job_id}/events": frozenset({ANALYST}),
    "/app/streets": frozenset({ANALYST}),
    "/app/runs/{run_id}/manifest": frozenset({ANALYST}),
    **delivery_pages.NO_PAGES,
    **release_pages.NO_PAGES,
    **evaluation_pages.NO_PAGES,
}
"""GETs that lead elsewhere, or answer a file: who may ask."""

POSTS: dict[str, frozenset[Role] | None] = {
    "/app/login": None,
    "/app/logout": EVERYONE,
    "/app/matches/reject": frozenset({ANALYST}),
    "/app/matches/undo/{name}": frozenset({ANALYST}),
    "/app/matches/{match_id}/assign": frozenset({ANALYST}),
    "/app/matches/{match_id}/decide": frozenset({ANALYST}),
    "/app/matches/{match_id}/reopen": frozenset({ANALYST}),
    "/app/matches/{match_id}/notes": frozenset({ANALYST}),
    "/app/matches/{match_id}/notes/{number}/correct": frozenset({ANALYST}),
    "/app/matches/{match_id}/notes/{number}/take-back": frozenset({ANALYST}),
    "/app/crimes/new": frozenset({ANALYST}),
    "/app/trails": frozenset({ANALYST}),
    "/app/runs/{run_id}/verify": frozenset({ANALYST}),
    "/app/batches/{number}/file": frozenset({ANALYST}),
    "/app/matches/file": frozenset({ANALYST}),
    "/app/matches/{match_id}/file": frozenset({ANALYST}),
    "/app/runs/{run_id}/file": frozenset({ANALYST}),
    "/app/matches/looked": frozenset({ANALYST}),
    "/app/jobs": frozenset({ANALYST}),
    "/app/jobs/{job_id}/cancel": frozenset({ANALYST}),
    "/app/jobs/{job_id}/again": frozenset({ANALYST}),
    "/app/jobs/rematch": frozenset({ANALYST}),
    "/app/programmes/{key}/standing-settings": frozenset({ANALYST}),
    "/app/programmes/{key}/standing-settings/take-back": frozenset({ANALYST}),
    "/app/accuracy": frozenset({ANALYST}),
    "/app/accuracy/take-back": frozenset({ANALYST}),
    **dict.fromkeys((f"/app/ask/{kind}" for kind in ("presence", "series", "together")), frozenset({ANALYST})),
    "/app/new-programme": frozenset({OFFICER}),
    "/app/me/password": EVERYONE,
    "/app/me/sessions": EVERYONE,
    **delivery_pages.POSTS,
    **release_pages.POSTS,
    **withdrawal_pages.POSTS,
    **evaluation_pages.POSTS,
    "/app/cases/{licence}/day": frozenset({PRACTITIONER}),
    "/app/me/second-factor/enrol": EVERYONE,
    "/app/me/second-factor/confirm": EVERYONE,
    "/app/me/second-factor/remove": EVERYONE,
    **dict.fromkeys(
        (
            "/app/keeping",
            "/app/keeping/purge",
            "/app/review-readers",
            "/app/requests",
            "/app/requests/{number}/draft",
            "/app/requests/{number}/moves",
            "/app/erasures",
            "/app/erasures/preview",
            "/app/erasures/finish",
            "/app/linkage/{number}/decide",
            "/app/linkage/{number}/file",
            "/app/audit/verify",
            "/app/audit/head",
            "/app/audit/open",
        ),
        frozenset({PROTECTION}),
    ),
    "/app/users": frozenset({ADMIN}),
    "/app/users/{name}/role": frozenset({ADMIN}),
    "/app/users/{name}/end": frozenset({ADMIN}),
    "/app/users/{name}/sessions": frozenset({ADMIN}),
    "/app/users/{name}/second-factor": frozenset({ADMIN}),
    "/app/users/{name}/outside-identity": frozenset({ADMIN}),
}
"""By path template of a POST: who may send it."""

WITH_A_FILE = {"/app/files/send", "/app/rollout-effect"}
"""Those whose form is not read before it is known who sends it: without a session they lead to the login."""


class Site(NamedTuple):
    """A server over a home, and the cookie of each role's session."""

    world: World
    address: str
    cookies: dict[Role, str]


@contextmanager
def serving(world: World) -> Iterator[Site]:
    """A server over a home, in a thread."""
    server = uvicorn.Server(uvicorn.Config(create_app(world.settings), port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Site(world, f"http://127.0.0.1:{port}", {role: cookie_of(world, role) for role in Role})
    server.should_exit = True
    thread.join(timeout=30)


def furnished(world: World) -> World:
    """The afternoon with everyone tagged, and a user of each role; a batch of one crime; a match of all for review,
    of which one waits for release and one was released."""
    write_files(world.files)
    tag_all_four(world)
    east, north = SCENE
    here = {"easting": str(east), "northing": str(north)}
    when = {"crimeDateTimeFrom": "20190910120000", "crimeDateTimeTo": "20190910130000"}
    row = batch_row(crimeReference="b1", batchId="MPS20190911", **here, **when)
    (world.files / "batch.csv").write_text(row)
    done(world, "import", "crimes", world.files / "batch.csv", "--format", "ministry")
    release_pages.add_crime(world)
    engine = open_record(world.settings)
    known = {user.name for user in users(engine)}
    for role in Role:
        if (name := name_of(role)) not in known:
            add_user(engine, name, role, PASSWORD, how=cheap(world.settings), by="a test", now=ADDED)
    receive_request(engine, "W-away", ADDED.date(), by="a test", now=ADDED)
    assign_case(engine, "L-inside", name_of(PRACTITIONER), by="a test", now=ADDED)
    engine.dispose()
    with world.client_as(Role.ANALYST) as analyst:
        assert matched(world, analyst)["state"] == "done"
    delivery_pages.send_a_file(world)
    release_pages.furnish(world)
    evaluation_pages.furnish(world)
    withdrawal_pages.furnish(world)
    done(world, "tag", "model", "D-inside", "D-passer", "--is", "GT-2")
    return world


def name_of(role: Role) -> str:
    return role.value.replace(" ", "-")


def cookie_of(world: World, role: Role) -> str:
    """The cookie of a session that has just begun."""
    engine, now = open_record(world.settings), datetime.now(UTC)
    began = login(engine, name_of(role), PASSWORD, how=cheap(world.settings), now=now, browser=True)
    engine.dispose()
    return began.refresh


@contextmanager
def browsing(world: World, role: Role | None) -> Iterator[Client]:
    """A client with a role's cookie, or with none; it is led nowhere by itself."""
    with world.client() as client:
        client.follow_redirects = False
        if role is not None:
            client.cookies.set(COOKIE, cookie_of(world, role))
        yield client


def hidden_field(page: str, name: str) -> str:
    """The value of a hidden field of a page."""
    return page.partition(f'name="{name}" value="')[2].partition('"')[0]
