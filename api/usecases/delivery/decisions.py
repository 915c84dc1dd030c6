"""A later decision in one step: more months, more money, money carried forward, a contract raised, boroughs added."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from msgspec import UnsetType
from sqlalchemy import Connection

from api.schemas.delivery.decisions import LaterDecisionIn
from api.schemas.delivery.programmes import DecisionEntered
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.budget.queries import position_of
from tracker.budget.service import LineYear, add_virement
from tracker.decisions.papers import Entered, ProgrammeFile
from tracker.decisions.service import enter_file
from tracker.errors import BadEntry
from tracker.money import pounds
from tracker.programme.portfolio import Portfolio
from tracker.programme.queries import portfolio
from tracker.programme.read_entry import read_entry
from tracker.record.entry import Entry as RecordEntry
from tracker.times import AsOf

Entry = tuple[str, dict[str, Any]]
"""A section and the fields of one entry, as a decision's file has them."""


class Approved(NamedTuple):
    """Pence newly approved for a line; `by`: the decision elsewhere that approved them, if it was another."""

    line: str
    year: str | None
    pence: int
    by: str | None = None


class Carried(NamedTuple):
    """Pence that an earlier decision or year gave to a line (or to none), carried forward to a line and year."""

    line: str
    year: str | None
    pence: int
    from_decision: str
    from_line: str | None
    from_year: str | None = None


class Moved(NamedTuple):
    """Pence moved from one line and year to another by the decision."""

    source: LineYear
    target: LineYear
    pence: int


@dataclass(frozen=True, slots=True)
class LaterDecision:
    """A decision as an officer has it on the desk; amounts in pence, days as text, as in a decision's file.

    `moves`: money from one line to another; `ends`: days by kind of end; `contract_changes`: by field of an amendment.
    """

    reference: str
    title: str
    effective_on: date
    paragraph: str
    signed_on: date | None = None
    basis: str | None = None
    approve: tuple[Approved, ...] = ()
    carry_forward: tuple[Carried, ...] = ()
    moves: tuple[Moved, ...] = ()
    contract: str | None = None
    contract_changes: Mapping[str, Any] = field(default_factory=dict)
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


def later_decision(data: LaterDecisionIn) -> LaterDecision:
    """A decision as it was sent. Raises BadEntry where one field needs another."""
    contract, phase = data.contract, data.phase
    changes: dict[str, Any] = {}
    if contract is not None:
        named = ("ceiling_pence", contract.ceiling_pence), ("ceiling_by_pence", contract.raise_by_pence)
        changes = {name: value for name, value in (*named, ("ends_on", contract.ends_on)) if value is not None}
        if not changes:
            raise BadEntry("contract: nothing of it changes. Give ceilingPence, raiseByPence or endsOn.")
    return LaterDecision(
        reference=data.reference,
        title=data.title,
        effective_on=data.effective_on,
        paragraph=data.paragraph,
        signed_on=data.signed_on,
        basis=data.basis,
        approve=tuple(Approved(x.line, x.year, x.pence, x.approved_by) for x in data.approve),
        carry_forward=tuple(
            Carried(
                x.line,
                x.year,
                x.pence,
                x.from_decision,
                x.line if isinstance(x.from_line, UnsetType) else x.from_line,
                x.from_year,
            )
            for x in data.carry_forward
        ),
        moves=tuple(
            Moved(LineYear(x.from_line, x.from_year), LineYear(x.to_line, x.to_year), x.pence) for x in data.moves
        ),
        contract=None if contract is None else contract.contract,
        contract_changes=changes,
        ends={each.kind: each.day for each in data.ends},
        boroughs=tuple(data.boroughs),
        phase=None if phase is None else phase.name,
        planned=None if phase is None else phase.planned,
        running_maximum=None if phase is None or phase.running_maximum is None else str(phase.running_maximum),
        override=data.override,
    )


def decide(context: RequestContext, programme: Programme, decision: LaterDecision) -> DecisionEntered:
    """Enter all of a decision or, if one entry cannot be entered, none; with the figures before and after.

    Raises
    ------
    BadEntry
        A phase or a borough is in the programme already, or an entry cannot be entered.
    """
    context.require(Right.ENTER_PROGRAMME)
    context.happened_on(decision.signed_on, "The signature of the decision")

    def file(connection: Connection) -> ProgrammeFile:
        """What the decision says, by what is on record while no other entry can be made."""
        held = portfolio(connection, programme.key, AsOf(date.max))
        entries = tuple(
            Entered(section, read_entry(section, fields, f"this {section}"), f"this {section}")
            for section, fields in _entries(held, decision)
        )
        return ProgrammeFile(programme.key, None, entries)

    def move_money(entry: RecordEntry) -> None:
        for moved in decision.moves:
            add_virement(
                entry,
                programme.key,
                moved.source,
                moved.target,
                moved.pence,
                decision.effective_on,
                decided_by=decision.reference,
                reason=f"{decision.reference}, {decision.paragraph}: {decision.title}",
                once=True,
            )

    report = enter_file(context.engine, file, override=decision.override, then=move_money, **context.entered)
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
        money = position_of(connection, programme.key, AsOf(day), held)
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
    out: list[Entry] = []
    on_record = {row["reference"] for row in held.of("decision")} | {decision.reference}
    for elsewhere in sorted({each.by for each in decision.approve if each.by is not None} - on_record):
        cited = {
            "reference": elsewhere,
            "title": "cited only",
            "effective_on": decision.effective_on,
            "effective_basis": f"known by its reference alone, from {decision.cited['source']}",
            "cited_only": True,
        }
        out.append(("decision", cited))
    sums: dict[tuple[str | None, str | None], int] = defaultdict(int)
    for each in decision.approve:
        sums[each.by, each.year] += each.pence
    for (by, year), pence in sums.items():
        # Of one sum the key says no more, so that a decision entered again corrects what it entered before.
        key = "new" if len(sums) == 1 else " ".join(("new", *(word for word in (by, year) if word)))
        approved = {"key": key, "kind": "approved", "amount_pence": pence, "year": year, "from_decision": by}
        out.append(("funding", {**decision.cited, **approved}))
    given: dict[tuple[str, str | None], int] = defaultdict(int)
    for each in decision.approve:
        given[each.line, each.year] += each.pence
    for (line, year), pence in given.items():
        out.append(("allocation", {**decision.cited, "line": line, "year": year, "amount_pence": pence}))
    for one in decision.carry_forward:
        alike = [each for each in decision.carry_forward if each.line == one.line]
        whose = () if len(alike) == 1 else (one.from_decision, one.from_line, one.from_year, one.year)
        carried = {
            "key": "-".join(("forward", one.line, *(word for word in whose if word))),
            "kind": "carried forward",
            "amount_pence": one.pence,
            "year": one.year,
            "from_decision": one.from_decision,
            "from_line": one.from_line,
            "from_year": one.from_year,
            "to_line": None if one.from_line == one.line else one.line,
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
            raise BadEntry(
                f"phase {name!r} is there already; tagpilot rollout plan enters another planned day. For a greater "
                "maximum name another phase: a running maximum holds from the phase on that states it."
            )
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
