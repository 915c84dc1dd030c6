"""Who asks, and what they may do. Everything that reads or changes what is kept takes the actor first.

The command line is `LOCAL`: a person who can run it can open the files it reads, so it may do everything, under the
name given by `--by`. Over HTTP an actor is made from a session, each time anew, so a role taken away is gone at once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from api.errors import Forbidden
from api.usecases.gate import Gate
from tracker.access.roles import RIGHTS, Right
from tracker.access.user_service import User


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or program that asks. `name` may stand in logs."""

    name: str
    rights: frozenset[Right] = field(default=frozenset())
    user_id: int = 0
    session_id: str = ""
    role: str = ""
    second_factor_missing: bool = False
    """Their role needs a second factor, and their session has none: they have no right but to enrol."""
    password_due: bool = False
    """They have no right but to change their password."""
    outside: bool = False
    """An outside issuer has logged them in."""
    gate: Callable[[], Gate] | None = None
    """Who may be shown to them, by the record as it is now; None, for the command line: every wearer of a run."""

    def must(self, right: Right, *others: Right) -> None:
        """Raises Forbidden unless the actor has the right, or one of the others. Each reading and each entry asks here
        itself, so that a route without its guard shows nothing."""
        if self.rights.isdisjoint((right, *others)):
            raise Forbidden(right)


LOCAL = Actor("local", frozenset(Right))


def actor_of(
    user: User,
    session_id: str,
    gate: Callable[[], Gate],
    *,
    second_factor_missing: bool = False,
    password_due: bool = False,
) -> Actor:
    rights = frozenset[Right]() if second_factor_missing or password_due else RIGHTS[user.role]
    return Actor(
        user.name,
        rights,
        user.user_id,
        session_id,
        user.role.value,
        second_factor_missing=second_factor_missing,
        password_due=password_due,
        gate=gate,
    )
