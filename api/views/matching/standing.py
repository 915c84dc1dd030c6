"""Standing settings in words."""

from api.schemas.matching.standing import (
    StandingSettingEntered,
    StandingSettingOut,
    StandingSettings,
    StandingSettingTakenBack,
)
from api.wording.text import london, table


def standing_in_words(found: StandingSettings) -> list[str]:
    """Each with who entered it and why, then the standard."""
    lines = []
    if found.items:
        titles = ["crime type", "from", "settings", "", "entered by", "entered (London)", "reason"]
        lines.append(table(titles, [_row(each) for each in found.items]))
    else:
        lines.append("No standing settings: all crimes are matched with the standard.")
    return [*lines, "", f"Standard: {found.standard.in_words}."]


def standing_entered_in_words(done: StandingSettingEntered) -> list[str]:
    """What now holds, and what follows."""
    if not done.new:
        return [f"On record already: {_what(done.setting)}."]
    lines = [f"Entered: {_what(done.setting)}."]
    if done.corrected is not None:
        lines.append(f"It corrects: {done.corrected.settings.in_words}.")
    if done.crimes_of_type == 0:
        lines.append(f"No crime on record is of the type {done.setting.crime_type!r}: is it written as crimes have it?")
    return [*lines, *_follows(done.left_queue, done.jobs)]


def standing_taken_back_in_words(done: StandingSettingTakenBack) -> list[str]:
    """What no longer holds, and what does."""
    lines = [f"Taken back: {_what(done.taken_back)}.", f"Instead: {done.now_holds.in_words}."]
    return [*lines, *_follows(done.left_queue, done.jobs)]


def _follows(left: int, jobs: list[int]) -> list[str]:
    lines = []
    if left:
        lines.append(f"{left:,} new {'match' if left == 1 else 'matches'} made with other settings left the queue.")
    if jobs:
        lines.append(f"Job {jobs[0]} matches the crimes with it; a worker does it.")
    return lines


def _what(each: StandingSettingOut) -> str:
    return f"{_type(each)} from {each.from_} on, {each.settings.in_words}"


def _type(each: StandingSettingOut) -> str:
    return each.crime_type or "every other type"


def _row(each: StandingSettingOut) -> list[str]:
    state = "in force" if each.in_force else ""
    if each.superseded_at is not None:
        state = f"until {london(each.superseded_at)}"
    entered = london(each.entered_at)
    return [_type(each), str(each.from_), each.settings.in_words, state, each.entered_by, entered, each.reason]
