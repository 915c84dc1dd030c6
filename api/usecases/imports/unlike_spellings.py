"""Devices that a file writes otherwise than assignments do: capitals, spaces and hyphens tell two devices apart, so a
stream of tag-17 is nobody's where TAG17 is on somebody."""

from collections import defaultdict
from collections.abc import Collection

from api.usecases.request_context import RequestContext
from api.wording import imports as words
from tracker.assignments.queries import devices_assigned


def of_stream(context: RequestContext, devices: Collection[str]) -> list[str]:
    """A warning about devices of a file of fixes that no assignment names as they are written."""
    with context.reader.connect() as connection:
        assigned = devices_assigned(connection)
    return _said(set(devices) - set(assigned), assigned)


def of_assignments(context: RequestContext, file_id: int | None) -> list[str]:
    """The same about devices of a file of assignments, beside those of other assignments."""
    if file_id is None:
        return []
    with context.reader.connect() as connection:
        mine, assigned = devices_assigned(connection, file_id), devices_assigned(connection)
    return _said(mine, assigned)


def _said(mine: Collection[str], assigned: Collection[str]) -> list[str]:
    alike: dict[str, list[str]] = defaultdict(list)
    for device in assigned:
        alike[_bare(device)].append(device)
    found = {(device, other) for device in mine for other in alike.get(_bare(device), []) if other != device}
    return [words.written_otherwise(sorted(found))] if found else []


def _bare(device: str) -> str:
    """Letters and digits alone; of a name without any, the name."""
    return "".join(letter for letter in device.casefold() if letter.isalnum()) or device
