"""The head of the last entry, kept in a file: whole by itself, and no reason to refuse an entry."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from tests.support.clients import PASSWORD
from tracker.access.roles import Role
from tracker.access.user_service import add_user
from tracker.record.audit.book import AuditBook, book_of
from tracker.record.audit.clock import ClockReading
from tracker.record.audit.keys import AuditKeys
from tracker.record.audit.tables import AuditEntry

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DIGEST = "3" * 64


def _book(file: Path | None) -> AuditBook:
    return AuditBook(AuditKeys(Path("no.key")), lambda: ClockReading(NOON, "a start", 0), latest_head=file)


def test_a_head_is_kept_in_one_line_of_one_length(tmp_path: Path) -> None:
    book = _book(tmp_path / "audit-head.txt")
    assert book.kept_head() is None
    for rows in (1_000_000, 7):
        book.keep_head(rows, DIGEST)
        kept = book.kept_head()
        assert kept is not None
        assert (kept.rows, kept.digest, kept.written_at) == (rows, DIGEST, NOON)
        text = (tmp_path / "audit-head.txt").read_text()
        assert (len(text), text.count("\n"), text[-1]) == (128, 1, "\n")
    assert (tmp_path / "audit-head.txt").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "7", f"seven:{DIGEST}", f"7:{DIGEST[:-1]}", f"-7:{DIGEST} {NOON.isoformat()}"])
def test_a_head_that_was_cut_short_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "audit-head.txt").write_text(text)
    assert _book(tmp_path / "audit-head.txt").kept_head() is None


@pytest.mark.parametrize("at", ["", " soon"])
def test_a_head_without_its_instant_is_of_the_files_own_time(tmp_path: Path, at: str) -> None:
    """An earlier version kept none."""
    file = tmp_path / "audit-head.txt"
    file.write_text(f"7:{DIGEST}{at}\n")
    os.utime(file, (NOON.timestamp(), NOON.timestamp()))
    kept = _book(file).kept_head()
    assert kept is not None
    assert (kept.rows, kept.written_at) == (7, NOON)


def test_the_head_that_is_kept_is_the_one_with_the_key(engine: Engine, tmp_path: Path) -> None:
    """Whoever may write the database can make the other again."""
    book = book_of(engine)
    book.latest_head = tmp_path / "audit-head.txt"
    add_user(engine, "ada", Role.ADMINISTRATOR, PASSWORD, by="a test", now=NOON)
    kept = book.kept_head()
    assert kept is not None
    with engine.connect() as connection:
        last = connection.execute(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()
    assert (kept.rows, kept.digest) == (last.seq, last.keyed_digest)


def test_where_no_head_can_be_kept_that_is_said_and_the_entry_stands(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _book(tmp_path / "no folder" / "audit-head.txt").keep_head(7, DIGEST)
    assert "latest head cannot be kept: No such file or directory" in caplog.text
    _book(None).keep_head(7, DIGEST)
    assert _book(None).kept_head() is None
