"""A column mapping as a command or a request gives it, as the readers take it."""


def split(mapping: dict[str, str]) -> dict[str, dict[str, str]]:
    """Columns and constants apart, as the record's readers take them."""
    return {
        "columns": {ours: theirs for ours, theirs in mapping.items() if not theirs.startswith("=")},
        "constants": {ours: theirs[1:] for ours, theirs in mapping.items() if theirs.startswith("=")},
    }
