"""What wants attention, and what was settled, for a person at a terminal."""

from collections.abc import Iterable

from api.schemas.delivery.attention import (
    AgainstOut,
    AttentionCases,
    AttentionItem,
    AttentionList,
    SettledEntered,
    SettledOut,
    SettlementList,
)
from api.wording.text import table

_URGENCIES = {1: "now", 2: "soon", 3: "coming", 4: "to be read"}


def attention_in_words(found: AttentionList) -> list[str]:
    """Every item with its paragraph and what settles it, the most urgent first."""
    lines = ["Nothing wants attention."] if not any(item.settled is None for item in found.items) else []
    urgency = 0
    for item in found.items:
        if item.settled is None and item.urgency != urgency:
            urgency = item.urgency
            lines += ["", f"{_URGENCIES[urgency].capitalize()}"] if lines else [f"{_URGENCIES[urgency].capitalize()}"]
        if item.settled is None:
            named = f" {item.subject}" if item.subject else ""
            lines += [f"  - {item_in_words(item)}", f"      {item.kind}{named}: {item.where}"]
    done = [item for item in found.items if item.settled is not None]
    if done or found.settled:
        lines += ["", "Settled"]
        lines += [f"  - {item.words}: {_settled(item.settled)}" for item in done if item.settled is not None]
        lines += [f"  - {kind}: {licences_in_words(count)}" for kind, count in found.settled.items()]
    return lines


def cases_in_words(found: AttentionCases) -> list[str]:
    """The licences of one kind."""
    rows = [
        [case.licence, case.wearer, str(case.since), "" if case.settled is None else _settled(case.settled)]
        for case in found.items
    ]
    lines = [f"{licences_in_words(found.total)}: {found.words} ({found.source})", f"Settled by: {found.where}"]
    return [*lines, "", table(["licence", "wearer", "since", "settled"], rows)] if rows else lines


def settlements_in_words(found: SettlementList) -> list[str]:
    """Settlements, newest first, those taken back too."""
    rows = [
        [
            str(row.number),
            row.kind,
            row.licence or row.subject or "-",
            str(row.on),
            row.by,
            row.reason,
            "" if row.ended_at is None else f"not in force since {row.ended_at:%Y-%m-%d}",
        ]
        for row in found.items
    ]
    head = ["number", "kind", "of", "on", "by", "reason", ""]
    return [f"{found.total} settlements", *(["", table(head, rows)] if rows else [])]


def settled_in_words(entered: SettledEntered) -> list[str]:
    what = licences_in_words(entered.licences) if entered.licences else entered.subject or "the programme"
    return [f"Settled: {entered.kind} of {what}."]


def against_in_words(against: Iterable[AgainstOut]) -> list[str]:
    """One line for each thing that speaks against a licence's place or tags."""
    return [
        f"against: {each.words}" + (f"; settled: {_settled(each.settled)}" if each.settled is not None else "")
        for each in against
    ]


def item_in_words(item: AttentionItem) -> str:
    """One item in one line."""
    return f"{item.words} ({item.source})" if item.source else item.words


def licences_in_words(number: int) -> str:
    return "1 licence" if number == 1 else f"{number:,} licences"


def _settled(settled: SettledOut) -> str:
    return f"{settled.reason} ({settled.by}, {settled.on})"
