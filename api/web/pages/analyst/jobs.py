"""Match jobs: asked for, watched, stopped, asked for again."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import ServerSentEvent

from api.http.dependencies import Number, asked_for
from api.schemas.matching.jobs import NewJob
from api.usecases.delivery.programmes import every_programme
from api.usecases.matching import jobs
from api.usecases.request_context import Page, RequestContext
from api.views.matching.job_words import JOB_TONES, asked_in_words, job_line, went_in_words
from api.web.browser import PREFIX, Asked
from api.web.entering import answered
from api.web.events import MOVES, told_as_it_goes
from api.web.forms import Form, FormFaults, form_of
from api.web.lists import listing
from api.web.menu import PageController
from api.web.notes import done_at
from api.web.pages.analyst.filters import IN_STATE, begins, day_of, ends
from api.web.pages.analyst.standing import OWN as STANDING
from api.web.pages.delivery.within import base
from api.web.rendering import page
from api.wording.text import london
from tracker.access.roles import Right
from tracker.errors import BadEntry
from tracker.jobs.states import JobState

PATH = f"{PREFIX}/jobs"
STATES = (("", "Any"), *((state.value, state.value.capitalize()) for state in JobState))
_RUNS = {"context": asked_for(Right.RUN_MATCHES)}


class Jobs(PageController):
    """All match jobs, and a form that asks for one."""

    path = PATH
    menu = "Jobs"
    dependencies = _RUNS

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        request: Asked,
        in_state: IN_STATE = "",
    ) -> Response[str]:
        return _list(context, request, page, in_state)

    @post(sync_to_thread=True)
    def ask(
        self, context: NamedDependency[RequestContext], page: NamedDependency[Page], request: Asked
    ) -> Response[Any]:
        """A match by the record, of crimes whose window lies in these days."""

        def answer(form: Form) -> Response[Any]:
            since, until = day_of(form.get("from"), "From"), day_of(form.get("to"), "To")
            if since is not None and until is not None and until < since:
                raise FormFaults({"to": f"To is {until}, before {since}. Give the same day or a later one."})
            made = jobs.create(context, NewJob(from_=begins(since), to=ends(until)))
            return done_at(request, f"{PATH}/{made.id}", f"Job {made.id} waits for a worker.")

        return answered(request, answer, lambda _, error: _list(context, request, page, "", error=error))


class OneJob(PageController):
    """One job, with how far it is."""

    path = f"{PATH}/{{job_id:int}}"
    dependencies = _RUNS

    @get(sync_to_thread=True)
    def show(self, job_id: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        found = jobs.job(context, job_id)
        rows = [
            ("Asked", asked_in_words(found), ""),
            ("By", found.requested_by, ""),
            ("At", london(found.requested_at), ""),
            ("Begun", "not yet" if found.started_at is None else london(found.started_at), ""),
            ("Ended", "not yet" if found.finished_at is None else london(found.finished_at), ""),
            ("Positions matched", f"{found.fixes:,}", "fixes"),
            ("Attempts", f"{found.attempts:,}", "attempts"),
        ]
        return page(
            request,
            "pages/analyst/job.html",
            f"Job {found.id}",
            job=found,
            went=went_in_words(found),
            tone=JOB_TONES[found.state],
            rows=rows,
            moves=found.state in MOVES,
        )

    @get("/events", sync_to_thread=True)
    def events(self, job_id: Number, context: NamedDependency[RequestContext]) -> ServerSentEvent:
        return told_as_it_goes(context.actor.session_id, lambda: jobs.job(context, job_id))

    @post("/cancel", sync_to_thread=True)
    def cancel(self, job_id: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """At once if it waits, otherwise when its worker next looks."""
        done = jobs.cancel(context, job_id)
        stopped = done.state == JobState.CANCELLED
        words = f"Job {job_id} is stopped." if stopped else f"Job {job_id} stops when its worker next looks."
        return done_at(request, f"{PATH}/{job_id}", words)

    @post("/again", sync_to_thread=True)
    def again(self, job_id: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """The same in another job, of the record as it is now."""
        made = jobs.rerun(context, job_id)
        return done_at(request, f"{PATH}/{made.id}", f"Job {made.id} asks the same as job {job_id}.")


def _list(
    context: RequestContext, request: Asked, rows: Page, in_state: str, *, error: Exception | None = None
) -> Response[str]:
    if in_state and in_state not in set(JobState):
        raise BadEntry(f"The state is {in_state[:40]!r}. There are {', '.join(JobState)}.")
    found = jobs.list_jobs(context, rows, in_state or None)
    return page(
        request,
        "pages/analyst/jobs.html",
        "Match jobs",
        form=form_of(request.scope),
        error=error,
        listing=listing(request, found),
        rows=[job_line(each) for each in found.items],
        states=STATES,
        chosen=in_state,
        programmes=[(each.key, f"{base(each)}/{STANDING}") for each in every_programme(context)],
    )


HANDLERS = (Jobs, OneJob)
