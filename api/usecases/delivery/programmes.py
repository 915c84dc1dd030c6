"""Programmes: what decision papers say of them, where papers contradict each other, and entering a decision."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from api.schemas.delivery.programmes import (
    DiscrepancyList,
    EntriesEntered,
    EntryCorrected,
    EntryWithdrawn,
    FilesEntered,
    ProgrammeList,
    ProgrammeOut,
    discrepancy_out,
    entered_out,
    programme_out,
    summary_out,
)
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.decisions import service
from tracker.decisions.compared import figures_of, found_in
from tracker.decisions.papers import Entered, ProgrammeFile, papers, read_file
from tracker.errors import BadEntry
from tracker.programme.queries import decisions_to_come, portfolio, programmes, responsible_persons
from tracker.programme.read_entry import read_entry
from tracker.rollout.queries import has_tags
from tracker.times import AsOf


def list_programmes(context: RequestContext, as_of: AsOf) -> ProgrammeList:
    """Every programme with what decisions approve and what lines have of it."""
    context.require(Right.READ_PROGRAMME)
    with context.reader.connect() as connection:
        items = [
            summary_out(portfolio(connection, key, as_of), decisions_to_come(connection, programme_id, as_of))
            for programme_id, key, _ in programmes(connection)
        ]
    return ProgrammeList(**context.heading(as_of), items=items, total=len(items))


def every_programme(context: RequestContext) -> list[Programme]:
    """In the order they were entered."""
    context.require(Right.READ_PROGRAMME)
    with context.reader.connect() as connection:
        return [Programme(*row) for row in programmes(connection)]


def show(context: RequestContext, programme: Programme, as_of: AsOf) -> ProgrammeOut:
    """Everything on record of one programme."""
    context.require(Right.READ_PROGRAMME)
    with context.reader.connect() as connection:
        held = portfolio(connection, programme.key, as_of)
        figures = figures_of(connection, held, as_of)
        found = found_in(connection, held, as_of)
        to_come = decisions_to_come(connection, programme.id, as_of)
        tags = has_tags(connection, programme.id, as_of.known_at)
        responsible = responsible_persons(connection, as_of) if tags and held.of("decision") else []
    heading = context.heading(as_of)
    return programme_out(held, found, heading, to_come=to_come, figures=figures, responsible=responsible)


def every_entry(connection: Connection, programme: Programme) -> ProgrammeOut:
    """Every entry whatever its day, for comparing one state of a programme with another."""
    held = portfolio(connection, programme.key, AsOf(date.max))
    return programme_out(held, [], {"as_at": date.max, "as_known_at": None, "today": ""})


def find_discrepancies(context: RequestContext, asked: Sequence[Programme], as_of: AsOf) -> DiscrepancyList:
    """Contradictions between the papers of each programme, quoting both paragraphs; none is resolved."""
    context.require(Right.READ_PROGRAMME)
    with context.reader.connect() as connection:
        held = [portfolio(connection, programme.key, as_of) for programme in asked]
        items = [discrepancy_out(each.key, found) for each in held for found in found_in(connection, each, as_of)]
    keys = [programme.key for programme in asked]
    return DiscrepancyList(**context.heading(as_of), programmes=keys, items=items, total=len(items))


def load(context: RequestContext, file: Path | None, override: str | None = None) -> FilesEntered:
    """Enter a decision's file, or, without one, the five papers that come with the program; what is questioned with
    `override`, a reason."""
    context.require(Right.ENTER_PROGRAMME)
    files = list(papers()) if file is None else [read_file(file)]
    reports = [service.enter_file(context.engine, each, override=override, **context.entered) for each in files]
    return FilesEntered(items=[entered_out(report) for report in reports])


def enter_programme(
    context: RequestContext,
    key: str,
    name: str | None,
    entries: Sequence[tuple[str, Mapping[str, str | int]]],
) -> EntriesEntered:
    """A programme with entries of its decisions, or more entries of one on record; all of them or none.

    Raises BadEntry with every fault of every entry, by its number in the list.
    """
    context.require(Right.ENTER_PROGRAMME)
    read, faults = [], []
    for number, (section, fields) in enumerate(entries):
        here = f"entries[{number}] ({section})"
        try:
            read.append(Entered(section, read_entry(section, fields, here), here))
        except BadEntry as wrong:
            faults.append(str(wrong))
    if faults:
        raise BadEntry("\n".join(faults))
    file = ProgrammeFile(key, name, tuple(read))
    return entered_out(service.enter_file(context.engine, file, **context.entered))


def begin(context: RequestContext, key: str, name: str, decision: Mapping[str, str | int]) -> EntriesEntered:
    """A new programme with its first decision. Raises BadEntry where a programme has the key already."""
    context.require(Right.ENTER_PROGRAMME)
    here = "this decision"
    entered = Entered("decision", read_entry("decision", decision, here), here)

    def new(connection: Connection) -> ProgrammeFile:
        if any(held == key for _, held, _ in programmes(connection)):
            raise BadEntry(f"There is a programme {key} already. Enter a later decision under its papers.")
        return ProgrammeFile(key, name, (entered,))

    return entered_out(service.enter_file(context.engine, new, **context.entered))


def enter(
    context: RequestContext,
    programme: Programme,
    section: str,
    fields: Mapping[str, str | int],
    override: str | None = None,
) -> EntriesEntered:
    """One entry, with the checks that a file's entries have; what is questioned with `override`, a reason."""
    context.require(Right.ENTER_PROGRAMME)
    here = f"this {section}"
    entered = Entered(section, read_entry(section, fields, here), here)
    file = ProgrammeFile(programme.key, None, (entered,))
    return entered_out(service.enter_file(context.engine, file, override=override, **context.entered))


def correct(
    context: RequestContext,
    programme: Programme,
    section: str,
    where: Mapping[str, str | int],
    fields: Mapping[str, str | int],
    override: str | None = None,
) -> EntryCorrected:
    """Some fields of the one entry that `where` picks; what was known before stays on record. What is questioned is
    corrected with `override`, a reason."""
    context.require(Right.ENTER_PROGRAMME)
    report = service.correct(
        context.engine, programme.key, section, where, fields, override=override, **context.entered
    )
    return EntryCorrected(corrected=report.corrected, notes=list(report.notes))


def withdraw(
    context: RequestContext, programme: Programme, section: str, where: Mapping[str, str | int], reason: str
) -> EntryWithdrawn:
    """The one entry that `where` picks was entered by mistake."""
    context.require(Right.ENTER_PROGRAMME)
    service.withdraw(context.engine, programme.key, section, where, reason, **context.entered)
    return EntryWithdrawn(withdrawn=section)
