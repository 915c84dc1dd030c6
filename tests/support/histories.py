"""Random histories of the whole record: entries of every kind, erasures, imports, terms and what the papers say."""

import contextlib
from datetime import date, datetime, timedelta
from pathlib import Path

from hypothesis import strategies as st
from sqlalchemy import Engine, select

from tests.support.crime_files import write_csv
from tests.support.people import NOW, at, erase_person
from tests.support.pilot import PILOT
from tests.support.record import WHAT, enter
from tracker.assignments.importer import import_assignments
from tracker.errors import PilotError
from tracker.licences.tables import Licence, LicenceTerms
from tracker.programme.queries import programme_named
from tracker.programme.tables import Statement
from tracker.record.entry import entering

DEVICES = ("T1", "T2", "T3")
_MORE = ("erase", "import", "correct import", "horizon", "mapping", "ends")

Step = tuple[str, int, str, int]
"""What is entered, about which wearer and device, and how many hours after day 0 it was true."""

# What decides who may be matched is drawn more often than the rest.
_WHAT = (*WHAT, *_MORE, "fit", "remove", "score", "score", "give score", "recall", "custody", "ends", "import")
STEPS = st.tuples(st.sampled_from(_WHAT), st.integers(0, 1), st.sampled_from(DEVICES), st.integers(0, 24 * 10))


def make(engine: Engine, n: int, step: Step, folder: Path) -> None:
    """Make the n-th entry of a history; one that the rules refuse changes nothing."""
    what, who, device, hours = step
    now, t = NOW + timedelta(hours=n + 1), at(0, hours)
    with contextlib.suppress(PilotError):
        match what:
            case "erase":
                erase_person(engine, f"W{who:04}", reason="asked", by="dpo", now=now)
            case "import" | "correct import":
                _import(engine, f"{device},W{who:04},{t.isoformat()},", what, now, folder / f"{n}.csv")
            case "horizon":
                _state(engine, "OGRS horizon", str(1 + hours % 2), t.date(), now)
            case "mapping":
                _state(engine, "crime mapping", ("off", "on")[hours % 2], t.date(), now)
            case "ends":
                _end(engine, f"L{who:04}", t.date(), now)
            case _:
                enter(what, engine, who, device, t, now)


def _import(engine: Engine, row: str, what: str, now: datetime, file: Path) -> None:
    corrects = at(1, 10).isoformat() if what == "correct import" else ""
    write_csv(file, f"device_id,wearer_id,from,to,corrects\n{row},{corrects}\n")
    import_assignments(engine, file, rejects_dir=file.parent, by="officer", received_at=now)


def _state(engine: Engine, subject: str, value: str, on: date, now: datetime) -> None:
    with entering(engine, by="officer", now=now) as entry:
        programme_id, _, _ = programme_named(entry.connection, PILOT)
        stated = {"decision": "PCD 570", "source": "a test", "qualifier": "exactly", "effective_on": on}
        entry.add(Statement, programme_id=programme_id, subject=subject, value=value, **stated)


def _end(engine: Engine, licence: str, on: date, now: datetime) -> None:
    with entering(engine, by="officer", now=now) as entry:
        number, person = entry.connection.execute(
            select(Licence.id, Licence.person_id).where(Licence.reference == licence)
        ).one()
        mine = select(LicenceTerms.id).where(LicenceTerms.licence_id == number, LicenceTerms.superseded_at.is_(None))
        if (before := entry.connection.scalar(mine)) is None:
            entry.add(LicenceTerms, licence_id=number, ends_on=on, about=person)
        else:
            entry.supersede(LicenceTerms, before, ends_on=on, about=person)
