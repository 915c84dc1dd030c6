"""`tagpilot cohort`: exports that identify nobody, tables, linkage files, and what an impact analysis can say."""

import json
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import (
    cohort_answers,
    cohort_link,
    cohort_plans,
    cohort_rollout,
    cohort_sets,
    cohort_tables,
    options,
)
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer

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
@time.by
@options.home
@options.as_json
def columns(purpose: str | None, by: str, home: Path | None, as_json: bool) -> None:
    """What may be exported, what it means, and what for.

    \b
    Examples:
      tagpilot cohort columns --purpose 'impact analysis'
    """
    from api.usecases.evaluation import cohorts
    from api.views.evaluation.answers import columns_in_words

    with command_context(home, by) as context:
        found = cohorts.list_columns(context, purpose)
        answer(found, as_json, lambda: columns_in_words(found))


@command.command("export")
@click.argument("definition", type=options.existing_file)
@click.option("--days", type=int, help="For how many days it may be downloaded; 90 by default.")
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
    from api.usecases.evaluation import cohorts
    from api.views.evaluation.answers import exports_in_words
    from tracker.errors import BadEntry

    try:
        plain = json.loads(definition.read_text(encoding="utf-8"))
    except ValueError as wrong:
        raise BadEntry(f"{definition} is not JSON: {wrong}") from None
    if not isinstance(plain, dict):
        raise BadEntry(f"{definition} has no definition; give an object with purpose, justification, columns, as_at")
    with command_context(home, by) as context:
        made = cohorts.make_now(context, context.programme(programme), plain, days)
        hint = f"Save its files: tagpilot cohort save {made.id} FOLDER"
        answer(made, as_json, lambda: [*exports_in_words([made]), hint])


@command.command("list")
@programme
@time.by
@options.home
@options.as_json
def list_(programme: str, by: str, home: Path | None, as_json: bool) -> None:
    """Every export there was, the latest first, also of those destroyed.

    \b
    Examples:
      tagpilot cohort list
    """
    from api.usecases.evaluation import cohorts
    from api.usecases.request_context import ALL_ROWS
    from api.views.evaluation.answers import exports_in_words

    with command_context(home, by) as context:
        found = cohorts.list_exports(context, context.programme(programme), ALL_ROWS)
        answer(found, as_json, lambda: exports_in_words(found.items))


@command.command("save")
@_number
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--format",
    "forms",
    multiple=True,
    type=click.Choice(["spss", "stata", "xlsx", "notebook", "flow"]),
    help="A file for another program besides, or flow.svg; repeat it. The notebook comes with every export.",
)
@time.by
@options.home
def save(number: int, folder: Path, forms: tuple[str, ...], by: str, home: Path | None) -> None:
    """Save an export's files and a notebook that makes its figures again; who saved them is audited.

    \b
    Examples:
      tagpilot cohort save 1 ./cohort --by eva
      tagpilot cohort save 1 ./cohort --format spss --format xlsx --by eva
    """
    from api.documents.cohort_files import FORMS, NEEDED
    from api.usecases.evaluation import cohorts

    with command_context(home, by) as context:
        stored = list(cohorts.export(context, number).files)
        folder.mkdir(parents=True, exist_ok=True)
        for name in stored:
            (folder / name).write_bytes(cohorts.file(context, number, name))
        made = [FORMS[form] for form in dict.fromkeys((*forms, "notebook"))]
        for form in made:
            (folder / form.file).write_bytes(form.make(cohorts.parts(context, number, NEEDED, form.file)))
    click.echo(f"{len(stored) + len(made)} files in {folder}; read README.txt first")


@command.command("verify")
@_number
@time.by
@options.home
@options.as_json
def verify(number: int, by: str, home: Path | None, as_json: bool) -> None:
    """Build an export again from the record as it was known then, and compare the bytes.

    \b
    Examples:
      tagpilot cohort verify 1
    """
    from api.usecases.evaluation import cohorts
    from tracker.errors import Refused

    with command_context(home, by) as context:
        found = cohorts.verify(context, number)
    if found.by_another_version and not as_json:
        raise Refused(
            "verify",
            f"export {number} was made by another version of the program, or of the libraries it computes with, so it "
            "is not made again: other bytes would say nothing. tagpilot verify says whether its files are those made "
            "then",
        )
    if not found.same and not as_json:
        raise Refused(
            "verify",
            f"export {number} was {found.on_record}, and made again it is {found.now}: a person in it was erased "
            "since, or fixes or events that it rests on were imported or purged",
        )
    answer(found, as_json, lambda: [f"export {number} made again is the same, byte for byte: {found.now}"])
    if not found.same:
        click.get_current_context().exit(1)


@command.command("destroy")
@_number
@click.option("--reason", required=True)
@time.by
@options.home
@options.as_json
def destroy(number: int, reason: str, by: str, home: Path | None, as_json: bool) -> None:
    """Destroy an export's files and its key; that it was made stays on the ledger.

    \b
    Examples:
      tagpilot cohort destroy 1 --reason 'the evaluation is over'
    """
    from api.usecases.evaluation import cohorts

    with command_context(home, by) as context:
        destroyed = cohorts.destroy(context, number, reason)
        answer(destroyed, as_json, lambda: [f"The files and the key of export {number} are destroyed."])


for _each in (
    cohort_tables.table_,
    cohort_tables.ledger,
    cohort_link.link,
    *cohort_sets.COMMANDS,
    *cohort_plans.COMMANDS,
    cohort_answers.quality,
    cohort_answers.effect,
    cohort_rollout.rollout,
):
    command.add_command(_each)
