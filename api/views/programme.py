"""A programme for a person at a terminal, and for another program."""

from datetime import date
from enum import StrEnum
from typing import Any

from api.wording.text import table
from tracker.budget.position import position
from tracker.money import pounds
from tracker.programme.discrepancies import discrepancies
from tracker.programme.portfolio import Portfolio
from tracker.times import RoughDay

_OF_THE_RECORD = ("id", "programme_id", "recorded_at", "recorded_by", "superseded_at", "supersedes_id")


def programme_in_words(held: Portfolio) -> list[str]:
    """Lines of one screen or two."""
    money = position(held.approved, held.allocations())
    lines = [f"{held.name} ({held.key})", "", "Decisions"]
    for row in held.of("decision"):
        signed = f"signed {row['signed_on']}" if row["signed_on"] else "date signed not stated"
        cited = "; known by its reference alone" if row["cited_only"] else ""
        lines.append(f"  {row['reference']}: {row['title']}; {signed}, effective {row['effective_on']}{cited}")
        lines.append(f"    {row['effective_basis']}")
    lines += ["", f"Approved {pounds(held.approved)}; on lines {pounds(money.allocated)}; "
              f"unallocated {pounds(money.unallocated)}"]  # fmt: skip
    if held.noted:
        lines.append(f"Noted, released elsewhere: {pounds(held.noted)}")
    if held.to_claim:
        lines.append(f"Of it grants, to be claimed back: {pounds(held.to_claim)}")
    for row in held.of("funding"):
        lines.append(f"  {_funded(row)}")
    titles = {row["key"]: row["title"] for row in held.of("line")}
    rows = [[titles.get(x.line, x.line), x.year or "-", pounds(x.allocated)] for x in money.lines]
    if rows:
        lines += ["", table(["line", "year", "allocated"], rows)]
    for contract in held.contracts():
        ceiling = pounds(contract.ceiling) if contract.ceiling is not None else "not stated"
        lines += [
            "",
            f"Contract {contract.let['key']} with {contract.let['supplier']}: ceiling {ceiling}, "
            f"ends {contract.ends_on or 'not stated'} ({contract.let['source']})",
        ]
        lines += [f"  amended by {row['decision']}: {row['words']} ({row['source']})" for row in contract.amendments]
        lines += [f"  {row['state'] or 'not known'}: {row['words']} ({row['source']})" for row in contract.conditions]
    if held.of("phase"):
        rows = [
            [
                row["name"],
                str(RoughDay(row["planned_on"], row["planned_precision"])) if row["planned_on"] else "not stated",
                ", ".join(p["place"] for p in held.of("place") if p["phase"] == row["name"]),
                str(row["running_maximum"]) if row["running_maximum"] is not None else "-",
            ]
            for row in sorted(held.of("phase"), key=lambda row: row["number"])
        ]
        lines += ["", table(["phase", "planned", "places", "maximum"], rows)]
    for kind, row in held.ends().items():
        subject = f", subject to {row['subject_to']}" if row["subject_to"] else ""
        lines += ["", f"{kind}: {row['day'] or 'not stated'}{subject} ({row['source']})"]
    if held.measures():
        lines += ["", "Size: " + "; ".join(_size(row) for row in held.measures())]
    if held.of("legal_basis"):
        bases = [f"  {row['title']} ({row['source']})" for row in held.of("legal_basis")]
        lines += ["", "Legal bases", *dict.fromkeys(bases)]
    found = discrepancies(held)
    lines += ["", f"Does not fit together: {len(found) or 'nothing found'}"]
    for each in found:
        lines.append(f"  {each.subject}: " + " / ".join(f"{side.words} ({side.source})" for side in each.said))
    return lines


def _funded(row: Any) -> str:
    bound = f"{row['qualifier']} " if row["qualifier"] else ""
    year = f" for {row['year']}" if row["year"] else ""
    came = [row["giver"]] if row["giver"] else []
    if row["from_decision"]:
        line = f", {row['from_line']}" if row["from_line"] else ""
        year_before = f" {row['from_year']}" if row["from_year"] else ""
        came.append(f"{row['from_decision']}{line}{year_before}")
    source = f" from {', '.join(came)}" if came else ""
    return f"{row['kind']}: {bound}{pounds(row['amount_pence'])}{year}{source} ({row['source']})"


def _size(row: Any) -> str:
    bound = f"{row['qualifier']} " if row["qualifier"] and row["qualifier"] != "exactly" else ""
    number = "number not stated of" if row["number"] is None else f"{bound}{row['number']}"
    return f"{number} {row['unit']} ({row['source']})"


def programme_plain(held: Portfolio) -> dict[str, Any]:
    """Everything of it, with the figures that are worked out."""
    money = position(held.approved, held.allocations())
    return {
        "key": held.key,
        "name": held.name,
        "approvedPence": held.approved,
        "allocatedPence": money.allocated,
        "unallocatedPence": money.unallocated,
        "notedPence": held.noted,
        "toClaimPence": held.to_claim,
        "lines": [{"line": x.line, "year": x.year, "allocatedPence": x.allocated} for x in money.lines],
        "contracts": [
            {
                "key": c.let["key"],
                "supplier": c.let["supplier"],
                "ceilingPence": c.ceiling,
                "endsOn": _plain(c.ends_on),
                "amendments": [_row(row) for row in c.amendments],
                "conditions": [_row(row) for row in c.conditions],
            }
            for c in held.contracts()
        ],
        "ends": {kind.value: _row(row) for kind, row in held.ends().items()},
        "entries": {name: [_row(row) for row in rows] for name, rows in held.sections.items() if rows},
        "discrepancies": [each.to_json() for each in discrepancies(held)],
    }


def _row(row: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items() if name not in _OF_THE_RECORD and value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    return str(value) if isinstance(value, date) else value
