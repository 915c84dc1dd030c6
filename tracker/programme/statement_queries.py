"""Statements of a programme's papers that rules use: whether it maps crimes, and from which score."""

from sqlalchemy import Connection

from tracker.programme.queries import rows_of
from tracker.times import AsOf


def maps_crimes(connection: Connection, programme_id: int, as_of: AsOf) -> bool:
    """Whether a programme maps crimes: by its last statement *crime mapping*, on or off; without one, if a decision
    states the score that opens the gate (PCD 570, 2.3)."""
    values = [value for value in stated(connection, programme_id, as_of, "crime mapping") if value in ("on", "off")]
    return values[-1] == "on" if values else bool(stated(connection, programme_id, as_of, GATE_STATEMENT))


GATE_STATEMENT = "OGRS score for crime mapping"


def stated(connection: Connection, programme_id: int, as_of: AsOf, subject: str) -> list[str]:
    """The values stated of a subject, in order of their days; the last one is in force."""
    rows = [row for row in rows_of(connection, "statement", programme_id, as_of) if row["subject"] == subject]
    return [row["value"] for row in sorted(rows, key=lambda row: row["effective_on"])]
