"""After a change of the matcher: open months are matched again, and each confirmed or released match of which the new
run says something else waits for one decision."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from api.usecases.stores import open_record
from matcher.params import ALGORITHM
from tests.support.clients import Client
from tests.support.older_version import OLDER, older_version, said_by_an_older_version
from tests.support.review import RECIPIENT, confirmed, matched, move, released
from tests.support.worlds import World, done, run_jobs
from tracker.access.roles import Role
from tracker.record.audit.queries import verify_chain
from tracker.review.tables import PoolCrime

pytestmark = pytest.mark.slow
ALL = ("W-inside", "W-passer", "W-away")
LIST = "/changed-matches"


def rematched(world: World, analyst: Client) -> None:
    assert analyst.post("/jobs/rematch").status_code == 200
    assert run_jobs(world) == 1


def listed(client: Client, **asked: Any) -> dict[str, Any]:
    return {each["wearerRef"]: each for each in client.get(LIST, params=asked).json()["items"]}


def decide(client: Client, match_id: int, what: str, reason: str = "looked at again") -> Any:
    return move(client, match_id, what, {"reason": reason}, LIST)


def test_open_months_are_matched_again_by_one_job_however_often_it_is_asked(
    ready: World, as_: Callable[..., Client]
) -> None:
    ana = as_(Role.ANALYST)
    assert ana.get("/jobs/rematch").json() == {"items": [], "algorithm": ALGORITHM, "inWords": None}
    said_by_an_older_version(ready, as_, confirm=("W-away",))
    preview = ana.get("/jobs/rematch").json()
    (month,) = preview["items"]
    assert (month["month"], month["matchedBy"], month["job"]) == ("2019-09", [OLDER], None)
    assert (month["new"], month["confirmed"], month["released"]) == (2, 1, 0)
    sentence = (
        f"1 month has 3 open or released matches of an earlier version of the matcher than version {ALGORITHM}: "
        "tagpilot review rematch"
    )
    assert preview["inWords"] == sentence
    assert ana.get("/health/ready").json() == {"status": "ok", "notes": [sentence]}
    assert sentence in ready.json("status")["attention"]
    assert sentence not in ready.json("status", "--as-at", "2019-10-01")["attention"]
    (shown,) = ana.get("/matches", params={"wearerRef": "W-inside", "qAtMost": 1}).json()["items"]
    assert shown["versionInWords"].startswith(
        f"Last tested by version 2 of the matcher; the present version is {ALGORITHM}"
    )
    assert ana.get("/jobs").json()["total"] == 1

    first, second = (ana.post("/jobs/rematch").json()["items"] for _ in range(2))
    assert [each["job"]["id"] for each in first] == [each["job"]["id"] for each in second]
    assert first[0]["job"]["asked"]["rematch"] == "2019-09"
    assert run_jobs(ready) == 1
    assert ana.get(f"/jobs/{first[0]['job']['id']}").json()["state"] == "done"
    assert ana.get("/jobs/rematch").json()["items"] == []
    assert ana.get("/health/ready").json()["notes"] == []
    (shown,) = ana.get("/matches", params={"wearerRef": "W-inside", "qAtMost": 1}).json()["items"]
    assert shown["versionInWords"] is None
    assert shown["poolMonth"] == "2019-09"
    engine = open_record(ready.settings)
    with engine.connect() as connection:
        # The pool of the older version keeps nothing of these crimes.
        kept = connection.execute(select(PoolCrime.crime_ref, PoolCrime.run_id)).all()
    assert verify_chain(engine).broken is None
    engine.dispose()
    assert {run_id for _, run_id in kept} == {shown["runId"]}
    assert len(kept) == len({(ref, run_id) for ref, run_id in kept}) + 1  # one reference of two forces


def test_each_match_of_which_the_new_run_says_something_else_waits_for_one_decision(
    ready: World, as_: Callable[..., Client]
) -> None:
    ana, rob = as_(Role.ANALYST), as_(Role.RELEASER)
    ids = said_by_an_older_version(ready, as_, confirm=ALL)
    rematched(ready, ana)
    of_ana, of_rob = listed(ana), listed(rob)
    assert list(of_ana) == ["W-away", "W-passer"]  # no candidate any more, then figures
    assert list(of_rob) == ["W-inside"]
    away, passer, inside = of_ana["W-away"], of_ana["W-passer"], of_rob["W-inside"]
    assert away["after"]["candidate"] is False
    assert away["before"]["verdict"] == "present"
    assert away["after"]["verdict"] in ("possible", "excluded")
    assert away["inWords"].startswith("verdict fix inside, now no candidate (")
    assert away["canBe"] == ["keep", "withdraw"]
    assert inside["canBe"] == ["keep", "recall"]
    assert (inside["before"]["algorithm"], inside["after"]["algorithm"]) == (OLDER, ALGORITHM)
    assert inside["causes"] == ["algorithm", "settings"]
    assert (inside["before"]["dwellS"], inside["after"]["dwellS"]) == (4800.0, 3600.0)
    assert "time inside 1 h 20 min, now 1 h 00 min" in inside["inWords"]
    assert inside["before"]["speaksAgainst"] is not None
    assert "dwellS" in passer["differs"]
    # Each sees what is theirs to decide.
    assert ana.get(f"{LIST}/{ids['W-inside']}").status_code == 404
    assert rob.get(f"{LIST}/{ids['W-away']}").status_code == 404
    # It is said wherever the match is shown.
    waiting = ana.get(f"/matches/{ids['W-away']}").json()["match"]["waitsInWords"]
    assert waiting.endswith("see what changed, and keep it or withdraw it")
    confirmed = ana.get("/matches", params={"qAtMost": 1, "state": "confirmed"}).json()["items"]
    shown = {each["wearerRef"]: each["waitsInWords"] for each in confirmed}
    assert shown["W-passer"] == waiting
    # Nothing is released while nobody has decided.
    refused = released(rob, ids["W-passer"])
    assert refused.status_code == 409
    assert "nobody has decided to keep it" in refused.json()["detail"]

    assert ana.post(f"{LIST}/{ids['W-away']}/keep", json={"reason": "no tag"}).status_code == 428
    assert decide(ana, ids["W-passer"], "recall").status_code == 409
    etag = ana.get(f"{LIST}/{ids['W-away']}").headers["etag"]
    assert decide(ana, ids["W-away"], "withdraw").json()["state"] == "withdrawn"
    again = ana.post(f"{LIST}/{ids['W-away']}/keep", json={"reason": "again"}, headers={"if-match": etag})
    assert again.status_code == 404
    assert decide(ana, ids["W-passer"], "withdraw").json()["state"] == "in review"
    assert decide(rob, ids["W-inside"], "recall", "seen by a wider circle").json()["state"] == "recalled"
    assert listed(ana) == listed(rob) == {}
    assert ana.get(f"/matches/{ids['W-passer']}").json()["match"]["waitsInWords"] is None
    (release,) = rob.get("/releases").json()["items"]
    assert [(each["kind"], each["words"]) for each in release["updates"]] == [("recalled", "seen by a wider circle")]
    decided = ana.get(LIST, params={"decided": True}).json()["items"]
    assert [(each["matchId"], each["decision"]["decision"], each["decision"]["by"]) for each in decided] == [
        (ids["W-passer"], "withdraw", "analyst"),
        (ids["W-away"], "withdraw", "analyst"),
    ]
    assert [each["decision"]["by"] for each in rob.get(LIST, params={"decided": True}).json()["items"]] == [
        "releasing-officer"
    ]
    detail = ana.get(f"/matches/{ids['W-passer']}").json()
    assert [made["move"] for made in detail["moves"]] == ["assigned", "confirmed", "returned"]


def test_a_kept_match_leaves_the_list_and_is_listed_again_when_a_later_run_changes_it_again(
    ready: World, as_: Callable[..., Client]
) -> None:
    ana, rob = as_(Role.ANALYST), as_(Role.RELEASER)
    ids = said_by_an_older_version(ready, as_, confirm=ALL)
    rematched(ready, ana)
    assert decide(ana, ids["W-away"], "keep", "the place is known to be far off").json()["state"] == "confirmed"
    assert decide(ana, ids["W-passer"], "keep").json()["state"] == "confirmed"
    assert decide(rob, ids["W-inside"], "keep", "an hour is as good").json()["state"] == "released"
    assert listed(ana) == listed(rob) == {}
    # The same run again, and nothing new is said.
    matched(ready, ana)
    assert listed(ana) == listed(rob) == {}
    assert ana.get("/jobs/rematch").json()["items"] == []
    kept = listed(rob, decided=True)["W-inside"]["decision"]
    assert (kept["decision"], kept["by"], kept["reason"]) == ("keep", "releasing-officer", "an hour is as good")
    # Kept, it is what the new run says that is released.
    refused = released(rob, ids["W-away"])
    assert "a later run does not find it any more" in refused.json()["detail"]
    with older_version("later", buffer_s=300.0):
        matched(ready, ana)
    again = listed(rob)["W-inside"]
    assert (again["before"]["dwellS"], again["after"]["dwellS"]) == (3600.0, 4200.0)
    assert "W-away" not in listed(ana)  # as it was when it was kept: no candidate, with the same verdict
    assert len(ana.get(LIST).json()["items"]) == len(listed(ana))
    # A run that says again what was said leaves nothing to decide.
    matched(ready, ana)
    assert listed(rob) == {}
    assert rob.get(f"{LIST}/{ids['W-inside']}").status_code == 404


def test_nobody_keeps_a_release_that_they_confirmed_or_releases_what_they_kept(
    ready: World, as_: Callable[..., Client]
) -> None:
    ana, ada = as_(Role.ANALYST), as_(Role.ADMINISTRATOR)
    bob = as_(Role.ANALYST, "bob")
    ids = said_by_an_older_version(ready, as_, confirm=ALL)
    rematched(ready, ana)
    assert decide(bob, ids["W-passer"], "keep").status_code == 200
    for name in ("analyst", "bob"):
        etag = ada.get(f"/users/{name}").headers["etag"]
        role = {"role": "releasing officer"}
        assert ada.patch(f"/users/{name}", json=role, headers={"if-match": etag}).status_code == 200
    refused = decide(as_(Role.RELEASER, "analyst"), ids["W-inside"], "keep")
    assert refused.status_code == 409
    assert "another person" in refused.json()["detail"]
    refused = released(as_(Role.RELEASER, "bob"), ids["W-passer"])
    assert "bob confirmed this match" in refused.json()["detail"]


def test_a_wearer_who_may_not_be_matched_any_more_is_never_listed(ready: World, as_: Callable[..., Client]) -> None:
    ana = as_(Role.ANALYST)
    ids = said_by_an_older_version(ready, as_, confirm=("W-away", "W-passer"))
    rematched(ready, ana)
    assert set(listed(ana)) == {"W-away", "W-passer"}
    score = ("--horizon", "2", "--on", "2019-08-15", "--given-by", "NPS London")
    done(ready, "ogrs", "give", "W-away", "40", *score)
    assert set(listed(ana)) == {"W-passer"}
    assert ana.get(f"{LIST}/{ids['W-away']}").status_code == 404
    assert decide(ana, ids["W-away"], "keep").status_code == 404
    done(ready, "keep", "erase", "W-passer", "--reason", "request", "--yes")
    assert listed(ana) == listed(ana, decided=True) == {}


def test_one_who_closes_the_gate_before_the_rematch_is_withdrawn_and_not_listed(
    ready: World, as_: Callable[..., Client]
) -> None:
    ana, rob = as_(Role.ANALYST), as_(Role.RELEASER)
    said_by_an_older_version(ready, as_, confirm=("W-inside",))
    done(ready, "ogrs", "give", "W-inside", "40", "--horizon", "2", "--on", "2019-08-15", "--given-by", "NPS London")
    rematched(ready, ana)
    assert listed(rob) == {}
    (release,) = rob.get("/releases").json()["items"]
    assert (release["state"], release["recallDue"]) == ("withdrawn", True)
    assert ana.get("/jobs/rematch").json()["items"] == []


def test_late_fixes_list_a_match_by_the_same_rule_and_name_the_cause(ready: World, as_: Callable[..., Client]) -> None:
    ana, rob = as_(Role.ANALYST), as_(Role.RELEASER)
    match_id = confirmed(ready, ana)
    east, north = 530_000.0, 180_000.0
    late = ["device_id,t,easting_m,northing_m,accuracy_m"]
    late += [f"D-inside,2019-09-10T12:{minute:02}:30Z,{east + 30},{north},5" for minute in range(10, 20)]
    (ready.files / "late.csv").write_text("\n".join(late) + "\n")
    done(ready, "import", "fixes", ready.files / "late.csv")
    matched(ready, ana)
    change = listed(ana)["W-inside"]
    assert change["causes"] == ["fixes"]
    assert change["causesInWords"] == "fixes that came or went since"
    assert "fixesWithin" in change["differs"]
    assert (change["before"]["algorithm"], change["after"]["algorithm"]) == (ALGORITHM, ALGORITHM)
    assert move(rob, match_id, "return", {"reason": "look again"}, "/releases/awaiting").status_code == 200
    assert listed(ana) == {}
    assert move(ana, match_id, "confirm", {"reason": "more fixes at the door"}).status_code == 200
    matched(ready, ana)
    assert listed(ana) == {}
    late += [f"D-inside,2019-09-10T12:{minute:02}:30Z,{east + 31},{north},5" for minute in range(20, 30)]
    (ready.files / "later.csv").write_text("\n".join(late) + "\n")
    done(ready, "import", "fixes", ready.files / "later.csv")
    matched(ready, ana)
    assert decide(ana, match_id, "keep", "still more fixes").status_code == 200
    made = move(rob, match_id, "release", RECIPIENT, "/releases/awaiting")
    assert made.status_code == 201, made.text
    # Kept, it is what the last run says that is released.
    figures = rob.get(f"/releases/{made.json()['id']}/package").json()["figures"]
    assert figures["fixes_within"] == 81
    assert "no_decoys" in figures["note"]  # what its pool says
    assert "against" not in figures


def test_a_recall_by_its_own_address_is_the_decision(ready: World, as_: Callable[..., Client]) -> None:
    ana, rob = as_(Role.ANALYST), as_(Role.RELEASER)
    said_by_an_older_version(ready, as_, confirm=("W-inside",))
    rematched(ready, ana)
    (release,) = rob.get("/releases").json()["items"]
    assert rob.post(f"/releases/{release['id']}/recall", json={"reason": "asked by them"}).status_code == 200
    assert listed(rob) == {}
    decision = listed(rob, decided=True)["W-inside"]["decision"]
    assert (decision["decision"], decision["reason"]) == ("recall", "asked by them")


def test_the_command_line_does_the_same(ready: World, as_: Callable[..., Client]) -> None:
    ids = said_by_an_older_version(ready, as_, confirm=ALL)
    dry = ready.run("review", "rematch", "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "September 2019: 2 confirmed and 1 released, at 1 crime" in dry.stdout
    assert (
        f"1 month is to be matched again by version {ALGORITHM}" in ready.run("review", "rematch", "--by", "ana").stdout
    )
    assert run_jobs(ready) == 1
    assert f"All open and released matches are of version {ALGORITHM}" in ready.run("review", "rematch").stdout
    told = ready.run("review", "changed").stdout
    assert told.index(f"Match {ids['W-inside']} (released)") < told.index(f"Match {ids['W-away']} (confirmed)")
    assert "because of a new version of the matcher" in told
    assert f"tagpilot review keep|recall {ids['W-inside']}" in told
    for what, wearer, words in (
        ("keep", "W-passer", "is kept; it is confirmed"),
        ("withdraw", "W-away", "is withdrawn; it is withdrawn"),
        ("recall", "W-inside", "notify the recipient"),
    ):
        made = ready.run("review", what, str(ids[wearer]), "--reason", "looked at again", "--by", "rob")
        assert words in made.stdout, made.output
    assert ready.run("review", "changed").stdout == "No match is listed.\n"
    assert "recall by rob on " in ready.run("review", "changed", "--decided").stdout
    assert ready.run("review", "keep", str(ids["W-away"]), "--reason", "twice").exit_code == 1


@pytest.mark.parametrize(("by_itself", "jobs"), [("0", 0), ("1", 1)])
def test_a_worker_that_starts_matches_again_only_where_the_settings_say_so(
    ready: World, as_: Callable[..., Client], by_itself: str, jobs: int
) -> None:
    import threading

    from api.settings import read_settings
    from api.usecases.operation.worker import Worker

    said_by_an_older_version(ready, as_, confirm=("W-away",))
    settings = read_settings({"TAGPILOT_WORKERS": "0", "TAGPILOT_REMATCH": by_itself}, home=ready.home)
    engine = open_record(settings)
    stop = threading.Event()
    stop.set()
    for _ in range(2):
        Worker(settings, engine).run_forever(stop)
    engine.dispose()
    queued = as_(Role.ANALYST).get("/jobs", params={"state": "queued"}).json()["items"]
    assert [each["asked"].get("rematch") for each in queued] == ["2019-09"] * jobs
