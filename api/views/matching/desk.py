"""Notes on matches and what is new, at a terminal."""

from api.schemas.matching.news import MailState, MatchFeed, NewMatches
from api.schemas.matching.notes import MatchNotes
from api.schemas.matching.review import MatchOut
from api.views.matching.candidates import text_lines
from api.wording.text import london


def notes_lines(found: MatchNotes) -> list[str]:
    if not found.items:
        return [f"There is no note on match {found.match_id}."]
    lines = []
    for note in found.items:
        lines.append(f"{note.number}  {london(note.at)}  {note.by}: {note.words}")
        if note.ended_at is not None:
            what = "taken back" if note.replaced_by is None else f"corrected by note {note.replaced_by}"
            lines.append(f"    {what} on {london(note.ended_at)} by {note.ended_by}: {note.reason}")
    return lines


def feed_lines(found: MatchFeed) -> list[str]:
    lines = [line for each in found.items for line in match_lines(each)] or ["Nothing is new behind that place."]
    return [*lines, "", f"Go on with --after {found.next}"]


def new_lines(found: NewMatches) -> list[str]:
    types = [f"  {number:>7,}  {crime_type}" for crime_type, number in found.by_type.items()]
    return [found.in_words, *types, *_mail(found.mail), f"Move on: tagpilot desk looked {found.up_to}"]


def _mail(mail: MailState | None) -> list[str]:
    if mail is None or mail.why is None:
        return []
    if not mail.failures:
        return [f"The last mail went out at {london(mail.at)}, but {mail.why}."]
    times = "once" if mail.failures == 1 else f"{mail.failures} times"
    return [f"No mail went out: {mail.why}. Tried {times}, last at {london(mail.at)}; it is tried again."]


def match_lines(match: MatchOut) -> list[str]:
    """A match in a list: what it is, and what the force wrote of the crime."""
    kind = match.crime_type_in_words or match.crime_type
    return [
        f"{match.id}  {match.state}: wearer {match.wearer_ref} at {match.force} {match.crime_ref}, {kind}",
        f"  {match.in_words}",
        *text_lines(match.crime_text),
    ]
