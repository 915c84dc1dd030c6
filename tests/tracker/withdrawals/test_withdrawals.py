"""What is withdrawn counts nowhere, is still there to be read, and can be taken back: on both databases."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from tests.support import grown_lists
from tests.support.crime_files import write_csv
from tests.support.pilot import enter_pilot
from tracker.assignments.importer import import_assignments
from tracker.assignments.queries import current_assignments
from tracker.crimes.importer import import_crimes
from tracker.crimes.latest_service import latest_differences
from tracker.crimes.queries import latest_crimes
from tracker.errors import NotFound, Refused
from tracker.imports.report import ImportReport
from tracker.imports.stream_service import StreamImport, enter_stream, forget_stream
from tracker.imports.tables import FileKind
from tracker.imports.withdrawal_tables import Ground
from tracker.record.entry import entering
from tracker.review.changed import Decision
from tracker.review.shown_service import rebuild
from tracker.review.states import MatchState
from tracker.review.tables import ChangedMatch, ChangedMatchDecision, Match
from tracker.withdrawals import service
from tracker.withdrawals.queries import WithdrawalFilter, unfinished, waiting_matches, withdrawals

NOW = datetime(2019, 10, 1, 12, tzinfo=UTC)
KINDS = ("crimes", "crime", "assignments", "fixes", "events")


def entered(minutes: int = 0) -> dict[str, Any]:
    return {"by": "ana", "now": NOW + timedelta(minutes=minutes)}


def crimes(engine: Engine, folder: Path, name: str, *rows: str) -> ImportReport:
    heading = "force,crime_ref,crime_type,t_from,t_to,easting,northing"
    path = write_csv(folder / name, "\n".join([heading, *rows]) + "\n")
    return import_crimes(engine, path, format="headed", rejects_dir=folder, by="ana", received_at=NOW)


def row(ref: str, kind: str = "Burglary") -> str:
    return f"Met,{ref},{kind},2019-09-30T12:00:00Z,2019-09-30T12:10:00Z,530000,180000"


def counting(engine: Engine) -> list[tuple[str, int, str]]:
    assert latest_differences(engine) == []
    return [(each["crime_ref"], each["version"], each["crime_type"]) for each in latest_crimes(engine).to_dicts()]


def test_a_withdrawn_import_and_a_withdrawn_crime_count_nowhere_until_taken_back(
    engine: Engine, tmp_path: Path
) -> None:
    crimes(engine, tmp_path, "a.csv", row("a"), row("b"))
    later = crimes(engine, tmp_path, "b.csv", row("a", "Robbery"), row("c"))
    assert later.file_id is not None
    before = counting(engine)
    with entering(engine, **entered(1)) as entry:
        done = service.withdraw_import(entry, later.file_id, "of another force")
        assert (done.new, done.carried_out, done.crimes) == (True, True, {("Met", "a"), ("Met", "c")})
    assert counting(engine) == [("a", 1, "Burglary"), ("b", 1, "Burglary")]
    with entering(engine, **entered(2)) as entry:
        assert not service.withdraw_import(entry, later.file_id, "again").new
        service.withdraw_crime(entry, "Met", "b", Ground.DUPLICATE, "a", "sent twice")
    assert counting(engine) == [("a", 1, "Burglary")]
    # Reports that come meanwhile: the next version of a, c again, and b, which stays withdrawn.
    crimes(engine, tmp_path, "c.csv", row("a", "Theft"), row("b", "Theft"), row("c", "Theft"))
    assert counting(engine) == [("a", 3, "Theft"), ("c", 2, "Theft")]
    with engine.connect() as connection:
        found, total = withdrawals(connection, WithdrawalFilter(KINDS), limit=1)
        assert (total, found[0].crime_ref, found[0].ground) == (2, "b", Ground.DUPLICATE)
        assert withdrawals(connection, WithdrawalFilter(KINDS, known_at=NOW), limit=9) == ([], 0)
        assert withdrawals(connection, WithdrawalFilter(["fixes"]), limit=9) == ([], 0)
        assert unfinished(connection) == []
        assert waiting_matches(connection) == {}
    for number in (1, 2):
        with entering(engine, **entered(3)) as entry:
            service.take_back(entry, number, "an error", lambda _: False)
    assert counting(engine) == [("a", 3, "Theft"), ("b", 2, "Theft"), ("c", 2, "Theft")]
    assert before == [("a", 2, "Robbery"), ("b", 1, "Burglary"), ("c", 1, "Burglary")]
    with engine.connect() as connection:
        at = NOW + timedelta(minutes=2, seconds=30)
        found, _ = withdrawals(connection, WithdrawalFilter(KINDS, standing=True, known_at=at), limit=9)
        assert [(each.number, each.taken_back_at) for each in found] == [(2, None), (1, None)]
        assert withdrawals(connection, WithdrawalFilter(KINDS, standing=True), limit=9) == ([], 0)


def test_matches_wait_for_a_withdrawal_until_it_is_decided_of_them(engine: Engine) -> None:
    """Ten matches: of five the crime was withdrawn, and of three of these that is decided; one waits again, for other
    reasons."""
    enter_pilot(engine)
    grown_lists.add_rows(engine, range(1, 11))
    with engine.begin() as connection:
        connection.execute(delete(ChangedMatchDecision))
        connection.execute(delete(ChangedMatch))
        connection.execute(update(Match).values(state=MatchState.CONFIRMED))
        for number, (match_id, cause) in enumerate([*((n, "withdrawn") for n in range(1, 6)), (3, "fixes")], 1):
            row = {**grown_lists.changed(match_id), "id": number, "causes": [cause]}
            connection.execute(insert(ChangedMatch), {**row, "recorded_at": NOW, "recorded_by": "made up"})
        for number in (3, 4, 5):
            kept = {"changed_match_id": number, "decision": Decision.KEEP, "reason": "seen on camera"}
            connection.execute(insert(ChangedMatchDecision), {**kept, "recorded_at": NOW, "recorded_by": "rita"})
        rebuild(connection)
        waits = set(connection.scalars(select(Match.id).where(Match.waits)))
    assert waits == {1, 2, 3}
    with engine.connect() as connection:
        assert waiting_matches(connection) == {MatchState.CONFIRMED: 2}


def test_an_import_that_was_withdrawn_is_not_imported_again(engine: Engine, tmp_path: Path) -> None:
    report = crimes(engine, tmp_path, "a.csv", row("a"))
    assert report.file_id is not None
    with entering(engine, **entered(1)) as entry:
        service.withdraw_import(entry, report.file_id, "of another force")
    with pytest.raises(Refused, match=f"take-back {report.file_id}"):
        crimes(engine, tmp_path, "a.csv", row("a"))
    with pytest.raises(NotFound), entering(engine, **entered(2)) as entry:
        service.withdraw_import(entry, 99, "none")


def test_assignments_that_a_withdrawn_import_corrected_count_again(engine: Engine, tmp_path: Path) -> None:
    def send(name: str, *rows: str) -> int:
        path = write_csv(tmp_path / name, "\n".join(["device_id,wearer_id,from,to", *rows]) + "\n")
        return import_assignments(engine, path, rejects_dir=tmp_path, by="ana", received_at=NOW).file_id or 0

    send("a.csv", "T1,W1,2019-09-01T00:00:00Z,2019-09-05T00:00:00Z")
    before = current_assignments(engine)
    number = send("b.csv", "T1,W1,2019-09-01T00:00:00Z,2019-09-09T00:00:00Z", "T2,W2,2019-09-01T00:00:00Z,")
    after, known_at = current_assignments(engine), NOW + timedelta(seconds=30)
    with entering(engine, **entered(1)) as entry:
        service.withdraw_import(entry, number, "of another supplier")
    assert current_assignments(engine).equals(before)
    assert current_assignments(engine, as_known_at=known_at).equals(after)
    with entering(engine, **entered(2)) as entry:
        service.take_back(entry, 1, "an error", lambda _: False)
    assert current_assignments(engine).equals(after)


def test_fixes_are_withdrawn_in_steps_and_one_that_was_never_stored_is_not_on_record(engine: Engine) -> None:
    stream = StreamImport(FileKind.FIXES, "may.csv", "ab", "cd", {}, "write")
    counts = {"rows": 2, "kept": 2, "same": 0, "rejected": 0}
    with entering(engine, **entered()) as entry:
        number = enter_stream(entry, stream, **counts)
        assert enter_stream(entry, stream, **counts) == number
        lost = enter_stream(entry, StreamImport(FileKind.FIXES, "june.csv", "ab", "ef", {}, "lost"), **counts)
    with entering(engine, **entered(1)) as entry:
        forget_stream(entry, "lost")
        assert not service.withdraw_import(entry, number, "read in the wrong zone").carried_out
        with pytest.raises(NotFound):
            service.withdraw_import(entry, lost, "none")
    with engine.connect() as connection:
        (left,) = unfinished(connection)
        assert (left.file_id, left.done) == (number, None)
    with pytest.raises(Refused, match="still being carried out"), entering(engine, **entered(2)) as entry:
        service.take_back(entry, left.number, "an error", lambda _: True)
    for _ in range(2):
        with entering(engine, **entered(3)) as entry:
            service.carry_out(entry, left.number, {"T1": [(NOW, NOW)]}, {"rows": 2})
    with pytest.raises(Refused, match="not held any more"), entering(engine, **entered(4)) as entry:
        service.take_back(entry, left.number, "an error", lambda _: False)
    with entering(engine, **entered(5)) as entry:
        assert not service.take_back(entry, left.number, "an error", lambda _: True).carried_out
    with engine.connect() as connection:
        (back,) = unfinished(connection)
        assert (back.done, back.back) == ({"withdrawn": [], "listed": [], "rows": 2}, None)
    for _ in range(2):
        with entering(engine, **entered(6)) as entry:
            service.give_back(entry, left.number)
    with engine.connect() as connection:
        assert unfinished(connection) == []
