"""`tagpilot take`: the queue, a batch, a run, a match or a trail as a file, for a purpose that stays on record; and the
package of a release."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.context import command_context
from api.console.output import require_new, write_file

if TYPE_CHECKING:
    from api.usecases.request_context import RequestContext

_SHEETS = {".csv": "CSV", ".xlsx": "Excel"}
_MAPS = {".geojson": "GeoJSON", ".kml": "KML", ".gpx": "GPX"}
_PACKAGES = {".docx": "Word", ".pdf": "PDF", ".json": "JSON", ".geojson": "GeoJSON"}
_purpose = click.option("--purpose", required=True, help="What the file is for; it stays on record with your name.")
_file = click.argument("file", type=click.Path(path_type=Path), metavar="FILE")


@click.group("take", no_args_is_help=True)
def command() -> None:
    """Take away as a file what an analyst sees, or a releasing officer's package; the end of FILE says which kind.

    Nobody is in it who may not be mapped now. Each taking-away is on record with its purpose.

    \b
    Examples:
      tagpilot take queue october.xlsx --purpose 'meeting of 3 November'
      tagpilot take match 588 match.kml --purpose 'map for the briefing'
    """


@command.command("queue")
@_file
@click.option("--state", help="In this state; by default new and in review.")
@click.option("--crime-type", help="Crimes of this type.")
@click.option("--batch", metavar="ID", help="At crimes of the batch with this id.")
@click.option("--what-if", metavar="NAME", help="The matches of this what-if, which the queue leaves out.")
@click.option("--q-at-most", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="1 leaves out none.")
@_purpose
@time.by
@options.home
def queue(
    file: Path,
    state: str | None,
    crime_type: str | None,
    batch: str | None,
    what_if: str | None,
    q_at_most: float,
    purpose: str,
    by: str,
    home: Path | None,
) -> None:
    """The matches that wait for review, as CSV or Excel.

    \b
    Examples:
      tagpilot take queue october.csv --q-at-most 1 --purpose 'meeting of 3 November'
    """
    from api.documents.matches import sheet_of_queue
    from api.usecases.desk import taken_away
    from tracker.review.queries import QueueFilter
    from tracker.review.states import MatchState

    if state is not None and state not in set(MatchState):
        raise click.UsageError(f"--state is {state!r}; give one of {', '.join(MatchState)}.")
    kind = _kind(file, _SHEETS)
    wanted = QueueFilter(crime_type=crime_type, q_at_most=q_at_most, batch=batch, what_if=what_if)
    with command_context(home, by) as context:
        found = taken_away.queue(context, wanted, state, purpose, kind)
    _write_sheet(file, sheet_of_queue(found))


@command.command("batch")
@click.argument("number", type=click.IntRange(1, 2**53), metavar="NUMBER")
@_file
@_purpose
@time.by
@options.home
def batch(number: int, file: Path, purpose: str, by: str, home: Path | None) -> None:
    """The crimes of a batch with the state of their matches, as CSV or Excel; NUMBER as `tagpilot batch list` has it.

    \b
    Examples:
      tagpilot take batch 12 batch.xlsx --purpose 'meeting of 3 November'
    """
    from api.documents.matches import sheet_of_batch
    from api.usecases.desk import taken_away

    kind = _kind(file, _SHEETS)
    with command_context(home, by) as context:
        found = taken_away.batch(context, number, purpose, kind)
    _write_sheet(file, sheet_of_batch(found.about.batch, found.crimes, found.matches))


@command.command("run")
@click.argument("run_id", metavar="RUN")
@_file
@_purpose
@time.by
@options.home
def run(run_id: str, file: Path, purpose: str, by: str, home: Path | None) -> None:
    """The candidates of a run, as CSV or Excel; RUN is its id or `latest`.

    \b
    Examples:
      tagpilot take run latest run.xlsx --purpose 'meeting of 3 November'
    """
    from api.documents.matches import sheet_of_run
    from api.usecases.desk import taken_away
    from api.usecases.matching.candidates import NO_FILTER

    kind = _kind(file, _SHEETS)
    with command_context(home, by) as context:
        found = taken_away.run(context, run_id, NO_FILTER, "strongest", purpose, kind)
    _write_sheet(file, sheet_of_run(run_id, found))


@command.command("match")
@click.argument("match_id", type=click.IntRange(1, 2**53), metavar="MATCH")
@_file
@_purpose
@time.by
@options.home
def match(match_id: int, file: Path, purpose: str, by: str, home: Path | None) -> None:
    """A match as places on a map, as GeoJSON, KML or GPX: the crime's, and the fixes in its window.

    \b
    Examples:
      tagpilot take match 588 match.kml --purpose 'map for the briefing'
    """
    from api.documents.places import places_of_match
    from api.usecases.desk import taken_away

    kind = _kind(file, _MAPS)
    with command_context(home, by) as context:
        found = taken_away.match(context, match_id, purpose, kind)
    _write_map(file, places_of_match(found))


@command.command("trail")
@click.argument("wearer_ref", metavar="WEARER")
@_file
@click.option(
    "--from", "since", type=time.InstantOrDay(), required=True, metavar="INSTANT", help="From this instant on."
)
@click.option(
    "--to", "until", type=time.InstantOrDay(), required=True, metavar="INSTANT", help="At most 48 hours later."
)
@_purpose
@time.by
@options.home
def trail(
    wearer_ref: str, file: Path, since: datetime, until: datetime, purpose: str, by: str, home: Path | None
) -> None:
    """A stretch of a trail that may be opened, as GeoJSON, KML or GPX.

    \b
    Examples:
      tagpilot take trail W00146 a.gpx --from 2019-10-01T11:00:00Z --to 2019-10-01T12:00:00Z --purpose 'check a path'
    """
    from api.documents.places import places_of_trail
    from api.usecases.desk import taken_away

    kind = _kind(file, _MAPS)
    with command_context(home, by) as context:
        found = taken_away.trail(context, wearer_ref, since, until, purpose, kind)
    _write_map(file, places_of_trail(found))


@command.command("package")
@click.argument("release_id", type=click.IntRange(1, 2**53), metavar="RELEASE")
@_file
@time.by
@options.home
def package(release_id: int, file: Path, by: str, home: Path | None) -> None:
    """The package of a release, as Word or PDF with its map, or as the JSON or GeoJSON that left.

    The same release is the same file, to the byte; once it is recalled, Word and PDF say so. It names a person.

    \b
    Examples:
      tagpilot take package 1 release-1.docx
      tagpilot take package 1 release-1.pdf
    """
    kind = _kind(file, _PACKAGES)
    with command_context(home, by) as context:
        content = _package(context, release_id, kind)
    write_file(file, content)


def _package(context: "RequestContext", release_id: int, kind: str) -> bytes:
    import msgspec

    from api.usecases.matching import releases

    if kind == "JSON":
        return releases.package(context, release_id).text.encode()
    if kind == "GeoJSON":
        return msgspec.json.encode(releases.package_geojson(context, release_id))
    from api.documents import release_package
    from tracker.review.states import DocumentForm

    form = DocumentForm.WORD if kind == "Word" else DocumentForm.PDF
    return release_package.document(context, release_id, form).content


def _kind(file: Path, kinds: dict[str, str]) -> str:
    """The kind of file that its name says, before anything is read for it."""
    kind = kinds.get(file.suffix.lower())
    if kind is None:
        raise click.UsageError(f"{str(file)!r} ends otherwise than {', '.join(kinds)}: the end says the kind of file.")
    require_new(file)
    return kind


def _write_sheet(file: Path, sheet: Any) -> None:
    from api.documents.sheet import as_csv, as_workbook

    made: dict[str, Callable[[Any], bytes]] = {".csv": as_csv, ".xlsx": as_workbook}
    write_file(file, made[file.suffix.lower()](sheet))


def _write_map(file: Path, places: Any) -> None:
    from api.documents.places import as_geojson, as_gpx, as_kml

    made: dict[str, Callable[[Any], bytes]] = {".geojson": as_geojson, ".kml": as_kml, ".gpx": as_gpx}
    write_file(file, made[file.suffix.lower()](places))
