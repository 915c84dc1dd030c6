"""The tables. Importing this package fills `Table.metadata`; migrations make them, `create_all` never."""

from tracker.store.tables.answered import Answered
from tracker.store.tables.assignments import Assignment
from tracker.store.tables.audit import AuditEntry, AuditHead, PersonKey
from tracker.store.tables.budget import Actual, Commitment, LineForecast, Virement
from tracker.store.tables.crimes import Crime, CrimeBatch, CrimeVersion
from tracker.store.tables.evaluation import (
    Benchmark,
    Characteristic,
    CohortExport,
    ComparisonPerson,
    ExportKey,
    LinkageStep,
    Reoffence,
    ReviewReader,
    TableRelease,
)
from tracker.store.tables.facts import Fact
from tracker.store.tables.imports import FileKind, ImportFile, ImportStatus
from tracker.store.tables.jobs import MatchJob
from tracker.store.tables.keeping import Erasure, ErasureStep, RetentionPolicy, SubjectAccess, SubjectAccessEvent
from tracker.store.tables.licences import Instrument, Licence, LicenceTerms, OgrsScore, Proportionality, Screening
from tracker.store.tables.people import Address, Identity, Person, Sex
from tracker.store.tables.portfolio import (
    Allocation,
    BudgetLine,
    CapacityMeasure,
    Contract,
    ContractAmendment,
    ContractCondition,
    Decision,
    Duty,
    DutyDone,
    Funding,
    LegalBasis,
    Phase,
    PhasePlace,
    ProgrammeEnd,
    Recommendation,
    ResponsiblePerson,
    Stated,
    Statement,
)
from tracker.store.tables.programmes import Programme
from tracker.store.tables.registry import Table
from tracker.store.tables.review import Match, MatchMoved, Release, ReleaseTold
from tracker.store.tables.rollout import Launch, LaunchKind, PlaceEvent
from tracker.store.tables.tags import Alert, AlertEvent, Custody, LicenceEvent, Tag, TagEvent, TagPrice
from tracker.store.tables.users import AppUser, LoginFailure, LoginSession, SpentRefresh

__all__ = [
    "Actual",
    "Address",
    "Alert",
    "AlertEvent",
    "Allocation",
    "Answered",
    "AppUser",
    "Assignment",
    "AuditEntry",
    "AuditHead",
    "Benchmark",
    "BudgetLine",
    "CapacityMeasure",
    "Characteristic",
    "CohortExport",
    "Commitment",
    "ComparisonPerson",
    "Contract",
    "ContractAmendment",
    "ContractCondition",
    "Crime",
    "CrimeBatch",
    "CrimeVersion",
    "Custody",
    "Decision",
    "Duty",
    "DutyDone",
    "Erasure",
    "ErasureStep",
    "ExportKey",
    "Fact",
    "FileKind",
    "Funding",
    "Identity",
    "ImportFile",
    "ImportStatus",
    "Instrument",
    "Launch",
    "LaunchKind",
    "LegalBasis",
    "Licence",
    "LicenceEvent",
    "LicenceTerms",
    "LineForecast",
    "LinkageStep",
    "LoginFailure",
    "LoginSession",
    "Match",
    "MatchJob",
    "MatchMoved",
    "OgrsScore",
    "Person",
    "PersonKey",
    "Phase",
    "PhasePlace",
    "PlaceEvent",
    "Programme",
    "ProgrammeEnd",
    "Proportionality",
    "Recommendation",
    "Release",
    "ReleaseTold",
    "Reoffence",
    "ResponsiblePerson",
    "RetentionPolicy",
    "ReviewReader",
    "Screening",
    "Sex",
    "SpentRefresh",
    "Stated",
    "Statement",
    "SubjectAccess",
    "SubjectAccessEvent",
    "Table",
    "TableRelease",
    "Tag",
    "TagEvent",
    "TagPrice",
    "Virement",
]
