"""What a file seems to hold, in lines for the terminal."""

import shlex

from api.schemas.inspection import Inspection
from api.wording.imports import COMMANDS, LABELS

_UNKNOWN_ADVICE = "With the columns mapped, ask again: tagpilot import inspect {path} --map OURS=THEIRS"


def inspection_in_words(found: Inspection, path: str) -> list[str]:
    """`path`: of the file, as the command that imports it would be given it."""
    path = shlex.quote(path)
    if found.kind is None:
        advice = [f"  {_UNKNOWN_ADVICE.format(path=path)}"] if "Map it" in (found.why or "") else []
        notes = [f"  {note}" for note in found.notes]
        return [f"{found.file}: of no kind that is known. Nothing was stored.", f"  {found.why}", *notes, *advice]
    what = LABELS[found.kind] + (f" ({found.format})" if found.format else "")
    lines = [f"{found.file}: seems to hold {what}. Nothing was stored."]
    if found.also_fits:
        lines.append(f"  it could also be read as: {'; '.join(found.also_fits)}")
    if found.delimiter is not None:
        lines.append(f"  delimiter: {found.delimiter}")
    width = max((len(column.title) for column in found.columns), default=0)
    lines += [f"  {column.title:<{width}}  {column.read_as or 'not read'}" for column in found.columns]
    first = "first " if found.more else ""
    rows = "row" if found.rows == 1 else "rows"
    lines.append(f"  {first}{found.rows:,} {rows}: {found.good:,} would be kept, {found.rejected:,} refused")
    lines += [f"    {n:,} {rule}" for rule, n in found.by_rule.items()]
    lines += [f"    row {f.row}  {f.field}  {_quoted(f.value)}  {f.rule}: {f.what_to_do}" for f in found.faults]
    if found.rejected > (shown := len({f.row for f in found.faults})):
        lines.append(f"    ... and {found.rejected - shown:,} more rows with such faults")
    for other in found.other_readings:
        lines.append(f"  with {other.option}: {other.good:,} of {found.rows:,} {rows} would be kept")
    lines += [f"  {note}" for note in found.notes]
    lines += [f"  warning: {warning}" for warning in found.warnings]
    if found.why is not None:
        lines.append(f"  {found.why}")
    if found.pass_ or found.good:
        lines.append(f"  tagpilot {COMMANDS[found.kind]} {path} {' '.join(found.pass_)}".rstrip())
    elif found.rows:
        lines.append("  Nothing of it could be imported as it is: mend what the rows above say, or map other columns.")
    return lines


def _quoted(text: str) -> str:
    """As it stands in the file: what cannot be printed is spelt out already."""
    return f'"{text}"' if "'" in text else f"'{text}'"
