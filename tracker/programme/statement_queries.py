"""Statements of a programme's papers that rules ask for: does it map crimes, from which score."""

from sqlalchemy import Connection

from tracker.programme.queries import rows_of
from tracker.times import AsOf


def maps_crimes(connection: Connection, programme_id: int, as_of: AsOf) -> bool:
    """Whether a programme's crime mapping is on: its last statement *crime mapping*, on or off; without one, whether a
    decision states the score that opens it (PCD 570, 2.3)."""
    said = [value for value in stated(connection, programme_id, as_of, "crime mapping") if value in ("on", "off")]
    return said[-1] == "on" if said else bool(stated(connection, programme_id, as_of, GATE_STATEMENT))


GATE_STATEMENT = "OGRS score for crime mapping"


def stated(connection: Connection, programme_id: int, as_of: AsOf, subject: str) -> list[str]:
    """In order of their days, so that what was stated later counts."""
    rows = [row for row in rows_of(connection, "statement", programme_id, as_of) if row["subject"] == subject]
    return [row["value"] for row in sorted(rows, key=lambda row: row["effective_on"])]
