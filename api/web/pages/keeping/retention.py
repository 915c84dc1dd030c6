"""What waits for the data protection officer, and how long each kind of record is kept."""

from typing import Any, get_args

from litestar import Response, get, post
from litestar.di import NamedDependency

from api.http.dependencies import asked_for
from api.schemas.operation.retention import Kind, PolicyIn, RetentionPolicies
from api.usecases.evaluation import cohorts
from api.usecases.matching import releases
from api.usecases.operation import audit, retention, subject_access
from api.usecases.operation.first_day import KINDS
from api.usecases.request_context import ALL_ROWS, RequestContext
from api.web.browser import PREFIX, Asked
from api.web.entering import sent
from api.web.forms import Form
from api.web.menu import PageController
from api.web.notes import done_at
from api.web.rendering import page
from tracker.access.roles import Right, Role
from tracker.counted import counted
from tracker.times import AsOf

PATH = f"{PREFIX}/keeping"
_LABELS = {"kind": "Kind of record", "days": "Days", "fromOn": "From", "source": "Who decided it, and where"}
_KINDS = [(kind, kind) for kind in get_args(Kind)]


class Keeping(PageController):
    """Retention by kind, and what waits."""

    path = PATH
    menu = "Retention"
    first_for = (Role.PROTECTION,)
    dependencies = {"context": asked_for(Right.KEEP)}

    @get(sync_to_thread=True)
    def show(
        self, context: NamedDependency[RequestContext], request: Asked, as_of: NamedDependency[AsOf]
    ) -> Response[str]:
        return _shown(context, request, as_of)

    @post(sync_to_thread=True)
    def enter(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """How long a kind is kept, from a day on, and who decided it."""

        def enter(form: Form) -> str:
            new = form.read(PolicyIn, _LABELS)
            done = retention.enter_policy(context, new.kind, new.days, new.from_on, new.source, sample=new.sample)
            return f"From {done.from_} on {done.kind} are kept for {counted(done.days, 'day')}."

        def again(form: Form, error: Exception) -> Response[str]:
            return _shown(context, request, context.as_of(), form, error)

        return sent(request, enter, PATH, again)

    @get("/purge", sync_to_thread=True)
    def count(self, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        """What is past its retention period; nothing goes yet."""
        return page(
            request,
            "keeping/purge.html",
            "What is past its retention period",
            purge=retention.purge(context, dry_run=True),
        )

    @post("/purge", sync_to_thread=True)
    def purge(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Erase it, for good."""
        done = retention.purge(context, dry_run=False)
        went = [f"{n:,} {what}" for each in done.items for what, n in each.counts.items() if n]
        return done_at(
            request, PATH, f"Erased: {', '.join(went)}." if went else "Nothing was past its retention period."
        )


def _shown(
    context: RequestContext,
    request: Asked,
    as_of: AsOf,
    form: Form | None = None,
    error: Exception | None = None,
) -> Response[str]:
    found = retention.list_policies(context, as_of)
    begins = any(each.days is None for each in found.items if each.kind in KINDS)
    shown: dict[str, Any] = {
        "policies": found,
        "tasks_now": _waiting(context, found),
        "kinds": _KINDS,
        "begins": begins,
    }
    return page(request, "keeping/retention.html", "Retention", form=form, error=error, **shown)


def _waiting(context: RequestContext, found: RetentionPolicies) -> list[dict[str, str]]:
    """What waits, the most urgent first."""
    tasks = []
    for each in subject_access.list_requests(context, ALL_ROWS).items:
        if each.days_left is not None:
            late = each.days_left < 0
            left = f"{counted(abs(each.days_left), 'day')} {'late' if late else 'left'}"
            words = f"Answer subject access request {each.number}, due {each.due_on}"
            hint = "Data Protection Act 2018, sections 45(3) and 54"
            tone = "bad" if late else "full" if each.days_left <= 7 else "wait"
            tasks.append(_task(words, f"{PREFIX}/requests/{each.number}", hint, left, tone))
    for number in cohorts.linkage_asked(context):
        words = f"Approve or refuse the linkage file of export {number}"
        tasks.append(_task(words, f"{PREFIX}/linkage/{number}", "Not by the person who asked", "Asked for", "full"))
    if past := releases.past_destruction(context):
        words = f"{counted(past, 'released package')} past the day to destroy {'it' if past == 1 else 'them'} by"
        hint = "Have the releasing officer ask the recipient; they see which"
        tasks.append(_task(words, "", hint, "Late", "bad"))
    unfinished = [each for each in retention.list_erasures(context, ALL_ROWS).items if each.state == "unfinished"]
    for one in unfinished:
        hint = f"Left: {', '.join(one.left)}"
        tasks.append(_task(f"Finish erasure {one.number}", f"{PREFIX}/erasures", hint, "Unfinished", "full"))
    missing = [each.kind for each in found.items if each.days is None]
    if missing:
        hint = f"No period is set for {', '.join(missing)}"
        tasks.append(_task("Set retention periods", "#kind", hint, f"{len(missing)} without", "full"))
    if not audit.head(context).written:
        hint = "Without one rows cut off at the end are not seen"
        tasks.append(_task("Write out the audit's head", f"{PREFIX}/audit", hint, "To do", "wait"))
    return tasks


def _task(words: str, href: str, hint: str, state: str, tone: str) -> dict[str, str]:
    """`href`: empty where it is done elsewhere than on a page of this role."""
    return {"words": words, "href": href, "hint": hint, "state": state, "tone": tone}


HANDLERS = (Keeping,)
