"""What has changed from one run to another, at a terminal."""

from collections.abc import Sequence

from api.schemas.matching.difference import Change, Difference
from api.views.matching.candidates import cut
from api.views.matching.run import indented
from api.wording.text import table

_WORDS = {
    "added": "candidates that were none before",
    "withdrawn": "candidates that are none any more",
    "changed": "pairs with other evidence, another version of the crime or another verdict",
}


def comparison_in_words(found: Difference) -> list[str]:
    """The counts, and each change on the page."""
    lines = [f"From run {found.before} to run {found.after}", "", *difference_in_words(found), ""]
    if found.items:
        lines += [*cut(found.total, found.limit), *indented(_table(found.items))]
    return lines


def difference_in_words(found: Difference) -> list[str]:
    """The counts alone."""
    if not found.total:
        return ["Nothing has changed"]
    return [f"{getattr(found, name):,} {name}: {words}" for name, words in _WORDS.items()]


def _table(items: Sequence[Change]) -> str:
    rows = [
        [
            item.change,
            item.force,
            item.crime_ref,
            _from_to(item.version_before, item.version),
            item.wearer_id,
            _from_to(item.verdict_before, item.verdict),
            ", ".join(item.differs),
        ]
        for item in items
    ]
    return table(["", "force", "crime", "version", "wearer", "verdict", "differs in"], rows)


def _from_to(before: object, after: object) -> str:
    known = [str(value) for value in (before, after) if value is not None]
    return " to ".join(dict.fromkeys(known)) or "-"
