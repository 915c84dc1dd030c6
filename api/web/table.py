"""Every page, in the order of the navigation. A page's module has its Controllers in `HANDLERS`."""

from litestar import Controller
from litestar.handlers import HTTPRouteHandler

from api.web.pages import home, login, me
from api.web.pages.delivery import table as delivery

PAGES: tuple[type[Controller] | HTTPRouteHandler, ...] = (
    *login.HANDLERS,
    # Those of the roles stand here. What everyone has comes last.
    *delivery.PAGES,
    *home.HANDLERS,
    *me.HANDLERS,
)
