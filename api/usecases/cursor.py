"""The place behind the last row of a page, as text: a list that grows meanwhile shows no row twice and none is missed,
and the database begins there instead of counting rows from the first."""

import base64
import binascii
from typing import Any, TypeVar

import msgspec

from tracker.errors import BadEntry

Place = TypeVar("Place", bound=tuple[Any, ...])


def next_of(place: tuple[Any, ...] | None) -> str | None:
    """What a page says as `next`; None where there is no further row."""
    return None if place is None else base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def place_of(after: str | None, form: type[Place]) -> Place | None:
    """The place that `after` names. Raises BadEntry for a text that no page gave."""
    if after is None:
        return None
    try:
        text = base64.b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True)
        found: Place = msgspec.json.decode(text, type=form)
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise BadEntry(f"`after` is {after[:100]!r}; give `next` of the page before as it stands") from None
    return found
