"""The base map, as it was made."""

from api.schemas.wire import Wire


class BaseMapMade(Wire, frozen=True, kw_only=True):
    """How many shapes of London the base map has, by kind, and its size."""

    shapes: int
    by_kind: dict[str, int]
    size_mb: float
