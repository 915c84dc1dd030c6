"""Duties, for a person at a terminal."""

from api.schemas.delivery.duties import DutyList
from api.wording.text import table


def duties_in_words(found: DutyList) -> list[str]:
    rows = [[duty.key, duty.state, duty.state_in_words, duty.source] for duty in found.items]
    return [table(["duty", "state", "", "source"], rows)]
