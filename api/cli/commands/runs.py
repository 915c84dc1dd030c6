"""`tagpilot runs`: what runs there are, and what has changed from one to another."""

from pathlib import Path

import click

from api.cli.commands import options


@click.command("runs")
@click.option("--compare", nargs=2, metavar="BEFORE AFTER", help="What has changed from one run to the other.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="Changes shown at most.")
@options.home
@options.as_json
def command(compare: tuple[str, str] | None, limit: int, home: Path | None, as_json: bool) -> None:
    """List finished runs, the latest first; or compare two.

    A run is named by a digest of everything that went in, so the same question on the same data is the same run.

    With --compare: the candidates that were added, withdrawn or changed. A candidate changes if what the trail shows
    does; that other days or other candidates have moved its e or q is no change.

    \b
    Examples:
      tagpilot runs
      tagpilot runs --compare 3f2a latest
      tagpilot runs --json
    """
    import msgspec

    from api.console.output import print_json
    from api.schemas.matching.runs import summary_of
    from api.usecases.actor import LOCAL
    from api.usecases.matching.runs import readable_runs
    from api.wording.text import london, table

    settings = options.settings_of(home)
    if compare is not None:
        from api.views.matching.difference import compared

        compared(LOCAL, settings.runs_dir, *compare, limit).tell(as_json)
        return
    found = [summary_of(run) for run in readable_runs(LOCAL, settings.runs_dir)]
    if as_json:
        print_json(msgspec.to_builtins(found))
    elif not found:
        click.echo(f"There is no run under {settings.runs_dir} yet: tagpilot match makes one, tagpilot demo shows one.")
    else:
        rows = [
            [
                run.run_id,
                london(run.finished_at),
                f"{run.crimes_matchable:,}",
                f"{run.wearers:,}",
                f"{run.present:,}",
                f"{run.passed:,}",
                f"{run.took_s:.1f}",
            ]
            for run in found
        ]
        titles = ["run", "finished", "crimes", "wearers", "fix inside", "path crosses", "seconds"]
        click.echo(table(titles, rows))
