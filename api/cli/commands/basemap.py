"""`tagpilot basemap`: streets under the maps."""

from pathlib import Path

import click

from api.cli.commands import options
from api.cli.context import command_context
from api.console.output import answer


@click.command("basemap")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.home
@options.as_json
def command(file: Path, home: Path | None, as_json: bool) -> None:
    """Put London's streets under the maps, from FILE: OS Open Zoomstack as a GeoPackage.

    Ordnance Survey gives it away (Open Government Licence), in British National Grid; download it on a machine that may
    and bring it here. London is cut out of it once and kept in the home; FILE is not needed any more. Without it maps
    have boroughs, the Thames and the National Grid. Nothing is ever fetched for a map.

    \b
    Examples:
      tagpilot basemap OS_Open_Zoomstack.gpkg
    """
    from api.console.progress import Stages
    from api.usecases.desk.base_map import make_base_map

    with command_context(home) as context, Stages() as shown:
        made = make_base_map(context, file, shown)

    def words() -> list[str]:
        kinds = [f"  {number:,} × {kind}" for kind, number in made.by_kind.items()]
        return [f"The base map has {made.shapes:,} shapes of London ({made.size_mb:g} MB).", *kinds]

    answer(made, as_json, words)
