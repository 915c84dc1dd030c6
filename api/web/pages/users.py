"""Users, for the administrator: who has access in which role, added, changed, ended."""

from collections.abc import Callable
from typing import Any, get_args

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.dependencies import asked_for
from api.http.etags import etag_of, if_unchanged
from api.http.idempotency import UNKEYED
from api.http.middleware import unescaped
from api.schemas.operation.users import NewUser, RoleChange, RoleName, UserOut, user_out
from api.usecases.operation import users
from api.usecases.request_context import RequestContext
from api.web.browser import PREFIX, Asked
from api.web.entering import sent
from api.web.forms import Form
from api.web.menu import PageController
from api.web.rendering import page
from tracker.access import user_service
from tracker.access.roles import Right, Role

PATH = f"{PREFIX}/users"
_ROLES = [(role, role) for role in get_args(RoleName)]
_LABELS = {"name": "User name", "role": "Role", "password": "First password"}


class Users(PageController):
    """Who may use the program."""

    path = PATH
    menu = "Users"
    first_for = (Role.ADMINISTRATOR,)
    dependencies = {"context": asked_for(Right.MANAGE_USERS)}

    @get(sync_to_thread=True)
    def show(self, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        return _list(context, request)

    @post(opt={UNKEYED: True}, sync_to_thread=True)
    def add(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Add a user in one role; they have to change the password at their first login."""

        def enter(form: Form) -> str:
            new = form.read(NewUser, _LABELS)
            users.add(context, new.name, new.role, new.password)
            return f"{new.name} is added as {new.role}. They change the password at their first login, within a week."

        return sent(request, enter, PATH, lambda form, error: _list(context, request, form, error))


class OneUser(PageController):
    """One user, and what an administrator may do."""

    path = f"{PATH}/{{name:str}}"
    dependencies = {"context": asked_for(Right.MANAGE_USERS)}

    @get(sync_to_thread=True)
    def show(self, name: FromPath[str], context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        return _one(context, request, unescaped(name))

    @post("/role", sync_to_thread=True)
    def change_role(
        self, name: FromPath[str], context: NamedDependency[RequestContext], request: Asked
    ) -> Response[Any]:
        """Another role; every session of the user ends."""
        whose = unescaped(name)

        def enter(form: Form) -> str:
            role = form.read(RoleChange, _LABELS).role
            with if_unchanged(request, lambda connection: user_out(user_service.find_user(connection, whose))):
                users.change_role(context, whose, role)
            return f"{whose} is {role} from now on. Their sessions have ended."

        return _entered(context, request, whose, enter)

    @get("/end", sync_to_thread=True)
    def ask_end(self, name: FromPath[str], context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        user = users.get(context, unescaped(name))
        told = [
            f"{user.name} can no longer log in, and every session of theirs ends.",
            "The name is never given to another person.",
            "What they did stays on record under their name.",
        ]
        return _confirm(
            request, f"End the access of {user.name}?", told, f"{PATH}/{name}/end", f"End {user.name}'s access"
        )

    @post("/end", sync_to_thread=True)
    def end(self, name: FromPath[str], context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """The user can no longer log in."""
        whose = unescaped(name)
        words = f"The access of {whose} has ended."
        return _done(context, request, whose, words, lambda: users.end_access(context, whose))

    @post("/sessions", sync_to_thread=True)
    def end_sessions(
        self, name: FromPath[str], context: NamedDependency[RequestContext], request: Asked
    ) -> Response[Any]:
        """Every session of the user ends."""
        whose = unescaped(name)
        words = f"The sessions of {whose} have ended."
        return _done(context, request, whose, words, lambda: users.end_sessions(context, whose))

    @get("/second-factor", sync_to_thread=True)
    def ask_reset(self, name: FromPath[str], context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        user = users.get(context, unescaped(name))
        told = [
            f"{user.name} is without a second factor, and every session of theirs ends.",
            "Make sure first that it is they who ask: whoever has their password could log in.",
        ]
        label, where = "Remove the second factor", f"{PATH}/{name}/second-factor"
        return _confirm(request, f"Remove the second factor of {user.name}?", told, where, label)

    @post("/second-factor", sync_to_thread=True)
    def reset(self, name: FromPath[str], context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """For a user who lost the app and the recovery codes."""
        whose = unescaped(name)
        words = f"{whose} has no second factor any more. Their sessions have ended."
        return _done(context, request, whose, words, lambda: users.reset_second_factor(context, whose))

    @post("/outside-identity", sync_to_thread=True)
    def forget(self, name: FromPath[str], context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """The next login by the outside issuer binds the name anew."""
        whose = unescaped(name)
        words = f"{whose} is bound anew at their next login by the outside issuer. Their sessions have ended."
        return _done(context, request, whose, words, lambda: users.forget_outside_identity(context, whose))


def _done(
    context: RequestContext, request: Asked, name: str, words: str, change: Callable[[], object]
) -> Response[Any]:
    def enter(_: Form) -> str:
        change()
        return words

    return _entered(context, request, name, enter)


def _entered(context: RequestContext, request: Asked, name: str, enter: Callable[[Form], str]) -> Response[Any]:
    return sent(request, enter, _address(name), lambda form, error: _one(context, request, name, form, error))


def _address(name: str) -> str:
    # Names have letters, digits and . _ @ - alone.
    return f"{PATH}/{name}"


def _confirm(request: Asked, title: str, told: list[str], action: str, label: str) -> Response[str]:
    back = action.rpartition("/")[0]
    return page(request, "confirm.html", title, consequences=told, action=action, label=label, back=back)


def _list(
    context: RequestContext, request: Asked, form: Form | None = None, error: Exception | None = None
) -> Response[str]:
    found = users.list_users(context)
    return page(
        request,
        "pages/users.html",
        "Users",
        form=form,
        error=error,
        users=found,
        roles=[("", "Choose one"), *_ROLES],
        wide=True,
    )


def _one(
    context: RequestContext, request: Asked, name: str, form: Form | None = None, error: Exception | None = None
) -> Response[str]:
    user = users.get(context, name)
    shown: dict[str, Any] = {
        "shown": user,
        "sessions": users.sessions_of(context, name),
        "roles": _ROLES,
        "path_of": _address(name),
    }
    return page(
        request,
        "pages/user.html",
        f"User {user.name}",
        form=form,
        error=error,
        seen=etag_of(user),
        state=_in_words(user),
        **shown,
    )


def _in_words(user: UserOut) -> str:
    return f"{user.name} is {user.role}" + (", and their access has ended." if user.ended_at else ".")


HANDLERS = (Users, OneUser)
