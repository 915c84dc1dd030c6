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
    where these lead, if not to `path`; `menu_under`: the path of the entry below which it stands, on a second line;
    `first_for`: the roles that see it first when they log in."""

    include_in_schema = False
    menu: ClassVar[str | None] = None
    menu_path: ClassVar[str | None] = None
    menu_under: ClassVar[str | None] = None
    first_for: ClassVar[tuple[Role, ...]] = ()


class Entry(NamedTuple):
    path: str
    words: str
    rights: tuple[Right, ...]
    first_for: tuple[Role, ...]
    under: str | None = None

    def is_for(self, actor: Actor) -> bool:
        return not self.rights or not actor.rights.isdisjoint(self.rights)


def menu_of(pages: Iterable[Any]) -> tuple[Entry, ...]:
    """In the order of the table."""
    return tuple(
        Entry(
            each.menu_path or each.path,
            each.menu,
            rights_provided(each.dependencies or {}) or (),
            each.first_for,
            each.menu_under,
        )
        for each in pages
        if isinstance(each, type) and issubclass(each, PageController) and each.menu is not None
    )


def entries_for(app: Any, actor: Actor | None) -> list[Entry]:
    """In the order of the table, after the page with which the actor's role begins."""
    mine = [] if actor is None else [each for each in app.state.menu if each.is_for(actor)]
    return sorted(mine, key=lambda each: actor is not None and actor.role not in each.first_for)


class Way(NamedTuple):
    """An entry as a page shows it: `current` of the page itself, `active` where the page is one of those below it."""

    path: str
    words: str
    current: bool
    active: bool


class Ways(NamedTuple):
    """The navigation of a page: its line, and a second one where several entries stand below the one that is open."""

    first: list[Way]
    second: list[Way]


def ways_from(entries: list[Entry], path: str) -> Ways:
    """`entries`: those that the reader has; one whose own group they do not have stands in the first line."""
    there = {each.path for each in entries}
    groups: dict[str, list[Entry]] = {}
    for each in entries:
        groups.setdefault(each.under if each.under in there else each.path, []).append(each)
    inside = [each for each in entries if path == each.path or path.startswith(f"{each.path}/")]
    here = max(inside, key=lambda each: len(each.path), default=None)
    first, second = [], []
    for lead, group in groups.items():
        head = next(each for each in group if each.path == lead)
        opened = here is not None and here in group
        first.append(Way(head.path, head.words, path == head.path, opened))
        if opened and len(group) > 1:
            in_order = [head, *(each for each in group if each is not head)]
            second = [Way(each.path, each.words, path == each.path, each == here) for each in in_order]
    return Ways(first, second)


def first_page_of(app: Any, actor: Actor) -> str:
    """Where a role begins; the plain first page where its own does not exist."""
    first = (each.path for each in app.state.menu if actor.role in each.first_for and each.is_for(actor))
    return next(first, HOME)
