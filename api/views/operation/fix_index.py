"""What was done to the matcher's index of the stored fixes, in words."""

from api.schemas.operation.fix_index import FixIndexMade
from tracker.counted import counted


def fix_index_in_words(made: FixIndexMade) -> list[str]:
    """What was made, what is indexed, and who makes the rest."""
    if not made.by_record:
        return [
            "Nothing was indexed: no programme on record maps crimes, so files say who may be read. The next match "
            "makes the index."
        ]
    lines = [f"{counted(made.made, 'day')} of fixes indexed; {made.indexed:,} of {made.stored:,} stored days are now."]
    if made.taken_out:
        lines.append(f"What may no longer be read was taken out of {counted(made.taken_out, 'day')}.")
    return lines
