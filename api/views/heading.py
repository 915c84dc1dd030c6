"""The first line of an answer about a state."""

from api.schemas.wire import StateAnswer


def heading_in_words(answer: StateAnswer) -> str:
    """Of which day the answer is, as known when, and what counts as today where that is another day."""
    words = f"As at {answer.as_at}"
    if answer.as_known_at is not None:
        words += f", as known at {answer.as_known_at.isoformat()}"
    return words + (f"; today is {answer.today}" if answer.today != str(answer.as_at) else "")
