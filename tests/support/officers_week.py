"""A week of a pilot of thirty people from the officer's side, told once and done by two faces: over HTTP with the typed
client, and by the command line.

Numbers are people: licence L00007 is person 7's. On the list are 1 to 25 as they should be, and five awkward ones: 26
is 17 on release, 27 has no word about a knife, 28 goes to Hackney, which is not live yet, 29 lives outside London, 30
has a score of exactly 50. Two more rows repeat somebody and have an impossible date.
"""

import io
import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol

from tests.support.pilot import PILOT
from tests.support.release_lists import person, write_list
from tests.support.typed_client import TypedClient
from tests.support.worlds import World

MAXIMUM = 10
MONDAY = date(2019, 4, 29)
PATIENCE_S = 60
_AWKWARD: dict[int, dict[str, str]] = {
    26: {"born": "2002-01-01"},
    27: {"knife_involved": "", "knife_basis": ""},
    28: {"borough": "Hackney", "planned_release": "2019-05-06"},
    29: {"borough": "outside London"},
    30: {"ogrs_score": "50"},
}


AS_IT_ENDED: dict[str, Any] = {
    "list": (32, 30, 1, 1),
    "became": [*((n, f"L{n:05}", "new") for n in range(1, 31)), (31, "L00001", "same")],
    "undecided": [*range(13, 26), 30],
    "failed": [26, 29],
    "not known": [27, 28],
    "no place": [12, 26, 29],
    "eleventh": True,
    "tag of the transferred": [6],
    "status": {
        "imposed": 9,
        "fitted": 8,
        "worn": 6,
        "reserved": 2,
        "maximum": MAXIMUM,
        "stock": {"in stock": 6, "fitted": 6},
        "licences": {"not released yet": 22, "on licence": 5, "recalled": 1, "ended": 2},
    },
    "held": [*range(1, 12)],
    "reserved": [10, 11],
    "stale": [10, 11],
    "without tag": [],
    "may be tagged": [9, 10, 11],
    "in Hackney": [7, 28],
    "alerts": [6],
    "week": {"conditions": 9, "fittings": 9, "removals": 3, "losses": 1, "recalls": 1, "alerts": 1},
    "worn by 3": ["T03", "T09"],
    "wrong with 6": ["PCD 570, 1.1"],
    "answer of 28": "passed",
}


def day(n: int, hour: int = 9) -> datetime:
    """The n-th day of the week, Monday the first."""
    return datetime(2019, 4, 28 + n, hour, tzinfo=UTC) if n < 3 else datetime(2019, 5, n - 2, hour, tzinfo=UTC)


def licence(n: int) -> str:
    return f"L{n:05}"


class Refused(Exception):
    """The programme's rules refused it."""


class Face(Protocol):
    """What the officer does; each by one request or one command. Reads give the JSON of the answer."""

    def send_list(self, path: Path) -> dict[str, Any]: ...
    def became(self, sent: dict[str, Any]) -> dict[str, Any]: ...
    def launch(self, on: date, *, phase: str | None = None, borough: str | None = None) -> None: ...
    def plan(self, borough: str, on: str, reason: str) -> None: ...
    def decide(self, of: str, *, proportionate: bool, on: date) -> None: ...
    def place(self, of: str, move: str, on: date, reason: str | None = None) -> None: ...
    def move(self, of: str, move: str, at: datetime, **more: str) -> None: ...
    def receive(self, devices: list[str], at: datetime) -> None: ...
    def fit(self, device: str, of: str, at: datetime) -> None: ...
    def remove(self, device: str, at: datetime) -> None: ...
    def tag(self, device: str, move: str, at: datetime) -> None: ...
    def alert(self, of: str, kind: str, at: datetime) -> None: ...
    def address(self, wearer: str, borough: str, from_on: date) -> None: ...
    def screen_again(self, of: str) -> None: ...
    def listed(self, question: str, **filters: str) -> dict[str, Any]: ...
    def weekly(self) -> dict[str, Any]: ...
    def status(self) -> dict[str, Any]: ...
    def page(self, of: str) -> dict[str, Any]: ...


def begin(world: World) -> None:
    """The papers, with a maximum small enough for thirty people."""
    set_today(world, MONDAY)
    for words in (
        ("programme", "load"),
        (
            "programme",
            "correct",
            PILOT,
            "phase",
            "--where",
            "name=February 2019",
            "--set",
            f"running_maximum={MAXIMUM}",
        ),
    ):
        result = world.run(*words)
        assert result.exit_code == 0, result.output


def set_today(world: World, on: date) -> None:
    world.home.mkdir(mode=0o700, exist_ok=True)
    (world.home / "today").write_text(f"{on}\n")


def week(face: Face, world: World, folder: Path) -> dict[str, Any]:
    """Monday to Sunday; what the officer was told on the way and what they see at the end."""
    told: dict[str, Any] = {}
    rows = [{**person(n), **_AWKWARD.get(n, {})} for n in range(1, 31)]
    path = write_list(folder / "week.csv", *rows, {**person(1)}, {**person(31), "planned_release": "2019-02-31"})
    # Monday: the first boroughs are live, the list comes in, probation decides.
    face.launch(MONDAY, phase="February 2019")
    sent = face.send_list(path)
    told["list"] = (sent["rows"], sent["kept"], sent["same"], sent["rejected"])
    became = face.became(sent)["items"]
    told["became"] = [(row["row"], row["licence"], row["became"]) for row in became]
    for n in range(1, 13):
        face.decide(licence(n), proportionate=n != 12, on=MONDAY)
    told["undecided"] = _references(face.listed("undecided"))
    told["failed"] = _references(face.listed("everyone", answer="failed"))
    told["not known"] = _references(face.listed("everyone", answer="not known"))
    # Who may not have a place gets none; ten places, and an eleventh for a reason.
    told["no place"] = [n for n in (12, 26, 29) if _refused(lambda n=n: face.place(licence(n), "reserve", MONDAY))]
    for n in range(1, MAXIMUM + 1):
        face.place(licence(n), "reserve", MONDAY)
    told["eleventh"] = _refused(lambda: face.place(licence(11), "reserve", MONDAY))
    face.place(licence(11), "reserve", MONDAY, "the panel of 26 April asked for it")
    _tuesday_to_thursday(face, world)
    _friday(face, world, told)
    set_today(world, day(7).date())
    return told | _seen(face)


def _tuesday_to_thursday(face: Face, world: World) -> None:
    set_today(world, day(2).date())
    face.receive([f"T{n:02}" for n in range(1, 13)], day(2))
    for n in range(1, 10):
        face.place(licence(n), "impose", day(2).date())
    set_today(world, day(3).date())
    for n in range(1, 9):
        face.move(licence(n), "release", day(3, 10))
        face.fit(f"T{n:02}", licence(n), day(3, 11))
    set_today(world, day(4).date())
    # A tag is lost and found; another takes its place. One is recalled, and the tag comes off.
    face.tag("T03", "lose", day(4, 10))
    face.fit("T09", licence(3), day(4, 12))
    face.move(licence(4), "recall", day(4, 13), recall_type="standard")
    face.remove("T04", day(4, 15))
    face.alert(licence(6), "exclusion zone", day(4, 16))


def _friday(face: Face, world: World, told: dict[str, Any]) -> None:
    """Somebody dies, somebody is transferred, somebody moves; a borough slips, another is added."""
    set_today(world, day(5).date())
    face.tag("T03", "find", day(5, 9))
    face.move(licence(5), "end", day(5, 10), end_reason="died")
    face.remove("T05", day(5, 12))
    face.move(licence(6), "end", day(5, 10), end_reason="transferred")
    told["tag of the transferred"] = _references(face.listed("tag-not-running"))
    face.address("P00007", "Hackney", day(5).date())
    face.plan("Newham", "2019-07", "no analyst before July")
    face.launch(day(5).date(), borough="Hackney")
    face.screen_again(licence(28))


def _seen(face: Face) -> dict[str, Any]:
    status = face.status()
    page = face.page(licence(3))
    return {
        "status": {
            key: status[key] for key in ("imposed", "fitted", "worn", "reserved", "maximum", "stock", "licences")
        },
        "held": _references(face.listed("places-held")),
        "reserved": _references(face.listed("places-held", place="reserved")),
        "stale": _references(face.listed("reservations-past-release")),
        "without tag": _references(face.listed("imposed-without-tag")),
        "may be tagged": _references(face.listed("may-be-tagged")),
        "in Hackney": _references(face.listed("everyone", borough="Hackney")),
        "alerts": _references(face.listed("alerts-waiting")),
        "week": face.weekly()["total"],
        "worn by 3": [each["device"] for each in page["worn"]],
        "wrong with 6": [each["source"] for each in face.page(licence(6))["wrong"]],
        "answer of 28": face.page(licence(28))["screening"]["answer"],
    }


def _references(found: dict[str, Any]) -> list[int]:
    return [int(row["licence"].removeprefix("L")) for row in found["items"]]


def _refused(done: Callable[[], None]) -> bool:
    try:
        done()
    except Refused:
        return True
    return False


class ByCommand:
    """Each thing by one command."""

    def __init__(self, world: World) -> None:
        self._world = world

    def _run(self, *words: str | Path) -> None:
        result = self._world.run(*words, "--by", "olu")
        if result.exit_code == 1:
            raise Refused(result.output)
        assert result.exit_code == 0, (words, result.output)

    def _json(self, *words: str | Path, code: int = 0) -> dict[str, Any]:
        result = self._world.run(*words, "--by", "olu", "--json")
        assert result.exit_code == code, (words, result.output)
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    def send_list(self, path: Path) -> dict[str, Any]:
        return self._json("screen", "import", path, code=3)

    def became(self, sent: dict[str, Any]) -> dict[str, Any]:
        return self._json("screen", "rows", str(sent["fileNumber"]))

    def launch(self, on: date, *, phase: str | None = None, borough: str | None = None) -> None:
        self._run(
            "rollout", "launch", *(("--phase", phase) if phase else ("--borough", borough or "")), "--on", f"{on}"
        )

    def plan(self, borough: str, on: str, reason: str) -> None:
        self._run("rollout", "plan", borough, "--on", on, "--reason", reason)

    def decide(self, of: str, *, proportionate: bool, on: date) -> None:
        verdict = "--proportionate" if proportionate else "--not-proportionate"
        who = ("--decided-by", "B. Officer", "--organisation", "NPS London", "--reasons", "as discussed")
        self._run("screen", "decide", of, verdict, *who, "--on", f"{on}")

    def place(self, of: str, move: str, on: date, reason: str | None = None) -> None:
        self._run("rollout", move, of, "--on", f"{on}", *(("--override", reason) if reason else ()))

    def move(self, of: str, move: str, at: datetime, **more: str) -> None:
        named = {"recall_type": "--type", "end_reason": "--reason"}
        options = [word for name, value in more.items() for word in (named[name], value)]
        self._run("licence", "move", of, move, "--at", at.isoformat(), *options)

    def receive(self, devices: list[str], at: datetime) -> None:
        self._run("tag", "receive", *devices, "--at", at.isoformat())

    def fit(self, device: str, of: str, at: datetime) -> None:
        self._run("tag", "fit", device, of, "--at", at.isoformat())

    def remove(self, device: str, at: datetime) -> None:
        self._run("tag", "remove", device, "--at", at.isoformat())

    def tag(self, device: str, move: str, at: datetime) -> None:
        self._run("tag", "move", device, move, "--at", at.isoformat())

    def alert(self, of: str, kind: str, at: datetime) -> None:
        self._run("licence", "alert", of, kind, "--at", at.isoformat())

    def address(self, wearer: str, borough: str, from_on: date) -> None:
        self._run("screen", "address", wearer, "--from", f"{from_on}", "--borough", borough)

    def screen_again(self, of: str) -> None:
        self._run("screen", "again", of)

    def listed(self, question: str, **filters: str) -> dict[str, Any]:
        return self._json("list", question, *(word for name, value in filters.items() for word in (f"--{name}", value)))

    def weekly(self) -> dict[str, Any]:
        return self._json("weekly", "--from", f"{MONDAY}")

    def status(self) -> dict[str, Any]:
        return self._json("status")

    def page(self, of: str) -> dict[str, Any]:
        return self._json("screen", "page", of)


class OverHttp:
    """Each thing by one request of the typed client."""

    def __init__(self, client: TypedClient) -> None:
        self._client, self._models = client, client.models

    def send_list(self, path: Path) -> dict[str, Any]:
        client = self._client
        body = client.types.File(payload=io.BytesIO(path.read_bytes()), file_name=path.name)
        made = client.send_file(client.models.SendFileKind("releases"), name=path.name, body=body)
        deadline = time.monotonic() + PATIENCE_S
        while (found := client.get_import(made.id)).state in ("queued", "running"):
            assert time.monotonic() < deadline, found
            time.sleep(0.05)
        answer: dict[str, Any] = found.to_dict()
        return answer

    def became(self, sent: dict[str, Any]) -> dict[str, Any]:
        return self._dict(self._client.list_became_licences(sent["id"], limit=100))

    def launch(self, on: date, *, phase: str | None = None, borough: str | None = None) -> None:
        self._client.launch(PILOT, body=self._models.LaunchIn(phase=phase, borough=borough, on=f"{on}"))

    def plan(self, borough: str, on: str, reason: str) -> None:
        self._client.plan_borough(PILOT, body=self._models.PlanIn(borough=borough, on=on, reason=reason))

    def decide(self, of: str, *, proportionate: bool, on: date) -> None:
        who = {"decided_by": "B. Officer", "organisation": "NPS London", "reasons": "as discussed"}
        body = self._models.ProportionateIn(proportionate=proportionate, on=on, **who)
        self._client.decide_proportionate(PILOT, of, body=body)

    def place(self, of: str, move: str, on: date, reason: str | None = None) -> None:
        body = self._models.PlaceIn(move=self._models.PlaceInMove(move), on=on, reason=reason)
        try:
            self._client.move_place(PILOT, of, body=body)
        except AssertionError as refused:
            if refused.args[0][1] != 409:
                raise
            raise Refused(str(refused)) from None

    def move(self, of: str, move: str, at: datetime, **more: str) -> None:
        body = self._models.LicenceMoveIn.from_dict({"move": move, "at": at.isoformat(), **_camel(more)})
        self._client.move_licence(PILOT, of, body=body)

    def receive(self, devices: list[str], at: datetime) -> None:
        self._client.receive_tags(PILOT, body=self._models.ReceiveIn(device_ids=devices, at=at))

    def fit(self, device: str, of: str, at: datetime) -> None:
        self._client.fit_tag(device, body=self._models.FitIn(licence=of, at=at))

    def remove(self, device: str, at: datetime) -> None:
        self._client.remove_tag(device, body=self._models.RemoveIn(at=at))

    def tag(self, device: str, move: str, at: datetime) -> None:
        self._client.move_tag(device, body=self._models.TagMoveIn(move=self._models.TagMoveInMove(move), at=at))

    def alert(self, of: str, kind: str, at: datetime) -> None:
        self._client.raise_alert(PILOT, of, body=self._models.AlertIn(kind=kind, at=at))

    def address(self, wearer: str, borough: str, from_on: date) -> None:
        self._client.move_address(wearer, body=self._models.AddressIn(from_on=from_on, borough=borough))

    def screen_again(self, of: str) -> None:
        self._client.screen_again(PILOT, licence=of)

    def listed(self, question: str, **filters: str) -> dict[str, Any]:
        kinds = {"answer": "ListPeopleAnswer", "place": "ListPeoplePlace"}
        typed = {
            name: getattr(self._models, f"{kinds[name]}Type1")(value) if name in kinds else value
            for name, value in filters.items()
        }
        asked = self._models.ListPeopleQuestion(question)
        return self._dict(self._client.list_people(PILOT, asked, limit=100, **typed))

    def weekly(self) -> dict[str, Any]:
        return self._dict(self._client.get_weekly_return(PILOT, from_=MONDAY))

    def status(self) -> dict[str, Any]:
        return self._dict(self._client.get_status(PILOT))

    def page(self, of: str) -> dict[str, Any]:
        return self._dict(self._client.get_person_page(PILOT, of))

    @staticmethod
    def _dict(found: Any) -> dict[str, Any]:
        answer: dict[str, Any] = found.to_dict()
        return answer


def _camel(names: dict[str, str]) -> dict[str, str]:
    words = {name: name.split("_") for name in names}
    return {first + "".join(map(str.title, rest)): names[name] for name, (first, *rest) in words.items()}
