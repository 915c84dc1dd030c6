"""`tagpilot match`: the fixes crossed with the crimes."""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from matcher.params import MECHANISMS, REFERENCES, Params

MOST_CHANGES = 1_000
"""How many of a difference --json prints with a run; `runs --compare --limit` has them all."""

_HELP = {
    "radius_m": "Radius of the circle round a crime.",
    "buffer_s": "Added to both ends of a crime's window.",
    "max_window_h": "A crime with a longer window cannot be matched.",
    "max_accuracy_m": "A fix known less well than this is no evidence.",
    "max_gap_s": "The path is drawn between two fixes no further apart than this.",
    "max_speed_mps": "Nobody moves faster; such jumps are left out.",
    "min_fixes": "Fixes inside that make a candidate `fix inside`.",
    "error_time_s": "Fixes this far apart in time are independent looks.",
    "min_sigma_m": "No error is taken to be smaller than this.",
    "default_accuracy_m": "For fixes that state no accuracy; without it no probability is given beside them.",
    "reference_days": "Other days each side that a candidate is compared with; 0 compares with none.",
    "min_coverage": "A day counts if the path is known for this share of its window.",
    "default_location_accuracy_m": "For crimes whose place states no accuracy.",
    "max_location_accuracy_m": "A crime whose place is known less well cannot be matched.",
}


def _params_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """An option for each setting of `Params`, with its default."""
    for setting in reversed(fields(Params)):
        if setting.name in _HELP:
            command = click.option(
                f"--{setting.name.replace('_', '-')}",
                setting.name,
                type=int if setting.type in (int, "int") else float,
                default=setting.default,
                show_default=setting.default is not None,
                help=_HELP[setting.name],
            )(command)
    return command


@click.command("match")
@click.option(
    "--eligible",
    type=options.existing_file,
    metavar="FILE",
    help="CSV of who may be matched, and when: wearer_id, from, to. Nobody else's fixes are read.",
)
@click.option("--everyone", is_flag=True, help="Everybody who ever wore a tag may be matched.")
@click.option(
    "--monitored",
    type=options.existing_file,
    metavar="FILE",
    help="CSV of when each wearer was monitored: wearer_id, from, to.",
)
@click.option("--everyone-monitored", is_flag=True, help="Whoever wore a tag was monitored all that time.")
@click.option(
    "--programme", metavar="KEY", help="By the record: of this programme alone. All that map crimes, if none is said."
)
@click.option(
    "--as-known-at",
    type=time.AwareInstant(),
    metavar="INSTANT",
    help="By the record as it was known at that instant, whatever was entered later.",
)
@click.option("--from", "crimes_from", metavar="WHEN", help="Crimes whose window reaches this instant or later.")
@click.option("--to", "crimes_to", metavar="WHEN", help="Crimes whose window begins before this instant.")
@_params_options
@click.option(
    "--mechanism",
    "mechanisms",
    type=click.Choice(MECHANISMS),
    multiple=True,
    default=["gnss"],
    show_default=True,
    help="How a fix was obtained, for it to count. Repeat it.",
)
@click.option(
    "--reference",
    type=click.Choice(REFERENCES),
    default=REFERENCES[0],
    show_default=True,
    help="Which other days a candidate is compared with.",
)
@click.option("--presence/--no-presence", default=True, show_default=True, help="Work out how probable presence is.")
@click.option(
    "--verdicts/--no-verdicts",
    default=True,
    show_default=True,
    help="Tell for every wearer: possible, not observed, or excluded.",
)
@click.option(
    "--data-until", metavar="WHEN", help="Fixes are complete up to here: no later day serves to compare with."
)
@click.option(
    "--previous",
    metavar="RUN",
    help="An earlier run: what has not changed since is taken from it, and what has is told. Changes no answer.",
)
@click.option("--threads", type=click.IntRange(1, 256), help="Wearer groups matched at once; changes no answer.")
@options.as_json
@options.home
def command(
    eligible: Path | None,
    everyone: bool,
    monitored: Path | None,
    everyone_monitored: bool,
    programme: str | None,
    as_known_at: datetime | None,
    crimes_from: str | None,
    crimes_to: str | None,
    data_until: str | None,
    previous: str | None,
    threads: int | None,
    as_json: bool,
    home: Path | None,
    **settings: Any,
) -> None:
    """Cross the imported fixes with the imported crimes, and keep the run.

    Who may be matched, and who was monitored, is what the record says: people on licence in a programme that maps
    crimes, while a tag was on them, they were out and not recalled, and their OGRS score was 50 % or over. Nobody else
    is read. Files can say it in the record's place: then both have to be said, who may be matched (--eligible or
    --everyone) and who was monitored. Nothing is filled in: whether a person's movements may be compared with crimes
    is a decision somebody took about that person.

    In the files of --eligible and --monitored `from` and `to` are instants with Z or an offset, or dates, which begin
    at midnight in London; `to` itself is out, and an empty one is open. One bad row, and nothing is run.

    \b
    Examples:
      tagpilot match
      tagpilot match --as-known-at 2019-10-01T09:00:00Z
      tagpilot match --eligible gate.csv --monitored worn.csv
      tagpilot match --eligible gate.csv --everyone-monitored --buffer-s 900
      tagpilot match --everyone --everyone-monitored --from 2019-09-01 --to 2019-10-01
      tagpilot match --eligible gate.csv --monitored worn.csv --previous latest
    """
    by_files = any((eligible, everyone, monitored, everyone_monitored))
    if by_files:
        _one_of("who may be matched", "--eligible FILE", eligible, "--everyone", everyone)
        _one_of("who was monitored", "--monitored FILE", monitored, "--everyone-monitored", everyone_monitored)
        if programme or as_known_at:
            raise click.UsageError("--programme and --as-known-at ask the record; leave them out, or the files")
    from shlex import quote

    import msgspec

    from api.console.output import print_json
    from api.schemas.matching.candidates import candidates_of
    from api.schemas.matching.runs import detail_of
    from api.usecases.actor import LOCAL
    from api.usecases.matching.interval_files import instant_or_day
    from api.usecases.matching.match import Asked, ByRecord, match_stores
    from api.usecases.matching.runs import Filter, candidates, readable_run
    from api.views.matching.difference import changes, difference_in_words
    from api.views.matching.run import NEAREST, run_in_words
    from api.wording.text import program

    chosen = options.settings_of(home, threads=threads)
    try:
        t_from, t_to, until = (instant_or_day(text) if text else None for text in (crimes_from, crimes_to, data_until))
    except ValueError as error:
        raise click.UsageError(f"--from, --to and --data-until: {error}") from None
    params = Params(**{**settings, "mechanisms": frozenset(settings["mechanisms"]), "data_until": until})
    before = None if previous is None else readable_run(LOCAL, chosen.runs_dir, previous)
    asked = Asked(
        eligible=eligible,
        monitored=monitored,
        by_record=None if by_files else ByRecord(programme, as_known_at),
        t_from=t_from,
        t_to=t_to,
        params=params,
        previous=before,
    )
    run = match_stores(chosen, asked)
    since = None if before is None else changes(LOCAL, before, run, limit=MOST_CHANGES)
    if as_json:
        strongest = candidates(LOCAL, run, Filter(), order="strongest", limit=NEAREST).rows
        told = {"run": detail_of(run), "strongest": candidates_of(run.run_id, strongest), "folder": str(run.path)}
        print_json(msgspec.to_builtins(told if since is None else {**told, "difference": since}))
    else:
        lines = run_in_words(LOCAL, run, home=home)
        if since is not None:
            at = "" if home is None else f" --home {quote(str(home))}"
            lines += ["", f"Since run {since.before}", *[f"  {line}" for line in difference_in_words(since)]]
            lines.append(f"  {program()} runs --compare {since.before} {since.after}{at}")
        click.echo("\n".join(lines))


def _one_of(what: str, by_file: str, path: Path | None, by_flag: str, flag: bool) -> None:
    if (path is not None) == flag:
        why = "both were given" if flag else "neither was given; without any of the four the record says both"
        raise click.UsageError(f"say {what}: {by_file}, or {by_flag} ({why})")
