"""Entries of every kind, for a record with a row in every table."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from tests.support.clients import CHEAP
from tests.support.databases import cloned
from tests.support.people import NOW, at, give_score, release_people
from tests.support.pilot import PILOT
from tracker.access import user_service
from tracker.access.roles import Role
from tracker.access.session_service import login
from tracker.accuracy import service as accuracy
from tracker.attention import place_service
from tracker.attention import service as attention
from tracker.budget import service as budget
from tracker.budget.service import LineYear
from tracker.duties import service as duty_service
from tracker.jobs import service as jobs
from tracker.licences import service as licences
from tracker.licences.queries import named_licences
from tracker.licences.states import AlertMove, LicenceMove, RecallType
from tracker.match_settings import service as match_settings
from tracker.match_settings.rules import STANDARD, MatchSettings
from tracker.ogrs import service as ogrs
from tracker.programme.queries import programme_named
from tracker.record.entry import entering
from tracker.retention import service as keeping
from tracker.retention import subject_access_service as subject_access
from tracker.retention.policy import RetentionKind
from tracker.review import service as review
from tracker.review.candidate_service import Candidate, update_queue
from tracker.review.pool_service import CrimeRow, Judged, PairRow, RunOf, judge, keep_crimes
from tracker.rollout import service as rollout
from tracker.screening import service as screening
from tracker.tags import model_service as models
from tracker.tags import service as tags
from tracker.tags.states import TagMove
from tracker.times import RoughDay


def _line(n: int) -> LineYear:
    return LineYear(("tagging", "lost-tags", "evaluation")[n % 3])


WHAT = (
    "reserve",
    "impose",
    "fit",
    "remove",
    "lose",
    "find",
    "price",
    "take back",
    "recall",
    "return",
    "re-release",
    "custody",
    "alert",
    "verify",
    "launch",
    "plan",
    "score",
    "give score",
    "screen",
    "address",
    "commit",
    "spend",
    "move money",
    "duty",
    "policy",
    "access",
    "give up",
    "model",
    "adopt accuracy",
    "take back accuracy",
    "settle",
)


def enter(what: str, e: Engine, n: int, dev: str, t: datetime, now: datetime) -> None:
    """Make one entry of this kind, about wearer `n` or a device, at an instant or on its day."""
    by: dict[str, Any] = {"by": "officer", "now": now}
    lic, wearer, day = f"L{n:04}", f"W{n:04}", t.date()
    recall = {"recall_type": RecallType.STANDARD}
    line, other = _line(t.hour), _line(t.hour + 1)
    scored: dict[str, Any] = {"instrument": "OGRS3", "horizon_years": 2, "scored_on": day, "given_by": "probation"}
    made: dict[str, Callable[[], object]] = {
        "reserve": lambda: place_service.reserve(e, lic, day, **by),
        "impose": lambda: rollout.impose(e, lic, day, **by),
        "give up": lambda: rollout.give_up(e, lic, day, reason="released elsewhere", **by),
        "launch": lambda: rollout.launch_place(e, PILOT, "Hackney", RoughDay(day), **by),
        "plan": lambda: rollout.plan_place(e, PILOT, "Newham", RoughDay(day), reason="no staff yet", **by),
        "fit": lambda: tags.fit(e, dev, lic, t, **by),
        "remove": lambda: tags.remove(e, dev, t, **by),
        "lose": lambda: tags.move_tag(e, dev, TagMove.LOSE, t, **by),
        "find": lambda: tags.move_tag(e, dev, TagMove.FIND, t, **by),
        "take back": lambda: tags.take_back(e, dev, reason="wrong", **by),
        "price": lambda: tags.price(e, PILOT, "gps-tags", t.day * 100, day, source="schedule 2", **by),
        "recall": lambda: licences.move_licence(e, lic, LicenceMove.RECALL, t, **recall, **by),
        "return": lambda: licences.move_licence(e, lic, LicenceMove.RETURN, t, **by),
        "re-release": lambda: licences.move_licence(e, lic, LicenceMove.RE_RELEASE, t, **by),
        "custody": lambda: licences.in_custody(e, lic, t, t + timedelta(days=1), **by),
        "alert": lambda: licences.raise_alert(e, lic, "strap", t, **by),
        "verify": lambda: licences.move_alert(e, 1, AlertMove.VERIFY, t, **by),
        "score": lambda: give_score(e, n, day, 40 + t.hour, now),
        "give score": lambda: ogrs.give_score(e, PILOT, wearer, str(45 + t.hour), **scored, today=now.date(), **by),
        "screen": lambda: screening.screen_again(e, PILOT, on=day, **by),
        "address": lambda: screening.move_address(e, wearer, day, borough="Hackney", **by),
        "commit": lambda: budget.commit(e, PILOT, dev, line, 100 + t.hour, "tags", day, **by),
        "spend": lambda: budget.spend(e, PILOT, f"{dev} {t.hour}", line, 100 + t.hour, "tags", day, **by),
        "move money": lambda: budget.move(e, PILOT, line, other, 100, day, decided_by="head", reason="r", **by),
        "duty": lambda: duty_service.do(e, PILOT, "dpia", day, "v1", **by),
        "policy": lambda: keeping.set_policy(e, RetentionKind.FIXES, t.day, day, source="agreement", **by),
        "model": lambda: models.record_models(e, [dev], ("GT-1", "GT-2", None)[t.hour % 3], **by),
        "adopt accuracy": lambda: accuracy.adopt(
            e, "GT-1", day, level=95, factor=1 + t.hour / 10, reason="report", today=now.date(), **by
        ),
        "take back accuracy": lambda: accuracy.take_back(e, "GT-1", day, reason="wrong", **by),
        "settle": lambda: _settle(e, lic, now.date(), by),
        "access": lambda: subject_access.receive_request(e, wearer, day, **by),
    }
    made[what]()


def _settle(engine: Engine, licence: str, today: date, by: dict[str, Any]) -> None:
    """That probation has not decided is settled with a reason."""
    with entering(engine, **by) as entry:
        numbers = list(named_licences(entry.connection, None, references=[licence]))
        attention.settle_licences(entry, 1, "undecided", numbers, "decided on paper", today=today)


@cloned
def fill_record(engine: Engine) -> None:
    """Make every kind of entry at least once."""
    release_people(engine)
    order = [
        "reserve", "impose", "fit", "remove", "fit", "lose", "find", "price", "take back", "recall", "return",
        "re-release", "custody", "alert", "verify", "launch", "plan", "score", "give score", "screen", "address",
        "commit", "spend", "move money", "duty", "policy", "access",
        "settle",
    ]  # fmt: skip
    more = ["model", "adopt accuracy", "take back accuracy"]
    assert {*order, *more, "give up"} == set(WHAT)
    for n, what in enumerate(order):
        enter(what, engine, 0, "T1", at(2, n), NOW + timedelta(hours=n))
    for n, what in enumerate([*more, "adopt accuracy"]):
        enter(what, engine, 0, "T1", at(2), NOW + timedelta(days=2, hours=n))
    for n, what in enumerate(["reserve", "give up"]):
        enter(what, engine, 1, "T1", at(3), NOW + timedelta(days=3, hours=n))
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
    wide = MatchSettings({**STANDARD.values, "radius_m": 200.0})
    later: dict[str, Any] = {"by": "officer", "now": NOW + timedelta(days=4), "follow": lambda _: None}
    match_settings.enter(engine, programme_id, "RB", at(0).date(), wide, reason="report", **later)


def fill_review(engine: Engine) -> None:
    """Users with a session, a job that is done, and three matches in a pool, one of them confirmed."""
    by: dict[str, Any] = {"by": "ada", "now": NOW}
    for name, role in (("ada", Role.ADMINISTRATOR), ("ana", Role.ANALYST)):
        user_service.add_user(engine, name, role, "a long enough password", how=CHEAP, **by)
    login(engine, "ana", "a long enough password", how=CHEAP, now=NOW)
    jobs.create(engine, {"since": "2019-09-01"}, clock=NOW, **by)
    job = jobs.claim(engine, "w1", now=NOW, clock=NOW)
    assert job is not None
    names = [f"W{n:04}" for n in range(2)]
    found = [Candidate("met", "a", 1, "knife", at(3), at(3, 1), name, 0.9, 12.5, {"p": 0.9}) for name in (*names, "X")]
    pairs = [PairRow(each.wearer_ref, True, 12.5, None, {-7: 3.0}) for each in found]
    crime = CrimeRow("met", "a", 1, "2019-09", at(3), 0, 530_000_000, 180_000_000, {-7: 4, 0: 5}, pairs)
    said = {("met", "a", name): Judged(0.3, None, None, None) for name in names}
    with entering(engine, by="ana", now=NOW) as entry:
        update_queue(entry, "run-1", "settings", found, [("met", "a")])
        pools = keep_crimes(entry, RunOf("run-1", "", "settings"), [crime], [("met", "a")])
        judge(entry, pools["2019-09"], said, {"crimes": 1})
        jobs.finish_within(entry, job, "run-1", clock=NOW)
    review.assign(engine, 1, "ana", by="ana", now=NOW)
    review.confirm(engine, 1, "was there", by="ana", now=NOW)
    review.reject_together(engine, [2, 3], "a bus", by="ana", now=NOW)
