"""Writes the rows of a release list: finds the person and the licence, records what changed, and screens again."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from geo.rejects import Reject
from tracker.imports.faults import RowFaults
from tracker.imports.writer import SingleRowWriter
from tracker.licences.tables import Licence, LicenceTerms
from tracker.ogrs.gate import Score
from tracker.ogrs.given import computed_scores
from tracker.ogrs.queries import scores
from tracker.ogrs.service import record_score, warnings_of
from tracker.people.tables import Address, Identity, Person, Sex
from tracker.record.as_known import known
from tracker.record.entry import Entry
from tracker.record.prepared.bulk import BulkInsert
from tracker.record.prepared.entry import PreparedEntry, enter_prepared, still_holds
from tracker.rollout.queries import LicencePlace
from tracker.screening.codes import ACTIONS
from tracker.screening.criteria import Screened
from tracker.screening.known_people import KnownPeople, RowConflict, licence_of
from tracker.screening.queries import RecordedLicence, latest_screenings, recorded_licences
from tracker.screening.release_row import IDENTIFIERS, ReleaseRow
from tracker.screening.service import Screener, reservations, review_reservation
from tracker.screening.tables import Became, ReleaseListRow
from tracker.times import AsOf

_TERMS = ("offence_code", "knife_involved", "knife_basis", "prison", "planned_release_on", "ends_on")


_HARMLESS = frozenset(
    {
        "match_job", "candidate_match", "match_moved", "match_release", "release_told", "changed_match",
        "changed_match_decision", "app_user", "login_session", "stored_fixes", "stored_events", "cohort_export",
        "table_release", "accuracy_adoption", "standing_setting", "tag", "tag_event", "tag_price", "device_model",
        "actual", "commitment", "told_answer", "month_closing", "comparison_set", "analysis_plan",
    }
)  # fmt: skip
"""Subjects of entries that change nothing by which a release list is read: neither people nor licences, their places,
the papers, nor another file."""


class ReleaseWriter(SingleRowWriter[ReleaseRow]):
    """Makes rows ready for one entry. The record is read once at the start and kept up to date from there.

    `kept`: rows that are new or changed; `corrections`: those of an existing licence.
    """

    bulk = (ReleaseListRow,)

    def __init__(self, entry: PreparedEntry, programme_id: int, today: date) -> None:
        super().__init__()
        connection = entry.connection
        self._became_rows: list[tuple[int, int, Became]] = []
        self._entry, self._programme_id, self._today = entry, programme_id, today
        as_of = AsOf(today)
        self._screener = Screener(connection, programme_id, today)
        self._people = KnownPeople()
        for row in connection.execute(select(Identity.__table__).where(known(Identity))):
            self._people.set_identity(dict(row._mapping))
        for wearer_ref, person_id in connection.execute(select(Person.wearer_ref, Person.id)):
            self._people.add_wearer(person_id, wearer_ref)
        self._licences: dict[int, list[RecordedLicence]] = defaultdict(list)
        for licence in recorded_licences(connection, programme_id, as_of):
            self._licences[licence.person_id].append(licence)
        self._screened = latest_screenings(connection, as_of)
        self._scores = scores(connection, AsOf(date.max))
        self._reserved = reservations(connection, programme_id)
        self._addresses: dict[int, list[dict[str, Any]]] = defaultdict(list)
        query = select(Address.__table__).where(known(Address)).order_by(Address.from_on, Address.id)
        for row in connection.execute(query):
            self._addresses[row.person_id].append(dict(row._mapping))
        self._last_person = connection.scalar(select(func.max(Person.id))) or 0
        self._last_licence = connection.scalar(select(func.max(Licence.id))) or 0
        self._rows: dict[int, ReleaseRow] = {}
        self._licence_written: dict[int, int] = {}
        # The facts that the present row changed of a person on record.
        self._changed_facts: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.conflicts: list[str] = []
        self.places: list[str] = []
        self._to_review: list[tuple[RecordedLicence, LicencePlace, Screened, date | None]] = []
        self.warnings: list[str] = []

    def write_row(self, row: ReleaseRow) -> Sequence[Reject]:
        """Write one row, count it as unchanged, or return its faults."""
        try:
            person_id = self._people.find(row)
            if person_id is not None and (first := self._rows.get(person_id)) is not None:
                if first.content() != row.content():
                    raise RowConflict("row", "PERSON_TWICE", f"row {first.row} is of the same person and differs")
                self.same += 1
                self._became(row, self._licence_written[person_id], Became.SAME)
                return ()
            licence = None if person_id is None else licence_of(row, self._licences[person_id])
        except RowConflict as conflict:
            faults = RowFaults(row.row, ACTIONS)
            faults.add(conflict.field, "", conflict.rule, conflict.why)
            return faults.found
        self._record(row, person_id, licence)
        return ()

    def _record(self, row: ReleaseRow, person_id: int | None, licence: RecordedLicence | None) -> None:
        was, is_new = (None if licence is None else licence.release_on), licence is None
        planned: date | None = None if licence is None else licence.terms.get("planned_release_on")
        self._changed_facts = Counter()
        if person_id is None:
            person_id = self._new_person(row)
        self._rows[person_id] = row
        identity = self._record_identity(row, person_id)
        address = self._record_address(row, person_id, planned)
        licence = replace(self._record_terms(row, person_id, licence), born=identity["born"], address=address)
        self._record_scores(row, person_id, licence)
        self._keep_licence(person_id, licence)
        screened = self._screened.get(licence.licence_id)
        self._licence_written[person_id] = licence.licence_id
        if not is_new and not self._changed_facts and screened is not None:
            self.same += 1
            self._became(row, licence.licence_id, Became.SAME)
            return
        self.kept += 1
        self._became(row, licence.licence_id, Became.NEW if is_new else Became.CHANGED)
        if not is_new:
            self.corrections += 1
            self.changed.update(self._changed_facts)
        found = self._screener.record(self._entry, licence, screened)
        self.answers[found.answer.value] += 1
        if (conflict := row.home.conflict()) is not None:
            self.conflicts.append(f"{licence.reference}: {conflict}")
        place = self._reserved.get(licence.licence_id)
        if place is not None and self._changed_facts:
            self._to_review.append((licence, place, found, was))

    def finished(self) -> None:
        self._entry.finished()

    def holds(self, connection: Connection) -> bool:
        return still_holds(connection, self._entry, _HARMLESS)

    def enter(self, entry: Entry, file_id: int) -> dict[str, tuple[int, str]]:
        """Write the rows; reserved places lapse or stay by what is on record then."""
        enter_prepared(entry, self._entry)
        bulk = BulkInsert(entry.connection.dialect, ReleaseListRow, ("file_id", "row", "licence_id", "became"))
        bulk.write(entry.connection, [bulk.taken(file_id, *each) for each in self._became_rows])
        self.places += [review_reservation(entry, *each, self._today) for each in self._to_review]
        return {}

    def _became(self, row: ReleaseRow, licence_id: int, became: Became) -> None:
        self._became_rows.append((row.row, licence_id, became))

    def _new_person(self, row: ReleaseRow) -> int:
        # A reference that no tag stream carries: one that a stream has would join the person to another trail.
        wearer_ref = row.wearer_ref or self._people.free_reference(self._last_person)
        self._last_person = self._entry.add(Person, wearer_ref=wearer_ref)
        self._people.add_wearer(self._last_person, wearer_ref)
        return self._last_person

    def _record_identity(self, row: ReleaseRow, person_id: int) -> dict[str, Any]:
        given = {
            **row.identifiers(),
            "name": row.name,
            "born": row.born,
            "sex": None if row.sex is None else Sex(row.sex),
            "ethnicity": row.ethnicity,
        }
        reported = {name: value for name, value in given.items() if value is not None}
        on_record = self._people.identity(person_id)
        if on_record is None:
            values: dict[str, Any] = {"born": None, "sex": Sex.NOT_KNOWN, **reported}
            values["id"] = self._entry.add(Identity, person_id=person_id, **values)
        else:
            changes = {name: value for name, value in reported.items() if on_record[name] != value}
            if not changes:
                return on_record
            values = {**on_record, **changes}
            values["id"] = self._entry.supersede(Identity, on_record["id"], about=person_id, **changes)
            self._changed_facts.update(changes.keys())
        return self._people.set_identity(
            {**dict.fromkeys((*IDENTIFIERS, "ethnicity")), **values, "person_id": person_id}
        )

    def _record_address(self, row: ReleaseRow, person_id: int, planned: date | None) -> dict[str, Any] | None:
        """The address on the release date. `planned` is the release date before this row: an address from that day on
        was part of the plan and moves with it; any other is where the person lived and stays."""
        on, on_record = row.planned_release_on, self._addresses[person_id]
        by_then = [address for address in on_record if address["from_on"] <= on]
        last = by_then[-1] if by_then else on_record[-1] if on_record else None
        given: dict[str, Any] = {
            "borough_stated": row.home.stated,
            "borough_found": row.home.found,
            "x_mm": row.x_mm,
            "y_mm": row.y_mm,
            "postcode": row.postcode,
            "line": row.address_line,
        }
        if not any(value is not None for value in given.values()):
            given = {} if last is None else {name: last[name] for name in given}
        elif last is not None and {row.home.stated, row.home.found} <= {
            last["borough_stated"],
            last["borough_found"],
            None,
        }:
            # The row does not contradict the address on record: fields it leaves empty stay.
            given = {name: last[name] if value is None else value for name, value in given.items()}
        if not given:
            return None
        changes = {} if last is None else {name: value for name, value in given.items() if last[name] != value}
        if last is not None and not changes and last["from_on"] <= on:
            return last
        if last is None or last["from_on"] not in (planned, on):
            values = {"from_on": on, **given}
            values["id"] = self._entry.add(Address, person_id=person_id, **values)
            on_record.append(values)
            on_record.sort(key=lambda address: address["from_on"])
        else:
            changes["from_on"] = on
            values = {**last, **changes}
            values["id"] = self._entry.supersede(Address, last["id"], about=person_id, **changes)
            on_record[on_record.index(last)] = values
        self._changed_facts["address"] += 1
        return values

    def _record_terms(self, row: ReleaseRow, person_id: int, licence: RecordedLicence | None) -> RecordedLicence:
        reported = {name: value for name in _TERMS if (value := getattr(row, name)) is not None}
        if licence is None:
            self._last_licence += 1
            reference = f"L{self._last_licence:05}"
            self._last_licence = self._entry.add(
                Licence, person_id=person_id, programme_id=self._programme_id, reference=reference
            )
            terms: dict[str, Any] = {**dict.fromkeys(_TERMS), **reported}
            terms["id"] = self._entry.add(LicenceTerms, licence_id=self._last_licence, about=person_id, **reported)
            wearer_ref = self._people.wearer_ref(person_id)
            return RecordedLicence(self._last_licence, person_id, reference, wearer_ref, terms, None, None, None)
        changes = {name: value for name, value in reported.items() if licence.terms.get(name) != value}
        if not changes:
            return licence
        terms = {**licence.terms, **changes}
        if "id" in licence.terms:
            terms["id"] = self._entry.supersede(LicenceTerms, licence.terms["id"], about=person_id, **changes)
        else:
            terms["id"] = self._entry.add(LicenceTerms, licence_id=licence.licence_id, about=person_id, **changes)
        self._changed_facts.update(changes.keys())
        return replace(licence, terms=terms)

    def _record_scores(self, row: ReleaseRow, person_id: int, licence: RecordedLicence) -> None:
        entered: tuple[Score, ...] = () if row.score is None else (row.score,)
        if row.inputs is not None:
            entered += computed_scores(row.inputs, self._today if row.score is None else row.score.scored_on)
        on_record = self._scores.get(person_id, [])
        if row.score is None:
            # Computed again for every list it would look new; a score of the same inputs is kept.
            entered = tuple(s for s in entered if not any(h.score.computed and _same(h.score, s) for h in on_record))
        for score in entered:
            self._changed_facts["score"] += record_score(
                self._entry,
                person_id,
                score,
                on_record,
                version=row.score_version,
                given_by=row.score_by or "release list",
                inputs=row.inputs,
            )
        self._changed_facts += Counter()  # drops zero counts
        self.warnings += [f"{licence.reference}: {words}" for words in warnings_of(entered)]

    def _keep_licence(self, person_id: int, licence: RecordedLicence) -> None:
        on_record = self._licences[person_id]
        self._licences[person_id] = [each for each in on_record if each.licence_id != licence.licence_id] + [licence]


def _same(on_record: Score, score: Score) -> bool:
    return (on_record.horizon_years, on_record.pct_hundredths) == (score.horizon_years, score.pct_hundredths)
