"""What the papers say: decisions, contracts, ends, and where they contradict each other; entering a later decision."""

from datetime import date
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from api.http.dependencies import OF_PROGRAMME, asked_for
from api.schemas.delivery.decisions import ApprovedIn, EndIn, LaterDecisionIn
from api.usecases.delivery import attention, decisions, programmes
from api.usecases.request_context import Programme, RequestContext
from api.web.browser import Asked
from api.web.entering import sent
from api.web.forms import Form, read_part
from api.web.menu import PageController
from api.web.pages.delivery.entering.paper_fields import PAPER_SECTIONS
from api.web.pages.delivery.within import PROGRAMMES, base, pence_in, within
from tracker.access.roles import Right
from tracker.times import AsOf

_LABELS = {
    "reference": "Reference",
    "title": "Title",
    "effectiveOn": "Effective on",
    "paragraph": "Paragraph",
    "signedOn": "Signed on",
    "basis": "Why it is effective on that day",
    "override": "Reason to enter it all the same",
    "day": "Last day to impose",
}


class Papers(PageController):
    path = f"{PROGRAMMES}/{{key:str}}/papers"
    dependencies = {"context": asked_for(Right.READ_PROGRAMME), **OF_PROGRAMME}

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        request: Asked,
    ) -> Response[str]:
        return _shown(context, programme, as_of, request)

    @post("/decisions", dependencies={"context": asked_for(Right.ENTER_PROGRAMME)}, sync_to_thread=True)
    def enter(
        self, context: NamedDependency[RequestContext], programme: NamedDependency[Programme], request: Asked
    ) -> Response[Any]:
        """A later decision: more money for a line, more months to impose, or both."""

        def enter(form: Form) -> str:
            approve, ends = [], []
            if form.get("decide-pounds"):
                line, _, year = form.get("decide-line").partition("|")
                approve = [ApprovedIn(line=line, year=year or None, pence=pence_in(form, "decide-pounds"))]
            if form.get("decide-day"):
                last = read_part(form, "decide-", EndIn, _LABELS, kind="last day to impose")
                ends = [last]
            body = read_part(
                form,
                "decide-",
                LaterDecisionIn,
                _LABELS,
                approve=approve,
                ends=ends,
                carryForward=[],
                moves=[],
                boroughs=[],
                contract=None,
                phase=None,
            )
            done = decisions.decide(context, programme, decisions.later_decision(body))
            changes = [
                f"{name}: {done.before.get(name, '–')} before, {words} now." for name, words in done.after.items()
            ]
            return " ".join([f"{done.reference} is entered, effective on {done.effective_on}.", *changes, *done.notes])

        def again(form: Form, error: Exception) -> Response[str]:
            return _shown(context, programme, context.as_of(), request, form, error)

        return sent(request, enter, f"{base(programme)}/papers", again)


def _shown(
    context: RequestContext,
    programme: Programme,
    as_of: AsOf,
    request: Asked,
    form: Form | None = None,
    error: Exception | None = None,
) -> Response[str]:
    now = programmes.show(context, programme, as_of)
    titles = {entry.key: entry.title for entry in now.entries.line}
    unread = [
        each
        for each in attention.list_attention(context, programme, as_of).items
        if each.kind == "discrepancy" and each.settled is None
    ]
    return within(
        request,
        context,
        programme,
        "papers.html",
        "Papers",
        here="papers",
        form=form,
        error=error,
        now=now,
        unread=len(unread),
        lines=[
            (
                f"{line.line}|{line.year or ''}",
                titles.get(line.line, line.line) + (f", {line.year}" if line.year else ""),
            )
            for line in now.lines
        ],
        sections=[(section, words) for section, (words, _) in PAPER_SECTIONS.items()],
        is_day=lambda value: isinstance(value, date),
    )


HANDLERS = (Papers,)
