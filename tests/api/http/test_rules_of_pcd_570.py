"""Every rule of PCD 570 that says who is tagged, when, and what becomes of it (executive summary, 1.3, 1.4, 2.1, 2.3),
broken over HTTP in each way that there is: a request is refused, and what has happened is recorded and flagged. None is
silent."""

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from tests.support.clients import Client
from tests.support.pilot import PILOT as KEY
from tests.support.release_lists import person, write_list
from tests.support.review import RECIPIENT, matched, move
from tests.support.worlds import World, done, load_papers
from tracker.access.roles import Role

PILOT = f"/programmes/{KEY}"
TODAY = "2019-04-01"
MORNING = f"{TODAY}T09:00:00Z"
LATE = "2020-05-01"
"""After the last day to impose, 30 April 2020."""


class Broken(NamedTuple):
    """A rule that one person on the release list breaks. `kind`: what is said wherever the person has a place or a tag.
    `refuses`: no place is reserved without a reason; otherwise one is held, and marked."""

    rule: str
    source: str
    kind: str
    row: Mapping[str, str] = MappingProxyType({})
    decision: bool | None = True
    refuses: bool = True


BROKEN = (
    Broken("18 or over on release", "PCD 570, 1.3", "failed-adult", {"born": "2001-05-02"}),
    Broken(
        "no date of birth", "PCD 570, 1.3", "not-known", {"born": ""}, refuses=False
    ),
    Broken(
        "a sentence for a knife offence",
        "PCD 570, 1.3",
        "failed-knife-offence",
        {"knife_involved": "no", "offence_code": "66/1"},
    ),
    Broken(
        "a code alone shows no knife",
        "PCD 570, 1.3",
        "not-known",
        {"knife_involved": "", "knife_basis": "", "offence_code": "8/1"},
        refuses=False,
    ),
    Broken("from a London prison", "PCD 570, 1.3", "failed-london-prison", {"prison": "High Down"}),
    Broken("to a borough of the pilot", "PCD 570, 1.3", "failed-live-borough", {"borough": "Bromley"}),
    Broken("to a borough that is live", "PCD 570, 1.3", "not-known", {"borough": "Hackney"}, refuses=False),
    Broken("released after the first launch", "PCD 570, 1.3", "failed-operational-period", {
        "planned_release": "2019-02-17", "ogrs_date": "2019-02-01"
    }),
    Broken("released by the last day to impose", "PCD 570, executive summary", "failed-operational-period", {
        "planned_release": LATE, "licence_ends": "2021-05-01"
    }),
    Broken("probation agrees", "PCD 570, 1.4", "not-proportionate", decision=False),
    Broken("probation has decided", "PCD 570, 1.4", "undecided", decision=None, refuses=False),
)  # fmt: skip
_SAID = {"decidedBy": "B. Officer", "organisation": "NPS London", "reasons": "risk and need", "on": TODAY}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The pilot with its first phase live, and one list: for each rule two people who break it, and more who
    break none."""
    root = tmp_path_factory.mktemp("rules")
    (root / "files").mkdir()
    world = World(root / "home", root / "files").may_keep()
    (world.home / "today").write_text(f"{TODAY}\n")
    load_papers(world)
    done(world, "rollout", "launch", "--phase", "February 2019", "--on", "2019-02-18")
    rows = [each.row for each in BROKEN for _ in (1, 2)] + [YOUNGER] + [{}] * GOOD
    people = [{**person(n), **row} for n, row in enumerate(rows, 1)]
    done(world, "screen", "import", write_list(world.files / "releases.csv", *people))
    return world


GOOD = 12
"""People who break no rule, for tests that have to break one themselves."""
YOUNGER = {"born": "2001-05-01"}
"""18 on the planned day of release, and not a day earlier."""
_good, _tags = count(2 * len(BROKEN) + 2), count(1)


@pytest.fixture(scope="module")
def officer(world: World) -> Iterator[Client]:
    with world.client_as(Role.OFFICER) as client:
        yield client


def _ok(answer: Any) -> Any:
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def _place(officer: Client, licence: str, move: str, **more: str) -> Any:
    return officer.post(f"{PILOT}/licences/{licence}/place", json={"move": move, **more})


def _decide(officer: Client, licence: str, *, proportionate: bool = True) -> None:
    _ok(officer.post(f"{PILOT}/licences/{licence}/proportionate", json={"proportionate": proportionate, **_SAID}))


def _good_licence(officer: Client) -> str:
    licence = f"L{next(_good):05}"
    _decide(officer, licence)
    return licence


def _fitted(officer: Client, licence: str, at: str = MORNING) -> dict[str, Any]:
    tag = f"T{next(_tags)}"
    _ok(officer.post(f"{PILOT}/tags", json={"deviceIds": [tag], "at": at, "contract": "gps-tags"}))
    answer: dict[str, Any] = _ok(officer.post(f"/tags/{tag}/fit", json={"licence": licence, "at": at}))
    return answer


def _require_flagged(officer: Client, licence: str, kind: str, answer: dict[str, Any]) -> None:
    """It is said in the answer, on the person's page, and in what wants attention."""
    assert kind in [each["kind"] for each in answer["against"]], answer
    _require_shown(officer, licence, kind)


def _require_shown(officer: Client, licence: str, kind: str) -> None:
    wrong = _page(officer, licence)["wrong"]
    assert kind in [each["kind"] for each in wrong], wrong
    found = _ok(officer.get(f"{PILOT}/attention/{kind}?limit=100"))
    assert licence in [each["licence"] for each in found["items"]]
    assert "PCD 570" in found["source"]


def _page(officer: Client, licence: str) -> dict[str, Any]:
    page: dict[str, Any] = _ok(officer.get(f"{PILOT}/licences/{licence}/person"))
    return page


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.rule)
def test_who_breaks_a_rule_gets_no_place_or_tag_in_silence(officer: Client, broken: Broken) -> None:
    first, second = (f"L{2 * BROKEN.index(broken) + n:05}" for n in (1, 2))
    for licence in (first, second):
        if broken.decision is not None:
            _decide(officer, licence, proportionate=broken.decision)
    if broken.refuses:
        refused = _place(officer, first, "reserve")
        assert (refused.status_code, refused.json()["title"]) == (409, "Refused by a programme rule")
        assert broken.source in refused.json()["detail"]
        held = _ok(_place(officer, first, "reserve", reason="agreed with the head of service"))
        assert broken.kind in [each["kind"] for each in held["against"]]
        [settled] = [each for each in _page(officer, first)["wrong"] if each["kind"] == broken.kind]
        assert settled["settled"]["reason"] == "agreed with the head of service"
    else:
        _require_flagged(officer, first, broken.kind, _ok(_place(officer, first, "reserve")))
    assert broken.kind in [each["kind"] for each in _ok(_place(officer, second, "impose"))["against"]]
    _require_flagged(officer, second, broken.kind, _fitted(officer, second))


def test_a_place_after_the_last_day_to_impose_or_before_the_first_launch_is_refused(officer: Client) -> None:
    for on, kind in ((LATE, "too-late"), ("2019-02-17", "too-early")):
        licence = _good_licence(officer)
        refused = _place(officer, licence, "reserve", on=on)
        assert (refused.status_code, on in refused.json()["detail"]) == (409, True)
        assert kind in [
            each["kind"] for each in _ok(_place(officer, licence, "reserve", on=on, reason="agreed"))["against"]
        ]
    _require_flagged(officer, licence := _good_licence(officer), kind, _ok(_place(officer, licence, "impose", on=on)))
    future = _place(officer, _good_licence(officer), "impose", on=LATE)
    assert future.status_code == 422, "what is imposed has happened"


def test_a_release_earlier_than_planned_is_held_to_the_rules_of_its_own_day(officer: Client) -> None:
    """He was to be 18 on the planned day, and is released at 17."""
    licence = f"L{2 * len(BROKEN) + 1:05}"
    _decide(officer, licence)
    _ok(_place(officer, licence, "reserve"))
    moved = _ok(officer.post(f"{PILOT}/licences/{licence}/moves", json={"move": "release", "at": MORNING}))
    _require_flagged(officer, licence, "failed-adult", moved)


def test_a_place_whose_person_moves_out_of_the_live_boroughs_before_release_is_flagged(officer: Client) -> None:
    licence = _good_licence(officer)
    _ok(_place(officer, licence, "impose"))
    wearer = _page(officer, licence)["wearer"]
    _ok(officer.post(f"/wearers/{wearer}/addresses", json={"fromOn": "2019-05-01", "borough": "Bromley"}))
    _require_shown(officer, licence, "failed-live-borough")


def test_a_place_that_probation_decides_against_later_is_flagged(officer: Client) -> None:
    licence = _good_licence(officer)
    _ok(_place(officer, licence, "reserve"))
    _decide(officer, licence, proportionate=False)
    _require_shown(officer, licence, "not-proportionate")


def test_a_tag_without_a_condition_is_flagged(officer: Client) -> None:
    licence = _good_licence(officer)
    _require_flagged(officer, licence, "no-condition", _fitted(officer, licence))


def test_over_the_running_maximum_a_place_is_refused_and_a_condition_flagged(officer: Client) -> None:
    _set_maximum(
        officer, _ok(officer.get(f"{PILOT}/rollout"))["imposed"] + _ok(officer.get(f"{PILOT}/rollout"))["reserved"]
    )
    try:
        licence = _good_licence(officer)
        refused = _place(officer, licence, "reserve")
        assert (refused.status_code, "the launched phases allow" in refused.json()["detail"]) == (409, True)
        assert "(PCD 570, 2.1)" in refused.json()["detail"]
        imposed = _ok(_place(officer, licence, "impose"))
        assert imposed["over"] == 1, imposed
        assert "over the maximum by 1" in _items(officer)["places"]["words"]
    finally:
        _set_maximum(officer, 100)


def test_a_phase_before_its_turn_and_a_borough_of_another_plan_are_said_or_refused(officer: Client) -> None:
    unknown = officer.post(f"{PILOT}/launches", json={"borough": "Bromley", "on": TODAY})
    assert (unknown.status_code, "enter the decision that adds" in unknown.json()["detail"]) == (404, True)
    future = officer.post(f"{PILOT}/launches", json={"phase": "June", "on": "2019-06-01"})
    assert future.status_code == 422
    launched = _ok(officer.post(f"{PILOT}/launches", json={"phase": "September", "on": TODAY}))
    assert "supposes the earlier phases" in " ".join(launched["notes"])
    assert _items(officer)["launch-out-of-order"]["source"] == "PCD 570, 2.1"
    alone = _ok(officer.post(f"{PILOT}/launches", json={"borough": "Camden", "on": TODAY}))
    assert alone["notes"], "a borough before its phase"


def _items(officer: Client) -> dict[str, Any]:
    return {item["kind"]: item for item in _ok(officer.get(f"{PILOT}/attention"))["items"]}


def _set_maximum(officer: Client, tags: int) -> None:
    change = {"section": "phase", "where": {"name": "February 2019"}, "fields": {"runningMaximum": tags}}
    etag = officer.get(PILOT).headers["etag"]
    _ok(officer.post(f"{PILOT}/corrections", json={**change, "override": "a test"}, headers={"if-match": etag}))


def test_no_movement_of_anybody_under_fifty_per_cent_is_mapped(ready: World, as_: Callable[..., Client]) -> None:
    """2.3 and note 1: *hidden* scores 49, and stood at the scene."""
    ana = as_(Role.ANALYST)
    matched(ready, ana)
    for path in ("/matches?qAtMost=1", "/runs/latest/candidates"):
        assert "W-hidden" not in ana.get(path).text
    asked = {"from": "2019-09-10T12:00:00Z", "to": "2019-09-10T13:00:00Z", "purpose": "crime mapping"}
    trail = ana.get("/trails/W-hidden", params=asked)
    assert trail.status_code in (403, 404, 409), trail.text


def test_nothing_is_released_that_nobody_confirmed_or_the_same_person_did_or_whose_gate_has_closed(
    ready: World, as_: Callable[..., Client]
) -> None:
    """2.3: data is only released when a match is confirmed."""
    ana, rob = as_(Role.ANALYST), as_(Role.RELEASER)
    matched(ready, ana)
    found = ana.get("/matches", params={"wearerRef": "W-inside", "qAtMost": 1}).json()["items"][0]
    for at in ("/matches", "/releases/awaiting"):
        unconfirmed = move(rob, found["id"], "release", RECIPIENT, at)
        assert unconfirmed.status_code in (403, 404), unconfirmed.text
    assert ana.post(f"/releases/awaiting/{found['id']}/release", json=RECIPIENT).status_code == 403
