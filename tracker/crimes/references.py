"""References for rows that have none of their own, or that share one: stable, so that a file sent again finds them."""

from collections.abc import Sequence
from hashlib import blake2b


class Ordinals:
    """Tells a repeated reference apart: `abc`, `abc-2`, `abc-3`. Keeps eight bytes for each one seen."""

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
    """R and a digest of everything the row says: the same row has the same reference in any file and place."""
    said = "\x1f".join(field.strip() for field in fields)
    return "R" + blake2b(said.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()
