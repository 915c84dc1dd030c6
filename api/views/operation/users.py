"""Users as a table."""

from api.schemas.operation.users import UserOut, UserPage
from api.wording.text import table, utc


def users_in_words(found: UserPage) -> list[str]:
    """One line a user."""
    if not found.items:
        return ["No user yet: tagpilot user add NAME --role administrator"]
    return [table(["name", "role", ""], [[user.name, user.role, _note(user)] for user in found.items])]


def _note(user: UserOut) -> str:
    if user.ended_at is not None:
        return "access ended " + utc(user.ended_at)
    return "demo only" if user.demo else ""
