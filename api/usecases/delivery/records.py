"""What was entered: read back, listed, corrected and, with a reason, taken back. Nothing is overwritten."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, get_args

import msgspec
from msgspec import UNSET
from sqlalchemy import Connection

from api.schemas.delivery.records import AnyRecord, RecordChanged, RecordHistory, RecordOut, RecordPage
from api.usecases.delivery.licences import PURPOSE
from api.usecases.delivery.record_values import columns_of, fields_of
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.corrections import service
from tracker.corrections.kinds import KINDS, Area, Kind, Scope
from tracker.corrections.match_queries import affected, shown_matches, wearer_of_licence
from tracker.corrections.queries import Held, Recorded, Wanted, current, entered_by, entries, held, history
from tracker.corrections.service import Changed
from tracker.errors import BadEntry, NotFound
from tracker.screening.queries import require_licence

READS = {
    Area.PROGRAMME: Right.READ_PROGRAMME,
    Area.CASES: Right.READ_CASES,
    Area.KEEPING: Right.KEEP,
}
ENTERS = {
    Area.PROGRAMME: Right.ENTER_PROGRAMME,
    Area.CASES: Right.ENTER_CASES,
    Area.KEEPING: Right.KEEP,
}
STRUCTS: dict[str, type[AnyRecord]] = {each.__struct_config__.tag: each for each in get_args(AnyRecord)}
"""By kind the type of its entries."""


def kind_named(name: str, area: Area | None = None) -> Kind:
    """Raises NotFound, naming the kinds there are."""
    kind = KINDS.get(name)
    if kind is None or (area is not None and kind.area is not area):
        there = ", ".join(each.key for each in KINDS.values() if area is None or each.area is area)
        raise NotFound(f"There is no kind of entry {name!r} here. There are {there}.")
    return kind


def subject_of(context: RequestContext, programme: Programme, kind: Kind, licence: str) -> str | None:
    """Whose entries of a kind are those of a licence: its own reference, or its wearer's. Raises NotFound."""
    context.require(READS[kind.area])
    with context.reader.connect() as connection:
        require_licence(connection, programme.id, licence)
        return licence if kind.scope is not Scope.PERSON else wearer_of_licence(connection, licence)


class Standing(NamedTuple):
    """How the entries stand on which a decision rests. `last`, `by`: when they were last changed, and by whom."""

    held: tuple[Held, ...]
    last: datetime | None
    by: str | None


def standing(
    context: RequestContext,
    programme: Programme,
    kinds: Sequence[Kind],
    *,
    licence: str | None = None,
    device: str | None = None,
) -> Callable[[Connection], Standing]:
    """Reads how the entries of these kinds stand, of one licence and its wearer, of one device, or of the whole
    programme; also within an entry that rests on them. Raises NotFound where the programme has no such licence."""
    of: dict[Scope, str | None] = {}
    for kind in kinds:
        context.require(READS[kind.area])
        if kind.scope not in of:
            of[kind.scope] = device if licence is None else subject_of(context, programme, kind, licence)

    def read(connection: Connection) -> Standing:
        found = tuple(held(connection, kind, programme.id, of[kind.scope]) for kind in kinds)
        last = max((at for each in found for at in (each.recorded_at, each.changed_at) if at is not None), default=None)
        return Standing(found, last, None if last is None else entered_by(connection, last))

    return read


def record_of(kind: Kind, given: Mapping[str, Any]) -> AnyRecord:
    """Fields that a person typed, by their names outside, with the checks that a body has. Raises BadEntry."""
    there = [field.encode_name for field in msgspec.structs.fields(STRUCTS[kind.key])]
    if unknown := sorted(given.keys() - set(there)):
        raise BadEntry(f"A {kind.noun} has no field {', '.join(unknown)}. Its fields are {', '.join(there)}.")
    typed = {name: _YES_NO.get(str(value).casefold(), value) for name, value in given.items()}
    try:
        return msgspec.convert({**typed, "kind": kind.key}, STRUCTS[kind.key], strict=False)
    except msgspec.ValidationError as wrong:
        words, _, place = str(wrong).partition(" - at ")
        name = place.strip("`$.") or "the entry"
        raise BadEntry(f"{name}: {given.get(name)!r} does not fit: {words[:1].lower()}{words[1:]}.") from wrong


_YES_NO = {"yes": True, "no": False}


def list_records(
    context: RequestContext,
    programme: Programme | None,
    kind: Kind,
    wanted: Wanted,
) -> RecordPage:
    """The newest entries of a kind: those that count or, with `all_of_them`, also those that do no more."""
    context.require(READS[kind.area])
    with context.reader.connect() as connection:
        # One more than is shown says whether there is another page.
        more = wanted._replace(limit=wanted.limit + 1)
        found = entries(connection, kind, None if programme is None else programme.id, more)
    shown = found[: wanted.limit]
    _record_reading(context, kind, shown)
    return RecordPage(
        kind=kind.key,
        as_known_at=wanted.known_at,
        items=[_out(kind, each) for each in shown],
        limit=wanted.limit,
        next=shown[-1].number if len(found) > wanted.limit else None,
    )


def show_record(
    context: RequestContext,
    programme: Programme | None,
    kind: Kind,
    number: int,
    as_known_at: datetime | None = None,
) -> RecordHistory:
    """Every version of one entry: who entered, corrected or took it back, when and why. Raises NotFound."""
    context.require(READS[kind.area])
    known_at = context.as_of(None, as_known_at).known_at
    with context.reader.connect() as connection:
        versions = history(connection, kind, None if programme is None else programme.id, number, known_at)
    _record_reading(context, kind, versions)
    out = [_out(kind, each) for each in versions]
    return RecordHistory(kind=kind.key, number=out[-1].number, as_known_at=known_at, versions=out)


def correct_record(
    context: RequestContext,
    programme: Programme | None,
    kind: Kind,
    number: int,
    record: AnyRecord,
    reason: str,
    override: str | None = None,
) -> RecordChanged:
    """Correct the fields that `record` gives; what was known before stays on record."""
    context.require(ENTERS[kind.area])
    given = {name: value for name in record.__struct_fields__ if (value := getattr(record, name)) is not UNSET}
    if type(record) is not STRUCTS[kind.key]:
        raise BadEntry(f"record.kind: this address is of a {kind.noun}; give {kind.key!r}.")
    programme_id = None if programme is None else programme.id
    with context.reader.connect() as connection:
        entry = current(connection, kind, programme_id, number)
        changes, people = columns_of(connection, kind, programme_id, entry, given)
        before = shown_matches(connection, {entry.person_id, *people})
    changed = service.correct(
        context.engine,
        kind,
        None if programme is None else (programme.id, programme.key),
        number,
        changes,
        reason=reason,
        override=override,
        today=context.today.day,
        **context.entered,
    )
    return _changed(context, kind, changed, before, {entry.person_id, *people}, corrected=True)


def take_back_record(
    context: RequestContext,
    programme: Programme | None,
    kind: Kind,
    number: int,
    reason: str,
    override: str | None = None,
) -> RecordChanged:
    """Take back an entry that was made in error; it stays on record, with the reason."""
    context.require(ENTERS[kind.area])
    with context.reader.connect() as connection:
        entry = current(connection, kind, None if programme is None else programme.id, number)
        before = shown_matches(connection, {entry.person_id})
    changed = service.take_back(
        context.engine,
        kind,
        None if programme is None else (programme.id, programme.key),
        number,
        reason=reason,
        override=override,
        today=context.today.day,
        **context.entered,
    )
    return _changed(context, kind, changed, before, {entry.person_id}, corrected=False)


def _changed(
    context: RequestContext,
    kind: Kind,
    changed: Changed,
    before: Mapping[int, Any],
    people: Collection[int | None],
    *,
    corrected: bool,
) -> RecordChanged:
    with context.reader.connect() as connection:
        after = shown_matches(connection, people)
    return RecordChanged(
        kind=kind.key,
        number=changed.number,
        state="corrected" if corrected else "taken back",
        notes=list(changed.notes),
        affected_matches=affected(before, after),
    )


def _record_reading(context: RequestContext, kind: Kind, shown: Collection[Recorded]) -> None:
    """Entries about people leave an audit row: which were read, by number. That there are none is said of people
    too."""
    if kind.area is Area.PROGRAMME:
        return
    people = {each.person_id for each in shown}
    numbers = [str(each.number) for each in shown]
    person_id = next(iter(people)) if len(people) == 1 else None
    name = str(kind.table.__tablename__)
    context.record_reading(READS[kind.area], name, numbers, purpose=PURPOSE, person_id=person_id)


def _out(kind: Kind, entry: Recorded) -> RecordOut:
    return RecordOut(
        number=entry.number,
        of=entry.of,
        record=STRUCTS[kind.key](**fields_of(kind, entry)),
        state=entry.state,  # type: ignore[arg-type]
        recorded_at=entry.recorded_at,
        recorded_by=entry.recorded_by,
        recorded_wall_at=entry.wall_at,
        changed_at=entry.changed_at,
        changed_by=entry.changed_by,
        changed_wall_at=entry.changed_wall_at,
        reason=entry.reason,
        replaces=entry.replaces,
        replaced_by=entry.replaced_by,
    )
