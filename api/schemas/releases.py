"""Releases: to whom, what came of them. Only the package names a person (`package.py`)."""

from datetime import date, datetime
from typing import Literal

import msgspec

from api.schemas.matching.params import SettingsOut, settings_out
from api.schemas.matching.review import Reason, Text
from api.schemas.wire import Body, PageAnswer, Wire
from tracker.review.release_queries import ReleaseNow

Outcome = Literal["no further action", "suspect eliminated", "suspect identified", "charged", "convicted", "not known"]


class RecipientIn(Body, frozen=True, kw_only=True):
    """`unit` null: the Basic Command Unit of the crime's borough, or the City's force."""

    name: Text
    rank: Text
    unit: Text | None = None


class NewRelease(Body, frozen=True, kw_only=True):
    recipient: RecipientIn
    destroy_by: date


class Acknowledged(Body, frozen=True, kw_only=True):
    on: date
    words: Reason


class OutcomeIn(Body, frozen=True, kw_only=True):
    outcome: Outcome
    on: date
    source: Text


class UpdateOut(Wire, frozen=True, kw_only=True):
    kind: str
    words: str
    source: str | None
    effective_on: date
    recorded_at: datetime
    recorded_by: str


class DocumentOut(Wire, frozen=True, kw_only=True):
    """The package as a Word file (`docx`) or PDF, since it first left; `recalled`: the one that says so."""

    form: Literal["docx", "pdf"]
    recalled: bool
    sha256: str
    recorded_at: datetime


class ReleaseOut(Wire, frozen=True, kw_only=True):
    """A release without its package. `recallDue`: the latest run no longer has the
    match, and the release has not been recalled yet. `packageKept`: false once the person was erased or the packages'
    period is over. `documents`: those that have left, by digest."""

    id: int
    match_id: int
    force: str
    crime_ref: str
    crime_type: str
    crime_text: str | None
    wearer_ref: str
    settings: SettingsOut
    state: str
    recipient_name: str
    recipient_rank: str
    recipient_unit: str
    confirmed_by: str
    released_by: str
    released_at: datetime
    sha256: str
    destroy_by: date
    package_kept: bool
    updates: list[UpdateOut]
    documents: list[DocumentOut]
    recall_due: bool


class WaitingOut(Wire, frozen=True, kw_only=True):
    """How many releases wait: `recall`, of matches that the latest run no longer has; `acknowledgement`, recalled ones
    whose recipient has not answered; `destruction`, past the day by which the package had to be destroyed."""

    recall: int
    acknowledgement: int
    destruction: int


class ReleasePage(PageAnswer, frozen=True, kw_only=True):
    """`waiting` counts all releases, whatever the list is of."""

    items: list[ReleaseOut]
    waiting: WaitingOut


_MADE = frozenset({"id", "updates", "documents", "recall_due", "settings"})


def release_out(found: ReleaseNow) -> ReleaseOut:
    updates = [msgspec.convert(each, UpdateOut, from_attributes=True) for each in found.updates]
    names = [name for name in ReleaseOut.__struct_fields__ if name not in _MADE]
    return ReleaseOut(
        id=found.release_id,
        updates=updates,
        documents=[
            DocumentOut(form=each.form.value, recalled=each.recalled, sha256=each.sha256, recorded_at=each.recorded_at)
            for each in found.documents
        ],
        recall_due=found.state == "withdrawn" and not found.recalled,
        settings=settings_out(found.settings, standing=found.standing, what_if=found.what_if),
        **{name: getattr(found, name) for name in names},
    )
