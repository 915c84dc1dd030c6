"""What keeps a user from using their rights, in words."""

from api.usecases.actor import Actor


def due_of(actor: Actor) -> str:
    """An empty text where nothing does."""
    if actor.password_due:
        return "Choose another password before anything else: somebody else gave you this one, or it is a common one."
    if actor.second_factor_missing:
        return "Your role needs a second factor, and this session has none. Log in with a code, or set one up."
    return ""
