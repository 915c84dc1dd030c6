"""`tagpilot programme load`, `enter`, `correct`, `withdraw`: what decisions say, from a file or one by one."""

from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options

_WHERE = click.option(
    "--where", multiple=True, metavar="FIELD=VALUE", help="What picks the one entry that is meant. Repeat it."
)


@click.command("load")
@click.argument("file", type=options.existing_file, required=False)
@time.by
@options.home
@options.as_json
def load(file: Path | None, by: str, home: Path | None, as_json: bool) -> None:
    """Enter a decision's FILE (TOML), or, without one, the five papers that come with the program.

    The same file twice changes nothing; an entry that says something else than before corrects it (what the five papers
    said and somebody corrected since stays corrected). If one entry cannot be entered none is, and each is named with
    what is wrong.

    \b
    Examples:
      tagpilot programme load
      tagpilot programme load extension.toml --by 'A. Officer'
    """
    from api.console.output import print_json
    from tracker.decisions.papers import papers, read_file
    from tracker.decisions.service import enter_file

    files = [read_file(file)] if file is not None else list(papers())

    def enter_all(engine: Any, asked: time.Asked) -> None:
        reports = [enter_file(engine, each, by=by, now=asked.today.now) for each in files]
        if as_json:
            print_json(
                [
                    {
                        "programme": r.programme,
                        "new": r.new,
                        "corrected": r.corrected,
                        "same": r.same,
                        "notes": list(r.notes),
                    }
                    for r in reports
                ]
            )
            return
        for r in reports:
            click.echo(f"{r.programme}: {r.new} entries new, {r.corrected} corrected, {r.same} there already")
            _say_notes(r.notes)

    time.entering(home, enter_all)


@click.command("enter")
@click.argument("programme")
@click.argument("section")
@click.option("--set", "given", multiple=True, metavar="FIELD=VALUE", help="A field of the entry. Repeat it.")
@time.by
@options.home
def enter(programme: str, section: str, given: tuple[str, ...], by: str, home: Path | None) -> None:
    """Enter one thing by hand, with the checks that a file's entries have.

    SECTION is decision, recommendation, statement, funding, line, allocation, contract, amendment, condition, phase,
    place, end, measure, legal_basis, duty or responsible_person. Money is in pounds.

    \b
    Examples:
      tagpilot programme enter gps-knife-licence end --set kind='last day to impose' --set day=2021-03 \\
          --set decision='PCD 800' --set effective_on=2020-04-01 --set source='PCD 800, 1.1'
    """
    from tracker.decisions.papers import Entered, ProgrammeFile
    from tracker.decisions.service import enter_file
    from tracker.programme.read_entry import read_entry

    here = f"this {section}"
    entered = Entered(section, read_entry(section, pairs(given), here), here)

    def enter_one(engine: Any, asked: time.Asked) -> None:
        report = enter_file(engine, ProgrammeFile(programme, None, (entered,)), by=by, now=asked.today.now)
        click.echo("entered" if report.new else "corrected" if report.corrected else "was there already")
        _say_notes(report.notes)

    time.entering(home, enter_one)


@click.command("correct")
@click.argument("programme")
@click.argument("section")
@_WHERE
@click.option("--set", "given", multiple=True, metavar="FIELD=VALUE", help="A field as it should be. Repeat it.")
@time.by
@options.home
def correct(
    programme: str, section: str, where: tuple[str, ...], given: tuple[str, ...], by: str, home: Path | None
) -> None:
    """Correct some fields of one entry; the others stay, and so does what was known before.

    \b
    Examples:
      tagpilot programme correct gps-knife-licence contract --where key=gps-tags --set ceiling_pence=499000
    """
    from tracker.decisions.service import correct as correct_entry

    def correct_one(engine: Any, asked: time.Asked) -> None:
        report = correct_entry(engine, programme, section, pairs(where), pairs(given), by=by, now=asked.today.now)
        click.echo("corrected" if report.corrected else "says so already")
        _say_notes(report.notes)

    time.entering(home, correct_one)


@click.command("withdraw")
@click.argument("programme")
@click.argument("section")
@_WHERE
@click.option("--reason", required=True, help="Why it should never have been entered.")
@time.by
@options.home
def withdraw(programme: str, section: str, where: tuple[str, ...], reason: str, by: str, home: Path | None) -> None:
    """Take back one entry that was entered by mistake. As known before, it is still there.

    \b
    Examples:
      tagpilot programme withdraw gps-knife-licence allocation --where line=tagging --where decision='PCD 800' \\
          --reason 'entered under the wrong line'
    """
    from tracker.decisions.service import withdraw as withdraw_entry

    def withdraw_one(engine: Any, asked: time.Asked) -> None:
        withdraw_entry(engine, programme, section, pairs(where), reason, by=by, now=asked.today.now)
        click.echo("withdrawn")

    time.entering(home, withdraw_one)


def pairs(given: tuple[str, ...]) -> dict[str, str]:
    """FIELD=VALUE as a table. Raises BadEntry for what is none, or a field given twice."""
    from tracker.errors import BadEntry

    out: dict[str, str] = {}
    for pair in given:
        name, sign, value = pair.partition("=")
        if not sign:
            raise BadEntry(f"{pair!r} is no field; give its name, =, its value: --set amount_pence=469000")
        if name.strip() in out:
            raise BadEntry(f"{name.strip()} is given twice; give it once")
        out[name.strip()] = value.strip()
    return out


def _say_notes(notes: tuple[str, ...]) -> None:
    for note in notes:
        click.echo(f"note: {note}")
