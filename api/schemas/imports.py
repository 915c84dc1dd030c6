"""Files that were sent, on the wire."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from api.schemas.wire import PageAnswer, Wire
from api.schemas.withdrawals import WithdrawnOut
from tracker.jobs.queries import Job

FileKind = Literal[
    "crimes",
    "fixes",
    "events",
    "assignments",
    "stock",
    "releases",
    "ledger",
    "reoffences",
    "comparison",
    "characteristics",
    "benchmarks",
    "knife-crime",
]
"""The kinds of file that can be imported."""


Dates = Literal["yyyy-mm-dd", "dd/mm/yyyy", "mm/dd/yyyy"]
Delimiter = Literal["auto", "comma", "semicolon", "tab", "bar"]
SpeedUnit = Literal["km/h", "mph", "knots", "m/s"]


class ImportOptions(Wire, frozen=True, kw_only=True):
    """How a file is read: what of it concerns the kind is looked at, the rest is not.

    `map`: ours=theirs, where `=value` stands for a value of every row, `date+time` for two columns that make one time,
    and nothing for a column that is not to be read. `dates`: how dates are written, in every kind of file; a year first
    and a month by its name are always read. `delimiter`: what stands between values; *auto* finds it out, or says that
    it cannot. `speedUnit`: of the speeds of a file of fixes. `zone`: what times without an offset are in.
    `metresPerDop`: what one unit of dilution of precision stands for in a file of fixes; without it none is read.
    `accuracyLevel`: of which share of errors in per cent the stated accuracies are the radius, where rows do not say.
    `beforeS`, `afterS` widen the windows of a headed file of crimes; `refFromRow` makes references from its rows.
    """

    map: dict[str, str] = msgspec.field(default_factory=dict)
    zone: Literal["UTC", "Europe/London"] = "UTC"
    format: Literal["ministry", "headed", "police-uk"] = "headed"
    before_s: float = 0
    after_s: float = 0
    ref_from_row: bool = False
    time_form: Literal["auto", "iso", "epoch_s", "epoch_ms"] = "auto"
    crs: Literal["auto", "wgs84", "bng"] = "auto"
    metres_per_dop: float | None = None
    accuracy_level: Literal[68, 90, 95] | None = None
    dates: Dates = "yyyy-mm-dd"
    delimiter: Delimiter = "auto"
    speed_unit: SpeedUnit | None = None
    programme: str = "gps-knife-licence"


class ImportAccount(Wire, frozen=True, kw_only=True):
    """What became of a file, whatever was in it: `rows` = `kept` + `same` + `rejected`.

    `kept` rows made something new. `refused` says why nothing of the file was stored. `byRule` counts
    rejected rows by rule: one row may have broken several. `fileNumber`: of a file that goes on record, for reading
    back its rows.
    """

    kind: str
    file: str
    sha256: str
    rows: int
    kept: int
    same: int
    rejected: int
    already_imported_at: datetime | None = None
    refused: list[str] = msgspec.field(default_factory=list)
    by_rule: dict[str, int] = msgspec.field(default_factory=dict)
    rejects_path: str | None = None
    file_number: int | None = None
    notes: list[str] = msgspec.field(default_factory=list)
    warnings: list[str] = msgspec.field(default_factory=list)


class ImportOut(Wire, frozen=True, kw_only=True):
    """A file that was sent. `rows` = `kept` + `same` + `rejected` once it was read; `outcome` by the ministry's words:
    successful, partial (good rows kept, bad ones rejected), failed or error (nothing taken). `fileNumber`: once it was
    read and is on record, by which it is withdrawn; `withdrawn`: by whom and why, where it is."""

    id: int
    kind: str
    name: str
    sha256: str
    size: int
    state: str
    outcome: str | None
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None
    attempts: int
    rows: int | None
    kept: int | None
    same: int | None
    rejected: int | None
    refused: list[str]
    by_rule: dict[str, int]
    notes: list[str]
    warnings: list[str]
    options: ImportOptions
    why: str | None
    file_number: int | None
    withdrawn: WithdrawnOut | None


class ImportPage(Wire, frozen=True, kw_only=True):
    items: list[ImportOut]
    total: int
    limit: int
    offset: int


class RowFault(Wire, frozen=True, kw_only=True):
    """One fault of one row, and what its sender is to do."""

    row: int
    field: str
    value: str
    rule: str
    what_to_do: str


class BecameLicence(Wire, frozen=True, kw_only=True):
    """A row of a release list, counted from 1 without the header: its licence, and whether the row made it, changed
    something on record, or said what was known. A rejected row has none."""

    row: int
    licence: str
    wearer: str
    became: str


class BecameLicencePage(PageAnswer, frozen=True, kw_only=True):
    """`fileNumber`: of the release list on record."""

    file_number: int
    items: list[BecameLicence]


class FaultPage(Wire, frozen=True, kw_only=True):
    items: list[RowFault]
    total: int
    limit: int
    offset: int


def import_out(job: Job, withdrawn: WithdrawnOut | None = None) -> ImportOut:
    report = dict(job.report or {})
    asked = job.asked
    return ImportOut(
        id=job.job_id,
        kind=asked["kind"],
        name=asked["name"],
        sha256=asked["sha256"],
        size=asked["size"],
        state=job.state.value,
        outcome=_outcome(report) if report else None,
        requested_by=job.requested_by,
        requested_at=job.requested_at,
        finished_at=job.finished_at,
        attempts=job.attempts,
        rows=report.get("rows"),
        kept=report.get("kept"),
        same=report.get("same"),
        rejected=report.get("rejected"),
        refused=list(report.get("refused", [])),
        by_rule=dict(report.get("byRule", {})),
        notes=list(report.get("notes", [])),
        warnings=list(report.get("warnings", [])),
        options=msgspec.convert(asked["options"], ImportOptions),
        why=job.why,
        file_number=report.get("fileNumber"),
        withdrawn=withdrawn,
    )


def _outcome(report: dict[str, Any]) -> str:
    if report["refused"]:
        return "failed"
    if not report["rejected"]:
        return "successful"
    return "partial" if report["rejected"] < report["rows"] else "error"
