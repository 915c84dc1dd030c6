"""`tagpilot user`: who may use the application."""

import sys
from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options

_ROLES = (
    "delivery officer",
    "analyst",
    "releasing officer",
    "evaluator",
    "data protection officer",
    "administrator",
)


@click.group("user", no_args_is_help=True)
def command() -> None:
    """Users: one person, one role. The first administrator is added here; they add the others over HTTP, or here.

    \b
    Examples:
      tagpilot user add ada --role administrator
      tagpilot user list
      tagpilot user end ada
    """


_generate = click.option("--generate", is_flag=True, help="Make a password and print it, once.")
_stdin = click.option("--password-stdin", is_flag=True, help="Read the password from standard input, for scripts.")


@command.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(_ROLES), required=True)
@_generate
@_stdin
@time.by
@options.home
def add(name: str, role: str, generate: bool, password_stdin: bool, by: str, home: Path | None) -> None:
    """Add somebody. Asked for twice, a password is not shown; it has 12 characters or more.

    \b
    Examples:
      tagpilot user add ada --role administrator
      tagpilot user add ana --role analyst --generate
    """
    from tracker.access.roles import Role
    from tracker.access.user_service import add_user

    password = _password(generate, password_stdin)

    def enter(engine: Any, asked: time.Asked) -> None:
        add_user(engine, name, Role(role), password, by=by, now=asked.today.now)
        click.echo(f"{name} may log in as {role}." + (f" Password, shown this once: {password}" if generate else ""))

    time.entering(home, enter)


@command.command("list")
@options.home
@options.as_json
def list_(home: Path | None, as_json: bool) -> None:
    """Everybody who has or had access.

    \b
    Examples:
      tagpilot user list
    """
    from api.console.output import print_json
    from api.usecases.stores import open_record
    from api.wording.text import table, utc
    from tracker.access.user_service import users

    engine = open_record(options.settings_of(home))
    found = users(engine)
    engine.dispose()
    if as_json:
        print_json([{"name": u.name, "role": u.role.value, "demo": u.demo, "endedAt": u.ended_at} for u in found])
    elif not found:
        click.echo("Nobody may log in yet: tagpilot user add NAME --role administrator")
    else:
        rows = [
            [u.name, u.role.value, "access ended " + utc(u.ended_at) if u.ended_at else "demo only" if u.demo else ""]
            for u in found
        ]
        click.echo(table(["name", "role", ""], rows))


@command.command("password")
@click.argument("name")
@_generate
@_stdin
@time.by
@options.home
def password_(name: str, generate: bool, password_stdin: bool, by: str, home: Path | None) -> None:
    """Another password; every session of theirs ends.

    \b
    Examples:
      tagpilot user password ana --generate
    """
    from tracker.access.user_service import set_password

    password = _password(generate, password_stdin)

    def enter(engine: Any, asked: time.Asked) -> None:
        set_password(engine, name, password, by=by, now=asked.today.now)
        click.echo(f"{name}'s password is changed." + (f" Shown this once: {password}" if generate else ""))

    time.entering(home, enter)


@command.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(_ROLES))
@time.by
@options.home
def role_(name: str, role: str, by: str, home: Path | None) -> None:
    """Another role; every session of theirs ends.

    \b
    Examples:
      tagpilot user role ana 'releasing officer'
    """
    from tracker.access.roles import Role
    from tracker.access.user_service import change_role

    def enter(engine: Any, asked: time.Asked) -> None:
        change_role(engine, name, Role(role), by=by, now=asked.today.now)
        click.echo(f"{name} is {role} now.")

    time.entering(home, enter)


@command.command("end")
@click.argument("name")
@time.by
@options.home
def end(name: str, by: str, home: Path | None) -> None:
    """They may log in no more; the name stays theirs.

    \b
    Examples:
      tagpilot user end ana
    """
    from tracker.access.user_service import end_access

    def enter(engine: Any, asked: time.Asked) -> None:
        end_access(engine, name, by=by, now=asked.today.now)
        click.echo(f"{name} may log in no more.")

    time.entering(home, enter)


def _password(generate: bool, from_stdin: bool) -> str:
    import secrets

    if generate:
        return secrets.token_urlsafe(15)
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    given: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return given
