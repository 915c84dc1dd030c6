"""`tagpilot match`: the fixes crossed with the crimes."""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from matcher.params import MECHANISMS, REFERENCES, Params

if TYPE_CHECKING:
    from api.schemas.matching.runs import MatchMade

_HELP = {
    "radius_m": "Radius of the circle round a crime.",
    "buffer_s": "Added to both ends of a crime's window.",
    "max_window_h": "A crime with a longer window cannot be matched.",
    "max_accuracy_m": "A fix with a larger error is not used.",
    "max_gap_s": "The path is drawn between two fixes no further apart than this.",
    "max_speed_mps": "Faster movement is impossible; such jumps are left out.",
    "min_fixes": "Fixes inside that make a candidate `fix inside`.",
    "error_time_s": "Fixes this far apart in time have independent errors.",
    "min_sigma_m": "No error is taken to be smaller than this.",
    "default_accuracy_m": "For fixes that state no accuracy; without it they get no probability of presence.",
    "reference_days": "Other days each side that a candidate is compared with; 0 compares with none.",
    "min_coverage": "A day counts if the path is known for this share of its window.",
    "nearness_tail_share": "The share of errors taken to be five times as large as stated.",
    "min_pool_crimes": "Fewer crimes give no q.",
    "prism_step_s": "To exclude, the first fix of each so many seconds stands for all of them; 0 takes each by itself.",
    "prism_min_sigma_m": "To exclude, no error of a fix is taken to be smaller than this.",
    "frozen_s": "A device in motion that reports one position for longer is frozen, and its fixes are not used.",
    "default_location_accuracy_m": "For crimes whose place states no accuracy.",
    "max_location_accuracy_m": "A crime whose place has a larger error cannot be matched.",
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
    help="CSV of who may be matched, and when: wearer_id, from, to. No other wearer's fixes are read.",
)
@click.option("--everyone", is_flag=True, help="Everyone who ever wore a tag may be matched.")
@click.option(
    "--monitored",
    type=options.existing_file,
    metavar="FILE",
    help="CSV of when each wearer was monitored: wearer_id, from, to.",
)
@click.option("--everyone-monitored", is_flag=True, help="Every wearer was monitored for as long as they wore the tag.")
@click.option(
    "--programme", metavar="KEY", help="By the record: of this programme alone; by default all that map crimes."
)
@click.option(
    "--as-known-at",
    type=time.AwareInstant(),
    metavar="INSTANT",
    help="By the record as it was known at that instant, whatever was entered later.",
)
@click.option("--from", "crimes_from", metavar="WHEN", help="Crimes whose window reaches this instant or later.")
@click.option("--to", "crimes_to", metavar="WHEN", help="Crimes whose window begins before this instant.")
@click.option(
    "--crime", nargs=2, metavar="FORCE REFERENCE", help="This crime alone, whenever it was; without --from and --to."
)
@_params_options
@click.option(
    "--mechanism",
    "mechanisms",
    type=click.Choice(MECHANISMS),
    multiple=True,
    default=["gnss"],
    show_default=True,
    help="How a fix was obtained, for it to count. May be repeated.",
)
@click.option(
    "--reference",
    type=click.Choice(REFERENCES),
    default=REFERENCES[0],
    show_default=True,
    help="Which other days a candidate is compared with.",
)
@click.option("--presence/--no-presence", default=True, show_default=True, help="Compute the probability of presence.")
@click.option(
    "--verdicts/--no-verdicts",
    default=True,
    show_default=True,
    help="Give every tested wearer a verdict: possible, unobserved or excluded.",
)
@click.option(
    "--accuracy-levels",
    type=options.existing_file,
    metavar="FILE",
    help="CSV of the level at which devices state their accuracy: device_id, from, to, accuracy_level (68, 90, 95).",
)
@click.option("--data-until", metavar="WHEN", help="Fixes are complete up to here: no later day is compared with.")
@click.option(
    "--previous",
    metavar="RUN",
    help="An earlier run: what has not changed since is taken from it; what has is listed. Changes no result.",
)
@click.option("--threads", type=click.IntRange(1, 256), help="Wearer groups matched at once; changes no result.")
@click.option(
    "--executor",
    type=click.Choice(("threads", "dask")),
    help="Where wearer groups are matched: here, or on a Dask cluster; as TAGPILOT_SCHEDULER says. Changes no result.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="With --executor dask: the address of the cluster's scheduler; TAGPILOT_SCHEDULER.",
)
@time.by
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
    crime: tuple[str, str] | None,
    accuracy_levels: Path | None,
    data_until: str | None,
    previous: str | None,
    threads: int | None,
    executor: str | None,
    scheduler: str | None,
    by: str,
    as_json: bool,
    home: Path | None,
    **settings: Any,
) -> None:
    """Cross the imported fixes with the imported crimes, and keep the run.

    Who may be matched, and who was monitored, is what the record says: people on licence in a programme that maps
    crimes, while a tag was on them, they were out and not recalled, and their OGRS score was 50 % or over. No other
    wearer's fixes are read. Files can take the record's place: then give both who may be matched (--eligible or
    --everyone) and who was monitored. There is no default: whether a person's movements may be compared with crimes is
    a decision taken about that person.

    By the record, what is adopted of the accuracy of device models (tagpilot levels) is taken too; of a device in the
    file of --accuracy-levels that file alone counts.

    In the files of --eligible and --monitored `from` and `to` are instants with Z or an offset, or dates, which begin
    at midnight in London; `to` itself is not included, and an empty one is open. If a row is bad, nothing is run.

    \b
    Examples:
      tagpilot match
      tagpilot match --as-known-at 2019-10-01T09:00:00Z
      tagpilot match --eligible gate.csv --monitored worn.csv
      tagpilot match --eligible gate.csv --everyone-monitored --buffer-s 900
      tagpilot match --everyone --everyone-monitored --from 2019-09-01 --to 2019-10-01
      tagpilot match --crime Metropolitan MPS-1
      tagpilot match --eligible gate.csv --monitored worn.csv --previous latest
      tagpilot match --executor dask --scheduler tcp://10.0.0.5:8786
    """
    by_files = any((eligible, everyone, monitored, everyone_monitored))
    if by_files:
        _one_of("who may be matched", "--eligible FILE", eligible, "--everyone", everyone)
        _one_of("who was monitored", "--monitored FILE", monitored, "--everyone-monitored", everyone_monitored)
        if programme or as_known_at:
            raise click.UsageError("--programme and --as-known-at go by the record; give them or the files, not both")
    from api.cli.context import command_context
    from api.console.output import answer
    from api.console.progress import Stages
    from api.usecases.matching import jobs, match, runs
    from api.usecases.matching.accuracy_level_files import read_accuracy_levels
    from api.usecases.matching.interval_files import instant_or_day

    try:
        t_from, t_to, until = (instant_or_day(text) if text else None for text in (crimes_from, crimes_to, data_until))
    except ValueError as error:
        raise click.UsageError(f"--from, --to and --data-until: {error}") from None
    if crime is not None and (t_from or t_to):
        raise click.UsageError("--crime is one crime, whenever it was: leave out --from and --to, or leave out --crime")
    params = Params(**{**settings, "mechanisms": frozenset(settings["mechanisms"]), "data_until": until})
    if scheduler and executor == "threads":
        raise click.UsageError("--scheduler is of a Dask cluster: give --executor dask with it, or leave it out")
    # No cluster, whatever the environment says.
    chosen = "" if executor == "threads" else scheduler
    with command_context(home, by, threads=threads, scheduler=chosen) as context:
        if executor == "dask" and context.settings.scheduler is None:
            raise click.UsageError(
                "--executor dask needs a cluster: give the address of its scheduler, --scheduler tcp://host:8786, or "
                "set TAGPILOT_SCHEDULER"
            )
        if crime is not None:
            jobs.require_crime(context, *crime)
        question = match.Question(
            eligible=eligible,
            monitored=monitored,
            by_record=None if by_files else match.ByRecord(programme, as_known_at),
            t_from=t_from,
            t_to=t_to,
            crime=crime,
            params=params,
            previous=None if previous is None else runs.readable_run(context, previous),
            accuracy_levels=None if accuracy_levels is None else read_accuracy_levels(accuracy_levels),
        )
        ready = match.prepare(context, question)
        if ready.people.note:
            click.echo(f"note: {ready.people.note}", err=True)
        with Stages() as progress:
            made = match.match(context, ready, progress)
        answer(made, as_json, lambda: _in_words(made, home))


def _in_words(made: "MatchMade", home: Path | None) -> list[str]:
    from shlex import quote

    from api.views.matching.difference import difference_in_words
    from api.views.matching.run import run_in_words
    from api.wording.text import program

    lines = run_in_words(made.run, made.strongest, home=home)
    since = made.difference
    if since is not None:
        at = "" if home is None else f" --home {quote(str(home))}"
        lines += ["", f"Since run {since.before}", *[f"  {line}" for line in difference_in_words(since)]]
        lines.append(f"  {program()} runs --compare {since.before} {since.after}{at}")
    return lines


def _one_of(what: str, by_file: str, path: Path | None, by_flag: str, flag: bool) -> None:
    if (path is not None) == flag:
        why = "both were given" if flag else "neither was given; with none of the four options the record decides both"
        raise click.UsageError(f"give {what}: {by_file}, or {by_flag} ({why})")
