"""`tagpilot runs`: what runs there are."""

from pathlib import Path

import click

from api.commands import options


@click.command("runs")
@options.home
@options.as_json
def command(home: Path | None, as_json: bool) -> None:
    """List finished runs, the latest first.

    A run is named by a digest of everything that went in, so the same question on the same data is the same run.

    \b
    Examples:
      tagpilot runs
      tagpilot runs --json
    """
    import msgspec

    from api.actor import LOCAL
    from api.reading_runs import readable_runs
    from api.schemas.runs import summary_of
    from api.terminal import london, print_json, table

    settings = options.settings_of(home)
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
