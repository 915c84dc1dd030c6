"""A record that has grown: so many licences with their people, tags and scores, written past the entries in bulk.

    python -m benchmarks.service.grown_record HOME --licences 10000

Made up throughout. Rows have no audit rows of their own, so `verify --deep` has nothing to hold them to. Everything
is there that is read: terms, addresses, a screening with its findings, probation's decision, places, releases, recalls,
scores, tags with their moves, assignments, alerts. One tag in 300 is lost, one licence in 50 had an alert, one in 500
has one that waits.
"""

import argparse
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, insert, text

from api.settings import read_settings
from api.usecases.stores import open_record
from geo.borough_names import BOROUGHS
from tracker.answers import Answer
from tracker.assignments.tables import Assignment
from tracker.decisions.papers import papers
from tracker.decisions.service import enter_file
from tracker.licences.states import AlertMove, LicenceMove, RecallType
from tracker.licences.tables import Alert, AlertEvent, Licence, LicenceEvent, LicenceTerms
from tracker.ogrs.tables import Instrument, OgrsScore
from tracker.people.tables import Address, Identity, Person, Sex
from tracker.programme.queries import programme_named
from tracker.record.base import Table
from tracker.rollout import service as rollout
from tracker.rollout.capacity import PlaceMove
from tracker.rollout.tables import PlaceEvent
from tracker.screening.tables import Proportionality, Screening
from tracker.tags.states import TagMove
from tracker.tags.tables import DeviceModel, Tag, TagEvent
from tracker.times import RoughDay

PILOT = "gps-knife-licence"
TODAY = date(2019, 11, 1)
NEW_YEAR = date(2019, 1, 1)
NOW = datetime(2019, 11, 1, tzinfo=UTC)
"""Whatever the time of day, the record is known by today: at nine it was not, for whoever asked before."""
_FIRST = datetime(2019, 2, 20, 9, tzinfo=UTC)
_PIECE = 2_000
_RECORDED: dict[str, Any] = {"recorded_at": NOW, "recorded_by": "benchmark"}
_FINDINGS = [
    {
        "criterion": name,
        "answer": "passed",
        "seen": f"made up for {name}, as a list would say it",
        "rule": f"what the paper asks of {name}, in a sentence of some length",
        "source": "PCD 570, 1.3",
    }
    for name in ("age", "offence", "knife", "prison", "borough", "release", "launched", "home", "term", "not excluded")
]


class One(NamedTuple):
    """A licence by its number, and when its person was released."""

    n: int
    released: datetime


def grow(engine: Engine, licences: int, days: int = 250, since: datetime = _FIRST) -> None:
    """Enter the papers and launches if they are not on record, and so many licences, released within so many days from
    an instant on; then make what follows anew."""
    audit: dict[str, Any] = {"by": "benchmark", "now": NOW}
    for paper in papers():
        enter_file(engine, paper, **audit)
    for phase, on in (("February 2019", date(2019, 2, 18)), ("June", date(2019, 6, 17))):
        rollout.launch_phase(engine, PILOT, phase, RoughDay(on), **audit)
    with engine.begin() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        for start in range(1, licences + 1, _PIECE):
            numbers = range(start, min(start + _PIECE, licences + 1))
            everyone = [One(n, since + timedelta(days=n % days, hours=n % 8)) for n in numbers]
            _people(connection, programme_id, everyone)
            _tags(connection, programme_id, everyone)
        _follow(connection)
        _number_on(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _follow(connection: Connection) -> None:
    try:
        from tracker.projections.service import rebuild
    except ImportError:
        # An earlier version, measured beside this one.
        return
    rebuild(connection)


def _number_on(connection: Connection) -> None:
    """PostgreSQL numbers rows by a sequence, which does not know of rows that came with a number."""
    if connection.dialect.name == "postgresql":
        for table in (Person, Licence, Alert, Tag):
            name = table.__tablename__
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
            )


def _people(connection: Connection, programme_id: int, everyone: Sequence[One]) -> None:
    _put(connection, Person, ({"id": n, "wearer_ref": f"G{n:06}"} for n, _ in everyone))
    _put(
        connection,
        Licence,
        ({"id": n, "person_id": n, "programme_id": programme_id, "reference": f"GL{n:06}"} for n, _ in everyone),
    )
    _put(connection, Identity, (_identity(one) for one in everyone))
    borough = [each.name for each in BOROUGHS]
    _put(
        connection,
        Address,
        (
            {"person_id": n, "from_on": date(2019, 1, 1), "borough_stated": borough[n % len(borough)]}
            for n, _ in everyone
        ),
    )
    _put(connection, LicenceTerms, (_terms(one) for one in everyone))
    _put(connection, Screening, (_screening(one) for one in everyone))
    _put(connection, Proportionality, (_decision(one) for one in everyone if one.n % 10))
    _put(connection, OgrsScore, (row for one in everyone for row in _scores(one)))
    _put(connection, PlaceEvent, (row | {"programme_id": programme_id} for one in everyone for row in _places(one)))
    _put(connection, LicenceEvent, (row for one in everyone for row in _moves(one)))
    _put(connection, Alert, ({"id": n, "licence_id": n, "kind": "strap"} for n, _ in everyone if n % 50 == 0))
    _put(connection, AlertEvent, (row for one in everyone if one.n % 50 == 0 for row in _alert(one)))


def _identity(one: One) -> dict[str, Any]:
    n, _ = one
    return {
        "person_id": n,
        "nomis_id": f"A{n:06}ZZ",
        "name": f"Invented Person {n}",
        "born": date(1985 + n % 16, 1 + n % 12, 1 + n % 28),
        "sex": Sex.MALE if n % 20 else Sex.FEMALE,
        "ethnicity": "W1",
    }


def _terms(one: One) -> dict[str, Any]:
    n, released = one
    return {
        "licence_id": n,
        "offence_code": "00826",
        "knife_involved": True,
        "knife_basis": "sentencing remarks",
        "prison": "Belmarsh",
        "planned_release_on": released.date(),
        "ends_on": released.date() + timedelta(days=90 + n % 400),
    }


def _screening(one: One) -> dict[str, Any]:
    n, released = one
    answer = (Answer.PASSED, Answer.PASSED, Answer.PASSED, Answer.FAILED, Answer.NOT_KNOWN)[n % 5]
    return {
        "licence_id": n,
        "rules_version": "1",
        "screened_on": released.date() - timedelta(days=40),
        "findings": {"findings": _FINDINGS},
        "answer": answer,
    }


def _decision(one: One) -> dict[str, Any]:
    n, released = one
    return {
        "licence_id": n,
        "decided_by": "Invented Officer",
        "organisation": "National Probation Service",
        "decided_on": released.date() - timedelta(days=28),
        "proportionate": True,
        "reasons": "made up",
    }


def _scores(one: One) -> Iterator[dict[str, Any]]:
    n, released = one
    for horizon in (1, 2):
        yield {
            "person_id": n,
            "instrument": Instrument.OGRS3,
            "version": "3",
            "horizon_years": horizon,
            "pct_hundredths": 3_000 + 1_000 * horizon + 37 * (n % 100),
            "rounded": False,
            "computed": False,
            "scored_on": released.date() - timedelta(days=60),
            "given_by": "probation",
        }


def _places(one: One) -> Iterator[dict[str, Any]]:
    n, released = one
    for move, days in ((PlaceMove.RESERVED, 21), (PlaceMove.IMPOSED, 7)):
        yield {"licence_id": n, "move": move, "effective_on": released.date() - timedelta(days=days)}


def _moves(one: One) -> Iterator[dict[str, Any]]:
    n, released = one
    yield {"licence_id": n, "move": LicenceMove.RELEASE, "at": released, "recall_type": None}
    if n % 15 == 0:
        at = released + timedelta(days=30)
        yield {"licence_id": n, "move": LicenceMove.RECALL, "at": at, "recall_type": RecallType.STANDARD}


def _alert(one: One) -> Iterator[dict[str, Any]]:
    n, released = one
    yield {"alert_id": n, "move": AlertMove.RAISE, "at": released + timedelta(days=3)}
    if n % 500:
        yield {"alert_id": n, "move": AlertMove.DISMISS, "at": released + timedelta(days=4)}


def _tags(connection: Connection, programme_id: int, everyone: Sequence[One]) -> None:
    _put(
        connection,
        Tag,
        (
            {"id": n, "programme_id": programme_id, "device_id": f"GT{n:06}", "contract": "gps-tags"}
            for n, _ in everyone
        ),
    )
    _put(connection, DeviceModel, ({"device_id": f"GT{n:06}", "model": f"GT-{1 + n % 2}"} for n, _ in everyone))
    _put(connection, TagEvent, (row for one in everyone for row in _tag_moves(one)))
    _put(
        connection,
        Assignment,
        (
            {
                "device_id": f"GT{one.n:06}",
                "wearer_id": f"G{one.n:06}",
                "fitted_at": one.released,
                "removed_at": _removed(one),
                "recorded_at": NOW,
            }
            for one in everyone
        ),
    )


def _removed(one: One) -> datetime | None:
    n, released = one
    return released + timedelta(days=60) if n % 3 == 0 else None


def _tag_moves(one: One) -> Iterator[dict[str, Any]]:
    n, released = one
    yield {"tag_id": n, "move": TagMove.RECEIVE, "at": _FIRST - timedelta(days=9), "licence_id": None}
    yield {"tag_id": n, "move": TagMove.FIT, "at": released, "licence_id": n}
    if (removed := _removed(one)) is not None:
        move = TagMove.LOSE if n % 300 == 0 else TagMove.REMOVE
        yield {"tag_id": n, "move": move, "at": removed, "licence_id": n}


def _put(connection: Connection, table: type[Table], rows: Iterator[dict[str, Any]]) -> None:
    named = table.__table__.columns
    made = {name: value for name, value in _RECORDED.items() if name in named}
    if every := [made | row for row in rows]:
        connection.execute(insert(table), every)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--licences", type=int, default=10_000)
    arguments = parser.parse_args()
    arguments.home.mkdir(parents=True, exist_ok=True)
    (arguments.home / "today").write_text(f"{TODAY}\n", encoding="utf-8")
    engine = open_record(read_settings(home=arguments.home), make=True)
    grow(engine, arguments.licences)
    engine.dispose()


if __name__ == "__main__":
    main()
