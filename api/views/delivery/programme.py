"""Programmes for a person at a terminal."""

from collections.abc import Sequence
from datetime import date, timedelta

from api.schemas.delivery.entries import Entries
from api.schemas.delivery.programmes import (
    ContractOut,
    DecisionEntered,
    DiscrepancyList,
    EntriesEntered,
    EntryCorrected,
    FilesEntered,
    ProgrammeList,
    ProgrammeOut,
    ProgrammeSummary,
)
from api.views.delivery.papers import (
    figures_in_words,
    funding_in_words,
    other_of_line,
    other_reading_in_words,
    size_in_words,
    sizes_in_words,
    to_come_in_words,
)
from api.views.heading import heading_in_words
from api.wording.text import table
from tracker.money import pounds
from tracker.times import DayPrecision, RoughDay


def list_in_words(found: ProgrammeList) -> list[str]:
    if not found.items:
        return ["There is no programme yet: tagpilot programme load enters the five papers."]
    rows = [
        [
            each.key,
            each.name,
            _approved(each),
            "-" if each.to_come and not each.approved_pence else pounds(each.unallocated_pence),
            "; ".join(size_in_words(measure) for measure in each.size) or "-",
            ", ".join(f"{kind} {end.day or 'not stated'}" for kind, end in each.ends.items()),
        ]
        for each in found.items
    ]
    heads = ["programme", "name", "approved", "unallocated", "size", "ends"]
    notes = [
        f"{each.key}: {words}"
        for each in found.items
        for words in [*to_come_in_words(each.to_come), *other_reading_in_words(each.other_reading)]
    ]
    return [heading_in_words(found), "", table(heads, rows), *(["", *notes] if notes else ())]


def _approved(each: ProgrammeSummary) -> str:
    """The sum, both sums where a paper can be read in two ways, or from when the first decision counts."""
    if each.to_come and not each.approved_pence:
        return f"from {each.to_come[0].effective_on} ({each.to_come[0].reference})"
    other = f" or {pounds(each.other_reading.approved_pence)}" if each.other_reading else ""
    return pounds(each.approved_pence) + other


def programme_in_words(held: ProgrammeOut) -> list[str]:
    """Lines of one screen or two."""
    lines = [f"{held.name} ({held.key})", *to_come_in_words(held.to_come), *_decisions(held.entries), *_money(held)]
    for contract in held.contracts:
        lines += _contract(contract)
    lines += _phases(held.entries)
    for kind, end in held.ends.items():
        subject = f", subject to {end.subject_to}" if end.subject_to else ""
        lines += ["", f"{kind}: {end.day or 'not stated'}{subject} ({end.source})"]
    if held.size:
        lines += ["", f"Size: {sizes_in_words(held.size)}"]
    if held.entries.responsible_person:
        who = [f"  {p.name}, {p.company_number}, {p.instrument} ({p.source})" for p in held.entries.responsible_person]
        lines += ["", "Whose employees may be responsible for the monitoring", *who]
    if held.figures:
        lines += ["", "Figures of the papers", *figures_in_words(held.figures)]
    if held.entries.legal_basis:
        bases = [f"  {basis.title} ({basis.source})" for basis in held.entries.legal_basis]
        lines += ["", "Legal bases", *dict.fromkeys(bases)]
    lines += ["", f"Contradictions between the papers: {len(held.discrepancies) or 'none found'}"]
    for each in held.discrepancies:
        lines.append(f"  {each.subject}: " + " / ".join(f"{side.words} ({side.source})" for side in each.sides))
    return lines


def discrepancies_in_words(found: DiscrepancyList) -> list[str]:
    """Programme by programme, each contradiction with both paragraphs."""
    lines = []
    for key in found.programmes:
        mine = [each for each in found.items if each.programme == key]
        lines.append(f"{key}: {len(mine) or 'none'}")
        for each in mine:
            lines.append(f"  {each.subject} ({each.rule})")
            lines += [f"    {side.source}: {side.words}" for side in each.sides]
    return lines


def files_in_words(entered: FilesEntered) -> list[str]:
    return [line for each in entered.items for line in [f"{each.programme}: {_counts(each)}", *_notes(each.notes)]]


def entry_in_words(entered: EntriesEntered) -> list[str]:
    state = "entered" if entered.new else "corrected" if entered.corrected else "was there already"
    return [state, *_notes(entered.notes)]


def correction_in_words(corrected: EntryCorrected) -> list[str]:
    return ["corrected" if corrected.corrected else "says so already", *_notes(corrected.notes)]


def decision_in_words(entered: DecisionEntered) -> list[str]:
    """The figures that the decision can change, before and after."""
    before, after = entered.before, entered.after
    rows = [[name, before.get(name, "-"), after.get(name, "-")] for name in {**before, **after}]
    return [
        f"{entered.reference} of {entered.programme}: {_counts(entered)}",
        "",
        table(["", f"until {entered.effective_on - timedelta(days=1)}", f"from {entered.effective_on}"], rows),
        *_notes(entered.notes),
    ]


def _counts(entered: EntriesEntered | DecisionEntered) -> str:
    return f"{entered.new} entries new, {entered.corrected} corrected, {entered.same} there already"


def _notes(notes: Sequence[str]) -> list[str]:
    return [f"note: {note}" for note in notes]


def _decisions(entries: Entries) -> list[str]:
    lines = ["", "Decisions"] if entries.decision else []
    for paper in entries.decision:
        signed = f"signed {paper.signed_on}" if paper.signed_on else "date signed not stated"
        cited = "; known by its reference alone" if paper.cited_only else ""
        lines.append(f"  {paper.reference}: {paper.title}; {signed}, effective {paper.effective_on}{cited}")
        lines.append(f"    {paper.effective_basis}")
    return lines


def _money(held: ProgrammeOut) -> list[str]:
    lines = [
        "",
        f"Approved {pounds(held.approved_pence)}; on lines {pounds(held.allocated_pence)}; "
        f"unallocated {pounds(held.unallocated_pence)}",
    ]
    if held.noted_pence:
        lines.append(f"Noted, released elsewhere: {pounds(held.noted_pence)}")
    if held.to_claim_pence:
        lines.append(f"Of it grants, to be claimed back: {pounds(held.to_claim_pence)}")
    lines += other_reading_in_words(held.other_reading)
    lines += [f"  {funding_in_words(funding)}" for funding in held.entries.funding]
    titles = {line.key: line.title for line in held.entries.line}
    lines += [
        f"  noted: {titles.get(each.line, each.line)} {each.year or ''} {pounds(each.amount_pence)} ({each.source})"
        for each in held.entries.allocation
        if each.noted
    ]
    stated = [each for each in held.entries.allocation if each.qualifier not in (None, "exactly") and not each.noted]
    bounds = {(each.line, each.year): f"{each.qualifier} " for each in stated}
    rows = [
        [
            titles.get(x.line, x.line),
            x.year or "-",
            bounds.get((x.line, x.year), "")
            + pounds(x.allocated_pence)
            + other_of_line(held.other_reading, x.line, x.year),
        ]
        for x in held.lines
    ]
    return [*lines, "", table(["line", "year", "allocated"], rows)] if rows else lines


def _contract(contract: ContractOut) -> list[str]:
    ceiling = "not stated" if contract.ceiling_pence is None else pounds(contract.ceiling_pence)
    ends = contract.ends_on or "not stated"
    return [
        "",
        f"Contract {contract.key} with {contract.supplier}: ceiling {ceiling}, ends {ends} ({contract.source})",
        *(f"  amended by {each.decision}: {each.words} ({each.source})" for each in contract.amendments),
        *(f"  {each.state or 'not known'}: {each.words} ({each.source})" for each in contract.conditions),
    ]


def _phases(entries: Entries) -> list[str]:
    if not entries.phase:
        return []
    rows = [
        [
            phase.name,
            _planned(phase.planned_on, phase.planned_precision),
            ", ".join(place.place for place in entries.place if place.phase == phase.name) or "-",
            "-" if phase.running_maximum is None else str(phase.running_maximum),
        ]
        for phase in sorted(entries.phase, key=lambda phase: phase.number)
    ]
    return ["", table(["phase", "planned", "places", "maximum"], rows)]


def _planned(day: date | None, precision: str | None) -> str:
    return "not stated" if day is None else str(RoughDay(day, DayPrecision(precision or DayPrecision.DAY)))
