"""Tags for a person at a terminal."""

from collections import Counter

from api.schemas.delivery.tags import LostTagOut, LostTagPage, TagModels, TagMoved, TagPage, TagRemoved
from api.views.delivery.attention import against_in_words
from api.wording.text import london, table
from tracker.counted import counted
from tracker.money import pounds


def stock_in_words(stock: TagPage) -> list[str]:
    """How many tags are in which state, each tag, and the lost tags; all tags have to be on the page."""
    counts = Counter(tag.state for tag in stock.items)
    by_state = ", ".join(f"{n:,} {state}" for state, n in counts.items()) or "none"
    lines = [f"{counted(stock.total, 'tag')}: {by_state}"]
    if stock.items:
        rows = [
            [x.device_id, x.model or "-", x.state, london(x.since) if x.since else "-", x.wearer_ref or ""]
            for x in stock.items
        ]
        lines += ["", table(["tag", "model", "state", "since (London)", "on"], rows)]
        lines += [f"odd: tag {tag.device_id} was {odd}" for tag in stock.items for odd in tag.odd]
    if stock.lost:
        lines += ["", _lost_table(stock.lost)]
    return lines


def lost_in_words(lost: LostTagPage) -> list[str]:
    """Each loss with what it is charged at."""
    return [f"{lost.total:,} losses", *(["", _lost_table(lost.items)] if lost.items else [])]


def _lost_table(lost: list[LostTagOut]) -> str:
    rows = [
        [
            x.device_id,
            london(x.lost_at),
            "not valued" if x.charge_pence is None else pounds(x.charge_pence),
            f"reversed, found {london(x.found_at)}" if x.found_at else "charged",
        ]
        for x in lost
    ]
    return table(["lost", "when (London)", "price", ""], rows)


def moved_in_words(moved: TagMoved | TagRemoved) -> list[str]:
    """The tag's state after a move, and what an officer should know of it."""
    if isinstance(moved, TagRemoved) and moved.corrected:
        return ["The removal is corrected."]
    against = against_in_words(moved.against) if isinstance(moved, TagMoved) else []
    return [f"{moved.device_id} is {moved.state}.", *(f"note: {note}" for note in moved.notes), *against]


def models_in_words(entered: TagModels) -> list[str]:
    """What is now on record of each tag's model, and what was before."""
    lines = []
    for each in entered.items:
        tag = each.device_id
        now = f"The model of {tag} is not known" if each.model is None else f"{tag} is of the model {each.model}"
        was = "" if each.was in (None, each.model) else f"; on record before: {each.was}"
        lines.append(f"{now}{was}.")
    return lines
