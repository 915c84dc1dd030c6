"""What is adopted of the accuracy of device models, in words."""

from api.schemas.matching.accuracy_levels import AccuracyLevels, AdoptionEntered, AdoptionOut, AdoptionTakenBack
from api.wording.text import london, table
from tracker.counted import counted


def levels_in_words(found: AccuracyLevels) -> list[str]:
    """Each adoption with who entered it and why, then the models on record."""
    lines = []
    if found.items:
        titles = ["model", "from", "level", "factor", "", "adopted by", "entered (London)", "reason"]
        lines.append(table(titles, [_row(each) for each in found.items]))
    else:
        lines.append("Nothing is adopted: a stated accuracy is the radius its row declares, else the 68 % radius.")
    models = ", ".join(f"{each.model} ({counted(each.devices, 'device')})" for each in found.models)
    lines += ["", f"Models on record: {models or 'none; enter them with tagpilot tag model'}."]
    return lines


def entered_in_words(done: AdoptionEntered) -> list[str]:
    """What now holds, and what it replaced."""
    if not done.new:
        return [f"On record already: {_what(done.adoption)}."]
    before = "" if done.corrected is None else f" It corrects {_values(done.corrected)}."
    return [f"Adopted: {_what(done.adoption)}.{before} Matches from now on use it."]


def taken_back_in_words(done: AdoptionTakenBack) -> list[str]:
    """What no longer holds, and what does."""
    now = "nothing is adopted" if done.now_in_force is None else f"{_what(done.now_in_force)} holds"
    return [f"Taken back: {_what(done.taken_back)}. From that day on {now}."]


def _what(each: AdoptionOut) -> str:
    return f"{each.model} from {each.from_} on, {_values(each)}"


def _values(each: AdoptionOut) -> str:
    level = "no level" if each.level is None else f"level {each.level} %"
    return f"{level}, factor {each.factor:g}"


def _row(each: AdoptionOut) -> list[str]:
    state = "in force" if each.in_force else ""
    if each.superseded_at is not None:
        state = f"until {london(each.superseded_at)}"
    level = "-" if each.level is None else str(each.level)
    entered = london(each.entered_at)
    return [each.model, str(each.from_), level, f"{each.factor:g}", state, each.adopted_by, entered, each.reason]
