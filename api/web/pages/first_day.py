"""The first day of the programme, from an empty home to a running one: each step with whose it is and where it is
done; and beginning a programme of one's own."""

from typing import Any, NamedTuple

from litestar import Response, get, post
from litestar.di import NamedDependency

from api.http.dependencies import asked_for
from api.schemas.delivery.decisions import ProgrammeIn
from api.schemas.operation.first_day import Step
from api.usecases.delivery import programmes
from api.usecases.operation.first_day import first_day
from api.usecases.request_context import RequestContext
from api.web.browser import PREFIX, Asked
from api.web.entering import answered
from api.web.forms import Form, FormFaults
from api.web.menu import PILOT, PageController
from api.web.notes import done_at
from api.web.pages.delivery.entering.paper_fields import all_told, fields_of_section
from api.web.pages.delivery.within import PROGRAMMES
from api.web.rendering import page
from tracker.access.roles import Right

FIRST_DAY = f"{PREFIX}/first-day"
_WHERE = {
    "administrator": f"{PREFIX}/users",
    "papers": PROGRAMMES,
    "launch": f"{PROGRAMMES}/{PILOT}/rollout",
    "retention": f"{PREFIX}/keeping",
    "release list": f"{PREFIX}/files",
}
_DOES = {
    "administrator": "Add a delivery officer and a data protection officer too: the other steps are theirs.",
    "papers": "Enter the five papers that come with the program, or begin a programme of your own.",
    "launch": "Record the phase that is launched first, and its day, under Rollout.",
    "retention": "Set a period for fixes and one for device events; files of either are refused before.",
    "release list": "Send a release list under Files. Everyone on it is screened as it is read.",
}
_LABELS = {"key": "Key", "name": "Name"}


class Shown(NamedTuple):
    """A step as the list of tasks shows it. `href`: "" where the step is another role's, or is to be done later."""

    words: str
    href: str
    hint: str
    state: str
    tone: str


class FirstDayPage(PageController):
    path = FIRST_DAY
    dependencies = {"context": asked_for(Right.MANAGE_USERS, Right.ENTER_PROGRAMME, Right.KEEP)}

    @get(sync_to_thread=True)
    def show(self, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        found = first_day(context, PILOT)
        entered = next(step.done for step in found.steps if step.key == "papers")
        return page(
            request,
            "pages/first_day.html",
            "The first day",
            found=found,
            steps=[_shown(step, context.actor.role, entered=entered) for step in found.steps],
            left=[step for step in found.steps if not step.done],
            begins=Right.ENTER_PROGRAMME in context.actor.rights,
        )


class NewProgramme(PageController):
    """A programme that none of the papers that come with the program is about."""

    path = f"{PREFIX}/new-programme"
    dependencies = {"context": asked_for(Right.ENTER_PROGRAMME)}

    @get(sync_to_thread=True)
    def show(self, request: Asked) -> Response[str]:
        return _form(request)

    @post(sync_to_thread=True)
    def begin(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """The programme with its first decision; what else the decision says is entered under its papers."""

        def enter(form: Form) -> Response[Any]:
            told = form.read(ProgrammeIn, _LABELS, entries=[])
            if not told.name:
                raise FormFaults({"name": "Name is missing. Give the programme's name, as its paper has it."})
            programmes.begin(context, told.key, told.name, all_told(form, "decision-", "decision"))
            words = f"{told.name} is on record with its first decision. Enter what else the decision says below."
            return done_at(request, f"{PROGRAMMES}/{told.key}/papers", words)

        return answered(request, enter, lambda form, error: _form(request, form, error))


def _form(request: Asked, form: Form | None = None, error: Exception | None = None) -> Response[str]:
    return page(
        request,
        "pages/new_programme.html",
        "Begin a programme",
        form=form,
        error=error,
        fields=fields_of_section("decision"),
    )


def _shown(step: Step, role: str | None, *, entered: bool) -> Shown:
    words = f"{step.words[:1].upper()}{step.words[1:]}"
    if step.done:
        return Shown(words, "", step.said, "Done", "good")
    if step.who != role:
        return Shown(words, "", f"{step.who[:1].upper()}{step.who[1:]}: {_DOES[step.key]}", "To do", "wait")
    # A launch is of a phase that the papers name.
    later = not entered and step.key in ("launch", "release list")
    return Shown(words, "" if later else _WHERE[step.key], _DOES[step.key], "Later" if later else "To do", "wait")


HANDLERS = (FirstDayPage, NewProgramme)
