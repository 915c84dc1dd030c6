"""The evaluator's pages, for the table of pages (`pages`)."""

from tracker.access.roles import Role

_EVALUATOR = frozenset({Role.EVALUATOR})

PAGES: dict[str, tuple[str, frozenset[Role], int]] = {
    "/app/evaluation": ("/app/evaluation", _EVALUATOR, 60),
}
"""By path template: an address of `furnished`, who may open it, and how many kilobytes it may weigh."""

NO_PAGES: dict[str, frozenset[Role]] = {"/app/evaluation/{name}": _EVALUATOR}

POSTS: dict[str, frozenset[Role]] = {}
