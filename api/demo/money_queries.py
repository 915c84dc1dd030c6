"""What of the demo's stock, money and duties is on record: one that was killed between two of its entries goes on."""

from typing import NamedTuple

from sqlalchemy import Connection, select

from tracker.budget.tables import Actual, Commitment
from tracker.programme.tables import DutyDone
from tracker.tags.states import TagMove
from tracker.tags.tables import Tag, TagEvent, TagPrice


class OnRecord(NamedTuple):
    """Devices received and reported lost, contracts with a charge for a lost tag, references of commitments and of the
    ledger, keys of duties."""

    devices: frozenset[str]
    lost: frozenset[str]
    priced: frozenset[str]
    commitments: frozenset[str]
    ledger: frozenset[str]
    duties: frozenset[str]


def on_record(connection: Connection) -> OnRecord:
    """Of all programmes: the demo has one alone that has tags."""
    lost = select(Tag.device_id).join(TagEvent, TagEvent.tag_id == Tag.id).where(TagEvent.move == TagMove.LOSE)
    asked = (
        select(Tag.device_id), lost, select(TagPrice.contract), select(Commitment.reference), select(Actual.reference),
        select(DutyDone.key),
    )  # fmt: skip
    return OnRecord(*(frozenset(connection.scalars(each)) for each in asked))
