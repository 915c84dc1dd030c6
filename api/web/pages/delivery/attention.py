"""What wants attention, group by group; settling it with a reason."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.dependencies import OF_PROGRAMME, asked_for
from api.schemas.delivery.attention import SettleIn
from api.usecases.delivery import attention
from api.usecases.request_context import Page, Programme, RequestContext
from api.web.browser import Asked
from api.web.entering import sent
from api.web.forms import Form, FormFaults, read_part
from api.web.lists import listing
from api.web.menu import PageController
from api.web.pages.delivery.within import PROGRAMMES, base, within
from tracker.access.roles import Right
from tracker.attention import kinds
from tracker.times import AsOf

_ENTERS = {"context": asked_for(Right.ENTER_CASES)}
_URGENCIES = {1: "Now", 2: "Soon", 3: "Coming", 4: "To read"}
_TONES = {1: "bad", 2: "wait", 3: "full", 4: "plain"}


class Attention(PageController):
    path = f"{PROGRAMMES}/{{key:str}}/attention"
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

    @post("/settle", dependencies=_ENTERS, sync_to_thread=True)
    def settle(
        self, context: NamedDependency[RequestContext], programme: NamedDependency[Programme], request: Asked
    ) -> Response[Any]:
        """One thing is settled, with what was found out."""

        def enter(form: Form) -> str:
            body = _settlement(form, subject=form.get("subject") or None)
            attention.settle(context, programme, body.kind, body.reason, subject=body.subject)
            return "It is settled, with your reason."

        def again(form: Form, error: Exception) -> Response[str]:
            return _shown(context, programme, context.as_of(), request, form, error)

        return sent(request, enter, f"{base(programme)}/attention", again)


class AttentionKind(PageController):
    path = f"{PROGRAMMES}/{{key:str}}/attention/{{kind:str}}"
    dependencies = {"context": asked_for(Right.READ_CASES), **OF_PROGRAMME}

    @get(sync_to_thread=True)
    def show(
        self,
        kind: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        page: NamedDependency[Page],
        request: Asked,
    ) -> Response[str]:
        return _opened(context, programme, kind, as_of, page, request)

    @post("/settle", dependencies=_ENTERS, sync_to_thread=True)
    def settle(
        self,
        kind: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
    ) -> Response[Any]:
        """Some licences of the group are settled with one reason, or all that are open."""

        def enter(form: Form) -> str:
            chosen = form.all("settle-licences")
            everyone = form.get("settle-everyone") == "yes"
            if not chosen and not everyone:
                raise FormFaults({"settle-licences": "Tick the licences that are settled, or all of them."})
            body = _settlement(form, kind=kind, licences=None if everyone else chosen)
            done = attention.settle(context, programme, body.kind, body.reason, licences=body.licences)
            return (
                f"{done.licences} {'licence is' if done.licences == 1 else 'licences are'} settled, with your reason."
            )

        def again(form: Form, error: Exception) -> Response[str]:
            return _opened(context, programme, kind, context.as_of(), Page(), request, form, error)

        return sent(request, enter, f"{base(programme)}/attention/{kind}", again)


def _settlement(form: Form, **more: Any) -> SettleIn:
    more = {"kind": form.get("kind"), "licences": None, "subject": None, **more}
    return read_part(form, form.get("part"), SettleIn, {"reason": "Reason"}, **more)


def _shown(
    context: RequestContext,
    programme: Programme,
    as_of: AsOf,
    request: Asked,
    form: Form | None = None,
    error: Exception | None = None,
) -> Response[str]:
    now = attention.list_attention(context, programme, as_of)
    return within(
        request,
        context,
        programme,
        "attention.html",
        "Attention",
        here="attention",
        form=form,
        error=error,
        now=now,
        open=[each for each in now.items if each.settled is None],
        settled=[each for each in now.items if each.settled is not None],
        urgencies=_URGENCIES,
        tones=_TONES,
        may_settle=Right.ENTER_CASES in context.actor.rights,
        may_open=Right.READ_CASES in context.actor.rights,
        quiet=kinds.QUIET,
    )


def _opened(
    context: RequestContext,
    programme: Programme,
    kind: str,
    as_of: AsOf,
    page: Page,
    request: Asked,
    form: Form | None = None,
    error: Exception | None = None,
) -> Response[str]:
    now = attention.open_cases(context, programme, kind, as_of, page, settled=False)
    return within(
        request,
        context,
        programme,
        "attention_kind.html",
        f"Attention, {kind.replace('-', ' ')}",
        here="attention",
        form=form,
        error=error,
        now=now,
        listing=listing(request, now),
        may_settle=Right.ENTER_CASES in context.actor.rights and kind != kinds.QUIET,
    )


HANDLERS = (Attention, AttentionKind)
