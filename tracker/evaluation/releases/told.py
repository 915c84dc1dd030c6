"""The seal of an answer that may leave. The gate (`gate`) sets it and nobody else does: what puts answers about people
into words or on the wire takes a `Told`, so that none passes the gate by."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from tracker.times import AsOf

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Generic[Answer]):
    """An answer with the day it is of, as known when the month was closed, and the k that it keeps to."""

    answer: Answer
    as_of: AsOf
    k: int
