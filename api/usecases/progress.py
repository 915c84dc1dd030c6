"""How a use-case that takes long says how far it is; it prints nothing itself."""

from typing import Protocol


class Progress(Protocol):
    """Called now and then while the work goes on.

    Parameters
    ----------
    stage
        What is being done, in words: `Matching 25,000 crimes`. A new stage ends the one before.
    done, total
        Pieces of work of this stage that are finished, and of how many; a `total` of 0 is not known.
    """

    def __call__(self, stage: str, done: int, total: int, /) -> None: ...


def silent(stage: str, done: int, total: int) -> None:
    """Shows no progress."""
