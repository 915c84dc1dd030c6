"""Rows of the audit as a table."""

from api.schemas.operation.audit import AuditRows
from api.wording.text import table, utc


def rows_in_words(found: AuditRows) -> list[str]:
    """One line a row; details, sealed or not, are only in the JSON."""
    if not found.items:
        return ["No such row."]
    lines = [
        [
            str(row.row),
            utc(row.at),
            row.by,
            row.action,
            f"{row.subject} {row.id}",
            "-" if row.person is None else str(row.person),
            row.purpose or "",
        ]
        for row in found.items
    ]
    return [table(["row", "at", "by", "action", "what", "person", "purpose"], lines)]
