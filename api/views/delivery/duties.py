"""Duties, for a person at a terminal."""

from api.schemas.delivery.duties import DutyList
from api.views.delivery.papers import to_come_in_words
from api.wording.text import table


def duties_in_words(found: DutyList) -> list[str]:
    rows = [[duty.key, duty.state, duty.state_in_words, duty.source] for duty in found.items]
    listed = [table(["duty", "state", "", "source"], rows)] if rows else ["No duty counts on this day."]
    return [*to_come_in_words(found.to_come), *listed]
