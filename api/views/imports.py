"""What a file seems to hold, in lines for the terminal."""

from api.schemas.inspection import Inspection
from api.wording.imports import LABELS


def inspection_in_words(found: Inspection) -> list[str]:
    if found.kind is None:
        return [f"{found.file}: of no kind that is known. Nothing was stored.", f"  {found.why}"]
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
    lines.append(f"  of the {first}{found.rows:,} {rows} {found.good:,} would be kept, {found.rejected:,} refused")
    lines += [f"    {n:,} {rule}" for rule, n in found.by_rule.items()]
    lines += [f"    row {f.row}  {f.field}  {f.value!r}  {f.rule}: {f.what_to_do}" for f in found.faults]
    for other in found.other_readings:
        lines.append(f"  with {other.option}: {other.good:,} of {found.rows:,} {rows} would be kept")
    lines += [f"  {note}" for note in found.notes]
    lines += [f"  warning: {warning}" for warning in found.warnings]
    if found.why is not None:
        lines.append(f"  {found.why}")
    lines.append(f"  tagpilot import {found.kind} {found.file} {' '.join(found.pass_)}".rstrip())
    return lines
