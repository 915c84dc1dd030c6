"""How far a job is, told as it goes on: server-sent events, for pages with scripts.

A stream ends after half a minute and the browser asks again by itself: so the session and the right are asked again,
too. One session has two at most.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.response import ServerSentEvent, ServerSentEventMessage

from api.errors import TooManyAtOnce
from api.http.dependencies import Number, asked_for
from api.schemas.matching.jobs import JobOut
from api.usecases.matching import jobs
from api.usecases.request_context import RequestContext
from api.views.matching.job_words import went_in_words
from api.web.browser import HEADERS
from api.web.menu import PageController
from api.web.pages.analyst.jobs import PATH
from tracker.access.roles import Right
from tracker.jobs.states import JobState

MOST_OF_A_SESSION = 2
LASTS_S, LOOKS_EACH_S, COMMENTS_EACH_S = 30.0, 1.0, 15.0
_open: Counter[str] = Counter()
_MOVES = (JobState.QUEUED, JobState.RUNNING)


class JobEvents(PageController):
    """Stage, fraction, positions a second, seconds left."""

    path = f"{PATH}/{{job_id:int}}/events"
    dependencies = {"context": asked_for(Right.RUN_MATCHES)}

    @get(sync_to_thread=True)
    def events(self, job_id: Number, context: NamedDependency[RequestContext]) -> ServerSentEvent:
        jobs.job(context, job_id)
        session = context.actor.session_id
        if _open[session] >= MOST_OF_A_SESSION:
            raise TooManyAtOnce(MOST_OF_A_SESSION, 10)
        return ServerSentEvent(_told(context, job_id, session), headers=dict(HEADERS))


async def _told(context: RequestContext, job_id: int, session: str) -> AsyncIterator[ServerSentEventMessage]:
    _open[session] += 1
    try:
        said, waited, quiet = "", 0.0, 0.0
        while waited < LASTS_S:
            job = await asyncio.to_thread(jobs.job, context, job_id)
            if job.state not in _MOVES:
                yield ServerSentEventMessage(event="end", data=job.state)
                return
            now = _progress(job)
            if now != said:
                said, quiet = now, 0.0
                yield ServerSentEventMessage(event="progress", data=now)
            elif quiet >= COMMENTS_EACH_S:
                quiet = 0.0
                yield ServerSentEventMessage(comment="still there")
            await asyncio.sleep(LOOKS_EACH_S)
            waited, quiet = waited + LOOKS_EACH_S, quiet + LOOKS_EACH_S
    finally:
        _open[session] -= 1
        if not _open[session]:
            del _open[session]


def _progress(job: JobOut) -> str:
    told = {
        "stage": job.stage,
        "fraction": job.fraction,
        "fixesPerS": job.fixes_per_s,
        "leftS": job.left_s,
        "words": went_in_words(job),
    }
    return msgspec.json.encode(told).decode()


HANDLERS = (JobEvents,)
