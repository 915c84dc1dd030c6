"""The table of pages: which there are, who may open them, and which stand in the navigation.

It is read from the Controllers themselves, so that a page cannot stand in it without the right that it asks.
"""

from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple

from litestar import Controller

from api.http.dependencies import rights_provided
from api.usecases.actor import Actor
from api.web.browser import PREFIX
from tracker.access.roles import Right, Role

HOME = f"{PREFIX}/home"
PILOT = "gps-knife-licence"
"""The programme that the navigation leads to."""


class PageController(Controller):
    """One page, or one with those below it. `menu`: its words in the navigation, None: it stands in none; `menu_path`:
    where these lead, if not to `path`; `first_for`: the roles that see it first when they log in."""

    include_in_schema = False
    menu: ClassVar[str | None] = None
    menu_path: ClassVar[str | None] = None
    first_for: ClassVar[tuple[Role, ...]] = ()


class Entry(NamedTuple):
    path: str
    words: str
    rights: tuple[Right, ...]
    first_for: tuple[Role, ...]

    def is_for(self, actor: Actor) -> bool:
        return not self.rights or not actor.rights.isdisjoint(self.rights)


def menu_of(pages: Iterable[Any]) -> tuple[Entry, ...]:
    """In the order of the table."""
    return tuple(
        Entry(each.menu_path or each.path, each.menu, rights_provided(each.dependencies or {}) or (), each.first_for)
        for each in pages
        if isinstance(each, type) and issubclass(each, PageController) and each.menu is not None
    )


def entries_for(app: Any, actor: Actor | None) -> list[Entry]:
    return [] if actor is None else [each for each in app.state.menu if each.is_for(actor)]


def first_page_of(app: Any, actor: Actor) -> str:
    """Where a role begins; the plain first page where its own does not exist."""
    first = (each.path for each in app.state.menu if actor.role in each.first_for and each.is_for(actor))
    return next(first, HOME)
