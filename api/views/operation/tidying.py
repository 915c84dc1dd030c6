"""What killed work left behind, in words."""

from api.schemas.operation.tidying import Tidied
from api.wording.text import table


def tidied_in_words(found: Tidied) -> list[str]:
    """Each file or folder with its size, and how to delete them."""
    if not found.items:
        return ["Nothing was left behind."]
    rows = [[x.what, f"{x.bytes / 1e6:,.1f} MB", x.path] for x in found.items]
    end = "These were deleted." if found.deleted else "Nothing was deleted; delete them with: tagpilot tidy --yes"
    return [table(["left of", "size", "where"], rows), "", end]
