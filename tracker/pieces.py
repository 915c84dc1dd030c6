"""Long lists in pieces: one statement may have so many values and no more."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def in_pieces(items: Sequence[Item], most: int = 500) -> Iterator[Sequence[Item]]:
    """The items in their order, at most so many together."""
    return (items[start : start + most] for start in range(0, len(items), most))
