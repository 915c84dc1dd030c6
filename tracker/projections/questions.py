"""Questions that a list answers: who may be tagged, who holds a place, whose licence ends, who wears what they may not.

A *question* has a key, as it stands in addresses, the words of its title, the paragraph it rests on, and the *date* by
which its rows are filtered: of the planned release, of the licence's end, since when the answer holds, or until when
it held. `days` is how far the list reaches from its day where no range is given.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple


class Dated(StrEnum):
    """Which date of a row `from` and `to` are about."""

    RELEASE = "planned release"
    END = "end of the licence"
    SINCE = "since"
    UNTIL = "until"


class Question(NamedTuple):
    """`ahead`: its days lie after the day of the list; else before it. `days` None: no limit where none is given."""

    key: str
    title: str
    source: str
    dated: Dated
    since: str
    """What `since` says of a row."""
    days: int | None = None
    ahead: bool = True


QUESTIONS: tuple[Question, ...] = (
    Question("everyone", "Everyone on record", "PCD 570, 2.1", Dated.RELEASE, "on record"),
    Question(
        "may-be-tagged",
        "Who may be tagged: screening passed, probation agrees, no tag on",
        "PCD 570, 1.3 and 1.4",
        Dated.RELEASE,
        "screening passed",
        days=6,
    ),
    Question("places-held", "Who holds a place", "PCD 570, 2.1", Dated.SINCE, "place reserved or imposed"),
    Question(
        "reservations-past-release",
        "Reservations whose release date has passed",
        "PCD 570, 2.1",
        Dated.RELEASE,
        "place reserved",
    ),
    Question("imposed-without-tag", "Condition imposed, on licence, no tag on", "PCD 570, 2.1", Dated.SINCE, "imposed"),
    Question("licences-ending", "Licences that end soon", "PCD 570, 2.1", Dated.END, "in this state", days=28),
    Question(
        "score-fell",
        "Whose score fell under 50 %: the mapping gate closed",
        "PCD 570, 2.3 and note 1",
        Dated.UNTIL,
        "gate open",
        days=28,
        ahead=False,
    ),
    Question("without-score", "On licence without a score", "PCD 570, 2.3", Dated.SINCE, "in this state"),
    Question("tag-with-failed-criterion", "Wears a tag and fails a criterion", "PCD 570, 1.3", Dated.SINCE, "tag worn"),
    Question(
        "tag-not-running",
        "Wears a tag on a licence that is recalled, in custody or ended",
        "PCD 570, 2.1",
        Dated.SINCE,
        "tag worn",
    ),
    Question(
        "undecided", "Screening passed, probation has not decided", "PCD 570, 1.4", Dated.RELEASE, "screening passed"
    ),
    Question(
        "not-known", "A criterion is not known, release not past", "PCD 570, 1.3", Dated.RELEASE, "screening not known"
    ),
    Question("alerts-waiting", "Alerts that wait for an answer", "PCD 570, 1.5", Dated.SINCE, "alert waits"),
)
BY_KEY = {question.key: question for question in QUESTIONS}


def reach(
    question: Question, on: date, since: date | None, until: date | None, days: int | None
) -> tuple[date | None, date | None]:
    """The first and the last day of the range that is asked: as given, else so many `days` from the day of the list,
    else as far as the question reaches by itself."""
    days = days if days is not None else question.days if since is None and until is None else None
    if days is None:
        return since, until
    if not question.ahead:
        return (since or on - timedelta(days=days)), until or on
    # What was due earlier still waits, so the list has it too, but for licences: those that ended are over.
    first = on if question.dated is Dated.END else None
    return since or first, until or on + timedelta(days=days)
