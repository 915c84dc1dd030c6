"""What was entered: lists by kind, one entry with everything that became of it, and the forms that correct it or take
it back. One page serves every kind, for each kind says which fields it has."""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from api.http.dependencies import OF_PROGRAMME, Number, asked_for
from api.schemas.delivery.records import RecordChanged
from api.usecases.delivery import records
from api.usecases.request_context import Programme, RequestContext
from api.web.browser import Asked
from api.web.entering import answered
from api.web.forms import Form, FormFaults
from api.web.menu import PageController
from api.web.notes import done_at
from api.web.pages.delivery.entry_fields import changes_of, entry_name, fields_of_entry, shown_values
from api.web.pages.delivery.entry_kinds import ENTRY_KINDS, page_of
from api.web.pages.delivery.within import PROGRAMMES, base, within
from tracker.access.roles import Right
from tracker.corrections.kinds import KINDS, Area, Kind
from tracker.corrections.queries import STANDS, Wanted
from tracker.errors import NotFound

_ENTERS = {"context": asked_for(Right.ENTER_CASES)}
_ROWS = 50


class Entries(PageController):
    path = f"{PROGRAMMES}/{{key:str}}/entries"
    dependencies = {"context": asked_for(Right.READ_CASES), **OF_PROGRAMME}

    @get("/{kind:str}", sync_to_thread=True)
    def list_(
        self,
        kind: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
        licence: Annotated[str | None, QueryParameter(max_length=200)] = None,
        device: Annotated[str | None, QueryParameter(max_length=200)] = None,
        history: Annotated[bool, QueryParameter()] = False,
        before: Annotated[int | None, QueryParameter(ge=1, le=2**53)] = None,
    ) -> Response[str]:
        """The newest first; of one licence or device, if asked."""
        found = _kind(kind)
        of = device if licence is None else records.subject_of(context, programme, found, licence)
        wanted = Wanted(of, all_of_them=history, before=before, limit=_ROWS)
        listed = records.list_records(context, programme, found, wanted)
        query = {name: value for name, value in (("licence", licence), ("device", device)) if value is not None}
        own = f"{base(programme)}/entries/{found.key}"
        return within(
            request,
            context,
            programme,
            "entries.html",
            f"{ENTRY_KINDS[found.key]} on record",
            here=page_of(found.key),
            kind=found,
            listed=[(each, shown_values(found, each.record)) for each in listed.items],
            asked_of=licence or device,
            history=history,
            other=f"{own}?{urlencode(query if history else {**query, 'history': 'true'})}",
            behind=None
            if listed.next is None
            else f"{own}?{urlencode({**query, **({'history': 'true'} if history else {}), 'before': listed.next})}",
        )

    @get("/{kind:str}/{number:int}", sync_to_thread=True)
    def show(
        self,
        kind: FromPath[str],
        number: Number,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
    ) -> Response[str]:
        return _shown(context, programme, _kind(kind), number, request)

    @post("/{kind:str}/{number:int}/correct", dependencies=_ENTERS, sync_to_thread=True)
    def correct(
        self,
        kind: FromPath[str],
        number: Number,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
    ) -> Response[Any]:
        """What differs from the entry as it is; refused where what was entered later would contradict it."""
        found = _kind(kind)

        def enter(form: Form) -> RecordChanged:
            entry = next(
                each
                for each in records.show_record(context, programme, found, number).versions
                if each.number == number
            )
            changes = changes_of(form, "correct-", found, fields_of_entry(found, entry.record))
            reason, override = _reason(form, "correct-"), form.get("correct-override") or None
            return records.correct_record(context, programme, found, number, changes, reason, override)

        return _sent(context, programme, found, number, request, enter, "It is corrected.")

    @post("/{kind:str}/{number:int}/take-back", dependencies=_ENTERS, sync_to_thread=True)
    def take_back(
        self,
        kind: FromPath[str],
        number: Number,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
    ) -> Response[Any]:
        """It counts no more, and stays on record with the reason."""
        found = _kind(kind)

        def enter(form: Form) -> RecordChanged:
            reason, override = _reason(form, "back-"), form.get("back-override") or None
            return records.take_back_record(context, programme, found, number, reason, override)

        return _sent(context, programme, found, number, request, enter, "It is taken back.")


def _kind(name: str) -> Kind:
    kind = KINDS.get(name)
    if kind is None or kind.key not in ENTRY_KINDS:
        raise NotFound(f"There is no list of entries {name!r}. There are {', '.join(ENTRY_KINDS)}.")
    return kind


def _reason(form: Form, part: str) -> str:
    reason = form.get(f"{part}reason")
    if not reason:
        raise FormFaults({f"{part}reason": "Give the reason; it stays on record."})
    return reason


def _sent(
    context: RequestContext,
    programme: Programme,
    kind: Kind,
    number: int,
    request: Asked,
    enter: Callable[[Form], RecordChanged],
    said: str,
) -> Response[Any]:
    def entered(form: Form) -> Response[Any]:
        changed = enter(form)
        matches = ", ".join(changed.affected_matches)
        told = [f"Matches that this concerns: {matches}."] if matches else []
        return done_at(request, _address(programme, kind, changed.number), " ".join([said, *changed.notes, *told]))

    def again(form: Form, error: Exception) -> Response[str]:
        return _shown(context, programme, kind, number, request, form, error)

    return answered(request, entered, again)


def _address(programme: Programme, kind: Kind, number: int) -> str:
    return f"{base(programme)}/entries/{quote(kind.key, safe='')}/{number}"


def _shown(
    context: RequestContext,
    programme: Programme,
    kind: Kind,
    number: int,
    request: Asked,
    form: Form | None = None,
    error: Exception | None = None,
) -> Response[str]:
    found = records.show_record(context, programme, kind, number)
    one = next(each for each in found.versions if each.number == number)
    last = found.versions[-1]
    values = {name: getattr(one.record, name) for name in one.record.__struct_fields__}
    return within(
        request,
        context,
        programme,
        "entry.html",
        f"{entry_name(kind, one.of, values).capitalize()}, entry {number}",
        here=page_of(kind.key),
        form=form,
        error=error,
        kind=kind,
        words=ENTRY_KINDS[kind.key],
        one=one,
        versions=[(each, shown_values(kind, each.record)) for each in reversed(found.versions)],
        fields=fields_of_entry(kind, one.record) if one.state == STANDS else [],
        stands=one.state == STANDS,
        instead=last.number if last.state == STANDS and last.number != number else None,
        address=_address(programme, kind, number),
        overrides=kind.area is Area.PROGRAMME,
        may_enter_cases=Right.ENTER_CASES in context.actor.rights,
    )


HANDLERS = (Entries,)
