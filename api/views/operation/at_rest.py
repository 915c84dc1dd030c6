"""What a check of everything at rest found, in words."""

from api.schemas.operation.at_rest import AtRestOut

NOTES_SHOWN = 20


def at_rest_in_words(found: AtRestOut) -> list[str]:
    """Faults first, each on a line; then what could not be checked; then what was."""
    counted = ", ".join(f"{n:,} {kind}" for kind, n in found.counts.items())
    notes = [f"not checked: {note}" for note in found.notes[:NOTES_SHOWN]]
    if len(found.notes) > NOTES_SHOWN:
        notes.append(f"not checked: {len(found.notes) - NOTES_SHOWN:,} more")
    faults = [f"DAMAGED {fault}" for fault in found.faults]
    n = len(faults)
    verdict = f"{n:,} fault{'s' * (n != 1)} found" if n else "All that was checked is what was written"
    return [*faults, *notes, f"{verdict}: {counted}."]
