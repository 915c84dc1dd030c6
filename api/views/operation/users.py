"""Users as a table."""

from api.schemas.operation.users import SessionList, UserOut, UserPage
from api.wording.text import table, utc


def users_in_words(found: UserPage) -> list[str]:
    """One line a user."""
    if not found.items:
        return ["No user yet: tagpilot user add NAME --role administrator"]
    return [table(["name", "role", ""], [[user.name, user.role, _note(user)] for user in found.items])]


def sessions_in_words(found: SessionList) -> list[str]:
    """One line a session."""
    if not found.items:
        return ["No session is running."]
    rows = [
        [each.id, utc(each.issued_at), utc(each.expires_at), "yes" if each.second_factor else "no", each.issuer or ""]
        for each in found.items
    ]
    return [table(["session", "begun", "ends", "second factor", "logged in by"], rows)]


def _note(user: UserOut) -> str:
    if user.ended_at is not None:
        return "access ended " + utc(user.ended_at)
    return "demo only" if user.demo else ""
