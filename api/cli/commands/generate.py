"""`tagpilot generate`: writes a synthetic London to disk."""

from datetime import datetime
from pathlib import Path

import click


@click.command("generate")
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--wearers", type=click.IntRange(1, 1_000_000), default=300, show_default=True, help="People who wear a tag."
)
@click.option("--days", type=click.IntRange(1, 3_660), default=30, show_default=True, help="How many days.")
@click.option(
    "--crimes", type=click.IntRange(0, 10_000_000), default=25_000, show_default=True, help="How many crimes."
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="One seed, one London.")
@click.option(
    "--first-day",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2019-09-01",
    show_default=True,
    help="The first day.",
)
def command(out: Path, wearers: int, days: int, crimes: int, seed: int, first_day: datetime) -> None:
    """Write the files of a synthetic London into the folder OUT, in the formats that the imports read.

    It has fixes once a minute, with errors, gaps and a device that passes to a second wearer; crimes near wearers and
    elsewhere; assignments of devices; periods of monitoring and of eligibility for matching; and truth.csv, with the
    visits and near misses that were planted. Nobody in it is a real person.

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
