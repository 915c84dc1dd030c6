"""Imports evaluators' files. A row that is sent again unchanged changes nothing; a changed row supersedes the stored
one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from geo.date_forms import DateForm
from geo.mapping import ColumnMapping
from geo.rejects import Reject
from tracker.evaluation.imports.files import ACTIONS, Kind, Row, read
from tracker.evaluation.people.tables import Benchmark, Characteristic, ComparisonPerson, Reoffence
from tracker.evaluation.releases.queries import Member, live_pseudonyms
from tracker.imports.faults import RowFaults
from tracker.imports.importer import FileOfKind, Progress, import_file
from tracker.imports.report import ImportReport
from tracker.imports.tables import FileKind
from tracker.imports.writer import SingleRowWriter
from tracker.licences.tables import Licence
from tracker.people.tables import Person
from tracker.programme.queries import programme_named
from tracker.record.as_known import known
from tracker.record.entry import Entry
from tracker.record.fact import Fact

PURPOSE = "evaluation"


def import_evaluation_file(
    engine: Engine,
    path: Path,
    kind: Kind,
    programme: str,
    *,
    mapping: ColumnMapping | dict[str, Any] | None = None,
    dates: DateForm | str = DateForm.ISO,
    rejects_dir: Path,
    by: str,
    received_at: datetime,
    today: date,
    names_wearers: bool = True,
    progress: Progress | None = None,
) -> ImportReport:
    """Import one file. Raises as `import_file` does, and NotFound for an unknown programme.

    `names_wearers`: whether rows may be about wearers by their reference, as an officer's are. An evaluator who entered
    an outcome of a chosen wearer would know the row by it in the next export.
    """
    form, fitted = DateForm.named(dates), ColumnMapping.of(mapping)
    options = {"programme": programme, "dates": form.value, "mapping": fitted.to_json()}
    file: FileOfKind[Row] = FileOfKind(
        kind=FileKind(kind.value),
        purpose=PURPOSE,
        # What was refused of one sender may be sent by another.
        options=options if names_wearers else {**options, "wearers": "by pseudonym alone"},
        read=lambda found: read(found, kind, form, fitted, today),
        writer=lambda entry, file_id: EvaluationWriter(
            entry, file_id, programme_named(entry.connection, programme)[0], kind, names_wearers
        ),
    )
    how: dict[str, Any] = {"rejects_dir": rejects_dir, "by": by, "received_at": received_at, "progress": progress}
    return import_file(engine, path, file, **how).report


@dataclass(frozen=True, slots=True)
class _Target:
    """Where rows of a kind are stored: the table, its columns by column of the file, and the key of a row."""

    table: type[Fact]
    columns: Mapping[str, str]
    key: tuple[str, ...]


_TARGETS = {
    Kind.REOFFENCES: _Target(
        Reoffence,
        {
            "offence_date": "offence_on",
            "offence_code": "offence_code",
            "conviction_date": "convicted_on",
            "source": "source",
        },
        ("person_id", "comparison_ref", "offence_on", "offence_code"),
    ),
    Kind.COMPARISON: _Target(
        ComparisonPerson,
        {
            "reference": "reference",
            "released_on": "released_on",
            "age_on_release": "age_on_release",
            "sex": "sex",
            "ethnicity": "ethnicity",
            "borough": "borough",
            "offence_code": "offence_code",
            "ogrs_score": "ogrs_pct_hundredths",
            "prior_sanctions": "prior_sanctions",
            "custody_days": "custody_days",
            "recalled_on": "recalled_on",
            "observed_until": "observed_until",
            "source": "source",
        },
        ("reference",),
    ),
    Kind.CHARACTERISTICS: _Target(
        Characteristic, {"characteristic": "name", "group": "level", "source": "source"}, ("person_id", "name")
    ),
    Kind.BENCHMARKS: _Target(
        Benchmark,
        {
            "population": "population",
            "characteristic": "characteristic",
            "group": "level",
            "count": "count",
            "period": "period",
            "source": "source",
        },
        ("population", "characteristic", "level", "period"),
    ),
}


class EvaluationWriter(SingleRowWriter[Row]):
    """Writes the rows of one file; stored rows and references are read once at the start."""

    def __init__(self, entry: Entry, file_id: int, programme_id: int, kind: Kind, names_wearers: bool) -> None:
        super().__init__()
        self._entry, self._file_id, self._programme_id, self._kind = entry, file_id, programme_id, kind
        self._target = _TARGETS[kind]
        self._of_programme = "programme_id" in self._target.table.__table__.columns
        self._stored = {self._key(row._mapping): row for row in self._current_rows()}
        self._comparison_refs = self._references()
        self._named = self._people() if names_wearers else {}
        self._by_pseudonym: dict[str, Member] = {}
        if kind is Kind.REOFFENCES:
            self._by_pseudonym = live_pseudonyms(entry.connection, programme_id, linked_alone=not names_wearers)

    def write_row(self, row: Row) -> list[Reject]:
        faults = RowFaults(row.row, ACTIONS)
        values: dict[str, Any] = {column: row.values[name] for name, column in self._target.columns.items()}
        if "person" in row.values:
            found = self._person(row.values["person"])
            if found is None:
                faults.add("person", "", "UNKNOWN_PERSON")
                return faults.found
            values |= found
        # Told to whoever may name wearers: others would learn by it who wears a tag. Their rows are never mixed up, for
        # they name comparison people and pseudonyms alone.
        if self._kind is Kind.COMPARISON and row.values["reference"] in self._named:
            faults.add("reference", "", "REFERENCE_TAKEN")
            return faults.found
        stored = self._stored.get(self._key(values))
        if stored is None:
            of = {"programme_id": self._programme_id} if self._of_programme else {}
            new = self._entry.add(self._target.table, file_id=self._file_id, **of, **values)
            self._stored[self._key(values)] = _WrittenRow(new, values)
        elif changed := {name: value for name, value in values.items() if getattr(stored, name) != value}:
            self._entry.supersede(self._target.table, stored.id, **changed, file_id=self._file_id)
            self.corrections += 1
            self.changed.update(changed.keys())
        else:
            self.same += 1
            return []
        self.kept += 1
        return []

    def _person(self, key: str) -> dict[str, Any] | None:
        """The person of a row, as columns. Pseudonyms are tried last: no wearer's reference is one."""
        if self._kind is Kind.CHARACTERISTICS:
            return {"person_id": self._named[key]} if key in self._named else None
        if key in self._named:
            return {"person_id": self._named[key], "comparison_ref": None}
        if key in self._comparison_refs:
            return {"person_id": None, "comparison_ref": key}
        found = self._by_pseudonym.get(key)
        return None if found is None else {"person_id": found.person_id, "comparison_ref": found.comparison_ref}

    def _key(self, values: Mapping[Any, Any]) -> tuple[Any, ...]:
        return tuple(values[name] for name in self._target.key)

    def _current_rows(self) -> Iterator[Any]:
        table = self._target.table
        query = select(table.__table__).where(known(table))
        if self._of_programme:
            query = query.where(table.__table__.columns["programme_id"] == self._programme_id)
        yield from self._entry.connection.execute(query)

    def _people(self) -> dict[str, int]:
        query = (
            select(Person.wearer_ref, Person.id)
            .join(Licence, Licence.person_id == Person.id)
            .where(Licence.programme_id == self._programme_id, Person.erased_at.is_(None))
        )
        return dict(self._entry.connection.execute(query).tuples().all())

    def _references(self) -> set[str]:
        query = select(ComparisonPerson.reference).where(
            known(ComparisonPerson), ComparisonPerson.programme_id == self._programme_id
        )
        return set(self._entry.connection.scalars(query))


class _WrittenRow:
    """A row written by this file, in the form of a stored row."""

    def __init__(self, row_id: int, values: Mapping[str, Any]) -> None:
        self.id = row_id
        self.__dict__.update(values)
