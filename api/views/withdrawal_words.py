"""Withdrawals as a page shows them: what is withdrawn, what follows, and what one of them moved."""

from api.schemas.withdrawals import WithdrawalOut

OF_FILE = {
    "crimes": "A file of crimes",
    "fixes": "A file of positions",
    "events": "A file of events of tags",
    "assignments": "A file of assignments",
    "crime": "One crime",
}
"""What is withdrawn, by kind."""
GROUNDS = (
    ("no crime", "It is no crime"),
    ("error", "It was entered in error"),
    ("duplicate", "It repeats another crime of the same force"),
)
_MATCHES = (
    "Open matches that rest on it are withdrawn. Confirmed and released ones wait for a decision: to be kept, "
    "withdrawn or recalled."
)
_ON_RECORD = "It stays on record with your name and reason, and can be taken back as long as its rows are held."


def what_in_words(found: WithdrawalOut) -> str:
    """`A file of crimes (july.csv)`; `Crime 4417/19 of Metropolitan`."""
    if found.crime_ref is not None:
        return f"Crime {found.crime_ref} of {found.force}"
    return f"{OF_FILE[found.kind]} ({found.file_name})"


def consequences(kind: str, rows: int | None) -> list[str]:
    """What follows from withdrawing a file of this kind with so many rows, or one crime."""
    if kind == "crime":
        first = ["The crime is in no list, match or pool from then on, even where a force reports it again."]
    else:
        counted = "Its rows count" if rows is None else f"Its {rows:,} rows count" if rows != 1 else "Its row counts"
        first = [f"{counted} nowhere from then on. What they had replaced counts again."]
    waits = ["Running matches are handed back first, so it may take some time."] if kind in ("fixes", "events") else []
    return [*first, _MATCHES, *waits, _ON_RECORD]


def moved(found: WithdrawalOut) -> list[tuple[str, str, str]]:
    """What it moved: words, the number, and the number's name. What does not concern its kind is left out."""
    rows = [
        ("Rows that counted until then", found.rows, "rows"),
        ("Crimes that counted until then", found.crimes, "crimes"),
        ("Matches withdrawn", found.matches_withdrawn, "matchesWithdrawn"),
        ("Confirmed and released matches that wait, or waited, for a decision", found.matches_listed, "matchesListed"),
    ]
    if found.not_counted_again:
        words = "Assignments that do not count again, because their devices are on somebody else by now"
        rows.append((words, found.not_counted_again, "notCountedAgain"))
    return [(words, f"{number:,}", name) for words, number, name in rows if number is not None]
