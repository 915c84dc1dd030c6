"""Which batches are versions of one another, and what a crime is in one.

A *batch* is what a force sent under one batch id in one file. The same id sent again, and the same with R or A at its
end, are *versions* of one batch, in the order in which they came.
"""

import re
from enum import StrEnum

_SUFFIX = re.compile(r"-[RA]$", re.IGNORECASE)


class Became(StrEnum):
    """A crime in a version of a batch, against the version before; in the first version against the record."""

    CAME = "came"
    CHANGED = "changed"
    STAYED = "stayed"
    WENT = "went"


def versions_ids(batch_id: str) -> list[str]:
    """The ids of all versions of a batch."""
    stem = _SUFFIX.sub("", batch_id)
    return [stem, *(f"{stem}-{letter}" for letter in "RAra")]
