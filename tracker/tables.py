"""The tables. Importing this package fills `Table.metadata`; migrations make them, `create_all` never."""

from tracker.access.idempotency_table import Answered
from tracker.access.tables import AppUser, LoginFailure, LoginSession, SpentRefresh
from tracker.accuracy.tables import AccuracyAdoption
from tracker.assignments.tables import Assignment
from tracker.attention.tables import Settlement
from tracker.budget.tables import Actual, Commitment, CommitmentChange, LineForecast, Virement
from tracker.crimes.tables import BatchCrime, Crime, CrimeBatch, CrimeTally, CrimeVersion, LatestCrime
from tracker.evaluation.people.tables import Benchmark, Characteristic, ComparisonPerson, Reoffence
from tracker.evaluation.releases.tables import CohortExport, ExportKey, LinkageStep, ReviewReader, TableRelease
from tracker.imports.tables import FileKind, ImportFile, ImportStatus
from tracker.jobs.tables import MatchJob
from tracker.knife_crime.tables import BoroughCrime
from tracker.licences.tables import (
    Alert,
    AlertEvent,
    CaseHolder,
    Custody,
    Licence,
    LicenceEvent,
    LicenceNote,
    LicenceTerms,
)
from tracker.match_settings.tables import StandingSetting
from tracker.ogrs.tables import Instrument, OgrsScore
from tracker.people.tables import Address, Identity, Person, Sex
from tracker.programme.programme_table import Programme
from tracker.programme.tables import (
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
from tracker.projections.tables import DayCount, DayState, EligibleSpan
from tracker.record.audit.tables import AuditEntry, AuditHead, PersonKey
from tracker.record.base import Table
from tracker.record.fact import Fact, FactChange
from tracker.record.row_sum_table import RowSum
from tracker.retention.tables import Erasure, ErasureStep, RetentionPolicy, SubjectAccess, SubjectAccessEvent
from tracker.review.tables import (
    ChangedMatch,
    ChangedMatchDecision,
    Match,
    MatchMoved,
    MatchNews,
    MatchNote,
    NewsMail,
    NewsSeen,
    Pool,
    PoolCrime,
    PoolPair,
    Release,
    ReleaseUpdate,
)
from tracker.rollout.tables import Launch, LaunchKind, PlaceEvent
from tracker.screening.tables import Proportionality, ReleaseListRow, Screening
from tracker.tags.tables import DeviceModel, Tag, TagEvent, TagPrice

__all__ = [
    "AccuracyAdoption",
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
    "BatchCrime",
    "Benchmark",
    "BoroughCrime",
    "BudgetLine",
    "CapacityMeasure",
    "CaseHolder",
    "ChangedMatch",
    "ChangedMatchDecision",
    "Characteristic",
    "CohortExport",
    "Commitment",
    "CommitmentChange",
    "ComparisonPerson",
    "Contract",
    "ContractAmendment",
    "ContractCondition",
    "Crime",
    "CrimeBatch",
    "CrimeTally",
    "CrimeVersion",
    "Custody",
    "DayCount",
    "DayState",
    "Decision",
    "DeviceModel",
    "Duty",
    "DutyDone",
    "EligibleSpan",
    "Erasure",
    "ErasureStep",
    "ExportKey",
    "Fact",
    "FactChange",
    "FileKind",
    "Funding",
    "Identity",
    "ImportFile",
    "ImportStatus",
    "Instrument",
    "LatestCrime",
    "Launch",
    "LaunchKind",
    "LegalBasis",
    "Licence",
    "LicenceEvent",
    "LicenceNote",
    "LicenceTerms",
    "LineForecast",
    "LinkageStep",
    "LoginFailure",
    "LoginSession",
    "Match",
    "MatchJob",
    "MatchMoved",
    "MatchNews",
    "MatchNote",
    "NewsMail",
    "NewsSeen",
    "OgrsScore",
    "Person",
    "PersonKey",
    "Phase",
    "PhasePlace",
    "PlaceEvent",
    "Pool",
    "PoolCrime",
    "PoolPair",
    "Programme",
    "ProgrammeEnd",
    "Proportionality",
    "Recommendation",
    "Release",
    "ReleaseListRow",
    "ReleaseUpdate",
    "Reoffence",
    "ResponsiblePerson",
    "RetentionPolicy",
    "ReviewReader",
    "RowSum",
    "Screening",
    "Settlement",
    "Sex",
    "SpentRefresh",
    "StandingSetting",
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
