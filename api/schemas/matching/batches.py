"""Batches of crimes on the wire: a page of them, one with its versions, and the crimes of a version."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from api.schemas.wire import PageAnswer, Wire
from api.wording.batches import batch_in_words, compared_in_words
from api.wording.meanings import NOT_MATCHABLE
from tracker.batches.queries import BatchedCrime, BatchNow
from tracker.batches.rules import Became
from tracker.crimes.types import type_in_words

BecameName = Literal["came", "changed", "stayed", "went"]


class WhyNot(Wire, frozen=True, kw_only=True):
    """Why crimes cannot be matched, and how many."""

    reason: str
    in_words: str
    crimes: int


class BatchOut(Wire, frozen=True, kw_only=True):
    """What a force sent under one batch id in one file. `number`: by which one is asked for. `rows`, `rejected` and
    `rejectedByRule` are those of the file (`fileNumber`). `crimes`: those it had, by type as they are now. `matchable`:
    those that a match with their standing settings tests; of a place outside London's window a run says. `matches`: in
    the queue, by state. `releases`: how many, `recalled` of them. `sentBy` null: received before this was kept.
    `withdrawn`: its import was, and no later version is compared with it."""

    number: int
    batch_id: str
    force: str
    file_number: int
    received_at: datetime
    sent_by: str | None
    withdrawn: bool
    status: str
    rows: int
    rejected: int
    rejected_by_rule: dict[str, int]
    crimes: int
    crimes_by_type: dict[str, int]
    matchable: int
    not_matchable: list[WhyNot]
    matches: dict[str, int]
    releases: int
    recalled: int
    in_words: str


class BatchPage(PageAnswer, frozen=True, kw_only=True):
    items: list[BatchOut]


class BatchVersion(Wire, frozen=True, kw_only=True):
    """A version of a batch: the same id sent again, or with R or A at its end. How many crimes came, changed, stayed
    and went against `against`, the number of the version before; of the first, against the record. What stayed in a
    version received before this was kept is not known, and such a crime counts as gone: `complete` is false."""

    number: int
    batch_id: str
    received_at: datetime
    against: int | None
    came: int
    changed: int
    stayed: int
    went: int
    complete: bool
    in_words: str


class BatchDetail(Wire, frozen=True, kw_only=True):
    """`versions`: all versions of the batch, in the order in which they came, itself among them."""

    batch: BatchOut
    versions: list[BatchVersion]


class CrimeOfBatch(Wire, frozen=True, kw_only=True):
    """A crime of a batch as it is now, and what it became in this version. `whyNot` null: it can be matched."""

    force: str
    crime_ref: str
    version: int
    crime_type: str
    crime_type_in_words: str | None
    crime_text: str | None
    crime_from: datetime
    crime_to: datetime
    became: BecameName
    why_not: str | None
    why_not_in_words: str | None


class BatchCrimePage(PageAnswer, frozen=True, kw_only=True):
    items: list[CrimeOfBatch]


def batch_out(found: BatchNow) -> BatchOut:
    matchable = found.crimes - found.not_matchable.total()
    return BatchOut(
        number=found.number,
        batch_id=found.batch_id,
        force=found.force,
        file_number=found.file_id,
        received_at=found.received_at,
        sent_by=found.sent_by,
        withdrawn=found.withdrawn,
        status=found.status,
        rows=found.rows,
        rejected=found.rejected,
        rejected_by_rule=dict(sorted(found.by_rule.items())),
        crimes=found.crimes,
        crimes_by_type=dict(sorted(found.by_type.items())),
        matchable=matchable,
        not_matchable=[
            WhyNot(reason=reason, in_words=NOT_MATCHABLE[reason], crimes=crimes)
            for reason, crimes in sorted(found.not_matchable.items())
        ],
        matches=dict(sorted(found.matches.items())),
        releases=found.releases["released"],
        recalled=found.releases["recalled"],
        in_words=("withdrawn; " if found.withdrawn else "")
        + batch_in_words(found.crimes, matchable, found.rejected, found.matches, found.releases["released"]),
    )


def version_out(found: BatchNow, against: BatchNow | None, counts: Mapping[Became, int]) -> BatchVersion:
    numbers = {became.value: counts[became] for became in Became}
    return BatchVersion(
        number=found.number,
        batch_id=found.batch_id,
        received_at=found.received_at,
        against=None if against is None else against.number,
        complete=all(each.complete for each in (found, against) if each is not None),
        in_words=compared_in_words(numbers, None if against is None else against.batch_id),
        **numbers,
    )


def crime_of_batch(found: BatchedCrime) -> CrimeOfBatch:
    return CrimeOfBatch(
        force=found.force,
        crime_ref=found.crime_ref,
        version=found.version,
        crime_type=found.crime_type,
        crime_type_in_words=type_in_words(found.crime_type, found.t_from),
        crime_text=found.text,
        crime_from=found.t_from,
        crime_to=found.t_to,
        became=found.became.value,
        why_not=found.why_not,
        why_not_in_words=None if found.why_not is None else NOT_MATCHABLE[found.why_not],
    )
