"""What was entered, of every kind: lists, what became of each entry, and the way back."""

from datetime import date
from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.dependencies import OF_PROGRAMME, AsKnownAt, Number, asked_for
from api.http.paging import Limit
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS
from api.schemas.delivery.records import (
    CaseCorrectionIn,
    KeepingCorrectionIn,
    ProgrammeCorrectionIn,
    RecordChanged,
    RecordHistory,
    RecordPage,
    RecordTakenBackIn,
)
from api.schemas.wire import ReasonIn
from api.usecases.delivery import records
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.corrections.kinds import Area
from tracker.corrections.queries import Wanted

_PROGRAMME_ENTERS = {"context": asked_for(Right.ENTER_PROGRAMME)}
_CASES_ENTERS = {"context": asked_for(Right.ENTER_CASES)}


def _provide_wanted(
    context: NamedDependency[RequestContext],
    subject: Annotated[
        str | None, QueryParameter(max_length=200, description="Those of this licence, wearer or device.")
    ] = None,
    since: Annotated[date | None, QueryParameter(name="from", description="True from this day on.")] = None,
    until: Annotated[date | None, QueryParameter(name="to", description="True on this day or before.")] = None,
    by: Annotated[str | None, QueryParameter(max_length=200, description="Those entered by this user.")] = None,
    history: Annotated[
        bool, QueryParameter(description="With those that were corrected or taken back; else those that count.")
    ] = False,
    before: Annotated[int | None, QueryParameter(ge=1, le=2**53, description="`next` of the page before.")] = None,
    as_known_at: AsKnownAt = None,
    limit: Limit = 50,
) -> Wanted:
    return Wanted(subject, since, until, by, history, context.as_of(None, as_known_at).known_at, before, limit)


_WANTED = {"wanted": Provide(_provide_wanted, sync_to_thread=False)}


class ProgrammeRecords(Controller):
    """Commitments and their changes, payments, virements, forecasts, launches and plans, duties done, prices of lost
    tags."""

    path = "/programmes/{key:str}/records/{kind:str}"
    tags = ("record",)
    dependencies = {"context": asked_for(Right.READ_PROGRAMME), **OF_PROGRAMME, **_WANTED}
    problems = READ_PROBLEMS

    @get(operation_id="listRecords", sync_to_thread=True)
    def list_records(
        self,
        kind: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        wanted: NamedDependency[Wanted],
    ) -> RecordPage:
        """The newest first. `kind`: commitment, commitment-change, actual, virement, forecast, launch, duty-done or
        lost-tag-price."""
        return records.list_records(context, programme, records.kind_named(kind, Area.PROGRAMME), wanted)

    @get("/{number:int}", operation_id="getRecord", sync_to_thread=True)
    def get_record(
        self,
        kind: FromPath[str],
        number: Number,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_known_at: AsKnownAt = None,
    ) -> RecordHistory:
        """Every version of an entry: who entered, corrected or took it back, when and why."""
        found = records.kind_named(kind, Area.PROGRAMME)
        return records.show_record(context, programme, found, number, as_known_at)

    @post(
        "/{number:int}/correct",
        operation_id="correctRecord",
        dependencies=_PROGRAMME_ENTERS,
        responses=ENTRY_PROBLEMS,
        sync_to_thread=True,
    )
    def correct_record(
        self,
        kind: FromPath[str],
        number: Number,
        data: JSONBody[ProgrammeCorrectionIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> RecordChanged:
        """Correct the fields that are given, with a reason. Refused if what was entered later would contradict it."""
        found = records.kind_named(kind, Area.PROGRAMME)
        return records.correct_record(context, programme, found, number, data.record, data.reason, data.override)

    @post(
        "/{number:int}/take-back",
        operation_id="takeBackRecord",
        dependencies=_PROGRAMME_ENTERS,
        responses=ENTRY_PROBLEMS,
        sync_to_thread=True,
    )
    def take_back_record(
        self,
        kind: FromPath[str],
        number: Number,
        data: JSONBody[RecordTakenBackIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> RecordChanged:
        """Take back an entry that was made in error, with a reason; it stays on record."""
        found = records.kind_named(kind, Area.PROGRAMME)
        return records.take_back_record(context, programme, found, number, data.reason, data.override)


class CaseRecords(Controller):
    """Places and conditions, moves of licences, custody, alerts, probation's decisions, terms, screenings, notes,
    addresses, scores, moves of tags, models, assignments."""

    path = "/programmes/{key:str}/case-records/{kind:str}"
    tags = ("record",)
    dependencies = {"context": asked_for(Right.READ_CASES), **OF_PROGRAMME, **_WANTED}
    problems = READ_PROBLEMS

    @get(operation_id="listCaseRecords", sync_to_thread=True)
    def list_records(
        self,
        kind: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        wanted: NamedDependency[Wanted],
    ) -> RecordPage:
        """The newest first. `kind`: place, licence-move, custody, alert-step, proportionate, terms, screening, note,
        address, score, tag-move, device-model or assignment."""
        return records.list_records(context, programme, records.kind_named(kind, Area.CASES), wanted)

    @get("/{number:int}", operation_id="getCaseRecord", sync_to_thread=True)
    def get_record(
        self,
        kind: FromPath[str],
        number: Number,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_known_at: AsKnownAt = None,
    ) -> RecordHistory:
        """Every version of an entry: who entered, corrected or took it back, when and why."""
        found = records.kind_named(kind, Area.CASES)
        return records.show_record(context, programme, found, number, as_known_at)

    @post(
        "/{number:int}/correct",
        operation_id="correctCaseRecord",
        dependencies=_CASES_ENTERS,
        responses=ENTRY_PROBLEMS,
        sync_to_thread=True,
    )
    def correct_record(
        self,
        kind: FromPath[str],
        number: Number,
        data: JSONBody[CaseCorrectionIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> RecordChanged:
        """Correct the fields that are given, with a reason; capacity, monitored spans and matches follow. Refused if
        what was entered later would contradict it."""
        found = records.kind_named(kind, Area.CASES)
        return records.correct_record(context, programme, found, number, data.record, data.reason)

    @post(
        "/{number:int}/take-back",
        operation_id="takeBackCaseRecord",
        dependencies=_CASES_ENTERS,
        responses=ENTRY_PROBLEMS,
        sync_to_thread=True,
    )
    def take_back_record(
        self,
        kind: FromPath[str],
        number: Number,
        data: JSONBody[ReasonIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> RecordChanged:
        """Take back an entry that was made in error, with a reason: an imposed condition frees its place, a fitting its
        tag. It stays on record."""
        return records.take_back_record(context, programme, records.kind_named(kind, Area.CASES), number, data.reason)


class KeepingRecords(Controller):
    """Retention periods, readers of the restricted review, steps of subject access requests."""

    path = "/keeping-records/{kind:str}"
    tags = ("record",)
    dependencies = {"context": asked_for(Right.KEEP), **_WANTED}
    problems = READ_PROBLEMS

    @get(operation_id="listKeepingRecords", sync_to_thread=True)
    def list_records(
        self, kind: FromPath[str], context: NamedDependency[RequestContext], wanted: NamedDependency[Wanted]
    ) -> RecordPage:
        """The newest first. `kind`: retention-period, review-reader or subject-access-step."""
        return records.list_records(context, None, records.kind_named(kind, Area.KEEPING), wanted)

    @get("/{number:int}", operation_id="getKeepingRecord", sync_to_thread=True)
    def get_record(
        self,
        kind: FromPath[str],
        number: Number,
        context: NamedDependency[RequestContext],
        as_known_at: AsKnownAt = None,
    ) -> RecordHistory:
        """Every version of an entry: who entered, corrected or took it back, when and why."""
        return records.show_record(context, None, records.kind_named(kind, Area.KEEPING), number, as_known_at)

    @post("/{number:int}/correct", operation_id="correctKeepingRecord", responses=ENTRY_PROBLEMS, sync_to_thread=True)
    def correct_record(
        self,
        kind: FromPath[str],
        number: Number,
        data: JSONBody[KeepingCorrectionIn],
        context: NamedDependency[RequestContext],
    ) -> RecordChanged:
        """Correct the fields that are given, with a reason."""
        found = records.kind_named(kind, Area.KEEPING)
        return records.correct_record(context, None, found, number, data.record, data.reason)

    @post(
        "/{number:int}/take-back",
        operation_id="takeBackKeepingRecord",
        responses=ENTRY_PROBLEMS,
        sync_to_thread=True,
    )
    def take_back_record(
        self,
        kind: FromPath[str],
        number: Number,
        data: JSONBody[ReasonIn],
        context: NamedDependency[RequestContext],
    ) -> RecordChanged:
        """Take back an entry that was made in error, with a reason."""
        return records.take_back_record(context, None, records.kind_named(kind, Area.KEEPING), number, data.reason)


HANDLERS = (ProgrammeRecords, CaseRecords, KeepingRecords)
