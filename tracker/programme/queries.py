"""Queries of programmes and their entries, as at a day and as known at an instant."""

from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from tracker.errors import NotFound
from tracker.programme.portfolio import Portfolio
from tracker.programme.programme_table import Programme
from tracker.programme.sections import SECTIONS
from tracker.programme.tables import (
    Allocation,
    BudgetLine,
    CapacityMeasure,
    Contract,
    ContractAmendment,
    ContractCondition,
    Decision,
    Duty,
    Funding,
    LegalBasis,
    Phase,
    PhasePlace,
    ProgrammeEnd,
    Recommendation,
    ResponsiblePerson,
    Statement,
)
from tracker.record.as_known import known
from tracker.record.fact import Fact
from tracker.times import AsOf

TABLES: dict[str, type[Fact]] = {
    "decision": Decision,
    "recommendation": Recommendation,
    "statement": Statement,
    "funding": Funding,
    "line": BudgetLine,
    "allocation": Allocation,
    "contract": Contract,
    "amendment": ContractAmendment,
    "condition": ContractCondition,
    "phase": Phase,
    "place": PhasePlace,
    "end": ProgrammeEnd,
    "measure": CapacityMeasure,
    "legal_basis": LegalBasis,
    "duty": Duty,
    "responsible_person": ResponsiblePerson,
}
"""The table of each section of `tracker.programme.sections`."""


def programmes(connection: Connection) -> list[tuple[int, str, str]]:
    """(id, key, name) of each, in the order they were entered."""
    rows = connection.execute(select(Programme.id, Programme.key, Programme.name).order_by(Programme.id))
    return [(row.id, row.key, row.name) for row in rows]


def programme_named(connection: Connection, key: str) -> tuple[int, str, str]:
    """(id, key, name) of one. Raises NotFound, naming the programmes on record."""
    every = programmes(connection)
    for row in every:
        if row[1] == key:
            return row
    keys = ", ".join(row[1] for row in every)
    known_keys = (
        f"The programmes are {keys}." if keys else "There are none yet: tagpilot programme load enters the papers."
    )
    raise NotFound(f"There is no programme {key!r}. {known_keys}")


def portfolio(connection: Connection, key: str, as_of: AsOf) -> Portfolio:
    """All entries of a programme that were in effect at `as_of`, in the order they were entered."""
    programme_id, key, name = programme_named(connection, key)
    sections = {
        name_of_section: rows_of(connection, name_of_section, programme_id, as_of)
        for name_of_section, section in SECTIONS.items()
        if section.of_programme
    }
    return Portfolio(key, name, sections)


def decisions_to_come(connection: Connection, programme_id: int, as_of: AsOf) -> list[dict[str, Any]]:
    """Decisions on record that count only from a later day than `as_of`, in order of their days."""
    ever = AsOf(date.max, as_of.known_at)
    rows = rows_of(connection, "decision", programme_id, ever)
    later = [row for row in rows if row["effective_on"] > as_of.at and not row["cited_only"]]
    return sorted(later, key=lambda row: row["effective_on"])


def rows_of(connection: Connection, section: str, programme_id: int | None, as_of: AsOf | None) -> list[dict[str, Any]]:
    """Entries of one section; `as_of` None: of any day, as known now."""
    of_programme = programme_id is not None
    query = _query_of(section, of_programme, as_of is not None, as_of is not None and as_of.known_at is not None)
    given: dict[str, Any] = {} if as_of is None else {"at": as_of.at, "known_at": as_of.known_at}
    return [dict(row._mapping) for row in connection.execute(query, {"programme_id": programme_id, **given})]


@cache
def _query_of(section: str, of_programme: bool, of_a_day: bool, as_known_then: bool) -> Select[Any]:
    """Made once of each kind: a portfolio asks fifteen, and making them took longer than their answers."""
    table = TABLES[section]
    columns = table.__table__.columns
    query = select(table.__table__).where(known(table, bindparam("known_at") if as_known_then else None))
    if of_programme and "programme_id" in columns:
        query = query.where(columns["programme_id"] == bindparam("programme_id"))
    if of_a_day and "effective_on" in columns:
        query = query.where(columns["effective_on"] <= bindparam("at"))
    return query.order_by(columns["id"])


def responsible_persons(connection: Connection, as_of: AsOf) -> list[dict[str, Any]]:
    """The companies whose employees may be responsible for monitoring on that day."""
    return [
        row
        for row in rows_of(connection, "responsible_person", None, as_of)
        if row["from_on"] <= as_of.at and (row["to_on"] is None or as_of.at <= row["to_on"])
    ]
