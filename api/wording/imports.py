"""What became of an imported file, in words: notes for the person who sent it."""

from collections.abc import Mapping, Sequence
from datetime import date
from shlex import quote

from api.wording.meanings import NOT_MATCHABLE

LABELS = {
    "fixes": "fixes",
    "events": "device events",
    "assignments": "assignments",
    "stock": "moves of tags",
    "crimes": "crimes",
    "releases": "release list",
    "ledger": "ledger entries",
    "reoffences": "reoffences",
    "comparison": "comparison people",
    "characteristics": "characteristics",
    "benchmarks": "benchmark counts",
    "knife-crime": "counts of knife crime",
}
"""What a kind of file holds."""
COMMANDS = {
    **{kind: f"import {kind}" for kind in LABELS},
    "releases": "screen import",
    "ledger": "budget import",
    "knife-crime": "boroughs import",
}
"""The command that imports each kind of file."""
NEVER_MATCHED = "police.uk dates a crime by its month: such crimes are kept for counts and never matched"
_UPDATED = {
    "assignments": "corrected assignments on record",
    "crimes": "are later versions of crimes on record",
    "releases": "matched existing licences",
    "ledger": "corrected ledger entries on record",
    "reoffences": "corrected reoffences on record",
    "comparison": "corrected comparison people on record",
    "characteristics": "corrected characteristics on record",
    "benchmarks": "corrected benchmark counts on record",
    "knife-crime": "corrected counts of knife crime on record",
}
_STAGES = {"reading": "Reading", "storing": "Storing", "writing": "Recording"}
EVENTS_SHOWN = 10
OTHERWISE_SHOWN = 5


def stage(kind: str, stage: str) -> str:
    """What is being done with a file: `Reading crimes`."""
    return f"{_STAGES[stage]} {LABELS[kind]}"


def updated(kind: str, rows: int, changed: Mapping[str, int]) -> str:
    """Rows that replaced something on record, and which fields they changed on how many."""
    fields = ", ".join(f"{name} on {n:,}" for name, n in changed.items())
    words = _UPDATED[kind] if rows != 1 or kind != "crimes" else "is a later version of a crime on record"
    return f"{_rows(rows)} {words}" + (f"; updated: {fields}" if fields else "")


def not_matchable(why: str, crimes: int) -> str:
    return f"{crimes:,} will be listed as not matchable: {NOT_MATCHABLE.get(why, why)} ({why})"


def eligible(answers: Mapping[str, int]) -> str:
    """How many of a release list are eligible for a tag."""
    return f"eligible for a tag: {', '.join(f'{n:,} {answer}' for answer, n in answers.items())}"


def of_the_file(columns: Mapping[str, str], unread: Sequence[str], blank: int, zone: str | None) -> list[str]:
    """Which columns were read and which not, rows without a value, and the zone taken for times that state none."""
    notes = [columns_read(columns)] if columns else []
    if unread:
        notes.append(f"columns not read: {', '.join(unread)}")
    if blank:
        notes.append(f"{_rows(blank)} without any value passed over")
    if zone is not None:
        other = "Europe/London" if zone == "UTC" else "UTC"
        notes.append(f"times that state no offset were read as {zone} (--zone {other} reads them as {other})")
    return notes


def holds_offences(title: str, read: str | None) -> str:
    """A column of offences that is not read; `read`: the one that is read as the type of crime."""
    option = f"--map {quote(f'crime_type={title}')}"
    if read is None:
        return f"{title} holds offences in words: {option} reads it as the type of crime"
    return f"{title} holds offences in words, and {read} is read as the type of crime: {option} if that is the one"


def holds_places(title: str) -> str:
    return (
        f"{title} holds places in words, which are not looked up: a crime's place is read from easting and northing, "
        "latitude and longitude, or a grid reference"
    )


NO_HEADER = (
    "The first line holds values and no names of columns: put a line above it that names them, such as "
    "device_id,t,latitude,longitude"
)


def header_below(titles: Sequence[str]) -> str:
    return f"The header seems to be {', '.join(titles[:4])} ...: take out what stands above it and send the file again"


def place_read_as_offence(title: str, offences: Sequence[str]) -> str:
    """`offences`: columns of offences that are not read."""
    better = (
        f" --map {quote(f'crime_type={offences[0]}')} reads the offences"
        if offences
        else " Map the column that holds offences"
    )
    return f"{title} is read as the type of crime, and holds places in words.{better}"


def an_hour_off(titles: Sequence[str]) -> list[str]:
    """Of columns whose times state no offset and were read as UTC, in months in which London's clocks are ahead."""
    if not titles:
        return []
    says, them = ("states", "it has") if len(titles) == 1 else ("state", "they have")
    return [
        f"{', '.join(titles)} {says} no offset, and the times were read as UTC, an hour later than the same time in "
        f"London in summer. If {them} London's time, pass --zone Europe/London (over HTTP zone=Europe/London), and "
        "withdraw what was imported without it"
    ]


def out_of_an_email(email: str, attachment: str) -> str:
    return f"{email} is an e-mail; its one attachment was imported, {attachment}"


NOT_READ_AGAIN = (
    "rows of it that were corrected since were not set back: to have it read again, change the file by as little as an "
    "empty line at its end"
)


def passed_over(columns: Mapping[str, str], others: Mapping[str, Sequence[str]]) -> list[str]:
    """Columns that may stand for the same as one that was read."""
    return [
        f"{columns[ours]} was read as {ours}, and {', '.join(titles)} not: map {ours}={titles[0]} if that is the one "
        "to read"
        for ours, titles in others.items()
        if ours in columns
    ]


def columns_read(columns: Mapping[str, str]) -> str:
    return f"columns read: {', '.join(f'{ours} from {theirs}' for ours, theirs in columns.items())}"


def days_of(days: Sequence[date], changed: int) -> str:
    return f"days: {days[0]} to {days[-1]}; {changed} of them changed"


def replaced(fixes: int) -> str:
    return f"{fixes:,} replaced a less accurate fix at the same instant"


def not_indexed(why: str) -> str:
    """The fixes are stored; a match reads them, if more slowly."""
    return f"the fixes are stored, but the index that matches read was not made of them: {why}"


def doubled(fixes: int, devices: Sequence[str], minutes: int, earlier: Sequence[tuple[int, str]]) -> str:
    """A file whose fixes are stored at the same places and other times; `earlier`: file number and name of who gave
    those."""
    hours, left = divmod(abs(minutes), 60)
    apart = " ".join(
        ([f"{hours} hour" if hours == 1 else f"{hours} hours"] if hours else []) + ([f"{left} minutes"] if left else [])
    )
    of = f"{len(devices):,} devices" if len(devices) > 1 else "1 device"
    named = "; ".join(f"file {number} ({name})" for number, name in earlier) or "an import of before"
    advice = (
        f"Find out which is right and withdraw the other: tagpilot import withdraw "
        f"{earlier[0][0] if earlier else 'NUMBER'} --reason ... withdraws the earlier one"
        if earlier
        else "It cannot be withdrawn as a whole; erase the fixes of these devices and import the right file again"
    )
    return (
        f"{_rows(fixes)} of {of} say the same places as {named}, {apart} {'earlier' if minutes > 0 else 'later'}: one "
        f"of the two was read in the wrong zone, and both together are two trails. {advice}"
    )


def written_otherwise(found: Sequence[tuple[str, str]]) -> str:
    """Devices that differ from assigned ones in capitals, spaces or marks alone."""
    shown = "; ".join(f"{device} here and {other} in an assignment" for device, other in found[:OTHERWISE_SHOWN])
    more = f"; and {len(found) - OTHERWISE_SHOWN:,} more" if len(found) > OTHERWISE_SHOWN else ""
    return (
        f"devices are told apart by every letter, and these are two each: {shown}{more}. If they are one, the fixes of "
        "one spelling are nobody's: write it alike and import the file again"
    )


def read_otherwise_before(kind: str, number: int, name: str) -> str:
    """The same bytes stand on record by other options: a crime's later report is the one that counts, of anything else
    both do."""
    both = "the later reading counts" if kind == "crimes" else "rows that the two readings make different both count"
    return (
        f"the same bytes were imported before with other options, as file {number} ({name}), and {both}. If that "
        f"reading was wrong: tagpilot import withdraw {number} --reason ..."
    )


def accuracy_levels(by_level: Mapping[int, int]) -> str:
    """At which level stated accuracies were taken, by the level declared, 0 for none."""
    said = [
        f"the {level or 68} % radius{'' if len(by_level) == 1 else f' in {_rows(n)}'}, "
        f"{'as declared' if level else 'as no level was declared'}"
        for level, n in by_level.items()
    ]
    return f"accuracy taken as {'; as '.join(said)}"


def accuracies_of_zero(fixes: int) -> str:
    return f"accuracy 0 in {_rows(fixes)}: taken as not known, as an empty field is"


def dilution_read(column: str, metres_per_unit: float) -> str:
    return f"accuracy worked out from {column}, at {metres_per_unit:g} m for each unit of dilution of precision"


def outside_window(fixes: int) -> str:
    return f"{fixes:,} outside the London window: kept for trails, flagged"


def events_reported(by_event: Mapping[str, int]) -> str:
    """The most frequent events, and how many kinds more there are."""
    most = ", ".join(f"{event} ({n:,})" for event, n in list(by_event.items())[:EVENTS_SHOWN])
    more = len(by_event) - EVENTS_SHOWN
    return f"events: {most}" + (f" and {more:,} more" if more > 0 else "")


def _rows(n: int) -> str:
    return f"{n:,} row" if n == 1 else f"{n:,} rows"
