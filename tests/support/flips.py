"""A bit of a stored file turned over, as a failing disk does it."""

from pathlib import Path


def flip(path: Path, at: int, bit: int) -> None:
    """Turn over bit `bit` of byte `at`; the same again puts it back."""
    with path.open("r+b") as file:
        file.seek(at)
        was = file.read(1)[0]
        file.seek(at)
        file.write(bytes([was ^ (1 << bit)]))
