"""The pages of an analyst, in the order of the navigation."""

from litestar import Controller

from api.web.pages.analyst import batches, crimes, job_events, jobs, match, notes, queue, runs, streets, trails

PAGES: tuple[type[Controller], ...] = (
    *queue.HANDLERS,
    *match.HANDLERS,
    *notes.HANDLERS,
    *crimes.HANDLERS,
    *batches.HANDLERS,
    *jobs.HANDLERS,
    *job_events.HANDLERS,
    *runs.HANDLERS,
    *trails.HANDLERS,
    *streets.HANDLERS,
)
