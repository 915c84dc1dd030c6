"""One form for each thing that is entered by itself: made of the fields that the same has in JSON."""

from typing import Annotated, Any
from urllib.parse import quote, urlencode

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from api.http.dependencies import OF_PROGRAMME, asked_for
from api.usecases.delivery import budget
from api.usecases.request_context import Programme, RequestContext
from api.web.browser import Asked
from api.web.entering import sent
from api.web.forms import Form, FormFaults
from api.web.menu import PageController
from api.web.pages.delivery.entering.kinds import ENTERING, Entering, Of
from api.web.pages.delivery.entry_fields import fields_of_body, nullable
from api.web.pages.delivery.overview import bars_of
from api.web.pages.delivery.within import PROGRAMMES, RestsOn, base, pence_in, rests_on, within
from tracker.access.roles import Right
from tracker.errors import NotFound

Subject = Annotated[str, QueryParameter(name="of", max_length=200, description="What it is entered of.")]


class Enter(PageController):
    path = f"{PROGRAMMES}/{{key:str}}/enter/{{what:str}}"
    dependencies = {"context": asked_for(Right.ENTER_CASES, Right.ENTER_PROGRAMME), **OF_PROGRAMME}

    @get(sync_to_thread=True)
    def show(
        self,
        what: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
        of: Subject = "",
    ) -> Response[str]:
        return _shown(context, programme, what, of, request)

    @post(sync_to_thread=True)
    def enter(
        self,
        what: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
        of: Subject = "",
    ) -> Response[Any]:
        """Refused, the form is shown again with what was typed."""
        kind = _kind(context, what, of)

        def enter(form: Form) -> str:
            body = form.read(kind.body, kind.labels, **_chosen(kind, form))
            held = _rests_on(context, programme, kind, of)
            if held is None:
                return kind.enter(context, programme, of, body)
            with held.unchanged(request):
                return kind.enter(context, programme, of, body)

        def again(form: Form, error: Exception) -> Response[str]:
            return _shown(context, programme, what, of, request, form, error)

        return sent(request, enter, _next(programme, kind, of), again)


def _kind(context: RequestContext, what: str, of: str) -> Entering:
    kind = ENTERING.get(what)
    if kind is None:
        raise NotFound(f"There is no form {what[:40]!r}. There are {', '.join(ENTERING)}.")
    context.require(kind.right)
    if bool(of) is (kind.of is Of.PROGRAMME):
        raise NotFound(f"{kind.words}: come here from the page of what it is entered of.")
    return kind


def _rests_on(context: RequestContext, programme: Programme, kind: Entering, of: str) -> RestsOn | None:
    """What is entered of a licence or a tag rests on what is on record of it. Raises NotFound where the programme has
    no such licence."""
    match kind.of:
        case Of.LICENCE:
            return rests_on(context, programme, kind.here, licence=of)
        case Of.DEVICE:
            return rests_on(context, programme, kind.here, device=of)
        case _:
            return None


def _chosen(kind: Entering, form: Form) -> dict[str, Any]:
    """What the form has otherwise than JSON: sums in pounds, and a line of the budget with its year. Raises
    FormFaults."""
    # A field that JSON needs, and that may be null, is null where it is left empty.
    more: dict[str, Any] = {name: None for name in nullable(kind.body) if not form.get(name)}
    if "pence" in kind.labels:
        optional = not next(each for each in msgspec.structs.fields(kind.body) if each.name == "pence").required
        more["pence"] = None if optional and not form.get("pence") else pence_in(form, "pence")
    for name, year in kind.lines.items():
        line, _, of_year = form.get(name).partition("|")
        if not line and name == "line":
            raise FormFaults({name: "Choose the line."})
        more |= {name: line or None, year: of_year or None}
    return more


def _next(programme: Programme, kind: Entering, of: str) -> str:
    """The page that shows what was entered."""
    own = base(programme)
    if kind.back:
        return f"{own}/{kind.back}"
    one = kind.of in (Of.LICENCE, Of.DEVICE)
    return f"{own}/{kind.here}/{quote(of, safe='')}" if one else f"{own}/{kind.here}"


def _shown(
    context: RequestContext,
    programme: Programme,
    what: str,
    of: str,
    request: Asked,
    form: Form | None = None,
    error: Exception | None = None,
) -> Response[str]:
    kind = _kind(context, what, of)
    held = _rests_on(context, programme, kind, of)
    fields = fields_of_body(kind.body, kind.labels, kind.hints, kind.lines)
    if kind.lines:
        now = budget.show_position(context, programme, context.as_of())
        lines = [(f"{bar.line.line}|{bar.line.year or ''}", bar.title) for bar in bars_of(now, now.titles)]
        lines.insert(0, ("", "Choose one"))
        fields = [each._replace(choices=lines) if each.name in kind.lines else each for each in fields]
    return within(
        request,
        context,
        programme,
        "entering/form.html",
        f"{kind.words}, {of}" if of else kind.words,
        here=kind.here,
        form=form,
        error=error,
        rests_on=None if held is None else held.now(context),
        state=f"{of}." if of else "",
        kind=kind,
        fields=fields,
        action=f"{base(programme)}/enter/{what}" + (f"?{urlencode({'of': of})}" if of else ""),
        back=_next(programme, kind, of),
    )


HANDLERS = (Enter,)
