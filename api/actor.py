"""Who asks. Everything that reads personal data takes the actor first, and decides in one place what they may see.

There are no users yet: whoever can reach this machine's loopback address, or its command line, is `LOCAL`. When users
come, `provide_actor` is the one dependency that changes, and `api.reading_runs` the one module that says no.
"""

from dataclasses import dataclass

NO_USERS_YET = (
    "There are no users and passwords yet: whoever can open this address sees everything in it. "
    "It listens on this machine alone; keep it so."
)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or program that asks. `name` may stand in logs."""

    name: str


LOCAL = Actor("local")


async def provide_actor() -> Actor:
    return LOCAL
