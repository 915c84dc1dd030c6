"""Whether the database's own structures are whole, as far as it can say. No row is held against the audit here."""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from tracker.record.engine import reading

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Checked:
    """`faults`: what is damaged; `notes`: what this database cannot say of itself."""

    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def check_database(engine: Engine, deep: bool = False) -> Checked:
    """Ask the database: SQLite's `quick_check` and foreign keys; PostgreSQL's `amcheck` where it is installed. With
    `deep` also whether each index has what its table has."""
    try:
        with reading(engine).connect() as connection:
            check = _sqlite if engine.dialect.name == "sqlite" else _postgres
            return check(connection, deep)
    except SQLAlchemyError as error:
        return Checked((f"the database cannot be read through ({type(error.__cause__ or error).__name__})",))


def _sqlite(connection: Connection, deep: bool) -> Checked:
    check = "integrity_check" if deep else "quick_check"
    found = [str(row[0]) for row in connection.exec_driver_sql(f"PRAGMA {check}({_SHOWN})")]
    faults = [f"the database: {each.splitlines()[0]}" for each in found if each != "ok"]
    missing = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(_SHOWN)
    faults += [f"the database: row {row} of {table} refers to a missing row of {of}" for table, row, of, _ in missing]
    return Checked(tuple(faults))


def _postgres(connection: Connection, deep: bool) -> Checked:
    faults: list[str] = []
    notes: list[str] = []
    if connection.scalar(text("SELECT current_setting('data_checksums')")) != "on":
        notes.append("PostgreSQL keeps no check sums of its pages: switch them on with pg_checksums --enable")
    if not connection.scalar(text("SELECT count(*) FROM pg_extension WHERE extname = 'amcheck'")):
        notes.append("PostgreSQL's indexes are not checked: install the extension amcheck to have them checked")
        return Checked((), tuple(notes))
    tables = text(
        "SELECT c.oid, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "LEFT JOIN pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_am a ON a.oid = c.relam "
        "WHERE n.nspname = current_schema() AND (c.relkind = 'r' OR (c.relkind = 'i' AND a.amname = 'btree')) "
        "ORDER BY c.relname"
    )
    for oid, name, kind in connection.execute(tables).all():
        try:
            with connection.begin_nested():
                if kind == "i":
                    asked = {"oid": oid, "deep": deep}
                    connection.execute(text("SELECT bt_index_check(CAST(:oid AS oid), CAST(:deep AS boolean))"), asked)
                else:
                    rows = connection.execute(text("SELECT msg FROM verify_heapam(CAST(:oid AS oid))"), {"oid": oid})
                    faults += [f"the database: table {name}: {row[0]}" for row in rows.fetchmany(_SHOWN)]
        except SQLAlchemyError as error:
            said = str(error.__cause__ or error).splitlines()[0]
            if "permission denied" in said:
                return Checked(tuple(faults), (*notes, "PostgreSQL's amcheck may not be used by this database user"))
            faults.append(f"the database: {name}: {said}")
    return Checked(tuple(faults), tuple(notes))
