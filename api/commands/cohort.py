"""`tagpilot cohort`: exports that identify nobody, tables, linkage files, and what an impact analysis can say."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from api.commands import as_at as time
from api.commands import options
from api.commands.rollout import programme

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
    from api.terminal import print_json, table
    from tracker.evaluation.columns import COLUMNS

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
    from api.evaluation_words import export_plain, exports_in_words
    from api.exporting import exported
    from api.terminal import print_json
    from tracker.errors import BadEntry
    from tracker.evaluation.definition import Definition
    from tracker.store.queries.exports import export_of

    try:
        plain = json.loads(definition.read_text(encoding="utf-8"))
    except ValueError as wrong:
        raise BadEntry(f"{definition} is no JSON: {wrong}") from None
    if not isinstance(plain, dict):
        raise BadEntry(f"{definition} holds no definition; give an object with purpose, justification, columns, as_at")
    asked_for = Definition.of(plain)

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
    from api.evaluation_words import export_plain, exports_in_words
    from api.terminal import print_json
    from tracker.store.queries.exports import exports, linkage_of
    from tracker.store.queries.portfolio import programme_named

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
    from api.exporting import file_of
    from tracker.services.cohorts import downloaded
    from tracker.store.queries.exports import export_of

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
    from api.exporting import signals_of
    from tracker.errors import Refused
    from tracker.evaluation.definition import Definition
    from tracker.services.cohorts import again

    def compare(engine: Any, asked: time.Asked) -> None:
        on_record, now = again(
            engine, number, lambda e: signals_of(asked.settings, engine, Definition.of(e.definition), e.known_at)
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
    from api.exporting import destroy as gone
    from tracker.store.queries.exports import export_of

    def do(engine: Any, asked: time.Asked) -> None:
        with engine.connect() as connection:
            found = export_of(connection, number)
        gone(asked.settings, engine, found, reason, by=by, now=asked.today.now)
        click.echo(f"The files and the key of export {number} are destroyed.")

    time.entering(home, do)


def _levels(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> dict[str, frozenset[str]]:
    out: dict[str, set[str]] = {}
    for each in given:
        name, sign, level = each.partition("=")
        if not sign or not name or not level:
            raise click.BadParameter(f"{each!r}; give attribute=level, such as sex=male")
        out.setdefault(name, set()).add(level)
    return {name: frozenset(levels) for name, levels in out.items()}


@command.command("table")
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
    from api.evaluation_words import tables_in_words, tables_plain
    from api.terminal import print_json
    from tracker.evaluation.disclosure.space import TableAsk
    from tracker.services.tables import release_tables

    def make(engine: Any, asked: time.Asked) -> None:
        day = as_at or asked.today.day
        asks = [TableAsk(measure, day, attributes, where) for measure in measures]
        found = release_tables(engine, programme, asks, k=k, by=by, now=asked.today.now)
        if as_json:
            print_json(tables_plain(found))
        else:
            click.echo("\n".join(tables_in_words(found)))

    time.entering(home, make)


@command.command("ledger")
@programme
@options.home
@options.as_json
def ledger(programme: str, home: Path | None, as_json: bool) -> None:
    """Every table that left.

    \b
    Examples:
      tagpilot cohort ledger
    """
    from api.evaluation_words import ledger_plain
    from api.terminal import print_json, table
    from tracker.store.queries.exports import tables_released
    from tracker.store.queries.portfolio import programme_named

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


@command.group("link", no_args_is_help=True)
def link() -> None:
    """The linkage file, pseudonym to PNC id: asked for by the evaluator, approved by the data protection officer, for a
    named linker; never for who asked.

    \b
    Examples:
      tagpilot cohort link ask 1 --linker 'A. Linker' --organisation 'MoJ Data Lab' --why 'reoffending data' --by eva
      tagpilot cohort link approve 1 --why 'agreement 12' --by dee
      tagpilot cohort link hand-over 1 --out link.csv --by dee
    """


@link.command("ask")
@_number
@click.option("--linker", required=True)
@click.option("--organisation", required=True)
@click.option("--why", required=True)
@time.by
@options.home
def ask(number: int, linker: str, organisation: str, why: str, by: str, home: Path | None) -> None:
    """Ask that it go to somebody by name."""
    from tracker.services.cohorts import ask_linkage

    def do(engine: Any, asked: time.Asked) -> None:
        state = ask_linkage(engine, number, linker, organisation, why, by=by, now=asked.today.now)
        click.echo(f"The linkage file of export {number} is {state}.")

    time.entering(home, do)


@link.command("approve")
@_number
@click.option("--why", required=True)
@time.by
@options.home
def approve(number: int, why: str, by: str, home: Path | None) -> None:
    """The data protection officer approves."""
    _decide(number, True, why, by, home)


@link.command("refuse")
@_number
@click.option("--why", required=True)
@time.by
@options.home
def refuse(number: int, why: str, by: str, home: Path | None) -> None:
    """The data protection officer refuses."""
    _decide(number, False, why, by, home)


def _decide(number: int, approved: bool, why: str, by: str, home: Path | None) -> None:
    from tracker.services.cohorts import decide_linkage

    def do(engine: Any, asked: time.Asked) -> None:
        state = decide_linkage(engine, number, approved, why, by=by, now=asked.today.now)
        click.echo(f"The linkage file of export {number} is {state}.")

    time.entering(home, do)


@link.command("hand-over")
@_number
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@time.by
@options.home
def hand_over(number: int, out: Path, by: str, home: Path | None) -> None:
    """Write it, for the linker it was approved for; each person in it is audited."""
    from tracker.services.cohorts import hand_over_linkage

    def do(engine: Any, asked: time.Asked) -> None:
        data, recipient = hand_over_linkage(engine, number, by=by, now=asked.today.now)
        out.touch(mode=0o600)
        out.write_bytes(data)
        click.echo(f"{out} is for {recipient}, and for nobody else.")

    time.entering(home, do)


@command.command("quality")
@programme
@time.state
@options.home
@options.as_json
def quality(programme: str, as_at: date | None, as_known_at: datetime | None, home: Path | None, as_json: bool) -> None:
    """What became of matches, by strength, month, p_present and e_value.

    \b
    Examples:
      tagpilot cohort quality
    """
    from api.evaluation_words import quality_in_words, quality_plain
    from api.stores import open_record
    from api.terminal import print_json
    from tracker.services.evaluation import match_quality
    from tracker.times import AsOf

    asked = time.asked(home, as_at, as_known_at)
    engine = open_record(asked.settings)
    try:
        told = match_quality(engine, programme, AsOf(asked.at, asked.known_at))
    finally:
        engine.dispose()
    if as_json:
        print_json({"asAt": asked.at, **quality_plain(told)})
    else:
        click.echo("\n".join([asked.said(), "", *quality_in_words(told)]))


@command.command("effect")
@click.option(
    "--covariate", "covariates", multiple=True, required=True, help="What both groups are compared by; repeat it."
)
@click.option(
    "--method", type=click.Choice(["weights", "nearest", "exact"]), default="weights", show_default=True,
    help="weights: by propensity; nearest: neighbours within a caliper; exact: alike in every covariate.",
)  # fmt: skip
@click.option("--outcome", type=click.Choice(["reoffended", "recalled"]), default="reoffended", show_default=True)
@click.option("--ratio", type=click.IntRange(1, 10), default=1, show_default=True, help="nearest: others for each.")
@click.option("--caliper", type=click.FloatRange(0, 5, min_open=True), default=0.2, show_default=True, help="nearest.")
@programme
@time.state
@options.home
@options.as_json
def effect(
    covariates: tuple[str, ...],
    method: str,
    outcome: str,
    ratio: int,
    caliper: float,
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Reoffending or recall within 12 months: tagged people beside a comparison group made like them, with the balance.

    \b
    Examples:
      tagpilot cohort effect --covariate age_band --covariate ogrs_score --covariate sex
      tagpilot cohort effect --method nearest --ratio 2 --covariate age_band --covariate ogrs_score
    """
    from api import effect_words
    from api.stores import open_record
    from api.terminal import print_json
    from tracker.evaluation.comparison import Method
    from tracker.services.effects import OUTCOMES, Asked, analyse
    from tracker.times import AsOf

    asked = time.asked(home, as_at, as_known_at)
    engine = open_record(asked.settings)
    wanted = Asked(
        method=Method(method), covariates=covariates, outcome=OUTCOMES[outcome], ratio=ratio, caliper=caliper
    )
    try:
        told = analyse(engine, programme, AsOf(asked.at, asked.known_at), wanted, now=asked.today.now)
    finally:
        engine.dispose()
    if as_json:
        print_json(effect_words.plain(told))
    else:
        click.echo("\n".join(effect_words.in_words(told)))
