"""What killed work left behind."""

from api.schemas.wire import Wire


class LeftBehind(Wire, frozen=True, kw_only=True):
    """A file or folder, what it was, and its size."""

    path: str
    what: str
    bytes: int


class Tidied(Wire, frozen=True, kw_only=True):
    """`deleted`: whether these were deleted, or would be."""

    deleted: bool
    items: list[LeftBehind]
