"""Every page, in the order of the navigation, which a role's first page leads. A page's Controllers are `HANDLERS`."""

from litestar import Controller
from litestar.handlers import HTTPRouteHandler

from api.web.pages import cases, changed, files, first_day, home, login, me, second_factor, users, withdrawals
from api.web.pages.analyst import table as analyst
from api.web.pages.delivery import table as delivery
from api.web.pages.evaluation import table as evaluation
from api.web.pages.keeping import table as keeping
from api.web.pages.release import awaiting, releases

PAGES: tuple[type[Controller] | HTTPRouteHandler, ...] = (
    *login.HANDLERS,
    *analyst.PAGES,
    *awaiting.HANDLERS,
    *releases.HANDLERS,
    *changed.HANDLERS,
    *keeping.PAGES,
    *cases.HANDLERS,
    *users.HANDLERS,
    # What several roles have.
    *delivery.PAGES,
    *evaluation.PAGES,
    *files.HANDLERS,
    *withdrawals.HANDLERS,
    # Those of the roles stand above. What everyone has comes last.
    *first_day.HANDLERS,
    *home.HANDLERS,
    *me.HANDLERS,
    *second_factor.HANDLERS,
)
