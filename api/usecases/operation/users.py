"""Users: who may use the program, each in one role."""

from api.schemas.operation.users import UserOut, UserPage, user_out
from api.usecases.request_context import RequestContext
from tracker.access import user_service
from tracker.access.roles import Right, Role


def list_users(context: RequestContext) -> UserPage:
    """Every user who has or had access."""
    context.require(Right.MANAGE_USERS)
    found = [user_out(user) for user in user_service.users(context.engine)]
    return UserPage(items=found, total=len(found))


def add(context: RequestContext, name: str, role: str, password: str) -> UserOut:
    """Add a user in one role. A name is never given to another person."""
    context.require(Right.MANAGE_USERS)
    return user_out(user_service.add_user(context.engine, name, Role(role), password, **context.entered))


def get(context: RequestContext, name: str) -> UserOut:
    context.require(Right.MANAGE_USERS)
    return user_out(user_service.user_named(context.engine, name))


def change_role(context: RequestContext, name: str, role: str) -> UserOut:
    """Another role; every session of the user ends."""
    context.require(Right.MANAGE_USERS)
    return user_out(user_service.change_role(context.engine, name, Role(role), **context.entered))


def set_password(context: RequestContext, name: str, password: str) -> UserOut:
    """Another password; every session of the user ends."""
    context.require(Right.MANAGE_USERS)
    user_service.set_password(context.engine, name, password, **context.entered)
    return user_out(user_service.user_named(context.engine, name))


def end_access(context: RequestContext, name: str) -> UserOut:
    """The user can no longer log in, and all their sessions end; the name is never given to another person."""
    context.require(Right.MANAGE_USERS)
    return user_out(user_service.end_access(context.engine, name, **context.entered))
