"""What papers say, section by section: listed, entered, corrected, withdrawn."""

from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.dependencies import OF_PROGRAMME, Number, asked_for
from api.http.etags import etag_of, if_unchanged
from api.schemas.delivery.programmes import ProgrammeOut
from api.schemas.wire import Wire
from api.usecases.delivery import programmes
from api.usecases.request_context import Programme, RequestContext
from api.web.browser import Asked
from api.web.entering import sent
from api.web.forms import Form, FormFaults
from api.web.menu import PageController
from api.web.pages.delivery.entering.paper_fields import (
    PAPER_SECTIONS,
    all_told,
    changes_told,
    fields_of_section,
    shown_of,
    where_of,
)
from api.web.pages.delivery.within import PROGRAMMES, base, within
from tracker.access.roles import Right
from tracker.errors import NotFound

_ENTERS = {"context": asked_for(Right.ENTER_PROGRAMME)}


class PaperSection(PageController):
    path = f"{PROGRAMMES}/{{key:str}}/papers/entries/{{section:str}}"
    dependencies = {"context": asked_for(Right.READ_PROGRAMME), **OF_PROGRAMME}

    @get(sync_to_thread=True)
    def list_(
        self,
        section: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
    ) -> Response[str]:
        """In the order in which they were entered, whatever day they are effective on."""
        return _listed(context, programme, section, request)

    @post(dependencies=_ENTERS, sync_to_thread=True)
    def enter(
        self,
        section: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
    ) -> Response[Any]:
        """One thing that a paper says, with the checks that a file's entries have."""

        def enter(form: Form) -> str:
            told = all_told(form, "enter-", _section(section))
            done = programmes.enter(context, programme, section, told, form.get("enter-override") or None)
            said = "It is entered." if done.new else "It is corrected." if done.corrected else "It was there already."
            return " ".join([said, *done.notes])

        def again(form: Form, error: Exception) -> Response[str]:
            return _listed(context, programme, section, request, form, error)

        return sent(request, enter, _address(programme, section), again)


class PaperEntry(PageController):
    path = f"{PROGRAMMES}/{{key:str}}/papers/entries/{{section:str}}/{{number:int}}"
    dependencies = {"context": asked_for(Right.READ_PROGRAMME), **OF_PROGRAMME}

    @get(sync_to_thread=True)
    def show(
        self,
        section: FromPath[str],
        number: Number,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
    ) -> Response[str]:
        """`number`: its place in the list, from 1."""
        return _one(context, programme, section, number, request)

    @post("/correct", dependencies=_ENTERS, sync_to_thread=True)
    def correct(
        self,
        section: FromPath[str],
        number: Number,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
    ) -> Response[Any]:
        """What differs from the entry as it is; what was known before stays on record."""

        def enter(form: Form) -> str:
            entry = _entry(_every(context, programme), section, number)
            changes = changes_told(form, "correct-", section, entry)
            override = form.get("correct-override") or None
            done = programmes.correct(context, programme, section, where_of(section, entry), changes, override)
            return " ".join(["It is corrected.", *done.notes])

        return _sent(context, programme, section, number, request, enter)

    @post("/withdraw", dependencies=_ENTERS, sync_to_thread=True)
    def withdraw(
        self,
        section: FromPath[str],
        number: Number,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
    ) -> Response[Any]:
        """It was entered by mistake."""

        def enter(form: Form) -> str:
            if not (reason := form.get("withdraw-reason")):
                raise FormFaults({"withdraw-reason": "Give the reason; it stays on record."})
            entry = _entry(_every(context, programme), section, number)
            programmes.withdraw(context, programme, section, where_of(section, entry), reason)
            return "It is withdrawn."

        return _sent(context, programme, section, number, request, enter)


def _sent(
    context: RequestContext,
    programme: Programme,
    section: str,
    number: int,
    request: Asked,
    enter: Callable[[Form], str],
) -> Response[Any]:
    def enter_unchanged(form: Form) -> str:
        # Numbers are places in the list: of another list it would be another entry.
        with if_unchanged(request, lambda connection: programmes.every_entry(connection, programme)):
            return enter(form)

    def again(form: Form, error: Exception) -> Response[str]:
        return _one(context, programme, section, number, request, form, error)

    return sent(request, enter_unchanged, _address(programme, section), again)


def _section(name: str) -> str:
    if name not in PAPER_SECTIONS:
        raise NotFound(f"Papers have no section {name[:40]!r}. There are {', '.join(PAPER_SECTIONS)}.")
    return name


def _address(programme: Programme, section: str) -> str:
    return f"{base(programme)}/papers/entries/{section}"


def _every(context: RequestContext, programme: Programme) -> ProgrammeOut:
    context.require(Right.READ_PROGRAMME)
    with context.reader.connect() as connection:
        return programmes.every_entry(connection, programme)


def _entry(every: ProgrammeOut, section: str, number: int) -> Wire:
    found: tuple[Wire, ...] = getattr(every.entries, _section(section))
    if not 1 <= number <= len(found):
        raise NotFound(f"There is no entry {number} of this section. Load the list again.")
    return found[number - 1]


def _listed(
    context: RequestContext,
    programme: Programme,
    section: str,
    request: Asked,
    form: Form | None = None,
    error: Exception | None = None,
) -> Response[str]:
    words, noun = PAPER_SECTIONS[_section(section)]
    found = getattr(_every(context, programme).entries, section)
    return within(
        request,
        context,
        programme,
        "entering/paper_entries.html",
        f"{words} in the papers",
        here="papers",
        form=form,
        error=error,
        noun=noun,
        rows=[shown_of(section, each) for each in found],
        fields=fields_of_section(section),
        address=_address(programme, section),
    )


def _one(
    context: RequestContext,
    programme: Programme,
    section: str,
    number: int,
    request: Asked,
    form: Form | None = None,
    error: Exception | None = None,
) -> Response[str]:
    words, noun = PAPER_SECTIONS[_section(section)]
    every = _every(context, programme)
    entry = _entry(every, section, number)
    return within(
        request,
        context,
        programme,
        "entering/paper_entry.html",
        f"{noun[:1].upper()}{noun[1:]}, entry {number}",
        here="papers",
        form=form,
        error=error,
        seen=etag_of(every),
        state="; ".join(f"{label}: {value}" for label, value in shown_of(section, entry)) + ".",
        words=words,
        values=shown_of(section, entry),
        fields=fields_of_section(section, entry),
        address=_address(programme, section),
        number=number,
    )


HANDLERS = (PaperSection, PaperEntry)
