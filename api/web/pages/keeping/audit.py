"""The audit: who changed or read what, whether it still is what was written, and a person's sealed values opened."""

import json
from datetime import date, datetime, time
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.http.dependencies import asked_for
from api.http.idempotency import UNKEYED
from api.http.paging import After, Limit
from api.schemas.operation.audit import OpenIn
from api.usecases.operation import audit
from api.usecases.request_context import RequestContext
from api.views.operation.audit import verified_in_words
from api.web.browser import PREFIX, Asked
from api.web.entering import answered
from api.web.forms import Form
from api.web.lists import with_query
from api.web.menu import PageController
from api.web.notes import done_at
from api.web.rendering import page
from tracker.access.roles import Right

PATH = f"{PREFIX}/audit"
_LONDON = ZoneInfo("Europe/London")
_OPENED = {"purpose": "Purpose", "row": "Row", "person": "Person"}
Action = Literal["collect", "alter", "consult", "disclose", "combine", "erase"]
Words = Annotated[str | None, QueryParameter(max_length=200)]


class Audit(PageController):
    path = PATH
    menu = "Audit"
    dependencies = {"context": asked_for(Right.READ_AUDIT)}

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        request: Asked,
        by: Words = None,
        subject: Words = None,
        action: Annotated[Action | None, QueryParameter()] = None,
        person: Annotated[int | None, QueryParameter(ge=1, le=2**53)] = None,
        since: Annotated[date | None, QueryParameter(name="from", description="From this day on.")] = None,
        limit: Limit = 50,
        after: After = None,
    ) -> Response[str]:
        """The latest rows, the latest first. What is sealed stays sealed."""
        found = audit.latest_rows(
            context,
            since=None if since is None else datetime.combine(since, time(), _LONDON),
            until=None,
            by=by,
            subject=subject,
            action=action,
            person_id=person,
            limit=limit,
            after=after,
        )
        wanted = {"by": by, "subject": subject, "action": action, "person": person, "from": since}
        return _shown(context, request, found=found, wanted={name: value or "" for name, value in wanted.items()})

    @post("/verify", opt={UNKEYED: True}, sync_to_thread=True)
    def verify(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Walk the chain and hold it against the heads that were written out, and one that the reader has kept."""

        def answer(form: Form) -> Response[Any]:
            found = audit.verify(context, form.get("since") or None)
            words = verified_in_words(found) if found.whole else []
            return page(request, "keeping/verified.html", "The audit, verified", verified=found, lines=words)

        return answered(request, answer, lambda form, error: _shown(context, request, form, error))

    @post("/head", sync_to_thread=True)
    def write_head(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Write the head of now to the file of heads and to the log."""
        found = audit.write_out(context)
        return done_at(request, PATH, f"The head of {found.rows:,} rows is written out.")

    @post("/open", opt={UNKEYED: True}, sync_to_thread=True)
    def open_sealed(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """A person's sealed values; the opening leaves its row."""

        def answer(form: Form) -> Response[Any]:
            new = form.read(OpenIn, _OPENED)
            found = audit.opened(context, new.row, new.person, new.purpose)
            rows = [
                (each, "" if each.values is None else json.dumps(each.values, ensure_ascii=False, sort_keys=True))
                for each in found.items
            ]
            return page(request, "keeping/opened.html", "Sealed values, opened", opened=found, rows=rows)

        return answered(request, answer, lambda form, error: _shown(context, request, form, error))


def _shown(
    context: RequestContext, request: Asked, form: Form | None = None, error: Exception | None = None, **listed: Any
) -> Response[str]:
    if not listed:
        nothing: dict[str, Any] = dict.fromkeys(("since", "until", "by", "subject", "action", "person_id"))
        found = audit.latest_rows(context, limit=50, **nothing)
        listed = {"found": found, "wanted": dict.fromkeys(("by", "subject", "action", "person", "from"), "")}
    older = listed["found"].next
    shown: dict[str, Any] = {
        **listed,
        "head": audit.head(context),
        "older": None if older is None else with_query(request, PATH, after=older),
        "actions": [("", "any"), *((each, each) for each in get_args(Action))],
    }
    return page(request, "keeping/audit.html", "Audit", form=form, error=error, **shown)


HANDLERS = (Audit,)
