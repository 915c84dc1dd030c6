"""Cohorts on the wire: the columns there are, an export with its definition, risk and files, its linkage file."""

from datetime import date, datetime
from typing import Any

from api.schemas.wire import PageAnswer, Wire
from tracker.evaluation.cohort.columns import Column
from tracker.evaluation.releases.queries import Export, Linkage

OTHER_FILES = ("cohort.sav", "cohort.dta", "cohort.xlsx", "cohort.ipynb", "flow.svg")
"""Made when they are taken: for SPSS and Stata, a workbook, a Jupyter notebook, a picture."""


class ColumnOut(Wire, frozen=True, kw_only=True):
    """A column that may be exported. `toldByOthers`: others may know the value of a person, so it counts for the risk
    of being recognised; `source`: where it comes from, where that is not the record."""

    name: str
    type: str
    words: str
    purposes: list[str]
    told_by_others: bool
    source: str


class ColumnList(Wire, frozen=True, kw_only=True):
    items: list[ColumnOut]
    total: int


class DefinitionOut(Wire, frozen=True, kw_only=True):
    """What was asked to be exported: who, as at when, which columns, how coarse, what for."""

    purpose: str
    justification: str
    columns: list[str]
    as_at: date
    reached: str
    where: dict[str, list[str]]
    comparison: bool
    dates: str
    wide_ages: bool
    no_signal_over_hours: int
    small_classes: str
    class_at_least: int
    linked_to: int | None
    linked_why: str | None
    weights: str | None
    covariates: list[str]


class DiversityOut(Wire, frozen=True, kw_only=True):
    """Of one column that others do not know: the fewest different values in a class, and how many people are in classes
    where all have the same value."""

    fewest: int
    alike_people: int


class RiskOut(Wire, frozen=True, kw_only=True):
    """How well people are hidden among each other: classes of people alike in what others may know of them.
    `diversity`: by column, what is learned of somebody whose class is known; empty for exports of before it was
    measured."""

    people: int
    by: list[str]
    classes: int
    smallest_class: int
    unique: int
    below_limit: int
    limit: int
    blanked_values: int
    most_likely_to_be_told: float | None
    diversity: dict[str, DiversityOut]


class FlowStep(Wire, frozen=True, kw_only=True):
    """How many people reached a step; a count, or *withheld*."""

    step: str
    people: str | int


class EqualityCount(Wire, frozen=True, kw_only=True):
    """How many people of a group are in the cohort; a count, or *withheld*."""

    characteristic: str
    group: str
    people: str | int


class FileOut(Wire, frozen=True, kw_only=True):
    """A file of an export; the size is not stored for the manifest itself."""

    sha256: str
    bytes: int | None = None


class LinkageOut(Wire, frozen=True, kw_only=True):
    """Where an export's linkage file stands, with the last step: to which linker it goes, and who decided what."""

    state: str
    linker: str | None
    organisation: str | None
    words: str | None
    by: str | None


class LinkageState(Wire, frozen=True, kw_only=True):
    id: int
    linkage: str


class ExportOut(Wire, frozen=True, kw_only=True):
    """An export. `state`: kept or destroyed; `tableRelease`: the number under which its tables are on the ledger.
    `otherFiles`: which can be taken as its `files` can, and are made then. Of the rows of one that was destroyed
    nothing is counted any more: `people`, `comparison` and `risk` are null, and it has no files; its tables are on the
    ledger."""

    id: int
    state: str
    as_at: date
    known_at: datetime
    definition: DefinitionOut
    people: int | None
    comparison: int | None
    risk: RiskOut | None
    flow: list[FlowStep]
    equality: list[EqualityCount]
    table_release: int | None
    files: dict[str, FileOut]
    other_files: tuple[str, ...]
    sha256: str
    expires_on: date
    recorded_at: datetime
    recorded_by: str
    linkage: LinkageOut | None
    destroyed_on: date | None


class ExportPage(PageAnswer, frozen=True, kw_only=True):
    items: list[ExportOut]


class ExportVerified(Wire, frozen=True, kw_only=True):
    """An export made again from the record as it was known then: its digest on record, and now. `now` is null where
    another version made it: it is not made again then."""

    id: int
    on_record: str
    now: str | None
    same: bool
    by_another_version: bool


def column_out(column: Column) -> ColumnOut:
    return ColumnOut(
        name=column.name,
        type=column.type,
        words=column.words,
        purposes=sorted(column.purposes),
        told_by_others=column.quasi,
        source=column.source,
    )


def export_out(export: Export, linkage: Linkage | None = None) -> ExportOut:
    manifest, kept = export.manifest, export.destroyed_at is None
    files = {name: FileOut(**stored) for name, stored in manifest["files"].items()}
    files["manifest.json"] = FileOut(sha256=export.sha256)
    return ExportOut(
        id=export.number,
        state="kept" if kept else "destroyed",
        as_at=export.as_at,
        known_at=export.known_at,
        definition=definition_out(dict(export.definition)),
        people=manifest["people"] if kept else None,
        comparison=manifest["comparison"] if kept else None,
        risk=_risk(dict(export.risk)) if kept else None,
        flow=[FlowStep(**row) for row in manifest["flow"]],
        equality=[EqualityCount(**row) for row in manifest["equality"]],
        table_release=manifest["tableRelease"],
        other_files=OTHER_FILES if kept else (),
        files=files if kept else {},
        sha256=export.sha256,
        expires_on=export.expires_on,
        recorded_at=export.recorded_at,
        recorded_by=export.recorded_by,
        linkage=None if linkage is None else linkage_out(linkage),
        destroyed_on=None if export.destroyed_at is None else export.destroyed_at.date(),
    )


def definition_out(stored: dict[str, Any]) -> DefinitionOut:
    return DefinitionOut(**{**stored, "as_at": date.fromisoformat(stored["as_at"])})


def _risk(stored: dict[str, Any]) -> RiskOut:
    return RiskOut(
        people=stored["people"],
        by=stored["by"],
        classes=stored["classes"],
        smallest_class=stored["smallestClass"],
        unique=stored["unique"],
        below_limit=stored["belowLimit"],
        limit=stored["limit"],
        blanked_values=stored["blankedValues"],
        most_likely_to_be_told=stored["mostLikelyToBeTold"],
        diversity={
            name: DiversityOut(fewest=each["fewest"], alike_people=each["alikePeople"])
            for name, each in stored.get("diversity", {}).items()
        },
    )


def linkage_out(linkage: Linkage) -> LinkageOut:
    return LinkageOut(
        state=linkage.state.value,
        linker=linkage.linker,
        organisation=linkage.organisation,
        words=linkage.words,
        by=linkage.by,
    )
