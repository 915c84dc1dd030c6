"""One answer, whoever asks: `--json` on the command line and the same question over HTTP give the same JSON.

Each pair is a command and an address on the same record, at the same day.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.clients import Client
from tests.support.pilot import PILOT
from tests.support.release_lists import person, write_list
from tests.support.worlds import World, done, load_papers
from tracker.access.roles import Role

DAY, MONTH_END = "2019-11-01", "2019-10-31"
PAIRS: list[tuple[Role, str, tuple[str, ...], str]] = [
    (Role.OFFICER, "tags", ("tag", "stock", "--as-at", DAY), f"/programmes/{PILOT}/tags?limit=1000&asAt={DAY}"),
    (
        Role.OFFICER,
        "lost tags",
        ("tag", "lost", "--as-at", DAY),
        f"/programmes/{PILOT}/lost-tags?limit=1000&asAt={DAY}",
    ),
    (Role.OFFICER, "programmes", ("programme", "list", "--as-at", DAY), f"/programmes?asAt={DAY}"),
    (Role.OFFICER, "programme", ("programme", "show", PILOT, "--as-at", DAY), f"/programmes/{PILOT}?asAt={DAY}"),
    (
        Role.OFFICER,
        "discrepancies",
        ("programme", "discrepancies", PILOT, "--as-at", DAY),
        f"/programmes/{PILOT}/discrepancies?asAt={DAY}",
    ),
    (Role.OFFICER, "status", ("status", "--as-at", DAY), f"/programmes/{PILOT}/status?asAt={DAY}"),
    (Role.OFFICER, "overview", ("overview", "--as-at", DAY), f"/programmes/{PILOT}/overview?asAt={DAY}"),
    (Role.OFFICER, "another's overview", ("overview", "--programme", "marsoc"), "/programmes/marsoc/overview"),
    (Role.OFFICER, "attention", ("attention", "list", "--as-at", DAY), f"/programmes/{PILOT}/attention?asAt={DAY}"),
    (
        Role.OFFICER,
        "attention, one kind",
        ("attention", "open", "undecided", "--as-at", DAY),
        f"/programmes/{PILOT}/attention/undecided?limit=1000&asAt={DAY}",
    ),
    (Role.OFFICER, "settlements", ("attention", "settled"), f"/programmes/{PILOT}/settlements?limit=1000"),
    (Role.OFFICER, "rollout", ("rollout", "show", "--as-at", DAY), f"/programmes/{PILOT}/rollout?asAt={DAY}"),
    (Role.OFFICER, "budget", ("budget", "position", "--as-at", DAY), f"/programmes/{PILOT}/budget?asAt={DAY}"),
    (Role.OFFICER, "duties", ("duty", "list", "--as-at", DAY), f"/programmes/{PILOT}/duties?asAt={DAY}"),
    (
        Role.OFFICER,
        "boroughs",
        ("boroughs", "choose", "--as-at", DAY, "--order", "group"),
        f"/programmes/{PILOT}/boroughs?asAt={DAY}&orderBy=group",
    ),
    (Role.OFFICER, "knife crime", ("boroughs", "counts", "--as-at", DAY), f"/knife-crime?limit=1000&asAt={DAY}"),
    (Role.OFFICER, "another's status", ("status", "--programme", "marsoc"), "/programmes/marsoc/status"),
    (Role.OFFICER, "another's rollout", ("rollout", "show", "--programme", "ivma"), "/programmes/ivma/rollout"),
    (
        Role.OFFICER,
        "licences",
        ("screen", "list", "--as-at", DAY),
        f"/programmes/{PILOT}/licences?limit=1000&asAt={DAY}",
    ),
    (
        Role.OFFICER,
        "licences passed",
        ("screen", "list", "--as-at", DAY, "--answer", "passed", "--undecided"),
        f"/programmes/{PILOT}/licences?limit=1000&asAt={DAY}&answer=passed&undecided=true",
    ),
    (
        Role.OFFICER,
        "licence",
        ("screen", "show", "L00001", "--as-at", DAY),
        f"/programmes/{PILOT}/licences/L00001?asAt={DAY}",
    ),
    (
        Role.OFFICER,
        "entries",
        ("record", "list", "terms", "--history"),
        f"/programmes/{PILOT}/case-records/terms?history=true",
    ),
    (Role.OFFICER, "an entry", ("record", "show", "launch", "1"), f"/programmes/{PILOT}/records/launch/1"),
    (Role.OFFICER, "questions", ("list",), f"/programmes/{PILOT}/lists"),
    (
        Role.OFFICER,
        "people on a list",
        ("list", "everyone", "--as-at", DAY, "--limit", "1000", "--names", "--borough", "lambeth"),
        f"/programmes/{PILOT}/lists/everyone?limit=1000&asAt={DAY}&names=true&borough=lambeth",
    ),
    (
        Role.OFFICER,
        "people on a list, as known before",
        ("list", "everyone", "--as-at", DAY, "--limit", "1000", "--as-known-at", "2030-01-01T00:00:00Z"),
        f"/programmes/{PILOT}/lists/everyone?limit=1000&asAt={DAY}&asKnownAt=2030-01-01T00:00:00Z",
    ),
    (
        Role.OFFICER,
        "scores",
        ("ogrs", "show", "P00001", "--as-at", DAY),
        f"/programmes/{PILOT}/wearers/P00001/scores?asAt={DAY}",
    ),
    (
        Role.OFFICER,
        "as known before",
        ("status", "--as-at", DAY, "--as-known-at", "2030-01-01T01:00:00+01:00"),
        f"/programmes/{PILOT}/status?asAt={DAY}&asKnownAt=2030-01-01T00:00:00Z",
    ),
    (
        Role.ANALYST,
        "standing settings",
        ("standing", "list", "--programme", PILOT, "--as-at", DAY, "--history"),
        f"/programmes/{PILOT}/standing-settings?asAt={DAY}&history=true",
    ),
    (Role.ANALYST, "levels", ("levels", "list", "--as-at", DAY), f"/accuracy-levels?asAt={DAY}"),
    (
        Role.ANALYST,
        "levels ever entered",
        ("levels", "list", "--as-at", DAY, "--history"),
        f"/accuracy-levels?asAt={DAY}&history=true",
    ),
    (
        Role.ANALYST,
        "levels as known before",
        ("levels", "list", "--as-at", DAY, "--as-known-at", "2019-01-01T00:00:00Z"),
        f"/accuracy-levels?asAt={DAY}&asKnownAt=2019-01-01T00:00:00Z",
    ),
    (Role.PROTECTION, "retention", ("keep", "list", "--as-at", DAY), f"/retention?asAt={DAY}"),
    (Role.EVALUATOR, "columns", ("cohort", "columns"), "/cohorts/columns"),
    (Role.EVALUATOR, "power", ("power", "--as-at", MONTH_END), f"/programmes/{PILOT}/power?asAt={MONTH_END}"),
    (
        Role.EVALUATOR,
        "match quality",
        ("cohort", "quality", "--as-at", MONTH_END),
        f"/programmes/{PILOT}/match-quality?asAt={MONTH_END}",
    ),
    (Role.EVALUATOR, "exports", ("cohort", "list"), f"/programmes/{PILOT}/cohorts"),
    (Role.EVALUATOR, "ledger", ("cohort", "ledger"), f"/programmes/{PILOT}/tables"),
    (Role.ANALYST, "what to match again", ("review", "rematch", "--dry-run"), "/jobs/rematch"),
    (Role.RELEASER, "changed matches", ("review", "changed"), "/changed-matches"),
    (Role.ANALYST, "decided matches", ("review", "changed", "--decided"), "/changed-matches?decided=true"),
    (Role.ADMINISTRATOR, "users", ("user", "list"), "/users"),
    (
        Role.PROTECTION,
        "audit",
        ("audit", "list", "--subject", "tag_event", "--limit", "3"),
        "/audit?subject=tag_event&limit=3",
    ),
]
RUN_PAIRS: list[tuple[str, tuple[str, ...], str]] = [
    ("runs", ("runs",), "/runs"),
    ("run", ("show",), "/runs/latest"),
    ("crimes not matched", ("show", "--not-matchable"), "/runs/latest/not-matchable"),
    (
        "candidates at a crime",
        ("show", "--crime", "4417/19", "--force", "Metropolitan"),
        "/runs/latest/candidates?crimeRef=4417%2F19&force=Metropolitan&orderBy=strongest",
    ),
    (
        "candidates of a wearer",
        ("show", "--wearer", "W-inside"),
        "/runs/latest/candidates?wearerId=W-inside&orderBy=strongest",
    ),
    (
        "one candidate",
        ("show", "--crime", "4417/19", "--force", "Metropolitan", "--wearer", "W-inside"),
        "/runs/latest/candidates/Metropolitan/4417%2F19/W-inside",
    ),
    (
        "verdicts",
        ("show", "--crime", "4417/19", "--force", "Metropolitan", "--verdicts"),
        "/runs/latest/crimes/Metropolitan/4417%2F19/verdicts",
    ),
    ("difference", ("runs", "--compare", "latest", "latest"), "/runs/latest/difference?before=latest"),
    ("verification", ("verify", "latest"), "/runs/latest/verification"),
    ("accuracy", ("accuracy",), "/accuracy-report"),
]
"""What an analyst asks of a finished run."""
PAGE = {"limit", "offset"}
"""A command shows every row of a list, an address a page of them."""


def held(answer: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in answer.items() if name not in PAGE}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A small record: two people on a release list, one of them released and with an alert; tags, money and a duty."""
    home = tmp_path_factory.mktemp("agree")
    world = World(home / "home", home)
    load_papers(world)
    world.run("rollout", "launch", "--phase", "February 2019", "--on", "2019-02-18")
    done(world, "screen", "import", write_list(home / "releases.csv", person(1), person(2)))
    done(world, "licence", "move", "L00001", "release", "--at", "2019-09-02T10:00:00Z")
    done(world, "licence", "alert", "L00001", "exclusion zone", "--at", "2019-09-10T21:00:00Z")
    counts = home / "counts.csv"
    counts.write_text("borough,year,count\nLambeth,2018,700\nHackney,2018,600\n")
    published = ("--published", "2019-01-15", "--source", "MPS", "--licence", "OGL v3.0")
    done(world, "boroughs", "import", counts, *published)
    done(world, "budget", "spend", "A1", "lost-tags", "30,000.50", "tags", "--on", "2019-06-02")
    done(world, "duty", "done", "dpia", "DPIA v1.2", "--on", "2019-02-01")
    received = ("--contract", "gps-tags", "--model", "GT-2", "--at", "2019-09-01T09:00:00Z")
    world.run("tag", "receive", "T1", "T2", *received)
    for factor in ("1.3", "1.35"):
        adopted = ("--from", "2019-03-01", "--factor", factor, "--reason", "report of 2019-10-01")
        done(world, "levels", "adopt", "GT-2", *adopted)
        settings = ("--programme", PILOT, "--radius-m", "50", "--from", "2019-03-01", "--reason", "small streets")
        done(world, "standing", "set", *settings)
    world.run("tag", "move", "T2", "lose", "--at", "2019-09-05T09:00:00Z")
    return world


@pytest.fixture(scope="module")
def clients(served: World) -> Iterator[dict[Role, Client]]:
    """A client logged in with each role that asks."""
    with ExitStack() as stack:
        yield {role: stack.enter_context(served.client_as(role)) for role in dict.fromkeys(role for role, *_ in PAIRS)}


@pytest.mark.parametrize(
    ("role", "command", "address"), [(role, *asked) for role, _, *asked in PAIRS], ids=[name for _, name, *_ in PAIRS]
)
def test_the_command_line_and_http_give_the_same_json(
    served: World, clients: dict[Role, Client], role: Role, command: tuple[str, ...], address: str
) -> None:
    over_http = clients[role].get(address)
    assert over_http.status_code == 200, over_http.text
    assert held(served.json(*command)) == held(over_http.json())


@pytest.mark.parametrize(("command", "address"), [pair[1:] for pair in RUN_PAIRS], ids=[name for name, *_ in RUN_PAIRS])
def test_the_command_line_and_http_give_the_same_json_of_a_run(
    matched: World, command: tuple[str, ...], address: str
) -> None:
    with matched.client_as(Role.ANALYST) as client:
        over_http = client.get(address)
    assert over_http.status_code == 200, over_http.text
    assert held(matched.json(*command)) == held(over_http.json())
