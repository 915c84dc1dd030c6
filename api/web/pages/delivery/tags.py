"""Tags: the stock by state, one tag with all that became of it; receiving, fitting, removing, lost and found."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from api.documents.sheet import CSV, Cell, Sheet, as_csv
from api.http.dependencies import OF_PROGRAMME, asked_for
from api.http.files import file_response
from api.http.middleware import unescaped
from api.http.paging import After
from api.schemas.delivery.records import RecordOut, TagMoveRecord
from api.schemas.delivery.tags import FitIn, ReceiveIn, RemoveIn, TagMoved, TagMoveIn, TagOut, TagStates
from api.usecases.delivery import records, tags
from api.usecases.request_context import ALL_ROWS, Page, Programme, RequestContext
from api.web.browser import Asked
from api.web.entering import sent
from api.web.forms import Form, FormFaults, read_part
from api.web.lists import listing
from api.web.menu import PageController
from api.web.pages.delivery.entering.kinds import Of, entering_of
from api.web.pages.delivery.within import PROGRAMMES, against_told, base, rests_on, within
from api.wording.text import london
from tracker.access.roles import Right
from tracker.corrections.kinds import KINDS
from tracker.corrections.queries import Wanted
from tracker.errors import NotFound
from tracker.tags.states import TagState
from tracker.times import AsOf

_ENTERS = {"context": asked_for(Right.ENTER_CASES)}
_LABELS = {
    "at": "When",
    "licence": "Licence",
    "note": "Note",
    "move": "What happened",
    "contract": "Contract",
    "model": "Model",
}
_SAID = {
    "reserve": "Reserved for a licence",
    "release": "Reservation given up",
    "fault": "Faulty",
    "repair": "Repaired",
    "lose": "Lost",
    "find": "Found again",
    "return": "Returned to the supplier",
}
InState = Annotated[TagStates | None, QueryParameter(name="state", description="In this state alone.")]


class Event(NamedTuple):
    """Something that became of a tag."""

    when: datetime
    at: str
    words: str
    by: str


class Tags(PageController):
    path = f"{PROGRAMMES}/{{key:str}}/tags"
    dependencies = {"context": asked_for(Right.READ_CASES), **OF_PROGRAMME}

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        page: NamedDependency[Page],
        request: Asked,
        after: After = None,
        in_state: InState = None,
    ) -> Response[str]:
        return _stock(context, programme, as_of, page, request, after=after, state=in_state)

    @get("/csv", sync_to_thread=True)
    def as_csv(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        in_state: InState = None,
    ) -> Response[bytes]:
        """The stock, or the tags in one state, as CSV."""
        found = tags.stock(context, programme, as_of, ALL_ROWS, state=in_state)
        rows: list[tuple[Cell, ...]] = [
            (each.device_id, each.model, each.state, each.since, each.wearer_ref, "; ".join(each.odd))
            for each in found.items
        ]
        columns = ("device", "model", "state", "since", "wearer", "odd")
        about = (f"As at {found.as_at}. Rows: {len(rows)}.", "OFFICIAL-SENSITIVE: personal data.")
        sheet = Sheet(f"Tags: {programme.name}", about, columns, rows)
        return file_response(as_csv(sheet), CSV, f"tags-{found.as_at}.csv")

    @post("/receive", dependencies=_ENTERS, sync_to_thread=True)
    def receive(
        self, context: NamedDependency[RequestContext], programme: NamedDependency[Programme], request: Asked
    ) -> Response[Any]:
        """Tags from the supplier, new ones or ones that come back."""

        def enter(form: Form) -> str:
            devices = form.get("receive-devices").replace(",", " ").split()
            if not devices:
                raise FormFaults({"receive-devices": "Give the device number of each tag, one a line."})
            body = read_part(form, "receive-", ReceiveIn, _LABELS, deviceIds=devices)
            done = tags.receive(context, programme, body.device_ids, body.at, body.contract, body.model)
            notes = [f"{each.device_id}: {note}." for each in done.items for note in each.notes]
            many = "1 tag is" if len(done.items) == 1 else f"{len(done.items)} tags are"
            return " ".join([f"{many} received.", *notes])

        def again(form: Form, error: Exception) -> Response[str]:
            return _stock(context, programme, context.as_of(), Page(), request, form, error)

        return sent(request, enter, f"{base(programme)}/tags", again)


class OneTag(PageController):
    path = f"{PROGRAMMES}/{{key:str}}/tags/{{device:str}}"
    dependencies = {"context": asked_for(Right.READ_CASES), **OF_PROGRAMME}

    @get(sync_to_thread=True)
    def show(
        self,
        device: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        request: Asked,
    ) -> Response[str]:
        return _one(context, programme, unescaped(device), as_of, request)

    @post("/fit", dependencies=_ENTERS, sync_to_thread=True)
    def fit(
        self,
        device: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
    ) -> Response[Any]:
        """A tag is fitted to the person on a licence: recorded, whatever is odd about it."""
        name = unescaped(device)

        def enter(form: Form) -> str:
            body = read_part(form, "fit-", FitIn, _LABELS)
            return _told(tags.fit(context, name, body.licence, body.at))

        return _sent(context, programme, name, request, enter)

    @post("/remove", dependencies=_ENTERS, sync_to_thread=True)
    def remove(
        self,
        device: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
    ) -> Response[Any]:
        """A tag comes off."""
        name = unescaped(device)

        def enter(form: Form) -> str:
            body = read_part(form, "remove-", RemoveIn, _LABELS, fittedAt=None)
            done = tags.remove(context, name, body.at, body.note)
            return " ".join([f"Tag {done.device_id} is now: {done.state}.", *done.notes])

        return _sent(context, programme, name, request, enter)

    @post("/move", dependencies=_ENTERS, sync_to_thread=True)
    def move(
        self,
        device: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
    ) -> Response[Any]:
        """Reserved, faulty, repaired, lost, found, returned."""
        name = unescaped(device)

        def enter(form: Form) -> str:
            body = read_part(form, "move-", TagMoveIn, _LABELS)
            return _told(tags.move(context, name, body.move, body.at, body.licence, body.note))

        return _sent(context, programme, name, request, enter)


def _told(done: TagMoved) -> str:
    notes = [f"{note}." for note in done.notes]
    return " ".join([f"Tag {done.device_id} is now: {done.state}.", *notes, *against_told(done.against)])


def _sent(
    context: RequestContext, programme: Programme, device: str, request: Asked, enter: Callable[[Form], str]
) -> Response[Any]:
    def again(form: Form, error: Exception) -> Response[str]:
        return _one(context, programme, device, context.as_of(), request, form, error)

    def enter_unchanged(form: Form) -> str:
        with rests_on(context, programme, "tags", device=device).unchanged(request):
            return enter(form)

    return sent(request, enter_unchanged, _address(programme, device), again)


def _address(programme: Programme, device: str) -> str:
    return f"{base(programme)}/tags/{quote(device, safe='')}"


def _stock(
    context: RequestContext,
    programme: Programme,
    as_of: AsOf,
    page: Page,
    request: Asked,
    form: Form | None = None,
    error: Exception | None = None,
    *,
    after: str | None = None,
    state: str | None = None,
) -> Response[str]:
    now = tags.stock(context, programme, as_of, page, after, state=state)
    return within(
        request,
        context,
        programme,
        "tags.html",
        "Tags",
        here="tags",
        form=form,
        error=error,
        now=now,
        # Odd ones of the page first: they are to be looked at.
        rows=sorted(now.items, key=lambda each: not each.odd),
        listing=listing(request, now),
        chosen=state or "",
        states=[("", "Any state"), *((each.value, f"{each[:1].upper()}{each[1:]}") for each in TagState)],
        lost={each.device_id: each for each in now.lost},
        enters=entering_of(Of.PROGRAMME, "tags", context.actor.rights),
        csv=f"{base(programme)}/tags/csv" + (f"?state={state.replace(' ', '+')}" if state else ""),
        may_enter_cases=Right.ENTER_CASES in context.actor.rights,
    )


def _one(
    context: RequestContext,
    programme: Programme,
    device: str,
    as_of: AsOf,
    request: Asked,
    form: Form | None = None,
    error: Exception | None = None,
) -> Response[str]:
    held = rests_on(context, programme, "tags", device=device).now(context)
    now = tags.stock(context, programme, as_of, Page(), device=device)
    if not now.items:
        raise NotFound(f"This programme had received no tag {device} by {as_of.at}.")
    wanted = Wanted(of=device, known_at=as_of.known_at, limit=200)
    found = [
        each
        for kind in ("tag-move", "assignment")
        for each in records.list_records(context, programme, KINDS[kind], wanted).items
    ]
    return within(
        request,
        context,
        programme,
        "tag.html",
        f"Tag {device}",
        here="tags",
        form=form,
        error=error,
        rests_on=held,
        state=_state(now.items[0]),
        now=now,
        tag=now.items[0],
        address=_address(programme, device),
        events=sorted(_events(found), key=lambda each: each.when, reverse=True),
        moves=[("", "Choose one"), *_SAID.items()],
        enters=entering_of(Of.DEVICE, "tags", context.actor.rights),
        may_enter_cases=Right.ENTER_CASES in context.actor.rights,
    )


def _state(tag: TagOut) -> str:
    worn = f", worn by {tag.wearer_ref}" if tag.wearer_ref else ""
    return f"{tag.state[:1].upper()}{tag.state[1:]}{worn}."


def _events(found: Sequence[RecordOut]) -> Iterator[Event]:
    """Moves of a tag, and fittings that came by a file and are no move of an officer's."""
    moved = set()
    for each in found:
        entry: Any = each.record
        if isinstance(entry, TagMoveRecord) and isinstance(entry.at, datetime):
            moved.add(entry.at)
            licence = f" ({entry.licence})" if entry.licence else ""
            note = f". {entry.note}" if entry.note else ""
            words = f"{str(entry.move)[:1].upper()}{str(entry.move)[1:]}{licence}{note}"
            yield Event(entry.at, london(entry.at), words, each.recorded_by or "")
    for each in found:
        entry = each.record
        if not isinstance(entry, TagMoveRecord):
            for at, said in ((entry.fitted_at, "Fitted to"), (entry.removed_at, "Removed from")):
                if isinstance(at, datetime) and at not in moved:
                    yield Event(at, london(at), f"{said} {entry.wearer}", each.recorded_by or "")


HANDLERS = (Tags, OneTag)
