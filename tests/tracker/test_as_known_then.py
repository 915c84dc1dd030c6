"""The whole record, by any sequence of entries: as known at an instant its answers never change."""

import contextlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from tests.tracker.test_tags import NOW, PILOT, at, ready, score
from tracker.errors import PilotError
from tracker.keeping.retention import Kept
from tracker.services import budget, keeping, licences, ogrs, rollout, screening, tags
from tracker.services import duties as duty_service
from tracker.services.budget import LineYear
from tracker.services.handover import hand_over
from tracker.store.queries import rollout as rollout_query
from tracker.store.queries import tags as tag_query
from tracker.store.queries.audit import verify_chain
from tracker.store.queries.budget import position_of
from tracker.store.queries.portfolio import portfolio, programme_named, responsible_persons
from tracker.store.queries.screening import decided, operation
from tracker.tags.ladder import AlertMove, LicenceMove, RecallType
from tracker.tags.states import TagMove
from tracker.times import AsOf, RoughDay

_DAYS = (date(2019, 3, 1), date(2019, 9, 6), date(2020, 5, 1))
_DEVICES = ("T1", "T2", "T3")


def everything(connection: Connection, on: date, known_at: datetime | None) -> str:
    """Every answer the record gives of a day, in words."""
    as_of = AsOf(on, known_at)
    programme_id, key, _ = programme_named(connection, PILOT)
    return repr(
        (
            portfolio(connection, key, as_of),
            rollout_query.places(connection, programme_id, as_of),
            rollout_query.phase_limits(connection, programme_id, as_of),
            rollout_query.held_places(connection, programme_id, as_of),
            rollout_query.capacity(connection, programme_id, as_of),
            operation(connection, programme_id, as_of),
            decided(connection, programme_id, as_of),
            tag_query.tags(connection, programme_id, as_of),
            tag_query.lost_tags(connection, programme_id, as_of),
            tag_query.licences(connection, programme_id, as_of),
            tag_query.alerts(connection, programme_id, as_of),
            tag_query.gates(connection, programme_id, as_of, 2),
            tag_query.monitored_spans(connection, programme_id, as_of),
            position_of(connection, key, as_of),
            duty_service.duties(connection, key, as_of),
            keeping.policies(connection, as_of),
            keeping.accesses(connection, as_of),
            responsible_persons(connection, as_of),
        )
    )


def answers(engine: Engine, known_at: datetime | None) -> list[str]:
    with engine.connect() as connection:
        told = [everything(connection, on, known_at) for on in _DAYS]
    handed = hand_over(engine, as_known_at=known_at)
    return [*told, *(frame.write_csv() for frame in (handed.assignments, handed.monitored, handed.eligible))]


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
)


def enter(what: str, e: Engine, n: int, dev: str, t: datetime, now: datetime) -> None:
    """One entry of any room, about wearer `n` or a device, at an instant or on its day."""
    by: dict[str, Any] = {"by": "officer", "now": now}
    lic, wearer, day = f"L{n:04}", f"W{n:04}", t.date()
    recall = {"recall_type": RecallType.STANDARD}
    line, other = _line(t.hour), _line(t.hour + 1)
    scored: dict[str, Any] = {"instrument": "OGRS3", "horizon_years": 2, "scored_on": day, "given_by": "probation"}
    made: dict[str, Callable[[], object]] = {
        "reserve": lambda: rollout.reserve(e, lic, day, **by),
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
        "score": lambda: score(e, n, day, 40 + t.hour, now),
        "give score": lambda: ogrs.give_score(e, PILOT, wearer, str(45 + t.hour), **scored, today=now.date(), **by),
        "screen": lambda: screening.screen_again(e, PILOT, on=day, **by),
        "address": lambda: screening.move_address(e, wearer, day, borough="Hackney", **by),
        "commit": lambda: budget.commit(e, PILOT, dev, line, 100 + t.hour, "tags", day, **by),
        "spend": lambda: budget.spend(e, PILOT, f"{dev} {t.hour}", line, 100 + t.hour, "tags", day, **by),
        "move money": lambda: budget.move(e, PILOT, line, other, 100, day, decided_by="head", reason="r", **by),
        "duty": lambda: duty_service.do(e, PILOT, "dpia", day, "v1", **by),
        "policy": lambda: keeping.set_policy(e, Kept.FIXES, t.day, day, source="agreement", **by),
        "access": lambda: keeping.receive_access(e, wearer, day, **by),
    }
    made[what]()


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(WHAT), st.integers(0, 1), st.sampled_from(_DEVICES), st.integers(0, 24 * 10)),
        min_size=4,
        max_size=20,
    )
)
def test_whatever_is_entered_later_what_was_known_then_stays(
    new_engine: Callable[[], Engine], entered: list[tuple[str, int, str, int]]
) -> None:
    engine = new_engine()
    ready(engine)
    then = NOW + timedelta(minutes=1)
    known = [(then, answers(engine, then))]
    for n, (what, who, device, hours) in enumerate(entered):
        now = NOW + timedelta(hours=n + 1)
        # An entry that the rules refuse changes nothing, which is asked below like everything else.
        with contextlib.suppress(PilotError):
            enter(what, engine, who, device, at(0, hours), now)
        then = now + timedelta(minutes=1)
        known.append((then, answers(engine, then)))
    assert known[-1][1] == answers(engine, None)
    for then, told in known:
        assert answers(engine, then) == told
    assert verify_chain(engine).broken is None
    engine.dispose()


def a_full_record(engine: Engine) -> None:
    """Every kind of entry at least once."""
    ready(engine)
    order = [
        "reserve", "impose", "fit", "remove", "fit", "lose", "find", "price", "take back", "recall", "return",
        "re-release", "custody", "alert", "verify", "launch", "plan", "score", "give score", "screen", "address",
        "commit", "spend", "move money", "duty", "policy", "access",
    ]  # fmt: skip
    assert {*order, "give up"} == set(WHAT)
    for n, what in enumerate(order):
        enter(what, engine, 0, "T1", at(2, n), NOW + timedelta(hours=n))
    for n, what in enumerate(["reserve", "give up"]):
        enter(what, engine, 1, "T1", at(3), NOW + timedelta(days=3, hours=n))


def test_every_entry_of_the_property_can_be_made(engine: Engine) -> None:
    """Otherwise refused entries would make the property say little."""
    a_full_record(engine)
    assert verify_chain(engine).broken is None
