"""How far a job is, told as it goes on: server-sent events, for pages with scripts.

A stream ends after half a minute and the browser asks again by itself: so the session and the right are asked again,
too. One session has two at most.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable

import msgspec
from litestar.response import ServerSentEvent, ServerSentEventMessage

from api.errors import TooManyAtOnce
from api.schemas.matching.jobs import JobOut
from api.views.matching.job_words import went_in_words
from api.web.browser import HEADERS
from api.web.shell_words import on_pages
from tracker.jobs.states import JobState

MOST_OF_A_SESSION = 2
LASTS_S, LOOKS_EACH_S, COMMENTS_EACH_S = 30.0, 1.0, 15.0
MOVES = (JobState.QUEUED, JobState.RUNNING)
"""States that a job does not stay in."""
_open: Counter[str] = Counter()


def told_as_it_goes(session: str, look: Callable[[], JobOut]) -> ServerSentEvent:
    """Stage, fraction, positions a second, seconds left, each time one of them changes; then how the job ended.

    Parameters
    ----------
    look
        Reads the job, and asks the right of whoever looks. It is asked once here, so that what it raises is an answer
        of its own, and then each second.

    Raises
    ------
    TooManyAtOnce
        The session has two streams already.
    """
    look()
    if _open[session] >= MOST_OF_A_SESSION:
        raise TooManyAtOnce(MOST_OF_A_SESSION, 10)
    return ServerSentEvent(_told(session, look), headers=dict(HEADERS))


async def _told(session: str, look: Callable[[], JobOut]) -> AsyncIterator[ServerSentEventMessage]:
    _open[session] += 1
    try:
        said, waited, quiet = "", 0.0, 0.0
        while waited < LASTS_S:
            job = await asyncio.to_thread(look)
            if job.state not in MOVES:
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
        "words": on_pages(went_in_words(job)),
    }
    return msgspec.json.encode(told).decode()
