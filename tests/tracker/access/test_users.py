"""Users and sessions: who may log in, for how long, and what a stolen token is worth."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, select

from tracker.access import session_service as sessions
from tracker.access import user_service as users
from tracker.access.roles import RIGHTS, Right, Role
from tracker.access.session_list_service import running_sessions
from tracker.access.session_service import SessionEnded, TooManyFailures, WrongLogin
from tracker.access.tables import LoginFailure, LoginSession
from tracker.errors import BadEntry, NotFound
from tracker.record.audit.queries import entries, verify_chain

NOW = datetime(2019, 9, 2, 9, tzinfo=UTC)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
WORDS = "three plain words"
BY = {"by": "ada", "now": NOW}


def add(engine: Engine, name: str = "ana", role: Role = Role.ANALYST, *, demo: bool = False) -> users.User:
    return users.add_user(engine, name, role, WORDS, demo=demo, how=CHEAP, **BY)


def login(
    engine: Engine, name: str = "ana", password: str = WORDS, now: datetime = NOW, **more: bool
) -> sessions.Login:
    return sessions.login(engine, name, password, how=CHEAP, now=now, **more)


def test_a_user_logs_in_refreshes_and_logs_out(engine: Engine) -> None:
    add(engine)
    first = login(engine)
    assert sessions.session_user(engine, first.session_id, now=NOW).role is Role.ANALYST
    second = sessions.refreshed(engine, first.refresh, now=NOW + timedelta(minutes=9))
    assert (second.session_id, second.expires_at) == (first.session_id, first.expires_at)
    assert second.refresh != first.refresh
    sessions.logout(engine, first.session_id, by="ana", now=NOW)
    for ask in (
        lambda: sessions.session_user(engine, first.session_id, now=NOW),
        lambda: sessions.refreshed(engine, second.refresh, now=NOW),
    ):
        with pytest.raises(SessionEnded):
            ask()
    assert verify_chain(engine).broken is None


def test_a_wrong_password_a_wrong_name_and_ended_access_get_the_same_answer(engine: Engine) -> None:
    add(engine)
    add(engine, "bob")
    users.end_access(engine, "bob", **BY)
    told = set()
    for name, password in (("ana", "another three words"), ("nobody", WORDS), ("bob", WORDS), ("ana", "x" * 10_000)):
        with pytest.raises(WrongLogin) as refused:
            login(engine, name, password)
        told.add(str(refused.value))
    assert len(told) == 1


def test_five_failures_close_a_name_for_a_quarter_of_an_hour_whether_it_exists_or_not(engine: Engine) -> None:
    add(engine)
    for name in ("ana", "nobody"):
        for n in range(5):
            with pytest.raises(WrongLogin):
                login(engine, name, "wrong", NOW + timedelta(minutes=n))
        with pytest.raises(TooManyFailures) as refused:
            login(engine, name, WORDS, NOW + timedelta(minutes=5))
        assert refused.value.seconds == 600
    assert login(engine, now=NOW + timedelta(minutes=15, seconds=1)).user.name == "ana"
    # What was typed as a name may have been a password: it is kept as a digest only.
    with engine.connect() as connection:
        assert "nobody" not in str(connection.execute(select(LoginFailure.__table__)).all())


def test_a_refresh_token_used_twice_ends_the_session_for_both_who_have_it(engine: Engine) -> None:
    add(engine)
    first = login(engine)
    second = sessions.refreshed(engine, first.refresh, now=NOW)
    with pytest.raises(SessionEnded):
        sessions.refreshed(engine, first.refresh, now=NOW)
    with pytest.raises(SessionEnded):
        sessions.refreshed(engine, second.refresh, now=NOW)
    with pytest.raises(SessionEnded):
        sessions.session_user(engine, first.session_id, now=NOW)


def test_of_two_refreshes_at_once_at_most_one_succeeds(engine: Engine) -> None:
    add(engine)
    first = login(engine)
    went: list[sessions.Login] = []
    barrier = Barrier(4)

    def go() -> None:
        barrier.wait()
        try:
            went.append(sessions.refreshed(engine, first.refresh, now=NOW))
        except SessionEnded:
            return

    threads = [Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(went) == 1
    # Whichever of them came first, the token was copied: nobody goes on with the session.
    with pytest.raises(SessionEnded):
        sessions.session_user(engine, first.session_id, now=NOW)


def test_a_session_ends_by_itself_and_with_the_password_the_role_or_the_access(engine: Engine) -> None:
    add(engine)
    late, held = NOW + sessions.SESSION, login(engine)
    kept = held
    # In use it is refreshed every few minutes, and ends all the same.
    for minutes in range(25, 12 * 60, 25):
        kept = sessions.refreshed(engine, kept.refresh, now=NOW + timedelta(minutes=minutes))
    assert sessions.session_user(engine, held.session_id, now=late - timedelta(seconds=1))
    for ask in (
        lambda: sessions.session_user(engine, held.session_id, now=late),
        lambda: sessions.refreshed(engine, kept.refresh, now=late),
    ):
        with pytest.raises(SessionEnded):
            ask()
    for change in (
        lambda: users.set_password(engine, "ana", WORDS, how=CHEAP, **BY),
        lambda: users.change_role(engine, "ana", Role.OFFICER, **BY),
        lambda: users.end_access(engine, "ana", **BY),
    ):
        held = login(engine)
        change()
        with pytest.raises(SessionEnded):
            sessions.session_user(engine, held.session_id, now=NOW)
        with pytest.raises(SessionEnded):
            sessions.refreshed(engine, held.refresh, now=NOW)


def test_a_session_that_nobody_uses_for_half_an_hour_is_over(engine: Engine) -> None:
    add(engine)
    late, held = NOW + sessions.IDLE, login(engine)
    assert sessions.session_user(engine, held.session_id, now=late - timedelta(seconds=1))
    assert [each.id for each in running_sessions(engine, "ana", now=late - timedelta(seconds=1))] == [held.session_id]
    for ask in (
        lambda: sessions.session_user(engine, held.session_id, now=late),
        lambda: sessions.refreshed(engine, held.refresh, now=late),
    ):
        with pytest.raises(SessionEnded):
            ask()
    assert running_sessions(engine, "ana", now=late) == []


def test_the_demos_people_are_refused_where_the_flag_is_off_even_within_a_session(engine: Engine) -> None:
    add(engine, "dana", demo=True)
    held = login(engine, "dana", demo=True)
    assert sessions.session_user(engine, held.session_id, demo=True, now=NOW)
    with pytest.raises(WrongLogin):
        login(engine, "dana", demo=False)
    with pytest.raises(SessionEnded):
        sessions.session_user(engine, held.session_id, demo=False, now=NOW)
    with pytest.raises(SessionEnded):
        sessions.refreshed(engine, held.refresh, demo=False, now=NOW)


def test_the_last_administrator_cannot_be_removed(engine: Engine) -> None:
    add(engine, "ada", Role.ADMINISTRATOR)
    for change in (
        lambda: users.end_access(engine, "ada", **BY),
        lambda: users.change_role(engine, "ada", Role.ANALYST, **BY),
    ):
        with pytest.raises(BadEntry, match="the only administrator"):
            change()
    add(engine, "abe", Role.ADMINISTRATOR)
    assert users.end_access(engine, "ada", **BY).ended_at is not None


@pytest.mark.parametrize(
    ("name", "password", "words"),
    [
        ("Ana B", WORDS, "is not a valid user name"),
        ("", WORDS, "is not a valid user name"),
        ("ana", "short", "has 5 characters. Give 12 to 128"),
        ("ana", "a b c      d", "has 7 characters. Give 12 to 128"),
        ("ana", "plain words " * 11, "has 132 characters. Give 12 to 128"),
        ("ana", "aaaaaaaaaaaaaaaa", "repeats a few characters"),
        ("ana", "ana and some more", "contains the user name"),
    ],
)
def test_an_invalid_name_or_password_is_refused_and_never_repeated(
    engine: Engine, name: str, password: str, words: str
) -> None:
    with pytest.raises(BadEntry, match=words) as refused:
        users.add_user(engine, name, Role.ANALYST, password, how=CHEAP, **BY)
    assert password not in str(refused.value)


def test_a_name_is_never_reused_and_unknown_names_are_not_disclosed(engine: Engine) -> None:
    add(engine)
    users.end_access(engine, "ana", **BY)
    with pytest.raises(BadEntry, match="never given to another person"):
        add(engine)
    with pytest.raises(NotFound, match="no user 'bob'"):
        users.user_named(engine, "bob")


def test_neither_passwords_nor_tokens_are_in_the_database_or_the_audit(engine: Engine) -> None:
    add(engine)
    held = login(engine)
    with engine.connect() as connection:
        told = str(connection.execute(select(LoginSession.__table__)).all()) + str(entries(connection))
    assert held.refresh not in told
    assert WORDS not in told
    assert "argon2" not in told


def test_no_role_has_what_another_role_is_for() -> None:
    """The paper's separation: whoever reviews does not release, whoever manages users sees no case."""
    assert set(RIGHTS) == set(Role)
    for right in (Right.REVIEW, Right.RELEASE, Right.EXPORT, Right.MANAGE_USERS, Right.KEEP, Right.ENTER_CASES):
        assert len([role for role in Role if right in RIGHTS[role]]) == 1
    assert RIGHTS[Role.ADMINISTRATOR] == {Right.MANAGE_USERS}
    assert Right.OPEN_TRAILS not in RIGHTS[Role.PROTECTION]
    assert {right for held in RIGHTS.values() for right in held} == set(Right)
