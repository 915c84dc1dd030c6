"""What was withdrawn, at a terminal."""

from api.schemas.withdrawals import WithdrawalOut, WithdrawalPage
from api.wording.text import london


def withdrawal_lines(found: WithdrawalOut) -> list[str]:
    """One withdrawal, and what is left to do."""
    lines = [f"Withdrawal {found.number}: {_what(found)} {_STATES[found.state]}"]
    lines.append(f"  by {found.by} on {london(found.at)}: {found.reason}")
    if found.taken_back_at is not None:
        lines.append(
            f"  taken back by {found.taken_back_by} on {london(found.taken_back_at)}: {found.taken_back_reason}"
        )
        return lines
    if found.rows is not None:
        lines.append(f"  {_some(found.rows, 'row')} of it counted until then")
    if found.crimes is not None and found.file_number is not None:
        lines.append(f"  {_some(found.crimes, 'crime')} of it: by an earlier report from now on, or not at all")
    if found.matches_withdrawn:
        lines.append(f"  {_some(found.matches_withdrawn, 'match', 'matches')} that rested on it: withdrawn")
    if found.matches_listed:
        lines.append(
            f"  {_some(found.matches_listed, 'confirmed or released match', 'confirmed or released matches')} that "
            "rested on it: decide with tagpilot review changed"
        )
    if found.not_counted_again:
        lines.append(
            f"  {_some(found.not_counted_again, 'assignment')} that it had corrected cannot count again: the device is "
            "on somebody else by now"
        )
    if found.state == "begun":
        lines.append("  a match, import or export still runs: the worker goes on when it has ended")
    return lines


def withdrawals_lines(found: WithdrawalPage) -> list[str]:
    if not found.items:
        return ["Nothing is withdrawn."]
    return [line for each in found.items for line in withdrawal_lines(each)]


_STATES = {
    "begun": "is being withdrawn",
    "withdrawn": "is withdrawn",
    "being taken back": "is being given back",
    "taken back": "was withdrawn and counts again",
}


def _what(found: WithdrawalOut) -> str:
    if found.file_number is not None:
        return f"file {found.file_number} ({found.file_name}, {found.kind})"
    of = f", of {found.duplicate_of}" if found.duplicate_of else ""
    return f"crime {found.crime_ref} of {found.force} ({found.ground}{of})"


def _some(number: int, one: str, many: str | None = None) -> str:
    return f"1 {one}" if number == 1 else f"{number:,} {many or one + 's'}"
