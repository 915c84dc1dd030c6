"""`tagpilot programme decide`: a later decision in one command."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.context import command_context
from api.console.output import answer

if TYPE_CHECKING:
    from api.usecases.delivery.decisions import LaterDecision, Moved

_DAY = time.Day()
_POUNDS_OF_LINE = "LINE=POUNDS[@DECISION]"


@click.command("decide")
@click.argument("programme")
@click.argument("reference")
@click.option("--title", required=True, help="What the decision is called.")
@click.option("--effective-on", type=_DAY, required=True, metavar="DATE", help="From when it counts.")
@click.option("--signed-on", type=_DAY, metavar="DATE", help="When it was signed, if that is stated.")
@click.option("--basis", help="Why it is effective on that day.")
@click.option("--paragraph", required=True, help="Where in the decision its figures stand, as 3.1.")
@click.option("--year", metavar="2020/21", help="The financial year of its money.")
@click.option(
    "--approve",
    multiple=True,
    metavar=_POUNDS_OF_LINE,
    help="Newly approved for a line, elsewhere by @DECISION.",
)
@click.option("--approved-by", metavar="REFERENCE", help="The decision elsewhere that approved the new money.")
@click.option(
    "--carry-forward",
    multiple=True,
    metavar=_POUNDS_OF_LINE,
    help="Carried forward on a line, from @DECISION.",
)
@click.option("--from-decision", metavar="REFERENCE", help="The decision whose money is carried forward.")
@click.option("--from-year", metavar="2019/20", help="The year it is carried forward from, if it had one.")
@click.option("--move", "moves", multiple=True, metavar="LINE=LINE=POUNDS", help="Moved between lines. Repeat it.")
@click.option("--contract", metavar="KEY", help="The contract that it amends.")
@click.option("--ceiling", metavar="POUNDS", help="The contract's new ceiling.")
@click.option("--raise-by", metavar="POUNDS", help="What the contract's ceiling is raised by.")
@click.option("--contract-ends", metavar="DATE", help="The contract's new end; 2021-06 is its last day.")
@click.option("--impose-until", metavar="DATE", help="The new last day to impose.")
@click.option("--monitor-until", metavar="DATE", help="The new last day to monitor.")
@click.option("--grant-until", metavar="DATE", help="The grant's new end.")
@click.option("--borough", multiple=True, metavar="NAME", help="A borough that is added. Repeat it.")
@click.option("--phase", metavar="NAME", help="The phase they are added in; a new one unless it is there.")
@click.option("--planned", metavar="DATE", help="When a new phase is planned to launch: 2020-06-01, or 2020-06.")
@click.option("--running-maximum", metavar="TAGS", help="The running maximum of tags from a new phase on.")
@click.option("--override", metavar="REASON", help="What is questioned is meant: why.")
@time.by
@options.home
@options.as_json
def decide(programme: str, reference: str, by: str, home: Path | None, as_json: bool, **given: Any) -> None:
    """Enter a later decision: more months, more money, money carried forward, a contract raised, boroughs added.

    All of it is entered or, if one thing cannot be, none. Money that is carried forward leaves the line and year it was
    approved for, and adds nothing. What does not fit these options goes by a file: tagpilot programme load.

    \b
    Examples:
      tagpilot programme decide gps-knife-licence 'PCD 800' --title 'Extension to March 2021' \\
          --effective-on 2020-04-01 --paragraph 3.1 --year 2020/21 --impose-until 2021-03 \\
          --carry-forward tagging=100000 --from-decision 'PCD 570' \\
          --approve tagging=250000 --approved-by 'PCD 799' --contract gps-tags --ceiling 849000
    """
    from api.usecases.delivery import decisions
    from api.views.delivery.programme import decision_in_words

    decision = _decision(reference, given)
    with command_context(home, by) as context:
        entered = decisions.decide(context, context.programme(programme), decision)
        answer(entered, as_json, lambda: decision_in_words(entered))


_CONTRACT_CHANGES = {"ceiling_pounds": "ceiling", "ceiling_by_pounds": "raise_by", "ends_on": "contract_ends"}
_ENDS = {
    "last day to impose": "impose_until",
    "last day to monitor": "monitor_until",
    "grant's end": "grant_until",
}


def _decision(reference: str, given: dict[str, Any]) -> "LaterDecision":
    """The options as a decision. Raises BadEntry where one needs another that is not given."""
    from api.usecases.delivery.decisions import Approved, Carried, LaterDecision
    from tracker.errors import BadEntry

    if given["approved_by"] and not given["approve"]:
        raise BadEntry("--approved-by needs --approve: what was approved there")
    decision = LaterDecision(
        reference=reference,
        title=given["title"],
        effective_on=given["effective_on"],
        paragraph=given["paragraph"],
        signed_on=given["signed_on"],
        basis=given["basis"],
        approve=tuple(
            Approved(line, given["year"], pence, by or given["approved_by"])
            for line, pence, by in _by_line(given["approve"], "--approve")
        ),
        carry_forward=tuple(
            Carried(
                line, given["year"], pence, _whose(line, source or given["from_decision"]), line, given["from_year"]
            )
            for line, pence, source in _by_line(given["carry_forward"], "--carry-forward")
        ),
        moves=tuple(_moves(given["moves"], given["year"])),
        contract=given["contract"],
        contract_changes={field: given[option] for field, option in _CONTRACT_CHANGES.items() if given[option]},
        ends={kind: given[option] for kind, option in _ENDS.items() if given[option]},
        boroughs=given["borough"],
        phase=given["phase"],
        planned=given["planned"],
        running_maximum=given["running_maximum"],
        override=given["override"],
    )
    _check(decision)
    return decision


def _check(decision: "LaterDecision") -> None:
    from tracker.errors import BadEntry

    if bool(decision.contract_changes) != bool(decision.contract):
        raise BadEntry(
            "--contract goes with --ceiling, --raise-by or --contract-ends: which contract, and what changes"
        )
    if (decision.planned or decision.running_maximum) and not decision.phase:
        raise BadEntry("--planned and --running-maximum need --phase: which one")


def _whose(line: str, decision: str | None) -> str:
    from tracker.errors import BadEntry

    if decision is None:
        raise BadEntry(f"--carry-forward needs --from-decision, or {line}=POUNDS@DECISION: whose money it is")
    return decision


def _by_line(given: tuple[str, ...], option: str) -> list[tuple[str, int, str | None]]:
    """Line, pence, and the other decision where one is named."""
    from tracker.errors import BadEntry
    from tracker.money import pence_of

    out = []
    for each in given:
        line, sign, rest = each.partition("=")
        amount, _, decision = rest.partition("@")
        if not sign or not line.strip() or not amount.strip():
            raise BadEntry(f"{option} is {each}; give a line's key, =, pounds: {option} tagging=250000")
        out.append((line.strip(), pence_of(amount.strip()), decision.strip() or None))
    return out


def _moves(given: tuple[str, ...], year: str | None) -> "Iterator[Moved]":
    from api.usecases.delivery.decisions import Moved
    from tracker.budget.service import LineYear
    from tracker.errors import BadEntry
    from tracker.money import pence_of

    for each in given:
        words = [word.strip() for word in each.split("=")]
        if len(words) != 3:
            raise BadEntry(f"--move is {each}; give two lines and pounds: --move lost-tags=tagging=10000")
        yield Moved(LineYear(words[0], year), LineYear(words[1], year), pence_of(words[2]))
