"""`tagpilot import`: files of fixes, device events, assignments and crimes; and those of evaluators."""

from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options, withdrawals
from api.cli.commands.import_account import run_import
from api.cli.commands.import_evaluation_files import EVALUATORS_FILES
from api.cli.commands.import_inspect import inspect
from api.cli.commands.rollout import programme as _programme

_time_form = click.option(
    "--time-form",
    type=click.Choice(["auto", "iso", "epoch_s", "epoch_ms"]),
    default="auto",
    show_default=True,
    help="How times are written.",
)
_path = click.argument("path", type=options.existing_file)


@click.group("import", no_args_is_help=True)
def command() -> None:
    """Bring in your own files. Good rows are kept; each bad row goes to a rejects file with what to do about it.

    The same file twice changes nothing, and an import killed half-way leaves nothing half done.

    \b
    Exit codes: 0 all rows kept, 3 some rejected, 1 none kept.
    """


@command.command("fixes")
@_path
@options.mapping
@options.zone
@options.dates
@options.delimiter
@_time_form
@click.option(
    "--crs",
    type=click.Choice(["auto", "wgs84", "bng"]),
    default="auto",
    show_default=True,
    help="wgs84: latitude and longitude; bng: easting and northing in metres.",
)
@click.option(
    "--accuracy-level",
    type=click.Choice(["68", "90", "95"]),
    help="The share of errors, in per cent, that lie within the accuracies stated. 68 if not declared.",
)
@click.option(
    "--metres-per-dop",
    type=click.FloatRange(min=0, min_open=True, max=1_000),
    help="Metres that one unit of dilution of precision (hdop, pdop) stands for. Without it such a column is not read.",
)
@options.speed_unit
@time.by
@options.as_json
@options.home
def fixes(
    path: Path,
    mapping: dict[str, str],
    zone: str,
    dates: str,
    delimiter: str,
    time_form: str,
    crs: str,
    accuracy_level: str | None,
    metres_per_dop: float | None,
    speed_unit: str | None,
    by: str,
    as_json: bool,
    home: Path | None,
) -> None:
    """Import a CSV or Parquet file of tag positions. Its rows name devices; assignments say who wore them.

    Needed are device_id, t, and lat with lon or easting_m with northing_m; accuracy_m (a radius), mechanism
    (gnss, wifi, lbs, rf), speed_kmh, heading_deg and satellites are taken if they are there. Common names of columns
    are known; name others with --map. An accuracy of 0 is taken as not known. A column called precision is read only
    where --map says whether it is accuracy_m, in metres, or dop.

    \b
    Examples:
      tagpilot import fixes october.parquet
      tagpilot import fixes bus.csv --map device_id==BUS-14 --map t=time --time-form epoch_s
      tagpilot import fixes tags.csv --crs bng --zone Europe/London
      tagpilot import fixes tags.csv --accuracy-level 95
      tagpilot import fixes tags.csv --map dop=precision --metres-per-dop 5
    """
    run_import(
        "fixes",
        path,
        home,
        by,
        as_json=as_json,
        map=mapping,
        zone=zone,
        time_form=time_form,
        crs=crs,
        accuracy_level=None if accuracy_level is None else int(accuracy_level),
        metres_per_dop=metres_per_dop,
        speed_unit=speed_unit,
        dates=dates,
        delimiter=delimiter,
    )


@command.command("events")
@_path
@options.mapping
@options.zone
@options.dates
@options.delimiter
@_time_form
@time.by
@options.as_json
@options.home
def events(
    path: Path,
    mapping: dict[str, str],
    zone: str,
    dates: str,
    delimiter: str,
    time_form: str,
    by: str,
    as_json: bool,
    home: Path | None,
) -> None:
    """Import a CSV or Parquet file of events that devices reported: battery, strap, charging, power, a fault.

    The columns device_id, t and event (a word or a sentence) are needed. Events only explain why a wearer was not seen:
    they change no candidate, and of verdicts only the reason of an unobserved one. Common names of columns are known;
    name others with --map.

    \b
    Examples:
      tagpilot import events alerts.csv
      tagpilot import events low.csv --map event==battery-low --map t=raised --zone Europe/London
    """
    how = {"zone": zone, "dates": dates, "delimiter": delimiter, "time_form": time_form}
    run_import("events", path, home, by, as_json=as_json, map=mapping, **how)


@command.command("assignments")
@_path
@options.mapping
@options.zone
@options.dates
@options.delimiter
@time.by
@options.as_json
@options.home
def assignments(
    path: Path,
    mapping: dict[str, str],
    zone: str,
    dates: str,
    delimiter: str,
    by: str,
    as_json: bool,
    home: Path | None,
) -> None:
    """Import a CSV that says who wore which device when: device_id, wearer_id, from, to.

    An empty `to` is still fitted. A device never has two wearers at one instant; a row that would give it two is
    rejected. To correct a row, send it again with `corrects` holding the `from` it had.

    \b
    Examples:
      tagpilot import assignments tags.csv
      tagpilot import assignments tags.csv --map device_id=Serial --map wearer_id=Subject --zone Europe/London
    """
    how = {"zone": zone, "dates": dates, "delimiter": delimiter}
    run_import("assignments", path, home, by, as_json=as_json, map=mapping, **how)


@command.command("stock")
@_path
@options.mapping
@options.zone
@options.dates
@options.delimiter
@_programme
@time.by
@options.as_json
@options.home
def stock(
    path: Path,
    mapping: dict[str, str],
    zone: str,
    dates: str,
    delimiter: str,
    programme: str,
    by: str,
    as_json: bool,
    home: Path | None,
) -> None:
    """Import a supplier's CSV of moves of tags: device_id, at, move; contract and model of tags received.

    A move is received, faulty, repaired, lost, found or returned; fittings and removals are a file of assignments. A
    row that is on record changes nothing; one that the state of its tag does not allow is rejected.

    \b
    Examples:
      tagpilot import stock deliveries.csv --zone Europe/London
    """
    how = {"zone": zone, "dates": dates, "delimiter": delimiter, "programme": programme}
    run_import("stock", path, home, by, as_json=as_json, map=mapping, **how)


@command.command("crimes")
@_path
@click.option(
    "--format",
    "format_",
    type=click.Choice(["ministry", "headed", "police-uk"]),
    required=True,
    help="ministry: the Ministry of Justice's batch, 13 columns without a header; headed: any CSV with a header; "
    "police-uk: data.police.uk street files, kept for counts and never matched.",
)
@options.zone
@options.dates
@options.delimiter
@options.mapping
@click.option("--before-s", type=click.FloatRange(min=0), help="headed: begin every window this much earlier.")
@click.option("--after-s", type=click.FloatRange(min=0), help="headed: end every window this much later.")
@click.option("--ref-from-row", is_flag=True, help="headed: make a reference from each row's own content.")
@time.by
@options.as_json
@options.home
def crimes(
    path: Path,
    format_: str,
    zone: str,
    dates: str,
    delimiter: str,
    mapping: dict[str, str],
    before_s: float | None,
    after_s: float | None,
    ref_from_row: bool,
    by: str,
    as_json: bool,
    home: Path | None,
) -> None:
    """Import a CSV of reported crimes: where, and between which two times.

    A crime sent again with other content becomes a later version; sent again as it was it changes nothing. The times
    of the ministry's batch carry no zone and are taken as UTC unless --zone says otherwise.

    \b
    Examples:
      tagpilot import crimes mps.csv --format ministry
      tagpilot import crimes ours.csv --format headed --zone Europe/London
      tagpilot import crimes stops.csv --format headed --ref-from-row --map force==Metropolitan \\
          --map t=Date --map crime_type=Type --map latitude=Latitude --map longitude=Longitude --after-s 900
      tagpilot import crimes 2019-02-metropolitan-street.csv --format police-uk
    """
    only_headed = {"--map": mapping, "--before-s": before_s, "--after-s": after_s, "--ref-from-row": ref_from_row}
    given = [name for name, value in only_headed.items() if value]
    if format_ != "headed" and given:
        raise click.UsageError(f"{', '.join(given)} goes with --format headed; {format_} has its own columns")
    run_import(
        "crimes",
        path,
        home,
        by,
        as_json=as_json,
        format=format_,
        zone=zone,
        dates=dates,
        delimiter=delimiter,
        map=mapping,
        before_s=before_s or 0.0,
        after_s=after_s or 0.0,
        ref_from_row=ref_from_row,
    )


for _each in (
    inspect,
    *EVALUATORS_FILES,
    withdrawals.withdraw_import,
    withdrawals.take_back_import,
    withdrawals.list_withdrawals,
):
    command.add_command(_each)
