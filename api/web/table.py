"""Every page, in the order of the navigation. A page's module has its Controllers in `HANDLERS`."""

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
    *delivery.PAGES,
    *evaluation.PAGES,
    *cases.HANDLERS,
    *files.HANDLERS,
    *withdrawals.HANDLERS,
    *keeping.PAGES,
    *awaiting.HANDLERS,
    *releases.HANDLERS,
    *changed.HANDLERS,
    *users.HANDLERS,
    # Those of the roles stand above. What everyone has comes last.
    *first_day.HANDLERS,
    *home.HANDLERS,
    *me.HANDLERS,
    *second_factor.HANDLERS,
)
