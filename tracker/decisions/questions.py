"""What is asked about an entry of a decision before it counts, because it may not be what the paper means.

An entry that lowers something under what is in use, or brings an end forward, is questioned; so is a sum entered as
newly approved that is as large as what was approved before, for it may be the whole cost. With a reason it is entered.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from tracker.attention.kinds import COUNTED_TWICE, LOWERED
from tracker.budget.position import position
from tracker.counted import counted
from tracker.money import pounds
from tracker.programme.portfolio import ADDS, Portfolio, Row
from tracker.programme.sections import EndKind


@dataclass(frozen=True, slots=True)
class InUse:
    """What is taken now: places, and pence committed or spent of all approvals, by line and year, and by contract."""

    places: int
    pence: int
    by_line: Mapping[tuple[str, str | None], int]
    by_contract: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Question:
    """One question: of what kind, about what, in words, and by which paragraph."""

    kind: str
    subject: str
    words: str
    source: str


def questions(before: Portfolio, after: Portfolio, in_use: InUse) -> list[Question]:
    """What is asked about a change of a programme's papers."""
    return [
        *_maximum(before, after, in_use),
        *_money(before, after, in_use),
        *_ceilings(before, after, in_use),
        *_ends(before, after),
        *_whole_costs(before, after),
    ]


def _maximum(before: Portfolio, after: Portfolio, in_use: InUse) -> Iterator[Question]:
    was = {row["name"]: row["running_maximum"] for row in before.of("phase")}
    for row in after.of("phase"):
        old, new = was.get(row["name"]), row["running_maximum"]
        if old is not None and new is not None and new < min(old, in_use.places):
            taken = counted(in_use.places, "place is", "places are")
            words = f"the maximum of {row['name']} falls from {old} to {new}, and {taken} taken"
            yield Question(LOWERED, f"maximum of {row['name']}", words, row["source"])


def _money(before: Portfolio, after: Portfolio, in_use: InUse) -> Iterator[Question]:
    if after.approved < min(before.approved, in_use.pence):
        words = (
            f"the approvals fall from {pounds(before.approved)} to {pounds(after.approved)}, and "
            f"{pounds(in_use.pence)} is committed or spent"
        )
        yield Question(LOWERED, "approvals", words, "the decisions that approve money")
    old, new = _allocated(before), _allocated(after)
    for key, pence in sorted(old.items(), key=str):
        used = in_use.by_line.get(key, 0)
        if new.get(key, 0) < min(pence, used):
            name = key[0] + (f" {key[1]}" if key[1] else "")
            words = (
                f"line {name} falls from {pounds(pence)} to {pounds(new.get(key, 0))}, and {pounds(used)} of it is "
                "committed or spent"
            )
            yield Question(LOWERED, f"line {name}", words, "the decisions that allocate money")


def _ceilings(before: Portfolio, after: Portfolio, in_use: InUse) -> Iterator[Question]:
    was = {each.let["key"]: each for each in before.contracts()}
    for each in after.contracts():
        key = each.let["key"]
        old = was.get(key)
        if old is None:
            continue
        used = in_use.by_contract.get(key, 0)
        if old.ceiling is not None and each.ceiling is not None and each.ceiling < min(old.ceiling, used):
            words = (
                f"the ceiling of contract {key} falls from {pounds(old.ceiling)} to {pounds(each.ceiling)}, and "
                f"{pounds(used)} is committed on it"
            )
            yield Question(LOWERED, f"ceiling of {key}", words, each.let["source"])
        if old.ends_on is not None and each.ends_on is not None and each.ends_on < old.ends_on:
            words = f"the end of contract {key} comes forward from {old.ends_on} to {each.ends_on}"
            yield Question(LOWERED, f"end of {key}", words, each.ends_by["source"])


def _ends(before: Portfolio, after: Portfolio) -> Iterator[Question]:
    was = before.ends()
    for kind, row in after.ends().items():
        old, new = was.get(kind, {}).get("day"), row["day"]
        if kind is not EndKind.CONTRACT and isinstance(old, date) and isinstance(new, date) and new < old:
            yield Question(LOWERED, kind.value, f"the {kind} comes forward from {old} to {new}", row["source"])


def _whole_costs(before: Portfolio, after: Portfolio) -> Iterator[Question]:
    had, had_lines = _approved_by(before), _lines_by(before)
    days = {row["reference"]: row["effective_on"] for row in after.of("decision")}
    asked = set()
    for decision, pence in _approved_by(after).items():
        earlier = [row for row in after.of("funding") if row["kind"] in ADDS and _earlier(row, decision, days)]
        held = sum(row["amount_pence"] for row in earlier)
        if pence > had.get(decision, 0) and held and pence >= held:
            asked.add(decision)
            yield _twice(decision, "in all", pence, held, _sources(earlier))
    for (decision, line), pence in _lines_by(after).items():
        earlier = [row for row in after.of("allocation") if row["line"] == line and _earlier(row, decision, days)]
        held = sum(row["amount_pence"] for row in earlier if not row["noted"])
        if decision not in asked and pence > had_lines.get((decision, line), 0) and held and pence >= held:
            yield _twice(decision, f"on line {line}", pence, held, _sources(earlier))


def _twice(decision: str, where: str, pence: int, held: int, sources: str) -> Question:
    words = (
        f"{decision} has {pounds(pence)} as newly approved {where}, where {pounds(held)} was approved before "
        f"({sources}). Either all of it is new, and {pounds(pence + held)} is approved {where}; or it is the whole "
        f"cost, and {pounds(pence - held)} is new: then enter that, and what is moved as carried forward"
    )
    return Question(COUNTED_TWICE, f"{decision} {where}", words, sources)


def _lines_by(held: Portfolio) -> dict[tuple[str, str], int]:
    """Pence that each decision gives to each line."""
    out: dict[tuple[str, str], int] = defaultdict(int)
    for row in held.of("allocation"):
        if not row["noted"]:
            out[row["decision"], row["line"]] += row["amount_pence"]
    return out


def _approved_by(held: Portfolio) -> dict[str, int]:
    out: dict[str, int] = defaultdict(int)
    for row in held.of("funding"):
        if row["kind"] in ADDS:
            out[row["decision"]] += row["amount_pence"]
    return out


def _earlier(row: Row, decision: str, days: Mapping[str, date]) -> bool:
    other: str = row["decision"]
    return other != decision and days.get(other, date.max) <= days.get(decision, date.min)


def _allocated(held: Portfolio) -> dict[tuple[str, str | None], int]:
    return {(line.line, line.year): line.allocated for line in position(0, held.allocations()).lines}


def _sources(rows: list[Row]) -> str:
    return "; ".join(dict.fromkeys(row["source"] for row in rows))
