"""What corrected moves of tags and assignments have to agree with."""

from typing import Any

from sqlalchemy import select

from tracker.corrections.change import Change, Rules
from tracker.corrections.order_service import keep_order
from tracker.errors import BadEntry
from tracker.licences.tables import Licence
from tracker.record.entry import Entry
from tracker.tags.correction_service import (
    correct_assignment,
    correct_tag_move,
    tag_move,
    take_back_assignment,
    take_back_tag_move,
)
from tracker.tags.model_service import checked_model
from tracker.tags.tables import TagEvent


def _correct_move(change: Change) -> int:
    held = tag_move(change.entry, change.held.number)
    licence_id = change.changes.get("licence_id")
    reference = None
    if "licence_id" in change.changes:
        if licence_id is None:
            raise BadEntry("licence: a move cannot lose its licence. Give the right one, or take the move back.")
        reference = _reference(change.entry, licence_id)
    change.number = correct_tag_move(
        change.entry, held, at=change.now("at"), licence=reference, note=change.now("note"), because=change.because
    )
    keep_order(change, TagEvent, TagEvent.tag_id == held.tag_id, "at", held.at)
    return change.number


def _reference(entry: Entry, licence_id: int) -> str | None:
    return entry.connection.scalar(select(Licence.reference).where(Licence.id == licence_id))


def _take_back_move(change: Change) -> None:
    take_back_tag_move(change.entry, tag_move(change.entry, change.held.number), reason=change.because)


def _correct_assignment(change: Change) -> int:
    change.number = correct_assignment(
        change.entry,
        change.held.number,
        wearer=change.now("wearer_id"),
        fitted_at=change.now("fitted_at"),
        removed_at=change.now("removed_at"),
        because=change.because,
    )
    return change.number


def _take_back_assignment(change: Change) -> None:
    take_back_assignment(change.entry, change.held.number, reason=change.because)


def _prepare_model(change: Change) -> None:
    change.changes["model"] = checked_model(change.changes["model"])


TAG_RULES: dict[str, Any] = {
    "tag-move": Rules(correct=_correct_move, take_back=_take_back_move),
    "assignment": Rules(correct=_correct_assignment, take_back=_take_back_assignment),
    "device-model": Rules(prepare=_prepare_model),
}
