"""Counts with their nouns."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 place`, `12 places`, `1,204 batches`; `many` where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
