"""The tables. Importing this package fills `Table.metadata`; migrations make them, `create_all` never."""

from tracker.store.tables.assignments import Assignment
from tracker.store.tables.audit import AuditEntry, AuditHead, PersonKey
from tracker.store.tables.crimes import Crime, CrimeBatch, CrimeVersion
from tracker.store.tables.facts import Fact
from tracker.store.tables.imports import FileKind, ImportFile, ImportStatus
from tracker.store.tables.licences import Instrument, Licence, LicenceTerms, OgrsScore, Proportionality, Screening
from tracker.store.tables.people import Address, Identity, Person, Sex
from tracker.store.tables.portfolio import Decision, ResponsiblePerson, Stated
from tracker.store.tables.programmes import Programme
from tracker.store.tables.registry import Table
from tracker.store.tables.rollout import Launch, LaunchKind, PlaceEvent

__all__ = [
    "Address",
    "Assignment",
    "AuditEntry",
    "AuditHead",
    "Crime",
    "CrimeBatch",
    "CrimeVersion",
    "Decision",
    "Fact",
    "FileKind",
    "Identity",
    "ImportFile",
    "ImportStatus",
    "Instrument",
    "Launch",
    "LaunchKind",
    "Licence",
    "LicenceTerms",
    "OgrsScore",
    "Person",
    "PersonKey",
    "PlaceEvent",
    "Programme",
    "Proportionality",
    "ResponsiblePerson",
    "Screening",
    "Sex",
    "Stated",
    "Table",
]
