"""The pages of an analyst, in the order of the navigation."""

from litestar import Controller

from api.web.pages.analyst import batches, crimes, jobs, match, notes, queue, runs, streets, trails

PAGES: tuple[type[Controller], ...] = (
    *queue.HANDLERS,
    *match.HANDLERS,
    *notes.HANDLERS,
    *crimes.HANDLERS,
    *batches.HANDLERS,
    *jobs.HANDLERS,
    *runs.HANDLERS,
    *trails.HANDLERS,
    *streets.HANDLERS,
)
