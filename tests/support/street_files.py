"""Street files of police.uk, made up."""

from collections.abc import Sequence
from pathlib import Path

HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)


def street_file(path: Path, month: str, crimes: Sequence[tuple[str, str, int]]) -> Path:
    """Area, crime type and how many, as police.uk writes them."""
    rows = [
        f"{n:064x},{month},Metropolitan Police Service,Metropolitan Police Service,-0.1,51.5,On or near Acre Lane,"
        f"E01000001,{area},{kind},Under investigation,"
        for area, kind, count in crimes
        for n in range(count)
    ]
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path
