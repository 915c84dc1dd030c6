"""What has changed from one run to another: for a person in words and a table, for a program as Structs."""

from pathlib import Path

from api.schemas.matching.difference import Change, Difference, difference_of
from api.usecases.actor import Actor
from api.usecases.matching import runs as reading_runs
from api.views.matching.candidates import Shown, cut
from api.views.matching.run import indented
from api.wording.text import table
from matcher.runs.folder import RunFolder

_WORDS = {
    "added": "candidates that were none before",
    "withdrawn": "candidates that are none any more",
    "changed": "pairs with other evidence, another version of the crime or another verdict",
}


def compared(actor: Actor, runs_dir: Path, before: str, after: str, limit: int) -> Shown:
    """From the run called `before` to the one called `after`. Raises matcher.errors.RunNotFound."""
    runs = [reading_runs.readable_run(actor, runs_dir, name) for name in (before, after)]
    told = changes(actor, *runs, limit=limit)
    lines = [f"From run {told.before} to run {told.after}", "", *difference_in_words(told), ""]
    if told.items:
        lines += [*cut(told.total, limit), *indented(_table(told.items))]
    return Shown(lines, told)


def changes(actor: Actor, before: RunFolder, after: RunFolder, *, limit: int) -> Difference:
    """`limit` rows of it, and all of the counts."""
    return difference_of(before.run_id, after.run_id, reading_runs.difference(actor, before, after), limit=limit)


def difference_in_words(told: Difference) -> list[str]:
    if not told.total:
        return ["Nothing has changed"]
    return [f"{getattr(told, name):,} {name}: {words}" for name, words in _WORDS.items()]


def _table(items: list[Change]) -> str:
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
    told = [str(value) for value in (before, after) if value is not None]
    return " to ".join(dict.fromkeys(told)) or "-"
