"""References for rows without one, or with the same one; stable, so that a file sent again gets the same references."""

from collections.abc import Sequence
from hashlib import blake2b


class Ordinals:
    """Numbers a repeated reference: `abc`, `abc-2`, `abc-3`. Stores eight bytes for each."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._again: dict[bytes, int] = {}

    def next(self, reference: str) -> str:
        key = blake2b(reference.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        if key not in self._seen:
            self._seen.add(key)
            return reference
        n = self._again[key] = self._again.get(key, 1) + 1
        return f"{reference}-{n}"


def from_row(fields: Sequence[str]) -> str:
    """R and a digest of the row's content: the same row has the same reference in any file and position."""
    text = "\x1f".join(field.strip() for field in fields)
    return "R" + blake2b(text.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()
