"""Somebody who can write to the database rewrites the audit. Each way is found, in words, with the row."""

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text, update

from tracker import migrations
from tracker.record.audit.book import AuditBook, book_of
from tracker.record.audit.chain import START, Action, AuditRow, keyed_digest
from tracker.record.audit.clock import ClockReading
from tracker.record.audit.keys import AuditKeyFault, AuditKeys
from tracker.record.audit.queries import broken_head, check_key, entries, head_now, verify_chain, verify_since
from tracker.record.audit.service import rotate_key
from tracker.record.audit.tables import AuditEntry, AuditHead
from tracker.record.audit.verification import BrokenLink, Head
from tracker.record.engine import make_engine
from tracker.record.entry import entering

MONDAY = datetime(2019, 9, 2, 9, tzinfo=UTC)
ROWS = 6


def _read(engine: Engine, rows: int = ROWS) -> None:
    for n in range(rows):
        with entering(engine, by="officer", now=MONDAY, purpose="enquiry") as entry:
            entry.note(Action.CONSULT, "licence", f"L{n}", question=n)


def _defenceless(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(text("DROP TRIGGER IF EXISTS audit_entry_no_update"))
        connection.execute(text("DROP TRIGGER IF EXISTS audit_entry_no_delete"))
    else:
        connection.execute(text("DROP TRIGGER IF EXISTS audit_entry_append_only ON audit_entry"))


def _hash_again(connection: Connection, secret: bytes | None = None) -> None:
    """Every hash and the head computed again to the end; the keyed digests too, for whoever has the key."""
    names = AuditRow.__slots__
    columns = [getattr(AuditEntry, name) for name in names]
    previous, length, keyed = START, 0, ""
    for found in connection.execute(AuditEntry.__table__.select().order_by(AuditEntry.seq)).mappings().all():
        row = AuditRow(**{**{c.key: found[c.key] for c in columns}, "previous": previous, "seq": length + 1})
        values = {"previous": previous, "hash": row.digest(), "seq": row.seq}
        if secret is not None:
            step = found["clock_step_s"]
            keyed = keyed_digest(secret, found["key_id"], row.seq, row.digest(), found["wall_at"], step, keyed)
            values["keyed_digest"] = keyed
        connection.execute(update(AuditEntry).where(AuditEntry.seq == found["seq"]).values(**values))
        previous, length = row.digest(), row.seq
    connection.execute(update(AuditHead).values(length=length, hash=previous))


def _head(engine: Engine) -> Head:
    with engine.connect() as connection:
        now = head_now(connection)
    return Head(now.rows, now.digest, "the head given")


def _broken(engine: Engine, *heads: Head) -> BrokenLink:
    found = verify_chain(engine, heads).broken
    assert found is not None
    return found


def test_a_changed_row_is_found_though_every_hash_to_the_end_was_computed_again(engine: Engine) -> None:
    _read(engine)
    with engine.begin() as connection:
        _defenceless(connection)
        connection.execute(text("UPDATE audit_entry SET by = 'nobody' WHERE seq = 3"))
        _hash_again(connection)
    broken = _broken(engine)
    assert broken.seq == 3
    assert "row 3 does not have the digest that key" in broken.why
    assert "changed or put in by someone without the key" in broken.why


def test_two_heads_that_were_exchanged_are_found(engine: Engine) -> None:
    """Each with the digest of the other, whichever of them is held against the chain; in either order they hold."""
    _read(engine)
    first = _head(engine)
    _read(engine)
    second = _head(engine)
    assert verify_chain(engine, [second, first]).heads_held == 2
    earlier, later = (replace(each, digest=other.digest) for each, other in ((first, second), (second, first)))
    for heads, seq in (([earlier, later], ROWS), ([later, earlier], ROWS), ([first, later], 2 * ROWS)):
        broken = _broken(engine, *heads)
        assert broken.seq == seq
        assert f"row {seq} is not the row it was: the head given has another digest" in broken.why
    for given in (earlier, later):
        found = verify_since(engine, given)
        assert found.broken is not None
        assert (found.first, found.broken.seq) == (1, given.rows)
    with engine.connect() as connection:
        assert broken_head(connection, [second, first]) is None
        assert broken_head(connection, [later, first]) == later
        assert broken_head(connection, [second, earlier]) == earlier


def test_a_cut_tail_is_found_by_whoever_kept_a_head(engine: Engine) -> None:
    _read(engine)
    kept = _head(engine)
    with engine.begin() as connection:
        _defenceless(connection)
        connection.execute(text("DELETE FROM audit_entry WHERE seq > 4"))
        _hash_again(connection)
    assert verify_chain(engine).broken is None
    broken = _broken(engine, kept)
    assert broken.seq == 5
    assert "the audit ends at row 4, and the head given is of row 6: rows 5 to 6 were cut off" in broken.why
    # Nor do rows written since make up for it.
    _read(engine, 3)
    assert "row 6 is not the row it was" in _broken(engine, kept).why


@pytest.mark.parametrize("hashed_again", [False, True])
def test_two_swapped_rows_are_found(engine: Engine, hashed_again: bool) -> None:
    _read(engine)
    with engine.begin() as connection:
        _defenceless(connection)
        for seq, new in ((3, 99), (4, 3), (99, 4)):
            connection.execute(text("UPDATE audit_entry SET seq = :new WHERE seq = :seq"), {"new": new, "seq": seq})
        if hashed_again:
            _hash_again(connection)
    assert _broken(engine).seq == 3


def test_a_row_put_in_between_is_found(engine: Engine) -> None:
    _read(engine)
    with engine.begin() as connection:
        _defenceless(connection)
        for seq in range(ROWS, 2, -1):
            connection.execute(text("UPDATE audit_entry SET seq = seq + 1 WHERE seq = :seq"), {"seq": seq})
        like = {**dict(connection.execute(AuditEntry.__table__.select().limit(1)).mappings().one()), "seq": 3}
        connection.execute(AuditEntry.__table__.insert(), like)
        _hash_again(connection)
    broken = _broken(engine)
    assert broken.seq == 3
    assert "put in by someone without the key" in broken.why


def test_taking_the_keyed_digests_out_is_found(engine: Engine) -> None:
    _read(engine)
    with engine.begin() as connection:
        _defenceless(connection)
        connection.execute(text("UPDATE audit_entry SET by = 'nobody', keyed_digest = NULL, key_id = NULL"))
        connection.execute(text("UPDATE audit_head SET key_id = NULL"))
        _hash_again(connection)
    broken = _broken(engine)
    assert broken.seq == 1
    assert "row 1 has no keyed digest, and rows from 1 on must have one" in broken.why
    with pytest.raises(AuditKeyFault, match="older than the key file, or the digests were removed"):
        _read(engine, 1)


def test_a_keeper_with_the_key_is_found_by_a_head_alone(engine: Engine) -> None:
    _read(engine)
    kept, keys = _head(engine), book_of(engine).keys
    with engine.begin() as connection:
        _defenceless(connection)
        connection.execute(text("UPDATE audit_entry SET by = 'nobody' WHERE seq = 2"))
        _hash_again(connection, keys.in_force(None, 0).secret)
    assert verify_chain(engine).broken is None
    broken = _broken(engine, kept)
    assert broken.seq == ROWS
    assert "row 6 is not the row it was: the head given has another digest" in broken.why


def test_the_wall_clock_of_a_row_cannot_be_changed_by_a_keeper_with_the_key_either(engine: Engine) -> None:
    _read(engine)
    kept, keys = _head(engine), book_of(engine).keys
    with engine.begin() as connection:
        _defenceless(connection)
        moved = update(AuditEntry).where(AuditEntry.seq == 2).values(wall_at=MONDAY)
        connection.execute(moved)
    assert _broken(engine).seq == 2
    with engine.begin() as connection:
        _hash_again(connection, keys.in_force(None, 0).secret)
    assert verify_chain(engine).broken is None
    assert _broken(engine, kept).seq == ROWS


def test_an_older_database_beside_a_newer_head_is_found(new_engine: Callable[[], Engine]) -> None:
    engine = new_engine()
    _read(engine, 2)
    older = Head(2, _head(engine).digest, "an older head")
    _read(engine, 2)
    newer = _head(engine)
    assert verify_chain(engine, [older, newer]).heads_held == 2
    with engine.begin() as connection:
        _defenceless(connection)
        connection.execute(text("DELETE FROM audit_entry WHERE seq > 2"))
        _hash_again(connection)
    assert verify_chain(engine, [older]).broken is None
    broken = _broken(engine, older, newer)
    assert broken.seq == 3
    assert "an older database was put in place" in broken.why


def test_without_the_key_file_nothing_is_entered_and_no_other_is_made(engine: Engine, tmp_path: Path) -> None:
    _read(engine)
    keys = book_of(engine).keys
    away = tmp_path / "away.key"
    keys.path.rename(away)
    for entering_it in (lambda: _read(engine, 1), lambda: check_key(engine)):
        with pytest.raises(AuditKeyFault, match=r"is not there, and the audit's rows are under key"):
            entering_it()
    assert not keys.path.exists()
    assert "cannot be verified; put the right key file back" in _broken(engine).why
    # Another one.
    AuditKeys(keys.path).add(0)
    with pytest.raises(AuditKeyFault, match="is another one"):
        _read(engine, 1)
    assert _broken(engine).seq == 1
    shutil.copy(away, keys.path)
    keys.path.chmod(0o644)
    with pytest.raises(AuditKeyFault, match="chmod 600"):
        _read(engine, 1)
    keys.path.chmod(0o600)
    _read(engine, 1)
    assert verify_chain(engine).broken is None


def test_a_key_put_into_file_and_database_by_hand_is_no_change_of_keys(engine: Engine) -> None:
    _read(engine)
    keys = book_of(engine).keys
    other = keys.add(ROWS)
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit_head SET key_id = :id"), {"id": other.id})
    _read(engine, 1)
    broken = _broken(engine)
    assert broken.seq == ROWS + 1
    assert "no row says that this key follows key" in broken.why


def test_a_changed_key_is_on_record_and_old_rows_still_verify(engine: Engine) -> None:
    _read(engine)
    book = book_of(engine)
    before = book.keys.in_force(None, 0)
    assert book.keys.path.stat().st_mode & 0o777 == 0o600
    after = rotate_key(engine, reason="yearly", by="dee", now=MONDAY)
    _read(engine)
    found = verify_chain(engine)
    assert (found.rows, found.broken, found.keyed_from) == (2 * ROWS + 1, None, 1)
    with engine.connect() as connection:
        row = entries(connection, subject="audit_key")[0]
        assert row.seq == ROWS + 1
        assert row.open == {
            "from": before.id,
            "to": after.id,
            "reason": "yearly",
            "lost": False,
            "verified": {"rows": ROWS, "broken": None},
        }
        assert head_now(connection).key_id == after.id


def test_a_lost_key_is_followed_only_when_that_is_said_and_its_rows_stay_unverified(engine: Engine) -> None:
    _read(engine)
    book_of(engine).keys.path.unlink()
    with pytest.raises(AuditKeyFault):
        rotate_key(engine, reason="lost", by="dee", now=MONDAY)
    rotate_key(engine, reason="lost with the disk", by="dee", now=MONDAY, lost=True)
    _read(engine)
    broken = _broken(engine)
    assert broken.seq == 1
    assert "cannot be verified" in broken.why


def test_rows_of_before_there_were_keys_stay_as_they_are(engine: Engine) -> None:
    """As a chain that an earlier version wrote: the key file says from which row on there are keyed digests."""
    _read(engine)
    with engine.begin() as connection:
        _defenceless(connection)
        nothing = "wall_at = NULL, clock_step_s = NULL, key_id = NULL, keyed_digest = NULL"
        connection.execute(text(f"UPDATE audit_entry SET {nothing}"))
        connection.execute(text("UPDATE audit_head SET key_id = NULL, boot = NULL, since_boot_us = NULL"))
    book_of(engine).keys.path.unlink()
    old = _head(engine)
    assert verify_chain(engine, [old]).keyed_from is None
    _read(engine, 2)
    found = verify_chain(engine, [old])
    assert (found.rows, found.broken, found.keyed_from, found.heads_held) == (ROWS + 2, None, ROWS + 1, 1)
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit_entry SET by = 'nobody' WHERE seq = 2"))
        _hash_again(connection)
    assert _broken(engine).seq == ROWS + 1
    assert _broken(engine, old).seq == ROWS


def test_a_step_back_of_the_tables_and_forward_again_keeps_the_keyed_digests(engine: Engine) -> None:
    _read(engine)
    kept = _head(engine)
    migrations.downgrade(engine, "0020")
    migrations.upgrade(engine)
    found = verify_chain(engine, [kept])
    assert (found.rows, found.broken, found.keyed_from, found.heads_held) == (ROWS, None, 1, 1)
    _read(engine)
    assert verify_chain(engine, [kept]).broken is None


def test_a_key_file_of_a_killed_first_entry_is_used_by_the_next(engine: Engine) -> None:
    made = book_of(engine).keys.in_force(None, 0)
    _read(engine)
    with engine.connect() as connection:
        assert head_now(connection).key_id == made.id


class _Clock:
    """A wall clock that is set by hand, on a machine that counts on."""

    def __init__(self) -> None:
        self.wall, self.count, self.boot = MONDAY, 0, "one start"

    def __call__(self) -> ClockReading:
        return ClockReading(self.wall, self.boot, self.count)

    def passes(self, seconds: float, *, and_steps: float = 0) -> None:
        self.count += round(seconds * 1e6)
        self.wall += timedelta(seconds=seconds + and_steps)


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.mark.parametrize(("step_s", "told"), [(-3600, -3600), (-6, -6), (-4, None), (299, None), (301, 301)])
@pytest.mark.parametrize("same_process", [True, False])
def test_a_clock_that_was_changed_is_told(
    engine: Engine, clock: _Clock, caplog: pytest.LogCaptureFixture, step_s: int, told: int | None, same_process: bool
) -> None:
    url, keys = engine.url, book_of(engine).keys
    first = make_engine(url, book=AuditBook(keys, clock))
    _read(first, 1)
    clock.passes(86_400, and_steps=step_s)
    second = first if same_process else make_engine(url, book=AuditBook(keys, clock))
    with entering(second, by="officer", now=MONDAY) as entry:
        entry.note(Action.CONSULT, "licence", "L1")
        entry.note(Action.CONSULT, "licence", "L2")
    clock.passes(60)
    _read(second, 1)
    found = verify_chain(engine)
    assert found.broken is None
    assert [(step.seq, step.seconds) for step in found.clock_steps] == ([] if told is None else [(2, told)])
    assert ("row 2 of the audit" in caplog.text) == (told is not None)
    if told == -3600:
        assert "went back by 1:00:00 h" in caplog.text
    first.dispose()
    second.dispose()


@pytest.mark.parametrize(("later_s", "told"), [(-3600, True), (-200, False), (86_400, False)])
def test_on_another_machine_a_clock_is_held_against_the_last_rows(
    engine: Engine, clock: _Clock, later_s: int, told: bool
) -> None:
    url, keys = engine.url, book_of(engine).keys
    first = make_engine(url, book=AuditBook(keys, clock))
    _read(first, 1)
    first.dispose()
    clock.boot, clock.count, clock.wall = "another start", 5, MONDAY + timedelta(seconds=later_s)
    second = make_engine(url, book=AuditBook(keys, clock))
    _read(second, 1)
    second.dispose()
    assert bool(verify_chain(engine).clock_steps) == told


def test_the_keyed_digest_is_over_every_part() -> None:
    secret, row_hash = b"s" * 32, hashlib.sha256(b"x").hexdigest()
    plain = (secret, "k", 1, row_hash, MONDAY, None, "")
    others = (b"t" * 32, "l", 2, row_hash[::-1], MONDAY + timedelta(microseconds=1), 0, "0")
    digests = {keyed_digest(*plain)}
    for n, other in enumerate(others):
        digests.add(keyed_digest(*plain[:n], other, *plain[n + 1 :]))  # type: ignore[arg-type]
    assert len(digests) == 1 + len(others)


def test_rows_after_a_head_are_verified_alone(engine: Engine) -> None:
    _read(engine)
    kept = _head(engine)
    _read(engine)
    found = verify_since(engine, kept)
    assert (found.first, found.rows, found.broken, found.heads_held) == (ROWS + 1, 2 * ROWS, None, 1)
    assert found.digest == verify_chain(engine).digest


@pytest.mark.parametrize("change", ["by = 'nobody'", "open = '{}'", "keyed_digest = hash", "previous = hash"])
def test_a_new_row_that_was_changed_is_found_without_the_rows_before(engine: Engine, change: str) -> None:
    _read(engine)
    kept = _head(engine)
    _read(engine)
    with engine.begin() as connection:
        _defenceless(connection)
        connection.execute(text(f"UPDATE audit_entry SET {change} WHERE seq = {ROWS + 3}"))
    broken = verify_since(engine, kept).broken
    assert broken is not None
    assert broken.seq == ROWS + 3


@pytest.mark.parametrize("change", ["open = '{\"a\": 1'", "at = 'no instant'", "action = 'no action'"])
def test_a_value_that_can_be_read_no_more_is_found_and_stops_nothing(tmp_path: Path, change: str) -> None:
    """As a flipped bit of SQLite's file leaves it; PostgreSQL takes no such value."""
    engine = make_engine(str(tmp_path / "record.db"))
    migrations.upgrade(engine)
    _read(engine)
    kept = Head(ROWS, _head(engine).digest, "the head given")
    _read(engine)
    with engine.begin() as connection:
        _defenceless(connection)
        connection.execute(text("PRAGMA ignore_check_constraints = ON"))
        connection.exec_driver_sql(f"UPDATE audit_entry SET {change} WHERE seq = {ROWS + 1}")
    for found in (verify_chain(engine), verify_since(engine, kept)):
        assert found.broken is not None
        assert "cannot be read" in found.broken.why
    engine.dispose()


def test_new_rows_that_were_cut_off_or_put_in_are_found_without_the_rows_before(engine: Engine) -> None:
    _read(engine)
    kept = _head(engine)
    _read(engine)
    whole = _head(engine)
    with engine.begin() as connection:
        _defenceless(connection)
        connection.execute(text(f"DELETE FROM audit_entry WHERE seq > {ROWS + 2}"))
    broken = verify_since(engine, kept).broken
    assert broken is not None
    assert "the chain ends at row 8, but 12 were written" in broken.why
    with engine.begin() as connection:
        _hash_again(connection, next(iter(_secrets(engine).values())))
    assert verify_since(engine, kept).broken is None
    cut = verify_since(engine, kept, [whole]).broken
    assert cut is not None
    assert "rows 9 to 12 were cut off" in cut.why


@pytest.mark.parametrize("where", [ROWS, ROWS - 2])
def test_a_head_that_no_longer_fits_is_held_against_the_whole_chain(engine: Engine, where: int) -> None:
    _read(engine)
    kept = _head(engine)
    _read(engine)
    with engine.begin() as connection:
        _defenceless(connection)
        connection.execute(text(f"UPDATE audit_entry SET by = 'nobody' WHERE seq = {where}"))
        _hash_again(connection, next(iter(_secrets(engine).values())))
    found = verify_since(engine, kept)
    assert found.first == 1
    assert found.broken is not None
    assert f"row {ROWS} is not the row it was" in found.broken.why


def _secrets(engine: Engine) -> Mapping[str, bytes]:
    content = book_of(engine).keys.content()
    assert content is not None
    return content.secrets()
