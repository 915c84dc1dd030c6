"""The pages of a programme, for the table of pages (`tests/support/pages.py`)."""

from api.usecases.imports.kinds import EVERY_RIGHT
from tests.support.pilot import PILOT
from tests.support.release_lists import person, write_list
from tests.support.worlds import World, run_jobs
from tracker.access.roles import RIGHTS, Right, Role

OFFICER = frozenset({Role.OFFICER})
READERS = frozenset(role for role in Role if Right.READ_PROGRAMME in RIGHTS[role])
_OWN, _ADDRESS = "/app/programmes/{key}", f"/app/programmes/{PILOT}"

PAGES: dict[str, tuple[str, frozenset[Role], int]] = {
    "/app/programmes": ("/app/programmes", READERS, 60),
    _OWN: (_ADDRESS, OFFICER, 150),
    f"{_OWN}/rollout": (f"{_ADDRESS}/rollout", READERS, 150),
    f"{_OWN}/boroughs": (f"{_ADDRESS}/boroughs", READERS, 150),
    f"{_OWN}/licences": (f"{_ADDRESS}/licences", OFFICER, 60),
    f"{_OWN}/licences/{{licence}}": (f"{_ADDRESS}/licences/L-inside", OFFICER, 60),
    f"{_OWN}/tags": (f"{_ADDRESS}/tags", OFFICER, 60),
    f"{_OWN}/tags/{{device}}": (f"{_ADDRESS}/tags/D-inside", OFFICER, 60),
    f"{_OWN}/money": (f"{_ADDRESS}/money", READERS, 60),
    f"{_OWN}/duties": (f"{_ADDRESS}/duties", READERS, 60),
    f"{_OWN}/entries/{{kind}}": (f"{_ADDRESS}/entries/licence-move?licence=L-inside", OFFICER, 60),
    f"{_OWN}/entries/{{kind}}/{{number}}": (f"{_ADDRESS}/entries/terms/1", OFFICER, 60),
    f"{_OWN}/enter/{{what}}": (f"{_ADDRESS}/enter/address?of=L-inside", OFFICER, 60),
    f"{_OWN}/practitioners": (f"{_ADDRESS}/practitioners", OFFICER, 60),
    f"{_OWN}/settlements": (f"{_ADDRESS}/settlements", OFFICER, 60),
    f"{_OWN}/papers": (f"{_ADDRESS}/papers", READERS, 60),
    f"{_OWN}/papers/entries/{{section}}": (f"{_ADDRESS}/papers/entries/phase", READERS, 60),
    f"{_OWN}/papers/entries/{{section}}/{{number}}": (f"{_ADDRESS}/papers/entries/contract/1", READERS, 60),
    f"{_OWN}/attention": (f"{_ADDRESS}/attention", READERS, 60),
    f"{_OWN}/weekly-return": (f"{_ADDRESS}/weekly-return?from=2019-08-26&to=2019-09-08", OFFICER, 60),
    f"{_OWN}/attention/{{kind}}": (f"{_ADDRESS}/attention/no-condition", OFFICER, 60),
}
"""By path template: an address of `furnished`, who may open it, and how many kilobytes it may weigh."""

SENDERS = frozenset(role for role in Role if not RIGHTS[role].isdisjoint(EVERY_RIGHT))


def send_a_file(world: World) -> None:
    """A release list of which one row of two is refused, read by a worker: `/app/files/2`, for the match was job 1."""
    rows = (person(1), person(2) | {"born": "20190231"})
    sent = write_list(world.files / "releases.csv", *rows).read_bytes()
    with world.client_as(Role.OFFICER) as client:
        address = "/imports/releases?name=releases.csv"
        client.post(address, content=sent, headers={"content-type": "text/csv"}).raise_for_status()
    assert run_jobs(world) == 1


NO_PAGES: dict[str, frozenset[Role]] = dict.fromkeys(
    (
        "/app/overview",
        f"{_OWN}/course.svg",
        f"{_OWN}/licences/csv",
        f"{_OWN}/tags/csv",
        f"{_OWN}/weekly-return/csv",
        f"{_OWN}/weekly-return/docx",
    ),
    OFFICER,
) | {"/app/files/{import_id}/errors.csv": SENDERS, f"{_OWN}/boroughs/map.svg": READERS}

POSTS: dict[str, frozenset[Role]] = dict.fromkeys(
    (
        "/app/programmes/papers",
        f"{_OWN}/rollout/launch",
        f"{_OWN}/rollout/plan",
        f"{_OWN}/licences/search",
        f"{_OWN}/licences/{{licence}}/place",
        f"{_OWN}/licences/{{licence}}/decision",
        f"{_OWN}/licences/{{licence}}/moves",
        f"{_OWN}/licences/{{licence}}/alerts",
        f"{_OWN}/tags/receive",
        f"{_OWN}/tags/{{device}}/fit",
        f"{_OWN}/tags/{{device}}/remove",
        f"{_OWN}/tags/{{device}}/move",
        f"{_OWN}/money/commit",
        f"{_OWN}/money/spend",
        f"{_OWN}/money/move",
        f"{_OWN}/duties/done",
        f"{_OWN}/entries/{{kind}}/{{number}}/correct",
        f"{_OWN}/entries/{{kind}}/{{number}}/take-back",
        f"{_OWN}/enter/{{what}}",
        f"{_OWN}/papers/decisions",
        f"{_OWN}/papers/entries/{{section}}",
        f"{_OWN}/papers/entries/{{section}}/{{number}}/correct",
        f"{_OWN}/papers/entries/{{section}}/{{number}}/withdraw",
        f"{_OWN}/attention/settle",
        f"{_OWN}/attention/{{kind}}/settle",
    ),
    OFFICER,
) | {"/app/files/send": SENDERS}
