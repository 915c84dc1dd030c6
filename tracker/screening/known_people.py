"""Finds the person and the licence that a row of a release list is about."""

from collections.abc import Sequence
from typing import Any

from tracker.screening.queries import RecordedLicence
from tracker.screening.release_row import IDENTIFIERS, ReleaseRow


class RowConflict(Exception):
    """A row that contradicts the record or another row of the list."""

    def __init__(self, field: str, rule: str, why: str = "") -> None:
        super().__init__(rule)
        self.field, self.rule, self.why = field, rule, why


class KnownPeople:
    """The people on record, by identifier and by wearer reference; kept up to date while a list is written."""

    def __init__(self) -> None:
        self._identities: dict[int, dict[str, Any]] = {}
        self._by_identifier: dict[tuple[str, str], int] = {}
        self._by_wearer: dict[str, int] = {}
        self._wearers: dict[int, str] = {}

    def add_wearer(self, person_id: int, wearer_ref: str) -> None:
        """Add a person by their wearer reference."""
        self._by_wearer[wearer_ref] = person_id
        self._wearers[person_id] = wearer_ref

    def set_identity(self, identity: dict[str, Any]) -> dict[str, Any]:
        """Add or replace the identity of a person; returns it."""
        self._identities[identity["person_id"]] = identity
        for name in IDENTIFIERS:
            if identity[name] is not None:
                self._by_identifier[name, identity[name]] = identity["person_id"]
        return identity

    def identity(self, person_id: int) -> dict[str, Any] | None:
        """The identity of a person; None if none is on record."""
        return self._identities.get(person_id)

    def wearer_ref(self, person_id: int) -> str:
        """The wearer reference of a person on record."""
        return self._wearers[person_id]

    def free_reference(self, last_person: int) -> str:
        """A wearer reference that no person on record has."""
        number = last_person + 1
        while f"P{number:05}" in self._by_wearer:
            number += 1
        return f"P{number:05}"

    def find(self, row: ReleaseRow) -> int | None:
        """The person id of a row; None for a new person. Raises RowConflict."""
        found = {
            name: self._by_identifier[name, value]
            for name, value in row.identifiers().items()
            if (name, value) in self._by_identifier
        }
        if row.wearer_ref is not None and row.wearer_ref in self._by_wearer:
            found["wearer_ref"] = self._by_wearer[row.wearer_ref]
        names = ", ".join(found)
        if len(set(found.values())) > 1:
            raise RowConflict(names, "IDENTIFIERS_DISAGREE", f"{names} belong to different people")
        if not found:
            return None
        person_id = next(iter(found.values()))
        identity = self._identities.get(person_id, {})
        if "wearer_ref" not in found and row.wearer_ref is not None:
            raise RowConflict("wearer_ref", "IDENTIFIERS_DISAGREE", "the person on record has a different reference")
        for name, value in row.identifiers().items():
            if name not in found and identity.get(name) not in (None, value):
                raise RowConflict(name, "IDENTIFIERS_DISAGREE", f"the person found by {names} has a different {name}")
        born = identity.get("born")
        if born and row.born and born != row.born and identity["name"].casefold() != row.name.casefold():
            words = f"the person found by {names} has a different name and date of birth"
            raise RowConflict("born", "OTHER_PERSON", words)
        return person_id


def licence_of(row: ReleaseRow, licences: Sequence[RecordedLicence]) -> RecordedLicence | None:
    """The one of a person's licences, oldest first, that a row is about; None for a new one. Raises RowConflict."""
    if row.licence is not None and row.licence.casefold() != "new":
        named = next((licence for licence in licences if licence.reference == row.licence), None)
        if named is None:
            raise RowConflict("licence", "UNKNOWN_LICENCE")
        return named
    if not licences or row.licence is not None:
        return None
    last = licences[-1]
    ends_on = last.terms.get("ends_on")
    if ends_on is not None and ends_on < row.planned_release_on:
        return None
    if last.released_at is not None and last.terms.get("planned_release_on") != row.planned_release_on:
        raise RowConflict("planned_release", "RELEASED_ALREADY", f"licence {last.reference} is running")
    return last
