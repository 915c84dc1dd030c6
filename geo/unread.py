"""Columns of a file that were not read, and what may be lost with them.

A column nobody reads is named in the result of the import. Some change the meaning of what was read: a position marked
as bad, a position from a mobile network, a speed in knots. That is said in so many words.
"""

import re
from collections.abc import Iterable, Iterator

_QUALITY = "may mark rows as bad, and rows that it marks were read like the others: take those out of the file first"
_MEANINGS: tuple[tuple[str, str], ...] = (
    (r"(is)?valid(ity)?|fixvalid|gpsvalid|invalid|fixok", _QUALITY),
    (r"visible|.*outlier.*|.*markedbad|suspect|quality|fixquality|gpsquality", _QUALITY),
    (r"deleted|cancelled|canceled|void|nocrime|withdrawn|duplicate", _QUALITY),
    (r"(is)?mock(ed|provider|location)?|simulated|isfrommockprovider", "may mark positions that a device made up"),
    (r"timezone|tz|zone|utcoffset|gmtoffset|offset|tzoffset", "may say that times are in another zone: see --zone"),
    (r".*(knots|knot|kts|kn|mph|mps|milesperhour).*|speedms|speedkn", "holds a speed in another unit, not read"),
    (r"datum|crs|srid|epsg|coordinatesystem|projection", "may say that positions are on another datum: see --crs"),
)
_MADE_BY = (
    r"provider|source|(location|position|fix|gps|loc|pos)(type|source|method|provider|mode|technology)|technology|method"
    r"|network|celltower|cellid|wifi|lbs|sensor(type)?"
)
_MADE_BY_WORDS = (
    "may say how a position was found (GPS, Wi-Fi, mobile network), and every row was taken as gnss: map it, "
    "mechanism={title}, or declare one for all rows, mechanism==lbs"
)


def warnings_of(unread: Iterable[str], *, of_positions: bool = False) -> Iterator[str]:
    """A sentence for each column that was not read and may change what the others mean. `of_positions`: no column says
    how a position was found."""
    for title in unread:
        bare = "".join(letter for letter in title.casefold() if letter.isalnum())
        words = next((words for form, words in _MEANINGS if re.fullmatch(form, bare)), None)
        if words is None and of_positions and re.fullmatch(_MADE_BY, bare):
            words = _MADE_BY_WORDS.format(title=title)
        if words is not None:
            yield f"{title} was not read: it {words}"
