"""Guessing passwords is slow, counted without a gap, and locks out nobody who logs in from elsewhere."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event, Thread

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, select

from tracker.access import hashing
from tracker.access import login_limit_service as limit
from tracker.access import session_service as sessions
from tracker.access.hashing import HashSlots, TooBusy
from tracker.access.login_limit_service import Try
from tracker.access.passwords import checked_password
from tracker.access.roles import Role
from tracker.access.session_list_service import end_sessions, running_sessions
from tracker.access.session_service import SessionEnded, TooManyFailures, WrongLogin
from tracker.access.tables import LoginFailure
from tracker.access.user_service import add_user
from tracker.errors import BadEntry, NotFound

NOW = datetime(2019, 9, 2, 9, tzinfo=UTC)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
WORDS = "three plain words"
BY = {"by": "ada", "now": NOW}


def add(engine: Engine, name: str = "ana") -> None:
    add_user(engine, name, Role.ANALYST, WORDS, how=CHEAP, **BY)  # type: ignore[arg-type]


def login(engine: Engine, password: str = WORDS, address: str = "10.0.0.1", now: datetime = NOW) -> sessions.Login:
    return sessions.login(engine, "ana", password, address=address, how=CHEAP, now=now)


def outcome(ask: Callable[[], object]) -> str:
    try:
        ask()
    except (WrongLogin, TooManyFailures, TooBusy) as error:
        return type(error).__name__
    return "in"


def at_once(n: int, ask: Callable[[int], object]) -> Counter[str]:
    found: list[str] = []
    barrier = Barrier(n)

    def go(k: int) -> None:
        barrier.wait()
        found.append(outcome(lambda: ask(k)))

    threads = [Thread(target=go, args=(k,)) for k in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(found)


def states(engine: Engine) -> Counter[str]:
    with engine.connect() as connection:
        return Counter(connection.scalars(select(LoginFailure.state)))


@pytest.mark.slow
def test_fifty_wrong_logins_at_once_count_fifty_and_five_of_them_were_tried(engine: Engine) -> None:
    add(engine)
    found = at_once(50, lambda _: login(engine, "another three words"))
    assert found == {"WrongLogin": 5, "TooManyFailures": 45}
    assert states(engine) == {Try.FAILED: 5, Try.REFUSED: 45}


@pytest.mark.slow
def test_of_fifty_addresses_at_once_no_more_than_twenty_try_a_name(engine: Engine) -> None:
    add(engine)
    found = at_once(50, lambda k: login(engine, "another three words", f"10.0.1.{k}"))
    # Those for whom no hash could be computed in time have tried nothing.
    assert found["WrongLogin"] <= 20
    assert found.total() == 50
    assert found["in"] == 0


def test_an_attacker_at_one_address_does_not_lock_out_the_owner_at_another(engine: Engine) -> None:
    add(engine)
    assert [outcome(lambda: login(engine, "wrong", "10.6.6.6")) for _ in range(8)] == ["WrongLogin"] * 5 + [
        "TooManyFailures"
    ] * 3
    assert outcome(lambda: login(engine, WORDS, "10.6.6.6")) == "TooManyFailures"
    assert outcome(lambda: login(engine)) == "in"


def guess_from_everywhere(engine: Engine, addresses: range, now: datetime) -> Counter[str]:
    return Counter(outcome(lambda k=k: login(engine, "wrong", f"10.7.{k}.1", now)) for k in addresses)  # type: ignore[misc]


def test_guessing_from_many_addresses_is_slowed_and_the_owner_gets_in_where_they_were_before(engine: Engine) -> None:
    add(engine)
    assert outcome(lambda: login(engine, now=NOW - timedelta(days=30))) == "in"
    assert guess_from_everywhere(engine, range(100), NOW) == {"WrongLogin": 20, "TooManyFailures": 80}
    # One try a minute from then on: of 300 in five minutes five.
    tried = Counter[str]()
    for second in range(1, 301):
        tried += guess_from_everywhere(engine, range(second, second + 1), NOW + timedelta(seconds=second))
    assert tried["WrongLogin"] == 5
    assert outcome(lambda: login(engine, now=NOW + timedelta(seconds=301))) == "in"
    # And at an address that is not known as soon as the guessing has paused for a minute.
    assert outcome(lambda: login(engine, WORDS, "10.9.9.9", NOW + timedelta(seconds=362))) == "in"


@pytest.mark.slow
def test_no_name_is_tried_a_hundred_times_in_an_hour(engine: Engine) -> None:
    """From a new address every ten seconds, and all the while at the owner's own."""
    add(engine)
    assert outcome(lambda: login(engine, now=NOW - timedelta(days=30))) == "in"
    tried: list[datetime] = []
    for k in range(0, 2 * 3600, 10):
        now = NOW + timedelta(seconds=k)
        for address in (f"10.8.{k % 250}.{k // 250}", "10.0.0.1"):
            try:
                limit.fail(engine, limit.begin_try(engine, "ana", address, now))
            except TooManyFailures:
                continue
            tried.append(now)
    most = max(len([t for t in tried if begins <= t < begins + timedelta(hours=1)]) for begins in tried)
    assert 60 < most < 100


def test_guessing_at_many_names_from_one_address_is_slowed(engine: Engine) -> None:
    def guess(name: str, now: datetime) -> str:
        return outcome(lambda: sessions.login(engine, name, "wrong", address="10.6.6.6", how=CHEAP, now=now))

    assert Counter(guess(f"n{k}", NOW) for k in range(130)) == {"WrongLogin": 100, "TooManyFailures": 30}
    assert [guess(f"m{k}", NOW + timedelta(seconds=k)) for k in range(4, 7)] == [
        "TooManyFailures",
        "WrongLogin",
        "TooManyFailures",
    ]


def test_a_login_that_was_cut_short_counts_as_failed_after_a_minute(engine: Engine) -> None:
    add(engine)
    for _ in range(5):
        limit.begin_try(engine, "ana", "10.0.0.1", NOW)
    with pytest.raises(TooManyFailures) as running:
        login(engine)
    assert running.value.seconds == 1
    with pytest.raises(TooManyFailures) as over:
        login(engine, now=NOW + timedelta(minutes=2))
    assert over.value.seconds == 780
    assert outcome(lambda: login(engine, now=NOW + timedelta(minutes=15, seconds=1))) == "in"


def test_refused_tries_are_not_stored_without_end(engine: Engine) -> None:
    for _ in range(5 + limit.MOST_REFUSED + 20):
        outcome(lambda: login(engine, "wrong"))
    assert states(engine) == {Try.FAILED: 5, Try.REFUSED: limit.MOST_REFUSED}
    outcome(lambda: login(engine, "wrong", now=NOW + 4 * limit.WITHIN + timedelta(seconds=1)))
    assert states(engine) == {Try.FAILED: 1}


def test_no_more_hashes_run_at_once_than_may_and_a_further_request_is_refused_at_once() -> None:
    slots, go = HashSlots(running=2, waiting=3, longest_wait_s=30), Event()
    running, most, done = [0], [0], list[str]()
    began = Barrier(3)

    def hold(first: bool) -> None:
        with slots.one():
            running[0] += 1
            most[0] = max(most[0], running[0])
            if first:
                began.wait()
            go.wait()
            running[0] -= 1
            done.append("hashed")

    threads = [Thread(target=hold, args=(True,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    began.wait()
    waiting = [Thread(target=hold, args=(False,)) for _ in range(3)]
    for thread in waiting:
        thread.start()
    while slots._admitted._value:  # type: ignore[attr-defined]
        pass
    with pytest.raises(TooBusy) as refused, slots.one():
        pass
    assert refused.value.seconds > 0
    go.set()
    for thread in threads + waiting:
        thread.join()
    assert (done, most) == (["hashed"] * 5, [2])
    with slots.one():
        pass


def test_a_login_that_waited_in_vain_is_no_failure(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    add(engine)
    full = HashSlots(running=1, waiting=0)
    monkeypatch.setattr(hashing, "SLOTS", full)
    with full.one():
        assert [outcome(lambda: login(engine)) for _ in range(9)] == ["TooBusy"] * 9
    assert states(engine) == {}
    assert outcome(lambda: login(engine)) == "in"


@pytest.mark.parametrize(
    "password",
    ["1234567890123", "qwertyuiop123", "Password1234!", "letmeinletmein", "iloveyou1234", "p@ssw0rdp@ssw0rd",
     "abcdefghijklm", "london2019london", "tagpilot tagpilot", "19870604190102", "trustno1trustno1"],
)  # fmt: skip
def test_a_common_password_is_refused_and_not_repeated(password: str) -> None:
    with pytest.raises(BadEntry) as refused:
        checked_password(password, "ana")
    assert password not in str(refused.value)


@pytest.mark.parametrize("password", [WORDS, "correct horse battery", "tB3x-Qm9_kW2v7Zp1LcD", "a bus past Peckham Rye"])
def test_a_password_that_nobody_guesses_early_is_accepted(password: str) -> None:
    assert checked_password(password, "ana") == password


def test_sessions_are_listed_and_ended_one_by_one_or_together(engine: Engine) -> None:
    add(engine)
    add(engine, "bob")
    held = [login(engine, now=NOW + timedelta(minutes=k)) for k in range(3)]
    later = NOW + timedelta(minutes=20)
    assert [each.id for each in running_sessions(engine, "ana", now=later)] == [each.session_id for each in held[::-1]]
    ending = {"by": "ana", "now": later, "clock": later}
    with pytest.raises(NotFound, match="bob has no running session"):
        end_sessions(engine, "bob", held[0].session_id, **ending)  # type: ignore[arg-type]
    assert end_sessions(engine, "ana", held[0].session_id, **ending) == 1  # type: ignore[arg-type]
    assert end_sessions(engine, "ana", but=held[2].session_id, **ending) == 1  # type: ignore[arg-type]
    assert [each.id for each in running_sessions(engine, "ana", now=later)] == [held[2].session_id]
    for ended in held[:2]:
        with pytest.raises(SessionEnded):
            sessions.session_user(engine, ended.session_id, now=later)
        with pytest.raises(SessionEnded):
            sessions.refreshed(engine, ended.refresh, now=later)
    assert running_sessions(engine, "ana", now=NOW + timedelta(days=1)) == []


def test_a_login_frees_its_own_name_at_its_own_address_and_no_other(engine: Engine) -> None:
    add(engine)
    others = [(name, "10.0.0.1") for name in ("bob", "cy", "dee", "eve", "fay", "gus")] + [("ana", "10.0.0.2")]
    for name, address in others:
        limit.fail(engine, limit.begin_try(engine, name, address, NOW))
    for _ in range(3):
        assert [outcome(lambda: login(engine, "wrong")) for _ in range(4)] == ["WrongLogin"] * 4
        assert outcome(lambda: login(engine)) == "in"
    assert states(engine) == {Try.FAILED: len(others)}


def test_the_seventy_fifth_failure_of_a_name_in_an_hour_is_the_last(engine: Engine) -> None:
    """Each from another address: twenty at once, then one a minute."""
    minutes = [0] * 20 + list(range(1, 56))
    assert len(minutes) == limit.MOST_OF_NAME_AN_HOUR
    for k, minute in enumerate(minutes):
        at = NOW + timedelta(minutes=minute)
        limit.fail(engine, limit.begin_try(engine, "ana", f"10.7.{k}.1", at))
    with pytest.raises(TooManyFailures) as refused:
        limit.begin_try(engine, "ana", "10.7.200.1", NOW + timedelta(minutes=56))
    assert refused.value.seconds == 240
    limit.begin_try(engine, "ana", "10.7.201.1", NOW + timedelta(minutes=60))


def test_failures_of_a_time_to_come_lock_nobody_out_once_the_clock_is_set_back(engine: Engine) -> None:
    add(engine)
    later = NOW + timedelta(hours=3)
    assert [outcome(lambda: login(engine, "wrong", now=later)) for _ in range(6)] == ["WrongLogin"] * 5 + [
        "TooManyFailures"
    ]
    assert outcome(lambda: login(engine)) == "in"
    assert states(engine) == {}


def test_an_address_is_new_to_a_user_though_others_logged_in_from_it(engine: Engine) -> None:
    for name in ("ana", "bob", "cy"):
        add(engine, name)
    numbers = {}
    for name, address in (("ana", "10.0.0.1"), ("bob", "10.0.0.2")):
        numbers[name] = sessions.login(engine, name, WORDS, address=address, how=CHEAP, now=NOW).user.user_id
    with engine.connect() as connection:
        for name, address, is_new in (
            ("ana", "10.0.0.1", False),
            ("ana", "10.0.0.2", True),
            ("bob", "10.0.0.1", True),
            ("bob", "10.0.0.2", False),
        ):
            assert limit.is_new_address(connection, numbers[name], address, NOW) is is_new
