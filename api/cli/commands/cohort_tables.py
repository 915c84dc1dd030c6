"""`tagpilot cohort table` and `ledger`: tables that may leave, and those that did."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme


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
@click.option("--as-at", type=time.Day(), metavar="DATE", help="The state on this day; today.")
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
    """Counts of people, and rates of one measure among another: nothing below k, nor anything that leads to it beside
    all tables that left before.

    \b
    Examples:
      tagpilot cohort table fitted --by-attribute bcu
      tagpilot cohort table fitted recalled --by-attribute sex --by-attribute age
    """
    from api.console.output import print_json
    from api.views.evaluation import tables_in_words, tables_plain
    from tracker.evaluation.disclosure.space import TableAsk
    from tracker.evaluation.releases.service import release_tables

    def make(engine: Any, asked: time.Asked) -> None:
        day = as_at or asked.today.day
        asks = [TableAsk(measure, day, attributes, where) for measure in measures]
        found = release_tables(engine, programme, asks, k=k, by=by, now=asked.today.now)
        if as_json:
            print_json(tables_plain(found))
        else:
            click.echo("\n".join(tables_in_words(found)))

    time.entering(home, make)


@click.command("ledger")
@programme
@options.home
@options.as_json
def ledger(programme: str, home: Path | None, as_json: bool) -> None:
    """Every table that left.

    \b
    Examples:
      tagpilot cohort ledger
    """
    from api.console.output import print_json
    from api.views.evaluation import ledger_plain
    from api.wording.text import table
    from tracker.evaluation.releases.queries import tables_released
    from tracker.programme.queries import programme_named

    def show(engine: Any, _asked: time.Asked) -> None:
        with engine.connect() as connection:
            programme_id, _, _ = programme_named(connection, programme)
            held = tables_released(connection, programme_id)
        if as_json:
            print_json([ledger_plain(each) for each in held])
            return
        rows = [[str(t.number), t.kind, str(t.as_at), str(t.k), t.recorded_by, t.words] for t in held]
        click.echo(table(["release", "kind", "as at", "k", "by", ""], rows) if rows else "No table left.")

    time.entering(home, show)


COMMANDS = (table_, ledger)
