"""`tagpilot programme decide`: a later decision in one go, as an officer has it on the desk."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options

_DAY = time.Day()
_POUNDS_OF_LINE = "LINE=POUNDS"


@click.command("decide")
@click.argument("programme")
@click.argument("reference")
@click.option("--title", required=True, help="What the decision is called.")
@click.option("--effective-on", type=_DAY, required=True, metavar="DATE", help="From when it counts.")
@click.option("--signed-on", type=_DAY, metavar="DATE", help="When it was signed, if that is stated.")
@click.option("--basis", help="Why it is effective on that day.")
@click.option("--paragraph", required=True, help="Where in the decision its figures stand, as 3.1.")
@click.option("--year", metavar="2020/21", help="The financial year of its money.")
@click.option("--approve", multiple=True, metavar=_POUNDS_OF_LINE, help="Newly approved for a line. Repeat it.")
@click.option("--approved-by", metavar="REFERENCE", help="The decision elsewhere that approved the new money.")
@click.option("--carry-forward", multiple=True, metavar=_POUNDS_OF_LINE, help="Carried forward on a line. Repeat it.")
@click.option("--from-decision", metavar="REFERENCE", help="The decision whose money is carried forward.")
@click.option("--from-year", metavar="2019/20", help="The year it is carried forward from, if it had one.")
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
    from api.console.output import print_json
    from api.wording.text import table
    from tracker.decisions.papers import Entered, ProgrammeFile
    from tracker.decisions.service import enter_file
    from tracker.programme.queries import portfolio
    from tracker.programme.read_entry import read_entry
    from tracker.record.engine import reading
    from tracker.times import AsOf

    effective: date = given["effective_on"]

    def decide_it(engine: Any, asked: time.Asked) -> None:
        def standing(day: date) -> dict[str, str]:
            with reading(engine).connect() as connection:
                return _figures(portfolio(connection, programme, AsOf(day)))

        with reading(engine).connect() as connection:
            held = portfolio(connection, programme, AsOf(date.max))
        rows = _entries(held, reference, given)
        entries = [Entered(name, read_entry(name, row, f"this {name}"), f"this {name}") for name, row in rows]
        report = enter_file(engine, ProgrammeFile(programme, None, tuple(entries)), by=by, now=asked.today.now)
        before, after = standing(effective - timedelta(days=1)), standing(effective)
        if as_json:
            counts = {"new": report.new, "corrected": report.corrected, "same": report.same}
            print_json({"programme": programme, **counts, "before": before, "after": after, "notes": report.notes})
            return
        click.echo(
            f"{reference} of {programme}: {report.new} entries new, {report.corrected} corrected, "
            f"{report.same} there already\n"
        )
        shown = [[name, before.get(name, "-"), after.get(name, "-")] for name in {**before, **after}]
        click.echo(table(["", f"until {effective - timedelta(days=1)}", f"from {effective}"], shown))
        for note in report.notes:
            click.echo(f"note: {note}")

    time.entering(home, decide_it)


def _entries(held: Any, reference: str, given: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """What is entered, section by section, as a file would have it."""
    effective = given["effective_on"]
    by_it = {
        "decision": reference,
        "effective_on": effective,
        "source": f"{reference}, {given['paragraph']}",
    }
    signed = given["signed_on"]
    basis = given["basis"] or ("date signed" if signed == effective else "stated in the decision")
    rows: list[tuple[str, dict[str, Any]]] = [
        (
            "decision",
            {
                "reference": reference,
                "title": given["title"],
                "signed_on": signed,
                "effective_on": effective,
                "effective_basis": basis,
            },
        )
    ]
    rows += _money(held, reference, given, by_it)
    rows += _contract(held, reference, given, by_it)
    for option, kind in (
        ("impose_until", "last day to impose"),
        ("monitor_until", "last day to monitor"),
        ("grant_until", "grant's end"),
    ):
        if given[option]:
            rows.append(("end", {**by_it, "kind": kind, "day": given[option]}))
    rows += _places(held, reference, given, by_it)
    return rows


def _money(held: Any, reference: str, given: dict[str, Any], by_it: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    from tracker.errors import BadEntry
    from tracker.money import pence_of, pounds

    year, elsewhere = given["year"], given["approved_by"]
    new, carried = _by_line(given["approve"], "--approve"), _by_line(given["carry_forward"], "--carry-forward")
    if carried and not given["from_decision"]:
        raise BadEntry("--carry-forward needs --from-decision: whose money it is")
    if elsewhere and not new:
        raise BadEntry("--approved-by needs --approve: what was approved there")
    rows: list[tuple[str, dict[str, Any]]] = []
    if elsewhere and elsewhere != reference and all(row["reference"] != elsewhere for row in held.of("decision")):
        cited = {
            "reference": elsewhere,
            "title": "cited only",
            "effective_on": given["effective_on"],
            "effective_basis": f"known by its reference alone, from {by_it['source']}",
            "cited_only": True,
        }
        rows.append(("decision", cited))
    if new:
        total = pounds(sum(pence_of(amount) for amount in new.values()))
        approved = {"key": "new", "kind": "approved", "amount_pence": total, "year": year, "from_decision": elsewhere}
        rows.append(("funding", {**by_it, **approved}))
    for line, amount in new.items():
        rows.append(("allocation", {**by_it, "line": line, "year": year, "amount_pence": amount}))
    for line, amount in carried.items():
        moved = {
            "key": f"forward-{line}",
            "kind": "carried forward",
            "amount_pence": amount,
            "year": year,
            "from_decision": given["from_decision"],
            "from_line": line,
            "from_year": given["from_year"],
        }
        rows.append(("funding", {**by_it, **moved}))
    return rows


def _contract(
    held: Any, reference: str, given: dict[str, Any], by_it: dict[str, Any]
) -> list[tuple[str, dict[str, Any]]]:
    from tracker.errors import BadEntry

    changes = {"ceiling_pence": "ceiling", "ceiling_by_pence": "raise_by", "ends_on": "contract_ends"}
    changed = {field: given[option] for field, option in changes.items() if given[option]}
    if bool(changed) != bool(given["contract"]):
        raise BadEntry(
            "--contract goes with --ceiling, --raise-by or --contract-ends: which contract, and what changes"
        )
    if not changed:
        return []
    before = [row for row in held.of("amendment") if row["contract"] == given["contract"]]
    mine = [row["number"] for row in before if row["decision"] == reference]
    number = mine[0] if mine else max((row["number"] for row in before), default=0) + 1
    amendment = {"contract": given["contract"], "number": number, "words": given["title"], **changed}
    return [("amendment", {**by_it, **amendment})]


def _places(
    held: Any, reference: str, given: dict[str, Any], by_it: dict[str, Any]
) -> list[tuple[str, dict[str, Any]]]:
    from tracker.errors import BadEntry

    phase = given["phase"]
    if (given["planned"] or given["running_maximum"]) and not phase:
        raise BadEntry("--planned and --running-maximum need --phase: which one")
    rows: list[tuple[str, dict[str, Any]]] = []
    there = {row["name"]: row for row in held.of("phase")}
    if phase and (phase not in there or there[phase]["decision"] == reference):
        number = there[phase]["number"] if phase in there else max((r["number"] for r in there.values()), default=0) + 1
        maximum = given["running_maximum"]
        planned = {"name": phase, "number": number, "planned": given["planned"], "running_maximum": maximum}
        rows.append(("phase", {**by_it, **planned}))
    elif phase and (given["planned"] or given["running_maximum"]):
        raise BadEntry(f"phase {phase!r} is there already; tagpilot rollout plan tells that it slips")
    taken = {row["place"] for row in held.of("place") if row["decision"] != reference}
    for borough in given["borough"]:
        if borough in taken:
            raise BadEntry(f"{borough} is in the programme already; tagpilot rollout plan tells that it slips")
        rows.append(("place", {**by_it, "place": borough, "kind": "borough", "phase": phase}))
    return rows


def _by_line(given: tuple[str, ...], option: str) -> dict[str, str]:
    from api.cli.commands.enter import pairs
    from tracker.errors import BadEntry

    if any("=" not in each for each in given):
        raise BadEntry(f"{option} is {', '.join(given)}; give a line's key, =, pounds: {option} tagging=250000")
    return pairs(given)


def _figures(held: Any) -> dict[str, str]:
    """What a decision can change, each in words."""
    from tracker.budget.position import position
    from tracker.money import pounds

    money = position(held.approved, held.allocations())
    out = {"approved": pounds(held.approved), "unallocated": pounds(money.unallocated)}
    out |= {f"line {x.line}{f' {x.year}' if x.year else ''}": pounds(x.allocated) for x in money.lines}
    for contract in held.contracts():
        ceiling = "not stated" if contract.ceiling is None else pounds(contract.ceiling)
        out[f"contract {contract.let['key']}"] = f"{ceiling}, ends {contract.ends_on or 'not stated'}"
    out |= {kind.value: str(row["day"] or "not stated") for kind, row in held.ends().items()}
    out["places"] = str(len({row["place"] for row in held.of("place")}))
    return out
