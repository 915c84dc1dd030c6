"""`tagpilot generate`: a synthetic London on disk."""

from datetime import datetime
from pathlib import Path

import click


@click.command("generate")
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--wearers", type=click.IntRange(1, 1_000_000), default=300, show_default=True)
@click.option("--days", type=click.IntRange(1, 3_660), default=30, show_default=True)
@click.option("--crimes", type=click.IntRange(0, 10_000_000), default=25_000, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same London.")
@click.option(
    "--first-day",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2019-09-01",
    show_default=True,
    help="The first day, in London.",
)
def command(out: Path, wearers: int, days: int, crimes: int, seed: int, first_day: datetime) -> None:
    """Write a synthetic London into the folder OUT, in the same formats your own files have.

    Fixes a minute apart, with errors, gaps and a device handed on; crimes where wearers are and elsewhere; who wore
    which device; who was monitored and who may be matched; and truth.csv, the visits that were planted and the near
    misses. Nobody in it exists.

    \b
    Examples:
      tagpilot generate london
      tagpilot generate week --wearers 50 --days 7 --crimes 2000 --seed 7
    """
    from api.demo.demo import write_world_once
    from api.wording.text import table
    from matcher.synthetic import World

    world = World(wearers=wearers, days=days, crimes=crimes, seed=seed, first_day=first_day.date())
    write_world_once(out, world)
    rows = [[path.name, f"{path.stat().st_size / 1e6:,.1f}"] for path in sorted(out.iterdir()) if path.is_file()]
    click.echo(f"{out}:")
    click.echo(table(["file", "MB"], rows))
