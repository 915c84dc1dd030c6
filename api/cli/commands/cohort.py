"""`tagpilot cohort`: exports that identify nobody, tables, linkage files, and what an impact analysis can say."""

import json
from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import cohort_answers, cohort_link, cohort_tables, options
from api.cli.commands.rollout import programme

_number = click.argument("number", type=click.IntRange(min=1))


@click.group("cohort", no_args_is_help=True)
def command() -> None:
    """Cohorts and tables for evaluators. Whatever leaves goes on a ledger, and nothing leaves that would undo what was
    withheld before.

    \b
    Examples:
      tagpilot cohort columns --purpose 'impact analysis'
      tagpilot cohort export cohort.json --by eva
      tagpilot cohort save 1 ./cohort --by eva
      tagpilot cohort table fitted --by-attribute bcu
    """


@command.command("columns")
@click.option("--purpose", help="Only those for this purpose.")
@options.as_json
def columns(purpose: str | None, as_json: bool) -> None:
    """What may be exported, what it means, and what for.

    \b
    Examples:
      tagpilot cohort columns --purpose 'impact analysis'
    """
    from api.console.output import print_json
    from api.wording.text import table
    from tracker.evaluation.cohort.columns import COLUMNS

    held = [c for c in COLUMNS.values() if purpose is None or purpose in c.purposes]
    if as_json:
        told = [
            {"name": c.name, "type": c.type, "words": c.words, "purposes": sorted(c.purposes), "toldByOthers": c.quasi}
            for c in held
        ]
        print_json(told)
        return
    click.echo(
        table(
            ["column", "type", "others may know it", "meaning"],
            [[c.name, c.type, "yes" if c.quasi else "", c.words] for c in held],
        )
    )


@command.command("export")
@click.argument("definition", type=options.existing_file)
@click.option("--days", type=int, help="For how many days it may be downloaded; 90.")
@programme
@time.by
@options.home
@options.as_json
def export(definition: Path, days: int | None, programme: str, by: str, home: Path | None, as_json: bool) -> None:
    """Make a cohort from a definition, a JSON file with purpose, justification, columns and as_at; and, where wanted,
    reached, where, comparison, dates, wide_ages, no_signal_over_hours, small_classes, class_at_least, weights,
    covariates, linked_to and linked_why.

    \b
    Examples:
      tagpilot cohort export cohort.json --by eva
    """
    from api.console.output import print_json
    from api.usecases.cohort_exports import exported
    from api.views.evaluation import export_plain, exports_in_words
    from tracker.errors import BadEntry
    from tracker.evaluation.cohort.parse import parse
    from tracker.evaluation.releases.queries import export_of

    try:
        plain = json.loads(definition.read_text(encoding="utf-8"))
    except ValueError as wrong:
        raise BadEntry(f"{definition} is no JSON: {wrong}") from None
    if not isinstance(plain, dict):
        raise BadEntry(f"{definition} holds no definition; give an object with purpose, justification, columns, as_at")
    asked_for = parse(plain)

    def make(engine: Any, asked: time.Asked) -> None:
        number = exported(asked.settings, engine, programme, asked_for, days=days, by=by, now=lambda: asked.today.now)
        with engine.connect() as connection:
            found = export_of(connection, number)
        if as_json:
            print_json(export_plain(found))
            return
        click.echo("\n".join(exports_in_words([found])))
        click.echo(f"Save its files: tagpilot cohort save {number} FOLDER")

    time.entering(home, make)


@command.command("list")
@programme
@options.home
@options.as_json
def list_(programme: str, home: Path | None, as_json: bool) -> None:
    """Every export there was, also of those destroyed.

    \b
    Examples:
      tagpilot cohort list
    """
    from api.console.output import print_json
    from api.views.evaluation import export_plain, exports_in_words
    from tracker.evaluation.releases.queries import exports, linkage_of
    from tracker.programme.queries import programme_named

    def show(engine: Any, _asked: time.Asked) -> None:
        with engine.connect() as connection:
            programme_id, _, _ = programme_named(connection, programme)
            held = exports(connection, programme_id)
            if as_json:
                print_json([export_plain(e, linkage_of(connection, e.number)) for e in held])
                return
        click.echo("\n".join(exports_in_words(held)))

    time.entering(home, show)


@command.command("save")
@_number
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@time.by
@options.home
def save(number: int, folder: Path, by: str, home: Path | None) -> None:
    """Save an export's files; who took them is audited.

    \b
    Examples:
      tagpilot cohort save 1 ./cohort --by eva
    """
    from api.usecases.cohort_exports import file_of
    from tracker.evaluation.cohort.service import downloaded
    from tracker.evaluation.releases.queries import export_of

    def take(engine: Any, asked: time.Asked) -> None:
        with engine.connect() as connection:
            names = [*export_of(connection, number).manifest["files"], "manifest.json"]
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            found = downloaded(engine, number, name, today=asked.today.day, by=by, now=asked.today.now)
            (folder / name).write_bytes(file_of(asked.settings, found, name))
        click.echo(f"{len(names)} files in {folder}; read README.txt first")

    time.entering(home, take)


@command.command("verify")
@_number
@options.home
def verify(number: int, home: Path | None) -> None:
    """Build an export again from the record as it was known then, and compare the bytes.

    \b
    Examples:
      tagpilot cohort verify 1
    """
    from api.usecases.cohort_exports import signals_of
    from tracker.errors import Refused
    from tracker.evaluation.cohort.parse import parse
    from tracker.evaluation.cohort.service import again

    def compare(engine: Any, asked: time.Asked) -> None:
        on_record, now = again(
            engine, number, lambda e: signals_of(asked.settings, engine, parse(e.definition), e.known_at)
        )
        if on_record != now:
            raise Refused(
                "verify",
                f"export {number} was {on_record}, and made again it is {now}: somebody in it was erased since, or "
                "fixes or events that it rests on were imported or purged",
            )
        click.echo(f"export {number} made again is the same, byte for byte: {now}")

    time.entering(home, compare)


@command.command("destroy")
@_number
@click.option("--reason", required=True)
@time.by
@options.home
def destroy(number: int, reason: str, by: str, home: Path | None) -> None:
    """Destroy an export's files and its key; that it was made stays on the ledger.

    \b
    Examples:
      tagpilot cohort destroy 1 --reason 'the evaluation is over'
    """
    from api.usecases.cohort_exports import destroy as gone
    from tracker.evaluation.releases.queries import export_of

    def do(engine: Any, asked: time.Asked) -> None:
        with engine.connect() as connection:
            found = export_of(connection, number)
        gone(asked.settings, engine, found, reason, by=by, now=asked.today.now)
        click.echo(f"The files and the key of export {number} are destroyed.")

    time.entering(home, do)


for _each in (
    cohort_tables.table_,
    cohort_tables.ledger,
    cohort_link.link,
    cohort_answers.quality,
    cohort_answers.effect,
):
    command.add_command(_each)
