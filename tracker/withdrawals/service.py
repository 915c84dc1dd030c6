"""Withdraws an import or one crime, and takes that back, within an entry of the caller's.

What stands in the database is withdrawn in the entry that says so. Fixes and device events stand in stores of their
own: there the entry begins the withdrawal, the stores follow, and a *step* says that it is carried out. A withdrawal
without its step is gone on with by whoever starts next.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from tracker.assignments.tables import Assignment
from tracker.crimes.latest_service import remake_latest
from tracker.crimes.queries import counting_crimes, crime_named, crimes_of_file
from tracker.errors import BadEntry, NotFound, Refused
from tracker.imports.tables import FileKind, ImportFile
from tracker.imports.withdrawal_queries import withdrawal_of_crime, withdrawal_of_file
from tracker.imports.withdrawal_tables import Ground, Withdrawal, WithdrawalStep
from tracker.pieces import in_pieces
from tracker.record.entry import Entry
from tracker.review.tables import Match
from tracker.withdrawals import match_service
from tracker.withdrawals.assignment_service import give_back_assignments, of_file, withdraw_assignments

PURPOSE = "withdrawal"
STREAMS = frozenset({FileKind.FIXES, FileKind.EVENTS})
KINDS = frozenset({FileKind.CRIMES, FileKind.ASSIGNMENTS, *STREAMS})
"""What can be withdrawn as a whole."""
Crimes = Iterable[tuple[str, str]]
Stretches = Mapping[str, list[tuple[datetime, datetime]]]
"""By device, in order, the times of which something is withdrawn."""


@dataclass(frozen=True, slots=True)
class Done:
    """What an entry withdrew or gave back. `carried_out` false: the stores follow. `crimes`: those that count no more
    or again; whoever keeps pools takes them out."""

    number: int
    kind: FileKind | None
    carried_out: bool
    new: bool
    crimes: frozenset[tuple[str, str]] = field(default_factory=frozenset)


def require_reason(reason: str) -> None:
    if not reason.strip():
        raise BadEntry("The reason is missing. Say why it is withdrawn: it stays on record.")


def file_of(entry: Entry, file_id: int) -> Any:
    """The row of an import. Raises NotFound."""
    row = entry.connection.execute(select(ImportFile.__table__).where(ImportFile.id == file_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no import with the file number {file_id}.")
    return row


def withdraw_import(entry: Entry, file_id: int, reason: str) -> Done:
    """An import as a whole. Withdrawn already it is not withdrawn again.

    Raises
    ------
    NotFound
        There is no such import.
    Refused
        It is of a kind whose entries are corrected one by one.
    """
    require_reason(reason)
    file = file_of(entry, file_id)
    if file.kind not in KINDS:
        raise Refused(
            "withdrawal",
            f"File {file_id} is of {file.kind}: its entries are corrected or taken back one by one "
            "(tagpilot record). Imports of fixes, events, assignments and crimes are withdrawn as a whole.",
        )
    before = withdrawal_of_file(entry.connection, file_id)
    if before is not None:
        done = _step(entry, before.id, back=False) is not None
        return Done(before.id, file.kind, carried_out=done, new=False)
    crimes = crimes_of_file(entry.connection, file_id) if file.kind is FileKind.CRIMES else {}
    counted = counting_crimes(entry.connection, crimes)
    worn = _times(of_file(entry.connection, file_id)) if file.kind is FileKind.ASSIGNMENTS else {}
    number = entry.add(Withdrawal, file_id=file_id, reason=reason)
    why = f"withdrawal {number}: import {file_id} ({file.kind}) counts no more"
    told: dict[str, Any]
    match file.kind:
        case FileKind.CRIMES:
            remake_latest(entry.connection, sorted(counted))
            touched = {crimes[each] for each in counted}
            told = _of_matches(entry, match_service.at(entry, touched), why)
            _carried_out(entry, number, {**told, "crimes": len(touched)})
            return Done(number, file.kind, carried_out=True, new=True, crimes=frozenset(touched))
        case FileKind.ASSIGNMENTS:
            rows = withdraw_assignments(entry, file_id)
            told = _of_matches(entry, _worn_by(entry, worn), why)
            _carried_out(entry, number, {**told, **rows, "rows": len(rows["stopped"])})
            return Done(number, file.kind, carried_out=True, new=True)
        case _:
            return Done(number, file.kind, carried_out=False, new=True)


def withdraw_crime(
    entry: Entry, force: str, crime_ref: str, ground: Ground, duplicate_of: str | None, reason: str
) -> Done:
    """One crime, whatever reports of it there are or come.

    Raises
    ------
    NotFound
        There is no such crime, or none that it would repeat.
    BadEntry
        A duplicate of nothing, or of itself.
    """
    require_reason(reason)
    crime_id = crime_named(entry.connection, force, crime_ref)
    if crime_id is None:
        raise NotFound(f"There is no crime {crime_ref!r} of {force!r}.")
    if (ground is Ground.DUPLICATE) != (duplicate_of is not None):
        raise BadEntry(
            "The ground duplicate goes with the reference of the crime that it repeats (`duplicateOf`), and no other "
            "ground does. Give both, or neither."
        )
    if duplicate_of is not None:
        if duplicate_of == crime_ref:
            raise BadEntry("A crime is no duplicate of itself. Give the reference of the other report.")
        if crime_named(entry.connection, force, duplicate_of) is None:
            raise NotFound(f"There is no crime {duplicate_of!r} of {force!r}, of which this would be a duplicate.")
    before = withdrawal_of_crime(entry.connection, force, crime_ref)
    if before is not None:
        return Done(before.id, None, carried_out=True, new=False)
    number = entry.add(
        Withdrawal, force=force, crime_ref=crime_ref, ground=ground, duplicate_of=duplicate_of, reason=reason
    )
    remake_latest(entry.connection, [crime_id])
    key = (force, crime_ref)
    why = f"withdrawal {number}: the crime counts no more ({ground})"
    told = _of_matches(entry, match_service.at(entry, [key]), why)
    _carried_out(entry, number, {**told, "crimes": 1})
    return Done(number, None, carried_out=True, new=True, crimes=frozenset({key}))


def carry_out(entry: Entry, number: int, stretches: Stretches, told: Mapping[str, int]) -> None:
    """After the stores: the matches that rest on what is withdrawn, and that it is carried out. Once."""
    if _step(entry, number, back=False) is not None:
        return
    file_id = _row(entry, number).file_id
    why = f"withdrawal {number}: import {file_id} counts no more"
    _carried_out(entry, number, {**_of_matches(entry, _at_times(entry, stretches), why), **told})


def take_back(entry: Entry, number: int, reason: str, holds: Callable[[int], bool]) -> Done:
    """A withdrawal made in error; `holds` says whether the rows of an import are still held by its store.

    Raises
    ------
    NotFound
        There is no such withdrawal.
    Refused
        It is not carried out yet, its rows are not held any more, or a device is on somebody else since.
    """
    require_reason(reason)
    row = _row(entry, number)
    kind = None if row.file_id is None else file_of(entry, row.file_id).kind
    if row.superseded_at is not None:
        return Done(number, kind, carried_out=_step(entry, number, back=True) is not None, new=False)
    step = _step(entry, number, back=False)
    if step is None:
        raise Refused("withdrawal", f"Withdrawal {number} is still being carried out. Try again when it is done.")
    if kind in STREAMS and step.told.get("rows", 0) and not holds(row.file_id):
        raise Refused(
            "withdrawal",
            f"The rows of import {row.file_id} are not held any more: they were erased, or their retention period is "
            "over. The withdrawal stands; send the file again under other options if it may be kept.",
        )
    entry.withdraw(Withdrawal, number, reason=reason)
    if kind in STREAMS:
        return Done(number, kind, carried_out=False, new=True)
    if kind is FileKind.ASSIGNMENTS:
        give_back_assignments(entry, step.told)
        _given_back(entry, number, step.told)
        return Done(number, kind, carried_out=True, new=True)
    crimes = (
        crimes_of_file(entry.connection, row.file_id)
        if row.file_id is not None
        else {crime_named(entry.connection, row.force, row.crime_ref) or 0: (row.force, row.crime_ref)}
    )
    remake_latest(entry.connection, sorted(crimes))
    _given_back(entry, number, step.told)
    return Done(number, kind, carried_out=True, new=True, crimes=frozenset(crimes.values()))


def give_back(entry: Entry, number: int) -> None:
    """After the stores, for an import of fixes or events whose withdrawal was taken back. Once."""
    if _step(entry, number, back=True) is None:
        step = _step(entry, number, back=False)
        _given_back(entry, number, {} if step is None else step.told)


def _given_back(entry: Entry, number: int, told: Mapping[str, Any]) -> None:
    why = f"withdrawal {number} was taken back"
    found = match_service.give_back_matches(entry, told.get("withdrawn", ()), told.get("listed", ()), why)
    entry.add(WithdrawalStep, withdrawal_id=number, back=True, told=found)


def _carried_out(entry: Entry, number: int, told: Mapping[str, Any]) -> None:
    entry.add(WithdrawalStep, withdrawal_id=number, back=False, told=dict(told))


def _of_matches(entry: Entry, rows: list[Any], why: str) -> dict[str, Any]:
    return dict(match_service.withdraw_matches(entry, rows, why))


def _row(entry: Entry, number: int) -> Any:
    row = entry.connection.execute(select(Withdrawal.__table__).where(Withdrawal.id == number)).one_or_none()
    if row is None:
        raise NotFound(f"There is no withdrawal {number}.")
    return row


def _step(entry: Entry, number: int, *, back: bool) -> Any:
    mine = WithdrawalStep.withdrawal_id == number, WithdrawalStep.back.is_(back)
    return entry.connection.execute(select(WithdrawalStep.__table__).where(*mine)).one_or_none()


def _times(rows: Iterable[Any]) -> dict[str, list[tuple[datetime, datetime | None]]]:
    found: dict[str, list[tuple[datetime, datetime | None]]] = {}
    for row in rows:
        found.setdefault(row.wearer_id, []).append((row.fitted_at, row.removed_at))
    return found


def _worn_by(entry: Entry, worn: Mapping[str, list[tuple[datetime, datetime | None]]]) -> list[Any]:
    """Matches of these wearers whose window has an instant of theirs."""
    found = []
    for some in in_pieces(sorted(worn)):
        query = select(Match.__table__).where(Match.wearer_ref.in_(some), Match.state.in_(match_service.RESTING))
        for row in entry.connection.execute(query.order_by(Match.id)):
            if any(
                row.t_to >= since and (until is None or row.t_from < until) for since, until in worn[row.wearer_ref]
            ):
                found.append(row)
    return found


def _at_times(entry: Entry, stretches: Stretches) -> list[Any]:
    """Matches of whoever had one of these devices on, by whatever was ever on record, at these times."""
    if not stretches:
        return []
    first = min(times[0][0] for times in stretches.values())
    last = max(times[-1][1] for times in stretches.values())
    found: dict[int, Any] = {}
    for some in in_pieces(sorted(stretches)):
        query = (
            select(Match.__table__, Assignment.device_id)
            .join(Assignment, Assignment.wearer_id == Match.wearer_ref)
            .where(
                Assignment.device_id.in_(some),
                Match.state.in_(match_service.RESTING),
                Match.t_to >= first,
                Match.t_from <= last,
                Assignment.fitted_at <= Match.t_to,
                or_(Assignment.removed_at.is_(None), Assignment.removed_at > Match.t_from),
            )
        )
        for row in entry.connection.execute(query):
            if any(since <= row.t_to and row.t_from <= until for since, until in stretches[row.device_id]):
                found[row.id] = row
    return [found[number] for number in sorted(found)]
