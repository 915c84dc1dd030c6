"""The audit's rules without a database: heads, keys, the clock."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tracker.access.refusals import noted_at, window_of
from tracker.record.audit.chain import START, Action, AuditRow, KeyedDigest, StoredRow, keyed_digest
from tracker.record.audit.clock import BACK, FORWARD, ClockReading, read_clock, step_in_words, step_s
from tracker.record.audit.keys import AuditKey, AuditKeyFault, AuditKeys
from tracker.record.audit.verification import Head, Keys, Restored, Verified, verify

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = AuditKey.of(b"k" * 32)
OTHER = AuditKey.of(b"o" * 32)
KEYS = Keys({KEY.id: KEY.secret, OTHER.id: OTHER.secret}, None)


def _chain(
    *keys: AuditKey | None, changes: tuple[int, ...] = (), steps: dict[int, int] | None = None
) -> list[StoredRow]:
    """A row under each key, or with a hash alone; rows in `changes` say that their key is in force."""
    rows: list[StoredRow] = []
    for seq, key in enumerate(keys, 1):
        says = {"to": key.id} if key is not None and seq in changes else {}
        row = AuditRow(
            seq=seq,
            at=NOON,
            by="a",
            action=Action.CONSULT,
            subject="audit_key" if seq in changes else "licence",
            subject_id="1",
            person_id=None,
            purpose=None,
            recipient=None,
            open=says,
            sealed=None,
            previous=rows[-1].hash if rows else START,
        )
        digest = None
        if key is not None:
            last = rows[-1].keyed if rows else None
            step = (steps or {}).get(seq)
            made = keyed_digest(
                key.secret, key.id, seq, row.digest(), NOON, step, "" if last is None else last.digest
            )  # fmt: skip
            digest = KeyedDigest(key.id, NOON, step, made)
        rows.append(StoredRow(row, row.digest(), digest))
    return rows


def _verify(rows: list[StoredRow], keys: Keys = KEYS, **more: object) -> Verified:
    return verify(rows, len(rows), rows[-1].hash if rows else START, keys=keys, **more)  # type: ignore[arg-type]


def _why(rows: list[StoredRow], keys: Keys = KEYS, **more: object) -> tuple[int, str]:
    broken = _verify(rows, keys, **more).broken
    assert broken is not None
    return broken.seq, broken.why


def test_an_audit_without_a_row_is_whole_and_agrees_with_its_own_head_alone() -> None:
    assert _verify([]).broken is None
    assert _verify([], heads=[Head(0, START, "h")]).heads_held == 1
    seq, why = _why([], heads=[Head(0, "1" * 64, "the head given")])
    assert (seq, "and the head given does not" in why) == (1, True)


def test_an_audit_of_before_there_were_keys_and_one_that_has_them_since() -> None:
    assert _verify(_chain(None, None)).keyed_from is None
    rows = _chain(None, KEY, KEY, steps={3: -60})
    found = _verify(rows)
    assert (found.rows, found.broken, found.keyed_from) == (3, None, 2)
    assert (found.digest, found.head) == (rows[-1].keyed.digest if rows[-1].keyed else "", rows[-1].hash)
    assert [(step.seq, step.seconds, step.wall_at) for step in found.clock_steps] == [(3, -60, NOON)]


def test_a_row_without_a_digest_after_one_with_it_is_named() -> None:
    assert _why(_chain(KEY, None))[0] == 2
    assert "rows from 1 on must have one" in _why(_chain(KEY, None))[1]


@pytest.mark.parametrize(("keyed_from", "broken"), [(2, 2), (3, None), (None, None)])
def test_the_key_file_says_from_which_row_on_there_are_digests(keyed_from: int | None, broken: int | None) -> None:
    found = _verify(_chain(None, None), Keys(KEYS.secrets, keyed_from))
    assert (found.broken.seq if found.broken else None) == broken


def test_another_key_needs_a_row_that_says_so() -> None:
    assert _verify(_chain(KEY, OTHER, OTHER, changes=(2,))).broken is None
    assert _why(_chain(KEY, OTHER))[0] == 2
    assert f"no row says that this key follows key {KEY.id}" in _why(_chain(KEY, OTHER))[1]
    seq, why = _why(_chain(KEY, OTHER, changes=(2,)), Keys({KEY.id: KEY.secret}, 1, "/keys/audit.key"))
    assert seq == 2
    assert f"row 2 is under key {OTHER.id}, which /keys/audit.key does not have" in why


def test_each_head_is_held_against_its_row() -> None:
    rows = _chain(None, KEY, KEY)
    by_hash, by_digest = Head(2, rows[1].hash, "a"), Head(3, rows[2].head, "b")
    assert _verify(rows, heads=[Head(1, rows[0].hash, "c"), by_hash, by_digest]).heads_held == 3
    assert _why(rows, heads=[Head(2, rows[2].hash, "the head given")])[0] == 2
    found = _verify(rows, heads=[by_hash, Head(5, "0" * 64, "the one on paper"), Head(4, "0" * 64, "an older one")])
    assert found.broken is not None
    assert found.broken.seq == 4
    assert "the audit ends at row 3, and the one on paper is of row 5: rows 4 to 5 were cut off" in found.broken.why
    assert (found.rows, found.heads_held) == (3, 1)


def test_a_restore_takes_away_heads_written_before_it_and_no_others() -> None:
    rows = _chain(KEY, KEY, KEY)
    restored = Restored(3, 2, NOON)
    gone = Head(9, "0" * 64, "w", NOON - timedelta(seconds=1))
    found = _verify(rows, heads=[gone], restores=[restored])
    assert (found.broken, found.superseded, found.heads_held) == (None, 1, 0)
    for head in (
        Head(9, "0" * 64, "written since", NOON),
        Head(2, "0" * 64, "of a row that the backup had", NOON - timedelta(days=1)),
        Head(9, "0" * 64, "given by hand"),
    ):
        assert _verify(rows, heads=[head], restores=[restored]).broken is not None
    assert (
        "Row 3 says that the record was restored at 2026-03-01 12:00 UTC from a backup at row 2"
        in (_why(rows, heads=[Head(9, "0" * 64, "given")], restores=[restored])[1])
    )
    assert "restored" not in _why(rows, heads=[Head(2, "0" * 64, "given")], restores=[restored])[1]


def test_the_head_stored_apart_has_to_be_that_of_the_last_row() -> None:
    rows = _chain(KEY, KEY)
    assert verify(rows, 2, "0" * 64, keys=KEYS).broken is not None
    ends = verify(rows, 3, rows[-1].hash, keys=KEYS).broken
    assert ends is not None
    assert (ends.seq, ends.why) == (3, "the chain ends at row 2, but 3 were written")


def test_a_key_that_is_added_where_the_file_is_lost_counts_from_the_next_row(tmp_path: Path) -> None:
    keys = AuditKeys(tmp_path / "audit.key")
    added = keys.add(7)
    content = keys.content()
    assert content is not None
    assert (content.keyed_from, content.keys) == (8, (added,))
    keys.add(9)
    content = keys.content()
    assert content is not None
    assert (content.keyed_from, len(content.keys)) == (8, 2)


def test_a_key_file_is_made_once_and_keeps_every_key(tmp_path: Path) -> None:
    keys = AuditKeys(tmp_path / "audit.key")
    assert keys.content() is None
    first = keys.in_force(None, 7)
    assert AuditKeys(keys.path).in_force(first.id, 100) == first == keys.in_force(None, 7)
    with pytest.raises(AuditKeyFault, match="rows from 8 on have keyed digests"):
        keys.in_force(None, 8)
    second = keys.add(20)
    content = keys.content()
    assert content is not None
    assert (content.keyed_from, content.keys) == (8, (first, second))
    assert keys.in_force(first.id, 100) == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["audit.key"]
    assert keys.path.stat().st_mode & 0o777 == 0o600
    assert first.secret.hex() not in first.id


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"keyedFrom": 1, "keys": []}', '{"keyedFrom": 1, "keys": ["xy"]}'])
def test_a_file_that_is_no_key_file_is_refused_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "audit.key"
    path.write_text(text)
    path.chmod(0o600)
    for key_id in (None, KEY.id):
        with pytest.raises(AuditKeyFault, match="is not a key file of the audit"):
            AuditKeys(path).in_force(key_id, 0)
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("mode", "refused"), [(0o600, False), (0o400, False), (0o640, False), (0o660, True), (0o604, True)]
)
def test_a_key_file_that_others_may_read_or_write_is_refused(tmp_path: Path, mode: int, refused: bool) -> None:
    path = tmp_path / "audit.key"
    path.write_text(json.dumps({"keyedFrom": 1, "keys": ["00" * 32]}))
    path.chmod(mode)
    if refused:
        with pytest.raises(AuditKeyFault, match="its owner alone"):
            AuditKeys(path).content()
    else:
        assert AuditKeys(path).content() is not None


def test_a_key_file_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AuditKeyFault, match="cannot be written"):
        AuditKeys(tmp_path / "away" / "audit.key").in_force(None, 0)


@pytest.mark.parametrize(
    ("drift", "told"),
    [(FORWARD, False), (FORWARD + timedelta(seconds=1), True), (-BACK, False), (-BACK - timedelta(seconds=1), True)],
)
def test_the_bounds_of_a_step_on_one_machine(drift: timedelta, told: bool) -> None:
    before, later = ClockReading(NOON, "b", 1_000_000), timedelta(hours=8)
    now = ClockReading(NOON + later + drift, "b", 1_000_000 + round(later.total_seconds() * 1e6))
    assert step_s(now, [before], NOON) == (round(drift.total_seconds()) if told else None)
    # Of readings of another start nothing can be said but that the clock was later before.
    assert step_s(now, [ClockReading(NOON, "other", 1_000_000)], NOON) is None


@pytest.mark.parametrize(("earlier_s", "told"), [(300, None), (301, -301)])
def test_after_a_restart_a_clock_over_five_minutes_back_is_told(earlier_s: int, told: int | None) -> None:
    now = ClockReading(NOON - timedelta(seconds=earlier_s), "new", 0)
    assert step_s(now, [ClockReading(NOON, "old", 9)], NOON) == told
    assert step_s(now, [], None) is None


def test_the_machines_own_clock_counts_on() -> None:
    first = read_clock()
    time.sleep(0.02)
    second = read_clock()
    assert first.boot == second.boot
    assert len(first.boot) <= 36
    if (boot_id := Path("/proc/sys/kernel/random/boot_id")).exists():
        assert first.boot == boot_id.read_text().strip()
    assert 20_000 <= second.since_boot_us - first.since_boot_us < 60_000_000
    assert step_s(second, [first], first.wall) is None
    assert step_in_words(-61) == "went back by 0:01:01 h"
    assert step_in_words(3600) == "went forward by 1:00:00 h"


def test_refusals_are_noted_at_each_tenfold() -> None:
    assert [times for times in range(1, 10_001) if noted_at(times)] == [1, 10, 100, 1_000, 10_000]
    assert window_of(NOON + timedelta(minutes=29, seconds=59)) == NOON + timedelta(minutes=15)
    assert window_of(NOON) == NOON
