"""`tagpilot licence`: releases, recalls and custody; alerts, and what was decided about them."""

from datetime import date, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer

_MOVES = ("release", "recall", "return", "re-release", "end")
_REASONS = ("expired", "died", "deported", "transferred", "condition removed", "entered in error")
_STEPS = {
    "verify": "VERIFY",
    "dismiss": "DISMISS",
    "no-action": "NO_ACTION",
    "warn": "WARN",
    "meet": "MEET",
    "vary": "VARY",
    "recall": "RECALL",
    "verified": "VERIFY",
    "found false": "DISMISS",
    "no action": "NO_ACTION",
    "warned": "WARN",
    "called to a meeting": "MEET",
    "varied": "VARY",
    "answered by recall": "RECALL",
}
"""Steps of an alert, also by their names on record: those of `AlertSteps`."""
_at = click.option("--at", type=time.AwareInstant(), metavar="INSTANT", help="When, as 2019-09-03T09:00:00Z; now.")


@click.group("licence", no_args_is_help=True)
def command() -> None:
    """Licences, from release to recall and back; alerts, until a practitioner's decision.

    \b
    Examples:
      tagpilot licence move L0042 recall --type standard
      tagpilot licence alert L0042 'exclusion zone'
      tagpilot licence answer 7 verify
    """


@command.command("list")
@programme
@time.state
@time.by
@options.home
@options.as_json
def list_(
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Every licence with its state, and the alerts that wait for an answer.

    \b
    Examples:
      tagpilot licence list --as-at 2019-11-01
    """
    from api.usecases.delivery import licences
    from api.usecases.request_context import ALL_ROWS
    from api.views.delivery.licences import states_in_words
    from api.views.heading import heading_in_words

    with command_context(home, by) as context:
        as_of = context.as_of(as_at, as_known_at)
        found = licences.list_states(context, context.programme(programme), as_of, ALL_ROWS)
        answer(found, as_json, lambda: [heading_in_words(found), "", *states_in_words(found)])


@command.command("move")
@click.argument("licence")
@click.argument("move", type=click.Choice(_MOVES))
@click.option("--type", "recall_type", type=click.Choice(["standard", "fixed term", "emergency"]), help="Of a recall.")
@click.option("--reason", type=click.Choice(_REASONS), help="Of the end.")
@click.option("--note", help="A note to keep with it.")
@_at
@time.by
@options.home
@options.as_json
def move_(
    licence: str,
    move: str,
    recall_type: str | None,
    reason: str | None,
    note: str | None,
    at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Released, recalled, returned to custody, released again, ended.

    \b
    Examples:
      tagpilot licence move L0042 release --at 2019-09-03T10:30:00+01:00
      tagpilot licence move L0042 recall --type 'fixed term'
      tagpilot licence move L0042 end --reason died --at 2019-10-03T00:00:00Z
    """
    from api.usecases.delivery import licences
    from api.views.delivery.attention import against_in_words

    with command_context(home, by) as context:
        moved = licences.move(context, licence, move, at, recall_type=recall_type, note=note, end_reason=reason)
        words = [
            f"Licence {moved.licence}: {moved.state}.",
            *(f"note: {n}" for n in moved.notes),
            *against_in_words(moved.against),
        ]
        answer(moved, as_json, lambda: words)


@command.command("custody")
@click.argument("licence")
@click.option("--from", "from_at", type=time.AwareInstant(), required=True, metavar="INSTANT")
@click.option("--to", "to_at", type=time.AwareInstant(), metavar="INSTANT", help="Without it, still in custody.")
@click.option("--note", help="What for.")
@time.by
@options.home
@options.as_json
def custody(
    licence: str, from_at: datetime, to_at: datetime | None, note: str | None, by: str, home: Path | None, as_json: bool
) -> None:
    """In custody for another reason than the recall of this licence: time without monitoring.

    \b
    Examples:
      tagpilot licence custody L0042 --from 2019-10-01T18:00:00Z --to 2019-10-03T09:00:00Z
    """
    from api.usecases.delivery import licences

    with command_context(home, by) as context:
        entered = licences.enter_custody(context, licence, from_at, to_at, note)
        answer(entered, as_json, lambda: ["Custody is recorded."])


@command.command("alert")
@click.argument("licence")
@click.argument("kind")
@_at
@time.by
@options.home
@options.as_json
def alert(licence: str, kind: str, at: datetime | None, by: str, home: Path | None, as_json: bool) -> None:
    """An alert of the monitoring; prints its number.

    \b
    Examples:
      tagpilot licence alert L0042 'exclusion zone' --at 2019-10-01T21:04:00Z
    """
    from api.usecases.delivery import licences

    with command_context(home, by) as context:
        raised = licences.raise_alert(context, licence, kind, at)
        answer(raised, as_json, lambda: [f"Alert {raised.id} is raised."])


@command.command("answer")
@click.argument("alert", type=int)
@click.argument("step", type=click.Choice(list(_STEPS)))
@click.option("--decided-by", help="With a decision: the practitioner.")
@click.option("--note", help="Why.")
@_at
@time.by
@options.home
@options.as_json
def answer_(
    alert: int,
    step: str,
    decided_by: str | None,
    note: str | None,
    at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Verify or dismiss an alert; then decide: no action, a warning, a meeting, a variation, a recall.

    \b
    Examples:
      tagpilot licence answer 7 verify
      tagpilot licence answer 7 warn --decided-by 'P. Officer'
    """
    from api.usecases.delivery import licences
    from tracker.licences.states import AlertMove

    with command_context(home, by) as context:
        moved = licences.move_alert(context, alert, AlertMove[_STEPS[step]], at, decided_by, note)
        answer(moved, as_json, lambda: [f"Alert {moved.id} is {moved.state}."])


@command.command("note")
@click.argument("licence")
@click.argument("words")
@click.option("--on", type=time.Day(), metavar="DATE", help="The day it is of; today by default.")
@programme
@time.by
@options.home
@options.as_json
def note(licence: str, words: str, on: date | None, programme: str, by: str, home: Path | None, as_json: bool) -> None:
    """Note something of a licence.

    \b
    Examples:
      tagpilot licence note L00007 'asked for a later curfew'
    """
    from api.usecases.delivery import entered

    with command_context(home, by) as context:
        noted = entered.enter_note(context, context.programme(programme), licence, words, on)
        answer(noted, as_json, lambda: [f"The note is entered, number {noted.number}."])
