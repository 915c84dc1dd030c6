"""What asked for a job, in words."""

import pytest

from api.schemas.matching.jobs import JobAsked, JobOut
from api.views.matching.job_words import asked_in_words
from tests.support.clients import ADDED

_NOTHING_YET = ("started_at", "finished_at", "worker", "stage", "fraction", "fixes_per_s", "left_s", "run_id", "why")


@pytest.mark.parametrize(
    ("trigger", "says"),
    [
        (None, "All crimes"),
        ("import 7", "All crimes, asked by the import of file 7"),
        ("withdrawal 3", "All crimes, asked by withdrawal 3"),
        ("standing settings", "All crimes, asked by standing settings"),
        ("kept current 0123456789abcdef", "All crimes, asked by what changed on record"),
    ],
    ids=str,
)
def test_a_job_says_what_asked_for_it(trigger: str | None, says: str) -> None:
    asked = JobAsked(for_review=True, trigger=trigger)
    given = {"id": 1, "state": "queued", "requested_by": "ana", "requested_at": ADDED, "attempts": 0, "fixes": 0}
    job = JobOut(asked=asked, cancel_asked=False, **given, **dict.fromkeys(_NOTHING_YET))  # type: ignore[arg-type]
    assert asked_in_words(job) == says
