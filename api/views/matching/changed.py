"""What is to be matched again, and what has changed since it was said, at a terminal."""

from api.schemas.matching.changed import ChangedMatchOut, ChangedMatchPage, DecidedOut
from api.schemas.matching.rematch import Rematch
from api.views.matching.candidates import text_lines
from api.wording.text import london

_DONE = {
    "keep": "is kept",
    "withdraw": "is withdrawn",
    "recall": "is recalled; notify the recipient and record the answer",
}


def rematch_lines(found: Rematch) -> list[str]:
    if found.in_words is None:
        return [f"All open and released matches are of version {found.algorithm} of the matcher."]
    lines = [found.in_words if any(each.job is None for each in found.items) else _stored(found)]
    for each in found.items:
        job = "" if each.job is None else f": job {each.job.id} is {each.job.state}"
        lines.append(f"  {each.in_words}{job}")
    return lines


def changed_lines(found: ChangedMatchPage) -> list[str]:
    if not found.items:
        return ["No match is listed."]
    lines = []
    for each in found.items:
        lines += [*_one(each), ""]
    return lines[:-1]


def decided_lines(done: DecidedOut) -> list[str]:
    return [f"Match {done.match_id} {_DONE[done.decision]}; it is {done.state}."]


def _stored(found: Rematch) -> str:
    number = len(found.items)
    months = "1 month is" if number == 1 else f"{number:,} months are"
    return f"{months} to be matched again by version {found.algorithm}; a worker does it."


def _one(each: ChangedMatchOut) -> list[str]:
    lines = [
        f"Match {each.match_id} ({each.state}): wearer {each.wearer_ref} at {each.force} {each.crime_ref}, "
        f"{each.crime_type_in_words or each.crime_type}",
        *text_lines(each.crime_text),
        f"  {each.settings.in_words}",
        f"  before  {each.before.in_words}",
        f"  now     {each.after.in_words}",
        f"  because of {each.causes_in_words}",
    ]
    for line in each.changes:
        what = f" ({line.what})" if line.what else ""
        lines.append(f"    {line.figure}: {line.before}; now {line.after}{what}")
    if each.decision is not None:
        decided = each.decision
        lines.append(f"  {decided.decision} by {decided.by} on {london(decided.at)}: {decided.reason}")
    else:
        lines.append(f"  decide: tagpilot review {'|'.join(each.can_be)} {each.match_id} --reason ...")
    return lines
