"""`tagpilot user`: who may use the application."""

import sys
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.context import command_context
from api.console.output import answer
from tracker.access.roles import Role

_ROLES = tuple(role.value for role in Role)


@click.group("user", no_args_is_help=True)
def command() -> None:
    """Users: one person, one role. The first administrator is added here; they add the others over HTTP, or here.

    \b
    Examples:
      tagpilot user add ada --role administrator
      tagpilot user list
      tagpilot user end ada
    """


_generate = click.option(
    "--generate",
    is_flag=True,
    help="Make a password and print it, once; the user has to change it at the first login, within seven days.",
)
_stdin = click.option("--password-stdin", is_flag=True, help="Read the password from standard input, for scripts.")


@command.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(_ROLES), required=True)
@_generate
@_stdin
@time.by
@options.home
def add(name: str, role: str, generate: bool, password_stdin: bool, by: str, home: Path | None) -> None:
    """Add a user. The user types a password, which is asked for twice and not shown; it has 12 to 128 characters.

    \b
    Examples:
      tagpilot user add ada --role administrator
      tagpilot user add ana --role analyst --generate
    """
    from api.usecases.operation import users

    password = _password(generate, password_stdin)
    with command_context(home, by, make=True) as context:
        users.add(context, name, role, password, initial=generate)
    click.echo(f"{name} may log in as {role}." + (_shown(password) if generate else ""))


@command.command("list")
@time.by
@options.home
@options.as_json
def list_(by: str, home: Path | None, as_json: bool) -> None:
    """Every user who has or had access.

    \b
    Examples:
      tagpilot user list
    """
    from api.usecases.operation import users
    from api.views.operation.users import users_in_words

    with command_context(home, by) as context:
        found = users.list_users(context)
        answer(found, as_json, lambda: users_in_words(found))


@command.command("password")
@click.argument("name")
@_generate
@_stdin
@time.by
@options.home
def password_(name: str, generate: bool, password_stdin: bool, by: str, home: Path | None) -> None:
    """Another password; every session of the user ends.

    \b
    Examples:
      tagpilot user password ana --generate
    """
    from api.usecases.operation import users

    password = _password(generate, password_stdin)
    with command_context(home, by) as context:
        users.set_password(context, name, password, initial=generate)
    click.echo(f"{name}'s password is changed." + (_shown(password) if generate else ""))


@command.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(_ROLES))
@time.by
@options.home
@options.as_json
def role_(name: str, role: str, by: str, home: Path | None, as_json: bool) -> None:
    """Another role; every session of the user ends.

    \b
    Examples:
      tagpilot user role ana 'releasing officer'
    """
    from api.usecases.operation import users

    with command_context(home, by) as context:
        changed = users.change_role(context, name, role)
        answer(changed, as_json, lambda: [f"{name} is {changed.role} now."])


@command.command("end")
@click.argument("name")
@time.by
@options.home
@options.as_json
def end(name: str, by: str, home: Path | None, as_json: bool) -> None:
    """The user can no longer log in; the name is never given to another person.

    \b
    Examples:
      tagpilot user end ana
    """
    from api.usecases.operation import users

    with command_context(home, by) as context:
        ended = users.end_access(context, name)
        answer(ended, as_json, lambda: [f"{name} can no longer log in."])


@command.command("sessions")
@click.argument("name")
@time.by
@options.home
@options.as_json
def sessions_(name: str, by: str, home: Path | None, as_json: bool) -> None:
    """The sessions of a user that are running.

    \b
    Examples:
      tagpilot user sessions ana
    """
    from api.usecases.operation import users
    from api.views.operation.users import sessions_in_words

    with command_context(home, by) as context:
        found = users.sessions_of(context, name)
        answer(found, as_json, lambda: sessions_in_words(found))


@command.command("end-sessions")
@click.argument("name")
@click.option("--session", "session_id", help="This one; without it every session of the user.")
@time.by
@options.home
@options.as_json
def end_sessions(name: str, session_id: str | None, by: str, home: Path | None, as_json: bool) -> None:
    """End sessions of a user, who can log in again.

    \b
    Examples:
      tagpilot user end-sessions ana
    """
    from api.usecases.operation import users

    with command_context(home, by) as context:
        found = users.end_sessions(context, name, session_id)
        answer(found, as_json, lambda: [f"Sessions of {name} that ended: {found.ended}."])


@command.command("reset-second-factor")
@click.argument("name")
@time.by
@options.home
@options.as_json
def reset_second_factor(name: str, by: str, home: Path | None, as_json: bool) -> None:
    """For a user who lost the app and the recovery codes; every session of the user ends. Make sure who asks.

    \b
    Examples:
      tagpilot user reset-second-factor ana
    """
    from api.usecases.operation import users

    with command_context(home, by) as context:
        found = users.reset_second_factor(context, name)
        answer(found, as_json, lambda: [f"{name} has no second factor now, and enrols a new one after the next login."])


@command.command("forget-outside-identity")
@click.argument("name")
@time.by
@options.home
@options.as_json
def forget_outside_identity(name: str, by: str, home: Path | None, as_json: bool) -> None:
    """For a user whom the outside issuer of logins knows anew: the next login binds the name. Make sure who asks.

    \b
    Examples:
      tagpilot user forget-outside-identity ana
    """
    from api.usecases.operation import users

    with command_context(home, by) as context:
        found = users.forget_outside_identity(context, name)
        answer(found, as_json, lambda: [f"{name} is bound to whom the issuer logs in next under that name."])


def _shown(password: str) -> str:
    return f" Password, shown this once, to be changed at the first login within seven days: {password}"


def _password(generate: bool, from_stdin: bool) -> str:
    import secrets

    if generate:
        return secrets.token_urlsafe(15)
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    given: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return given
