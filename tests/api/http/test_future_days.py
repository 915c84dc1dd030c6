"""What is dated after today is refused unless it is a plan: every field of a body that is a day or an instant."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import msgspec
import pytest

from api.schemas.wire import Body
from tests.support.clients import Client
from tests.support.release_lists import write_list
from tests.support.worlds import World, done, load_papers
from tracker.access.roles import Role

PILOT = "/programmes/gps-knife-licence"
LICENCE = f"{PILOT}/licences/L00001"
DAY, INSTANT = "2019-04-02", "2019-04-02T12:00:00Z"
_SAID = {"decidedBy": "B", "organisation": "NPS", "reasons": "r", "proportionate": True}
_MONEY = {"reference": "A1", "line": "tagging", "pence": 100, "words": "invoice"}
_SCORE = {"score": "56", "instrument": "OGRS3", "horizonYears": 2, "givenBy": "NPS"}
_CRIME: dict[str, Any] = {
    "force": "Metropolitan",
    "crimeRef": "1/19",
    "crimeType": "Robbery",
    "from": "2019-03-30T10:00:00Z",
}
_CRIME |= {"easting": 530000, "northing": 180000}
_DECISION = {"reference": "PCD 9", "title": "More", "effectiveOn": "2019-03-01", "paragraph": "1.1"}
O, A, R, D = Role.OFFICER, Role.ANALYST, Role.RELEASER, Role.PROTECTION  # noqa: E741
EVENTS: dict[tuple[str, str], tuple[Role, str, dict[str, Any]]] = {
    ("AlertIn", "at"): (O, f"{LICENCE}/alerts", {"kind": "strap"}),
    ("AlertMoveIn", "at"): (O, "/alerts/1/moves", {"move": "verified"}),
    ("CustodyIn", "fromAt"): (O, f"{LICENCE}/custody", {}),
    ("CustodyIn", "toAt"): (O, f"{LICENCE}/custody", {"fromAt": "2019-03-03T10:00:00Z"}),
    ("LicenceMoveIn", "at"): (O, f"{LICENCE}/moves", {"move": "release"}),
    ("ProportionateIn", "on"): (O, f"{LICENCE}/proportionate", _SAID),
    ("ReceiveIn", "at"): (O, f"{PILOT}/tags", {"deviceIds": ["T1"]}),
    ("FitIn", "at"): (O, "/tags/T1/fit", {"licence": "L00001"}),
    ("RemoveIn", "at"): (O, "/tags/T1/remove", {}),
    ("TagMoveIn", "at"): (O, "/tags/T1/moves", {"move": "lose"}),
    ("LaunchIn", "on"): (O, f"{PILOT}/launches", {"borough": "Hackney"}),
    ("PlaceIn", "on"): (O, f"{LICENCE}/place", {"move": "impose"}),
    ("ActualIn", "on"): (O, f"{PILOT}/actuals", _MONEY),
    ("ForecastIn", "on"): (O, f"{PILOT}/forecasts", {"line": "tagging", "pence": 100}),
    ("DoneIn", "on"): (O, f"{PILOT}/duties/dpia/done", {"evidence": "v1"}),
    ("NoteIn", "on"): (O, f"{LICENCE}/notes", {"words": "seen at home"}),
    ("ScoreIn", "on"): (O, f"{PILOT}/wearers/P00001/scores", _SCORE),
    ("AdoptionIn", "from"): (A, "/accuracy-levels", {"model": "GT-1", "level": 95, "reason": "report"}),
    ("StandingSettingIn", "from"): (A, f"{PILOT}/standing-settings", {"params": {"radiusM": 50}, "reason": "report"}),
    ("NewCrime", "from"): (A, "/crimes", {**_CRIME, "to": INSTANT}),
    ("NewCrime", "to"): (A, "/crimes", _CRIME),
    ("Acknowledged", "on"): (R, "/releases/1/acknowledge", {"words": "destroyed"}),
    ("OutcomeIn", "on"): (R, "/releases/1/outcome", {"outcome": "charged", "source": "DI"}),
    ("LaterDecisionIn", "signedOn"): (O, f"{PILOT}/decisions", _DECISION),
    ("AccessIn", "receivedOn"): (D, "/subject-access", {"wearerRef": "P00001"}),
}
"""By body and field: by whom and where it is sent, and the rest of the body."""
_ASKED = "asks for a day, and enters none"
PLANS: dict[tuple[str, str], str] = {
    ("CommitmentIn", "on"): "money is promised from a day on",
    ("VirementIn", "on"): "a decision moves money from a day on",
    ("CommitmentChangeIn", "on"): "a commitment moves or is reduced from a day on",
    ("LaterDecisionIn", "effectiveOn"): "a decision counts from a day on",
    ("PriceIn", "on"): "a price that holds from a day on",
    ("ScoresWithdrawalIn", "on"): "picks the scores that are withdrawn",
    ("AddressIn", "fromOn"): "where a person is going to live",
    ("PlanIn", "on"): "a plan",
    ("ReaderIn", "until"): "the end of a right",
    ("NewRelease", "destroyBy"): "a day by which something is to be done",
    ("PolicyIn", "fromOn"): "a period that is decided for later",
    ("RemoveIn", "fittedAt"): "picks the fitting that is corrected",
    **dict.fromkeys((("TakeBackIn", "from"), ("StandingTakeBackIn", "from")), "picks what is taken back"),
    **dict.fromkeys(
        (
            ("DayIn", "day"), ("ListIn", "on"), ("ListIn", "asKnownAt"),
            ("CohortIn", "asAt"), ("TablesIn", "asAt"), ("ReviewIn", "asAt"),
            ("EffectIn", "asAt"), ("RolloutIn", "asAt"),
            ("JobParams", "dataUntil"), ("DeviceLevelIn", "from"), ("DeviceLevelIn", "to"), ("NewJob", "asKnownAt"),
            ("NewJob", "from"), ("NewJob", "to"),
            ("TrailAsked", "from"), ("TrailAsked", "to"),
            *((body, end) for body in ("StatedIn", "PresenceIn", "TogetherIn", "SeriesIn") for end in ("from", "to")),
        ),
        _ASKED,
    ),
}  # fmt: skip
"""By body and field why it may be after today."""


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Role, Client]]:
    root = tmp_path_factory.mktemp("future")
    (root / "files").mkdir()
    world = World(root / "home", root / "files")
    world.may_keep()
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("TAGPILOT_TODAY", "2019-04-01")
        load_papers(world)
        done(world, "screen", "import", write_list(world.files / "releases.csv", {}))
        (world.home / "today").write_text("2019-04-01\n")
        yield {role: stack.enter_context(world.client_as(role)) for role in (O, A, R, D)}


def _bodies(of: type[Body]) -> Iterator[type[Body]]:
    for each in of.__subclasses__():
        yield each
        yield from _bodies(each)


def test_every_day_of_a_body_is_an_event_or_a_plan() -> None:
    # A correction (`...Record`) is asked by its own rule: tests/api/http/test_records.py.
    dated = {
        (body.__name__, field.encode_name)
        for body in _bodies(Body)
        if body.__module__.startswith("api.") and not body.__name__.endswith("Record")
        for field in msgspec.structs.fields(body)
        if "date" in str(field.type) or field.name in ("on", "at")
    }
    assert dated == EVENTS.keys() | PLANS.keys()


@pytest.mark.parametrize("of", EVENTS, ids=".".join)
def test_an_event_dated_after_today_is_refused(clients: dict[Role, Client], of: tuple[str, str]) -> None:
    role, path, rest = EVENTS[of]
    instant = of[1] in ("at", "fromAt", "toAt") or of[0] == "NewCrime"
    refused = clients[role].post(path, json={of[1]: INSTANT if instant else DAY} | rest)
    assert refused.status_code == 422, refused.text
    assert "today is 2019-04-01" in refused.json()["detail"]
