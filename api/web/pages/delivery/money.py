"""A programme's money: line by line with bars; committing, spending, moving. Sums are typed in pounds."""

from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from api.http.dependencies import OF_PROGRAMME, asked_for
from api.schemas.delivery.budget import ActualIn, CommitmentIn, VirementIn
from api.usecases.delivery import budget
from api.usecases.request_context import Programme, RequestContext
from api.web.browser import Asked
from api.web.entering import sent
from api.web.forms import Form, read_part
from api.web.menu import PageController
from api.web.pages.delivery.entering.kinds import Of, entering_of
from api.web.pages.delivery.overview import bars_of
from api.web.pages.delivery.within import PROGRAMMES, base, pence_in, rests_on, within
from tracker.access.roles import Right
from tracker.budget.service import LineYear
from tracker.money import pounds
from tracker.times import AsOf

_ENTERS = {"context": asked_for(Right.ENTER_PROGRAMME)}
_LABELS = {
    "reference": "Reference",
    "words": "What for",
    "on": "Day",
    "contract": "Contract",
    "commitment": "Commitment",
    "override": "Reason to go over",
    "decidedBy": "Decided by",
    "reason": "Reason",
}


class MoneyPage(PageController):
    path = f"{PROGRAMMES}/{{key:str}}/money"
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

    @post("/commit", dependencies=_ENTERS, sync_to_thread=True)
    def commit(
        self, context: NamedDependency[RequestContext], programme: NamedDependency[Programme], request: Asked
    ) -> Response[Any]:
        """Promise money; past what is free it is refused, or recorded with a reason."""

        def enter(form: Form) -> str:
            line, pence = _line(form, "commit-line"), pence_in(form, "commit-pounds")
            body = read_part(form, "commit-", CommitmentIn, _LABELS, line=line.line, year=line.year, pence=pence)
            with rests_on(context, programme, "money").unchanged(request):
                budget.commit(
                    context,
                    programme,
                    body.reference,
                    line,
                    body.pence,
                    body.words,
                    on=body.on,
                    contract=body.contract,
                    override=body.override,
                )
            return f"{pounds(body.pence)} is committed as {body.reference}."

        return _sent(context, programme, request, enter)

    @post("/spend", dependencies=_ENTERS, sync_to_thread=True)
    def spend(
        self, context: NamedDependency[RequestContext], programme: NamedDependency[Programme], request: Asked
    ) -> Response[Any]:
        """A payment, or with a minus a refund: recorded, and noted where a line is over."""

        def enter(form: Form) -> str:
            line, pence = _line(form, "spend-line"), pence_in(form, "spend-pounds")
            body = read_part(form, "spend-", ActualIn, _LABELS, line=line.line, year=line.year, pence=pence)
            done = budget.spend(
                context,
                programme,
                body.reference,
                line,
                body.pence,
                body.words,
                on=body.on,
                commitment=body.commitment,
            )
            return " ".join([f"{pounds(body.pence)} is recorded as spent, {done.reference}.", *done.notes])

        return _sent(context, programme, request, enter)

    @post("/move", dependencies=_ENTERS, sync_to_thread=True)
    def move(
        self, context: NamedDependency[RequestContext], programme: NamedDependency[Programme], request: Asked
    ) -> Response[Any]:
        """Money from one line to another, by a decision."""

        def enter(form: Form) -> str:
            source, target = _line(form, "move-from"), _line(form, "move-to")
            body = read_part(
                form,
                "move-",
                VirementIn,
                _LABELS,
                fromLine=source.line,
                fromYear=source.year,
                toLine=target.line,
                toYear=target.year,
                pence=pence_in(form, "move-pounds"),
            )
            with rests_on(context, programme, "money").unchanged(request):
                budget.move(
                    context,
                    programme,
                    source,
                    target,
                    body.pence,
                    on=body.on,
                    decided_by=body.decided_by,
                    reason=body.reason,
                )
            return f"{pounds(body.pence)} is moved from {source.line} to {target.line}."

        return _sent(context, programme, request, enter)


def _line(form: Form, name: str) -> LineYear:
    line, _, year = form.get(name).partition("|")
    return LineYear(line, year or None)


def _sent(context: RequestContext, programme: Programme, request: Asked, enter: Callable[[Form], str]) -> Response[Any]:
    def again(form: Form, error: Exception) -> Response[str]:
        return _shown(context, programme, context.as_of(), request, form, error)

    return sent(request, enter, f"{base(programme)}/money", again)


def _shown(
    context: RequestContext,
    programme: Programme,
    as_of: AsOf,
    request: Asked,
    form: Form | None = None,
    error: Exception | None = None,
) -> Response[str]:
    held = rests_on(context, programme, "money").now(context)
    now = budget.show_position(context, programme, as_of)
    bars = bars_of(now, now.titles)
    return within(
        request,
        context,
        programme,
        "money.html",
        "Money",
        here="money",
        form=form,
        error=error,
        rests_on=held,
        state="; ".join(f"{bar.title}: {pounds(bar.line.free_pence)} free" for bar in bars) + ".",
        now=now,
        bars=bars,
        enters=entering_of(Of.PROGRAMME, "money", context.actor.rights),
        lines=[(f"{bar.line.line}|{bar.line.year or ''}", bar.title) for bar in bars],
    )


HANDLERS = (MoneyPage,)
