"""Which version of the matcher a match is of, in words, and what to match again."""

from collections.abc import Mapping

from api.wording.chance import month_in_words


def version_in_words(found_by: str | None, present: str) -> str | None:
    """That a match is of another version of the matcher than the present one; None where it is of this one."""
    if found_by == present:
        return None
    by = "an earlier version" if found_by is None else f"version {found_by}"
    return f"Last tested by {by} of the matcher; the present version is {present}: tagpilot review rematch."


def rematch_in_words(months: int, matches: int, present: str) -> str | None:
    """One sentence with the numbers and the command; None where there is nothing to match again."""
    if not months:
        return None
    of = "1 month has" if months == 1 else f"{months:,} months have"
    return (
        f"{of} {counted(matches, 'open or released match', 'open or released matches')} of an earlier version of the "
        f"matcher than version {present}: tagpilot review rematch"
    )


def month_to_match_in_words(month: str, states: Mapping[str, int], crimes: int) -> str:
    """`September 2019: 3 new and 1 confirmed, at 4 crimes`."""
    parts = [f"{number:,} {state}" for state, number in states.items()]
    joined = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{month_in_words(month)}: {joined}, at {counted(crimes, 'crime', 'crimes')}"


def counted(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"
