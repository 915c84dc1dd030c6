"""A later decision in one step: more months, more money, money carried forward, a contract raised, boroughs added."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from api.schemas.delivery.programmes import DecisionEntered
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.budget.position import decided_position
from tracker.decisions.papers import Entered, ProgrammeFile
from tracker.decisions.service import enter_file
from tracker.errors import BadEntry
from tracker.money import pence_of, pounds
from tracker.programme.portfolio import Portfolio
from tracker.programme.queries import portfolio
from tracker.programme.read_entry import read_entry
from tracker.times import AsOf

Entry = tuple[str, dict[str, Any]]
"""A section and the fields of one entry, as a decision's file has them."""


@dataclass(frozen=True, slots=True)
class LaterDecision:
    """A decision as an officer has it on the desk; amounts in pounds and days as text, as in a decision's file.

    `approve`, `carry_forward`: pounds by line; `ends`: days by kind of end; `contract_changes`: by field of an
    amendment.
    """

    reference: str
    title: str
    effective_on: date
    paragraph: str
    signed_on: date | None = None
    basis: str | None = None
    year: str | None = None
    approve: Mapping[str, str] = field(default_factory=dict)
    approved_by: str | None = None
    carry_forward: Mapping[str, str] = field(default_factory=dict)
    from_decision: str | None = None
    from_year: str | None = None
    contract: str | None = None
    contract_changes: Mapping[str, str] = field(default_factory=dict)
    ends: Mapping[str, str] = field(default_factory=dict)
    boroughs: tuple[str, ...] = ()
    phase: str | None = None
    planned: str | None = None
    running_maximum: str | None = None
    override: str | None = None
    """The reason to enter what is questioned."""

    @property
    def cited(self) -> dict[str, Any]:
        """What every entry of it states: the decision, its day, and the paragraph."""
        source = f"{self.reference}, {self.paragraph}"
        return {"decision": self.reference, "effective_on": self.effective_on, "source": source}


def decide(context: RequestContext, programme: Programme, decision: LaterDecision) -> DecisionEntered:
    """Enter all of a decision or, if one entry cannot be entered, none; with the figures before and after.

    Raises
    ------
    BadEntry
        A phase or a borough is in the programme already, or an entry cannot be entered.
    """
    context.require(Right.ENTER_PROGRAMME)
    with context.reader.connect() as connection:
        held = portfolio(connection, programme.key, AsOf(date.max))
    entries = tuple(
        Entered(section, read_entry(section, fields, f"this {section}"), f"this {section}")
        for section, fields in _entries(held, decision)
    )
    file = ProgrammeFile(programme.key, None, entries)
    report = enter_file(context.engine, file, override=decision.override, **context.entered)
    effective = decision.effective_on
    return DecisionEntered(
        programme=programme.key,
        reference=decision.reference,
        effective_on=effective,
        new=report.new,
        corrected=report.corrected,
        same=report.same,
        before=_figures_on(context, programme, effective - timedelta(days=1)),
        after=_figures_on(context, programme, effective),
        notes=list(report.notes),
    )


def _figures_on(context: RequestContext, programme: Programme, day: date) -> dict[str, str]:
    """What a decision can change, each in words."""
    with context.reader.connect() as connection:
        held = portfolio(connection, programme.key, AsOf(day))
    money = decided_position(held)
    other = f" or {pounds(money.other.approved)}" if money.other else ""
    out = {"approved": pounds(held.approved) + other, "unallocated": pounds(money.unallocated)}
    out |= {f"line {x.line}{f' {x.year}' if x.year else ''}": pounds(x.allocated) for x in money.lines}
    for contract in held.contracts():
        ceiling = "not stated" if contract.ceiling is None else pounds(contract.ceiling)
        out[f"contract {contract.let['key']}"] = f"{ceiling}, ends {contract.ends_on or 'not stated'}"
    out |= {kind.value: str(row["day"] or "not stated") for kind, row in held.ends().items()}
    out["places"] = str(len({row["place"] for row in held.of("place")}))
    return out


def _entries(held: Portfolio, decision: LaterDecision) -> list[Entry]:
    signed = decision.signed_on
    basis = decision.basis or ("date signed" if signed == decision.effective_on else "stated in the decision")
    paper = {
        "reference": decision.reference,
        "title": decision.title,
        "signed_on": signed,
        "effective_on": decision.effective_on,
        "effective_basis": basis,
    }
    ends: list[Entry] = [("end", {**decision.cited, "kind": kind, "day": day}) for kind, day in decision.ends.items()]
    return [
        ("decision", paper),
        *_money(held, decision),
        *_contract(held, decision),
        *ends,
        *_phase(held, decision),
        *_boroughs(held, decision),
    ]


def _money(held: Portfolio, decision: LaterDecision) -> list[Entry]:
    elsewhere, year = decision.approved_by, decision.year
    out: list[Entry] = []
    if elsewhere and elsewhere != decision.reference and all(d["reference"] != elsewhere for d in held.of("decision")):
        cited = {
            "reference": elsewhere,
            "title": "cited only",
            "effective_on": decision.effective_on,
            "effective_basis": f"known by its reference alone, from {decision.cited['source']}",
            "cited_only": True,
        }
        out.append(("decision", cited))
    if decision.approve:
        total = pounds(sum(pence_of(amount) for amount in decision.approve.values()))
        approved = {"key": "new", "kind": "approved", "amount_pounds": total, "year": year, "from_decision": elsewhere}
        out.append(("funding", {**decision.cited, **approved}))
    for line, amount in decision.approve.items():
        out.append(("allocation", {**decision.cited, "line": line, "year": year, "amount_pounds": amount}))
    for line, amount in decision.carry_forward.items():
        carried = {
            "key": f"forward-{line}",
            "kind": "carried forward",
            "amount_pounds": amount,
            "year": year,
            "from_decision": decision.from_decision,
            "from_line": line,
            "from_year": decision.from_year,
        }
        out.append(("funding", {**decision.cited, **carried}))
    return out


def _contract(held: Portfolio, decision: LaterDecision) -> list[Entry]:
    if not decision.contract_changes:
        return []
    before = [row for row in held.of("amendment") if row["contract"] == decision.contract]
    mine = [row["number"] for row in before if row["decision"] == decision.reference]
    number = mine[0] if mine else max((row["number"] for row in before), default=0) + 1
    amendment = {"contract": decision.contract, "number": number, "words": decision.title, **decision.contract_changes}
    return [("amendment", {**decision.cited, **amendment})]


def _phase(held: Portfolio, decision: LaterDecision) -> list[Entry]:
    name = decision.phase
    if name is None:
        return []
    phases = {row["name"]: row for row in held.of("phase")}
    if name in phases and phases[name]["decision"] != decision.reference:
        if decision.planned or decision.running_maximum:
            raise BadEntry(f"phase {name!r} is there already; tagpilot rollout plan enters another planned day")
        return []
    last = max((row["number"] for row in phases.values()), default=0)
    number = phases[name]["number"] if name in phases else last + 1
    planned = {"planned": decision.planned, "running_maximum": decision.running_maximum}
    return [("phase", {**decision.cited, "name": name, "number": number, **planned})]


def _boroughs(held: Portfolio, decision: LaterDecision) -> list[Entry]:
    taken = {row["place"] for row in held.of("place") if row["decision"] != decision.reference}
    for name in decision.boroughs:
        if name in taken:
            raise BadEntry(f"{name} is in the programme already; tagpilot rollout plan enters another planned day")
    return [
        ("place", {**decision.cited, "place": name, "kind": "borough", "phase": decision.phase})
        for name in decision.boroughs
    ]
