"""`tagpilot licence`: released, recalled, in custody, released again; alerts and what was decided."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme

_MOVES = {"release": "RELEASE", "recall": "RECALL", "return": "RETURN", "re-release": "RE_RELEASE", "end": "END"}
_STEPS = {
    "verify": "VERIFY",
    "dismiss": "DISMISS",
    "no-action": "NO_ACTION",
    "warn": "WARN",
    "meet": "MEET",
    "vary": "VARY",
    "recall": "RECALL",
}
_at = click.option("--at", type=time.AwareInstant(), metavar="INSTANT", help="When, as 2019-09-03T09:00:00Z; now.")


@click.group("licence", no_args_is_help=True)
def command() -> None:
    """The licence ladder: from release to recall and back, from an alert to a practitioner's decision.

    \b
    Examples:
      tagpilot licence move L0042 recall --type standard
      tagpilot licence alert L0042 'exclusion zone'
      tagpilot licence answer 7 verify
    """


@command.command("list")
@programme
@time.state
@options.home
@options.as_json
def list_(programme: str, as_at: date | None, as_known_at: datetime | None, home: Path | None, as_json: bool) -> None:
    """Every licence with its state, and the alerts that wait for an answer.

    \b
    Examples:
      tagpilot licence list --as-at 2019-11-01
    """
    from api.console.output import print_json
    from api.usecases.stores import open_record
    from api.wording.text import london, table
    from tracker.licences.queries import alerts, licences
    from tracker.licences.states import AlertState
    from tracker.programme.queries import programme_named
    from tracker.record.engine import reading
    from tracker.times import AsOf

    asked = time.asked(home, as_at, as_known_at)
    engine = open_record(asked.settings)
    as_of = AsOf(asked.at, asked.known_at)
    with reading(engine).connect() as connection:
        programme_id, _, _ = programme_named(connection, programme)
        held, told = licences(connection, programme_id, as_of), alerts(connection, programme_id, as_of)
    engine.dispose()
    if as_json:
        print_json(
            {
                "asAt": str(asked.at),
                "licences": [
                    {"reference": x.reference, "wearerRef": x.wearer_ref, "state": x.state.value, "recall": x.recall}
                    for x in held
                ],
                "alerts": [
                    {"alert": a.alert_id, "licence": a.reference, "kind": a.kind, "state": a.state.value, "at": a.at}
                    for a in told
                ],
            }
        )
        return
    click.echo(asked.said() + "\n")
    click.echo(table(["licence", "wearer", "state"], [[x.reference, x.wearer_ref, x.state] for x in held]))
    open_ = [a for a in told if a.state in (AlertState.RAISED, AlertState.VERIFIED)]
    if open_:
        rows = [[str(a.alert_id), a.reference, a.kind, a.state, london(a.at)] for a in open_]
        click.echo("\n" + table(["alert", "licence", "kind", "state", "since (London)"], rows))


@command.command("move")
@click.argument("licence")
@click.argument("move", type=click.Choice(list(_MOVES)))
@click.option("--type", "recall_type", type=click.Choice(["standard", "fixed term", "emergency"]), help="Of a recall.")
@click.option("--note", help="What should be remembered of it.")
@_at
@time.by
@options.home
def move_(
    licence: str,
    move: str,
    recall_type: str | None,
    note: str | None,
    at: datetime | None,
    by: str,
    home: Path | None,
) -> None:
    """Released, recalled, returned to custody, released again, ended.

    \b
    Examples:
      tagpilot licence move L0042 release --at 2019-09-03T10:30:00+01:00
      tagpilot licence move L0042 recall --type 'fixed term'
    """
    from tracker.licences import service as licences
    from tracker.licences.states import LicenceMove, RecallType

    def enter(engine: Any, asked: time.Asked) -> None:
        state = licences.move_licence(
            engine,
            licence,
            LicenceMove[_MOVES[move]],
            at or asked.today.now,
            recall_type=None if recall_type is None else RecallType(recall_type),
            note=note,
            by=by,
            now=asked.today.now,
        )
        click.echo(f"Licence {licence}: {state}.")

    time.entering(home, enter)


@command.command("custody")
@click.argument("licence")
@click.option("--from", "from_at", type=time.AwareInstant(), required=True, metavar="INSTANT")
@click.option("--to", "to_at", type=time.AwareInstant(), metavar="INSTANT", help="Still in custody if not said.")
@click.option("--note", help="What for.")
@time.by
@options.home
def custody(
    licence: str, from_at: datetime, to_at: datetime | None, note: str | None, by: str, home: Path | None
) -> None:
    """In custody for something else than the recall of this licence; nobody is monitored meanwhile.

    \b
    Examples:
      tagpilot licence custody L0042 --from 2019-10-01T18:00:00Z --to 2019-10-03T09:00:00Z
    """
    from tracker.licences import service as licences

    def enter(engine: Any, asked: time.Asked) -> None:
        licences.in_custody(engine, licence, from_at, to_at, note=note, by=by, now=asked.today.now)
        click.echo("Custody is recorded.")

    time.entering(home, enter)


@command.command("alert")
@click.argument("licence")
@click.argument("kind")
@_at
@time.by
@options.home
def alert(licence: str, kind: str, at: datetime | None, by: str, home: Path | None) -> None:
    """Something the monitoring told; prints the alert's number.

    \b
    Examples:
      tagpilot licence alert L0042 'exclusion zone' --at 2019-10-01T21:04:00Z
    """
    from tracker.licences import service as licences

    def enter(engine: Any, asked: time.Asked) -> None:
        number = licences.raise_alert(engine, licence, kind, at or asked.today.now, by=by, now=asked.today.now)
        click.echo(f"Alert {number} is raised.")

    time.entering(home, enter)


@command.command("answer")
@click.argument("alert", type=int)
@click.argument("step", type=click.Choice(list(_STEPS)))
@click.option("--decided-by", help="With a decision: the practitioner.")
@click.option("--note", help="Why.")
@_at
@time.by
@options.home
def answer(
    alert: int,
    step: str,
    decided_by: str | None,
    note: str | None,
    at: datetime | None,
    by: str,
    home: Path | None,
) -> None:
    """Verify or dismiss an alert; then decide: no action, a warning, a meeting, a variation, a recall.

    \b
    Examples:
      tagpilot licence answer 7 verify
      tagpilot licence answer 7 warn --decided-by 'P. Officer'
    """
    from tracker.licences import service as licences
    from tracker.licences.states import AlertMove

    def enter(engine: Any, asked: time.Asked) -> None:
        state = licences.move_alert(
            engine,
            alert,
            AlertMove[_STEPS[step]],
            at or asked.today.now,
            decided_by=decided_by,
            note=note,
            by=by,
            now=asked.today.now,
        )
        click.echo(f"Alert {alert} is {state}.")

    time.entering(home, enter)
