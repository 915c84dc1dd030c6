"""The plain first page, help, and the statement on accessibility."""

from litestar import Response, get
from litestar.di import NamedDependency

from api.http.auth import public
from api.http.dependencies import PUBLIC_CONTEXT, asked_for
from api.schemas.operation.users import me
from api.usecases.request_context import RequestContext
from api.web.browser import PREFIX, Asked
from api.web.menu import HOME, PageController
from api.web.pages.due import due_of
from api.web.rendering import page
from api.wording.meanings import DISCLAIMER, EXCLUSION, VERDICT_MEANINGS, VERDICTS
from tracker.access.roles import Role


class Home(PageController):
    """Where a role begins whose own first page does not exist."""

    path = HOME
    dependencies = {"context": asked_for()}

    @get(sync_to_thread=True)
    def home(self, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        actor = context.actor
        shown = me(actor.name, Role(actor.role), actor.rights)
        return page(request, "pages/home.html", "Where to begin", me=shown, due=due_of(actor))


class Help(PageController):
    path = f"{PREFIX}/help"
    menu = "Help"
    dependencies = {"context": asked_for()}

    @get(sync_to_thread=True)
    def help_page(self, request: Asked) -> Response[str]:
        """What a match means, how to read the map, and the words."""
        verdicts = [(VERDICTS.get(verdict, verdict), words) for verdict, words in VERDICT_MEANINGS.items()]
        return page(request, "pages/help.html", "Help", disclaimer=DISCLAIMER, verdicts=verdicts, exclusion=EXCLUSION)


class Accessibility(PageController):
    path = f"{PREFIX}/accessibility"
    opt = public()
    dependencies = {"context": PUBLIC_CONTEXT}

    @get(sync_to_thread=True)
    def statement(self, request: Asked) -> Response[str]:
        return page(request, "pages/accessibility.html", "Accessibility of these pages")


HANDLERS = (Home, Help, Accessibility)
