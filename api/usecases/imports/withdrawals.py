"""Withdrawing an import or a crime, and taking that back.

An import of fixes or device events is withdrawn in steps, each harmless to do again, so that it is whole whatever is
killed in between; any process goes on with what another began: the server and the worker when they start, the worker
before its next job, and the same command once more.

1. the record says that the withdrawal is begun, by whom and why;
2. nobody works with people but this (`people_lock`): matches, imports, exports and backups have ended or wait;
3. the store makes its days again without the import's rows, in one commit; the audit has their digests first;
4. one entry withdraws the matches that rest on it, lists those that were confirmed or released, and says that it is
   carried out.

What stands in the database (crimes, assignments) is withdrawn in one entry.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from api.schemas.withdrawals import (
    TakenBackIn,
    WithdrawalOut,
    WithdrawalPage,
    WithdrawCrimeIn,
    WithdrawImportIn,
    withdrawal_out,
)
from api.settings import Settings
from api.usecases.cursor import next_of, place_of
from api.usecases.desk.standing_jobs import asked_by_standing
from api.usecases.imports.kinds import RIGHTS
from api.usecases.matching.pools import out_of_pools
from api.usecases.operation.stored_days import EVENTS, days_on_record
from api.usecases.people_lock import StillWorking, alone_with_people
from api.usecases.request_context import Page, RequestContext
from api.usecases.stores import open_events, open_fixes
from matcher.errors import NoStore
from matcher.params import Params
from matcher.store.fixes import FixStore
from matcher.store.origins import COUNTS, WITHDRAWN
from tracker.access.roles import Right
from tracker.errors import NotFound
from tracker.imports.stream_queries import origin_of
from tracker.imports.tables import FileKind
from tracker.imports.withdrawal_tables import Ground
from tracker.jobs import service as jobs
from tracker.record.audit.chain import Action
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering
from tracker.withdrawals import service
from tracker.withdrawals.queries import CRIME, WithdrawalFilter, WithdrawalNow, unfinished, withdrawal, withdrawals
from tracker.withdrawals.service import PURPOSE, Done

WAIT_S = 20.0
"""How long a request waits for matches to be handed back; after it the worker goes on."""
_RIGHTS: dict[str, Right] = {kind.value: RIGHTS[kind.value][0] for kind in service.KINDS} | {CRIME: Right.ENTER_CRIMES}
"""Whose it is to withdraw each kind, and to see that it was."""
EVERY_RIGHT = tuple(dict.fromkeys(_RIGHTS.values()))
_NEAR = timedelta(seconds=Params().max_gap_s)
"""A fix tells something of the time before and behind it."""


def may_withdraw(context: RequestContext, kind: str) -> bool:
    """Whether the actor may withdraw imports of this kind as a whole, or one `crime`, and see that it was done."""
    return _RIGHTS.get(kind) in context.actor.rights


def withdraw_import(context: RequestContext, asked: WithdrawImportIn) -> WithdrawalOut:
    """An import of fixes, events, assignments or crimes as a whole. Withdrawn already, it is not withdrawn again, and
    the answer is the same.

    Raises
    ------
    NotFound
        There is no such import.
    Refused
        It is of another kind.
    Forbidden
        It is not theirs to send such files.
    """
    with entering(context.engine, purpose=PURPOSE, **context.entered) as entry:
        file = service.file_of(entry, asked.file_number)
        context.require(*RIGHTS[file.kind.value][:1])
        done = service.withdraw_import(entry, asked.file_number, asked.reason)
        _follow(context, entry, done)
    return _finished(context, done)


def withdraw_crime(context: RequestContext, asked: WithdrawCrimeIn) -> WithdrawalOut:
    """One crime: no crime, entered in error, or a duplicate. Raises NotFound, BadEntry."""
    context.require(Right.ENTER_CRIMES)
    with entering(context.engine, purpose=PURPOSE, **context.entered) as entry:
        key = (asked.force.strip(), asked.crime_ref.strip())
        of = None if asked.duplicate_of is None else asked.duplicate_of.strip()
        done = service.withdraw_crime(entry, *key, Ground(asked.ground), of, asked.reason)
        _follow(context, entry, done)
    return _finished(context, done)


def take_back(context: RequestContext, number: int, asked: TakenBackIn) -> WithdrawalOut:
    """A withdrawal made in error, where its rows are still held. Twice is once.

    Raises
    ------
    NotFound
        There is no such withdrawal.
    Refused
        Its rows are not held any more, it is still being carried out, or a device is on somebody else since.
    """
    found = _mine(context, number)

    def holds(_: int) -> bool:
        return _holds(context.settings, found, context.engine)

    with entering(context.engine, purpose=PURPOSE, **context.entered) as entry:
        done = service.take_back(entry, number, asked.reason, holds)
        if done.new:
            _match_again(context.settings, entry, number)
    return _finished(context, done)


def take_back_of(
    context: RequestContext,
    reason: str,
    *,
    file_number: int | None = None,
    force: str | None = None,
    crime_ref: str | None = None,
) -> WithdrawalOut:
    """The last withdrawal of an import, or of a crime, by what it is of. Raises as `take_back`."""
    wanted = WithdrawalFilter((), file_id=file_number, force=force, crime_ref=crime_ref)
    found = list_withdrawals(context, wanted, Page(1)).items
    if not found:
        what = (
            f"The import with the file number {file_number}" if file_number is not None else f"The crime {crime_ref!r}"
        )
        raise NotFound(f"{what} is not withdrawn.")
    return take_back(context, found[0].number, TakenBackIn(reason=reason))


def one_withdrawal(context: RequestContext, number: int) -> WithdrawalOut:
    return withdrawal_out(_mine(context, number))


def list_withdrawals(
    context: RequestContext, wanted: WithdrawalFilter, page: Page, after: str | None = None
) -> WithdrawalPage:
    """Withdrawals of the kinds that the actor may withdraw, the latest first."""
    context.require(*EVERY_RIGHT)
    mine = {kind for kind, right in _RIGHTS.items() if right in context.actor.rights}
    place = place_of(after, tuple[int])
    with context.reader.connect() as connection:
        found, total = withdrawals(
            connection,
            wanted._replace(kinds=[kind for kind in wanted.kinds or sorted(mine) if kind in mine]),
            limit=page.limit,
            offset=page.offset,
            before=None if place is None else place[0],
        )
    last = found[-1].number if found and len(found) == page.limit else None
    return WithdrawalPage(
        items=[withdrawal_out(each) for each in found],
        total=total,
        limit=page.limit,
        offset=page.offset,
        next=next_of(None if last is None else (last,)),
    )


def finish_withdrawals(settings: Settings, engine: Engine, *, by: str, now: datetime, wait_s: float = WAIT_S) -> int:
    """Go on with withdrawals that were cut short, and with those that were taken back; how many were finished. Where
    others still work with people they stay for the next time."""
    left = _unfinished(engine)
    if not left:
        return 0
    try:
        with alone_with_people(settings, wait_s):
            # Another process may have finished some while this one waited.
            for each in _unfinished(engine):
                _carry_out(settings, engine, each, by=by, now=now.astimezone(UTC))
    except StillWorking:
        pass
    return len(left) - len(_unfinished(engine))


def _unfinished(engine: Engine) -> list[WithdrawalNow]:
    with reading(engine).connect() as connection:
        return unfinished(connection)


def _finished(context: RequestContext, done: Done) -> WithdrawalOut:
    if not done.carried_out:
        finish_withdrawals(context.settings, context.engine, **context.entered)
        context.wake_worker()
    with context.reader.connect() as connection:
        return withdrawal_out(_one(connection, done.number))


def _follow(context: RequestContext, entry: Entry, done: Done) -> None:
    if done.crimes:
        out_of_pools(entry, done.crimes)
    if done.new and done.carried_out:
        _match_again(context.settings, entry, done.number)


def _match_again(settings: Settings, entry: Entry, number: int) -> None:
    if settings.match_on_batch:
        asked = {"forReview": True, "trigger": f"withdrawal {number}"}
        jobs.create_within(entry, asked_by_standing(entry.connection, asked), clock=datetime.now(UTC))


def _carry_out(settings: Settings, engine: Engine, each: WithdrawalNow, *, by: str, now: datetime) -> None:
    """The store, then the entry that says so."""
    back, origin = each.done is not None, _origin(engine, each)
    # Whoever goes on with it, it is theirs who asked for it.
    asked_by = each.taken_back_by if back else each.recorded_by
    entered: dict[str, Any] = {"by": asked_by or by, "now": now, "purpose": PURPOSE}
    if each.file_kind is FileKind.FIXES:
        rows, stretches = _in_fixes(settings, engine, origin, entered, back=back)
    else:
        rows, stretches = _in_events(settings, engine, origin, entered, back=back), {}
    with entering(engine, **entered) as entry:
        if back:
            service.give_back(entry, each.number)
        else:
            service.carry_out(entry, each.number, stretches, {"rows": rows})
        _match_again(settings, entry, each.number)


def _in_fixes(
    settings: Settings, engine: Engine, origin: str, entered: dict[str, Any], *, back: bool
) -> tuple[int, dict[str, list[tuple[datetime, datetime]]]]:
    """How many rows of the import are held, and by device the times of them."""
    try:
        store = open_fixes(settings)
    except NoStore:
        return 0, {}
    # Before they move: afterwards they are the same.
    rows, stretches = _times_of(store, origin)
    with days_on_record(engine, Action.ALTER, **entered) as write:
        (store.give_back if back else store.withdraw)(origin, announce=write.announce)
    return rows, stretches


def _in_events(settings: Settings, engine: Engine, origin: str, entered: dict[str, Any], *, back: bool) -> int:
    store = open_events(settings)
    rows = max(store.share(origin).height, store.share(origin, WITHDRAWN).height)
    with days_on_record(engine, Action.ALTER, subject=EVENTS, **entered) as write:
        (store.give_back if back else store.withdraw)(origin, write.announce_file)
    return rows


def _times_of(store: FixStore, origin: str) -> tuple[int, dict[str, list[tuple[datetime, datetime]]]]:
    """An import's rows, and by device the times near them: what lies between two fixes rests on both."""
    rows, found = 0, dict[str, list[tuple[datetime, datetime]]]()
    where = COUNTS if store.origins.has(origin) else WITHDRAWN
    for day in store.origins.days(origin, where):
        share = store.origins.share(origin, day, where)
        rows += share.height
        for device, t in share.select("device_id", "t").iter_rows():
            times = found.setdefault(device, [])
            if times and t - _NEAR <= times[-1][1]:
                times[-1] = times[-1][0], t + _NEAR
            else:
                times.append((t - _NEAR, t + _NEAR))
    return rows, found


def _holds(settings: Settings, found: WithdrawalNow, engine: Engine) -> bool:
    """Whether the rows of an import are still held apart."""
    origin = _origin(engine, found)
    if found.file_kind is FileKind.EVENTS:
        return not open_events(settings).share(origin, WITHDRAWN).is_empty()
    try:
        return open_fixes(settings).origins.has(origin, WITHDRAWN)
    except NoStore:
        return False


def _origin(engine: Engine, found: WithdrawalNow) -> str:
    with reading(engine).connect() as connection:
        return origin_of(connection, found.file_id or 0)


def _one(connection: Connection, number: int) -> WithdrawalNow:
    found = withdrawal(connection, number)
    if found is None:
        raise NotFound(f"There is no withdrawal {number}.")
    return found


def _mine(context: RequestContext, number: int) -> WithdrawalNow:
    with context.reader.connect() as connection:
        found = _one(connection, number)
    context.require(_RIGHTS[CRIME if found.file_kind is None else found.file_kind.value])
    return found
