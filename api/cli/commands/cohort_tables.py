"""`tagpilot cohort table` and `ledger`: tables that may leave, and those that did."""

from datetime import date
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer


def _levels(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> dict[str, frozenset[str]]:
    out: dict[str, set[str]] = {}
    for each in given:
        name, sign, level = each.partition("=")
        if not sign or not name or not level:
            raise click.BadParameter(f"{each!r}; give attribute=level, such as sex=male")
        out.setdefault(name, set()).add(level)
    return {name: frozenset(levels) for name, levels in out.items()}


@click.command("table")
@click.argument("measures", nargs=-1, required=True)
@click.option("--by-attribute", "attributes", multiple=True, help="Divide by bcu, phase, month, sex, age, ethnicity.")
@click.option("--where", multiple=True, callback=_levels, metavar="ATTRIBUTE=LEVEL", help="Only these; repeat it.")
@time.month_end
@click.option("--k", type=int, help="Withhold below this many; the programme's, or more.")
@programme
@time.by
@options.home
@options.as_json
def table_(
    measures: tuple[str, ...],
    attributes: tuple[str, ...],
    where: dict[str, frozenset[str]],
    as_at: date | None,
    k: int | None,
    programme: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Counts of people, and rates of one measure among another: nothing below k, nor anything that leads to it with
    all tables that left before.

    \b
    Examples:
      tagpilot cohort table fitted --by-attribute bcu
      tagpilot cohort table fitted recalled --by-attribute sex --by-attribute age
    """
    from api.usecases.evaluation import answers
    from api.views.evaluation.answers import tables_in_words

    with command_context(home, by) as context:
        questions = [
            (measure, attributes, {name: sorted(levels) for name, levels in where.items()}) for measure in measures
        ]
        found = answers.release_tables(context, context.programme(programme), questions, as_at, k)
        answer(found, as_json, lambda: tables_in_words(found))


@click.command("ledger")
@programme
@time.by
@options.home
@options.as_json
def ledger(programme: str, by: str, home: Path | None, as_json: bool) -> None:
    """Every release of tables, the latest first.

    \b
    Examples:
      tagpilot cohort ledger
    """
    from api.usecases.evaluation import answers
    from api.usecases.request_context import ALL_ROWS
    from api.views.evaluation.answers import ledger_in_words

    with command_context(home, by) as context:
        found = answers.list_releases(context, context.programme(programme), ALL_ROWS)
        answer(found, as_json, lambda: ledger_in_words(found))


COMMANDS = (table_, ledger)
