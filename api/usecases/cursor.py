"""The place behind the last row of a page, as text: a list that grows meanwhile shows no row twice and none is missed,
and the database begins there instead of counting rows from the first."""

import base64
import binascii
from typing import Any, NamedTuple, TypeVar

import msgspec

from api.usecases.request_context import Page
from tracker.errors import BadEntry
from tracker.projections.queries import Part

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
        if any(_no_place(value) for value in found):
            raise ValueError
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise BadEntry(f"`after` is {after[:100]!r}; give `next` of the page before as it stands") from None
    return found


def _no_place(value: Any) -> bool:
    """What no database has in a row, and refuses to be asked for."""
    return "\0" in value if isinstance(value, str) else isinstance(value, int) and abs(value) >= 1 << 63


class NamePlace(NamedTuple):
    """Where a row stands in a list in the order of reference or device."""

    name: str


def part_of(page: Page, after: str | None) -> Part:
    """The part of a list in the order of reference or device. Raises BadEntry as `place_of`."""
    place = place_of(after, NamePlace)
    return Part(page.limit, page.offset, None if place is None else place.name)


def next_named(page: Page, names: list[str]) -> str | None:
    """`next` of a page with these references or devices."""
    return next_of(NamePlace(names[-1])) if names and len(names) == page.limit else None
