"""The pages of an analyst, in the order of the navigation."""

from litestar import Controller

from api.web.pages.analyst import (
    accuracy,
    ask,
    batches,
    crimes,
    jobs,
    match,
    notes,
    queue,
    rematch,
    runs,
    standing,
    streets,
    taken,
    trails,
)

PAGES: tuple[type[Controller], ...] = (
    *queue.HANDLERS,
    *match.HANDLERS,
    *notes.HANDLERS,
    *crimes.HANDLERS,
    *batches.HANDLERS,
    *jobs.HANDLERS,
    *rematch.HANDLERS,
    *standing.HANDLERS,
    *accuracy.HANDLERS,
    *runs.HANDLERS,
    *trails.HANDLERS,
    *ask.HANDLERS,
    *streets.HANDLERS,
    *taken.HANDLERS,
)
