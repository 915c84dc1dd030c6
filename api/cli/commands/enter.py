"""`tagpilot programme load`, `enter`, `correct`, `withdraw`: what decisions say, from a file or one by one."""

from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.context import command_context
from api.console.output import answer

_WHERE = click.option(
    "--where", multiple=True, metavar="FIELD=VALUE", help="Picks the one entry, by a field of it. Repeat it."
)

_OVERRIDE = click.option("--override", metavar="REASON", help="What is questioned is meant: why.")


@click.command("load")
@click.argument("file", type=options.existing_file, required=False)
@_OVERRIDE
@time.by
@options.home
@options.as_json
def load(file: Path | None, override: str | None, by: str, home: Path | None, as_json: bool) -> None:
    """Enter a decision's FILE (TOML), or, without one, the five papers that come with the program.

    The same file twice changes nothing; an entry that differs from the one on record corrects it (what was corrected by
    hand since the five papers were loaded stays corrected). If one entry cannot be entered none is, and each is named
    with what is wrong.

    \b
    Examples:
      tagpilot programme load
      tagpilot programme load extension.toml --by 'A. Officer'
    """
    from api.usecases.delivery import programmes
    from api.views.delivery.programme import files_in_words

    with command_context(home, by, make=True) as context:
        entered = programmes.load(context, file, override)
        answer(entered, as_json, lambda: files_in_words(entered))


@click.command("enter")
@click.argument("programme")
@click.argument("section")
@click.option("--set", "given", multiple=True, metavar="FIELD=VALUE", help="A field of the entry. Repeat it.")
@_OVERRIDE
@time.by
@options.home
@options.as_json
def enter(
    programme: str,
    section: str,
    given: tuple[str, ...],
    override: str | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Enter one thing by hand, with the checks that a file's entries have.

    SECTION is decision, recommendation, statement, funding, line, allocation, contract, amendment, condition, phase,
    place, end, measure, legal_basis, duty or responsible_person. Money is in pounds.

    \b
    Examples:
      tagpilot programme enter gps-knife-licence end --set kind='last day to impose' --set day=2021-03 \\
          --set decision='PCD 800' --set effective_on=2020-04-01 --set source='PCD 800, 1.1'
    """
    from api.usecases.delivery import programmes
    from api.views.delivery.programme import entry_in_words

    fields = pairs(given)
    with command_context(home, by) as context:
        entered = programmes.enter(context, context.programme(programme), section, fields, override)
        answer(entered, as_json, lambda: entry_in_words(entered))


@click.command("correct")
@click.argument("programme")
@click.argument("section")
@_WHERE
@click.option("--set", "given", multiple=True, metavar="FIELD=VALUE", help="A field as it should be. Repeat it.")
@_OVERRIDE
@time.by
@options.home
@options.as_json
def correct(
    programme: str,
    section: str,
    where: tuple[str, ...],
    given: tuple[str, ...],
    override: str | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Correct some fields of one entry; the others stay, and what was known before stays on record.

    \b
    Examples:
      tagpilot programme correct gps-knife-licence contract --where key=gps-tags --set ceiling_pounds=499000
    """
    from api.usecases.delivery import programmes
    from api.views.delivery.programme import correction_in_words

    picked, fields = pairs(where), pairs(given)
    with command_context(home, by) as context:
        corrected = programmes.correct(context, context.programme(programme), section, picked, fields, override)
        answer(corrected, as_json, lambda: correction_in_words(corrected))


@click.command("withdraw")
@click.argument("programme")
@click.argument("section")
@_WHERE
@click.option("--reason", required=True, help="Why it should never have been entered.")
@time.by
@options.home
@options.as_json
def withdraw(
    programme: str, section: str, where: tuple[str, ...], reason: str, by: str, home: Path | None, as_json: bool
) -> None:
    """Withdraw one entry that was entered by mistake. As known before, it is still there.

    \b
    Examples:
      tagpilot programme withdraw gps-knife-licence allocation --where line=tagging --where decision='PCD 800' \\
          --reason 'entered under the wrong line'
    """
    from api.usecases.delivery import programmes

    picked = pairs(where)
    with command_context(home, by) as context:
        withdrawn = programmes.withdraw(context, context.programme(programme), section, picked, reason)
        answer(withdrawn, as_json, lambda: ["withdrawn"])


def pairs(given: tuple[str, ...]) -> dict[str, str]:
    """FIELD=VALUE as a table. Raises BadEntry for what is not, or a field given twice."""
    from tracker.errors import BadEntry

    out: dict[str, str] = {}
    for pair in given:
        name, sign, value = pair.partition("=")
        if not sign:
            raise BadEntry(f"{pair!r} is not a field with its value. Give both, for example amount_pounds=469000.")
        if name.strip() in out:
            raise BadEntry(f"{name.strip()} is given twice; give it once")
        out[name.strip()] = value.strip()
    return out
