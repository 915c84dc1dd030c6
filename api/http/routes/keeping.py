"""The data protection officer's routes: audit, retention, erasure, subject access. No trail, no review."""

from datetime import datetime
from typing import Annotated, Literal

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.dependencies import Number, asked_for
from api.http.idempotency import ANSWER_STORED, UNKEYED
from api.http.middleware import unescaped
from api.http.paging import After, Limit
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS
from api.schemas.operation.audit import AuditHeadOut, AuditOpened, AuditRows, AuditVerified, OpenIn
from api.schemas.operation.retention import (
    AccessDraft,
    AccessIn,
    AccessMoved,
    AccessMoveIn,
    AccessOut,
    Erased,
    ErasurePage,
    ErasuresFinished,
    PolicyEntered,
    PolicyIn,
    Purge,
    RetentionPolicies,
)
from api.schemas.wire import ReasonIn
from api.usecases.operation import audit, retention, subject_access
from api.usecases.request_context import Page, RequestContext
from tracker.access.roles import Right
from tracker.times import AsOf

_KEEPS = {"context": asked_for(Right.KEEP)}


class Audit(Controller):
    """Who changed or read what, and whether that record still is what was written."""

    path = "/audit"
    tags = ("keeping",)
    dependencies = {"context": asked_for(Right.READ_AUDIT)}
    problems = READ_PROBLEMS

    @get(operation_id="listAudit", sync_to_thread=True)
    def list_rows(
        self,
        context: NamedDependency[RequestContext],
        limit: Limit = 50,
        by: Annotated[str | None, QueryParameter(description="Who did it.")] = None,
        subject: Annotated[str | None, QueryParameter(description="What it was done to, by the table's name.")] = None,
        action: Annotated[
            Literal["collect", "alter", "consult", "disclose", "combine", "erase"] | None,
            QueryParameter(description="By the words of section 62 of the Data Protection Act 2018."),
        ] = None,
        person: Annotated[
            int | None, QueryParameter(ge=1, le=2**53, description="About this person, by number.")
        ] = None,
        since: Annotated[datetime | None, QueryParameter(name="from", description="From this instant on.")] = None,
        until: Annotated[datetime | None, QueryParameter(name="to", description="Before this instant.")] = None,
        after: After = None,
    ) -> AuditRows:
        """The latest rows, the latest first. What is sealed stays sealed."""
        return audit.latest_rows(
            context,
            since=since,
            until=until,
            by=by,
            subject=subject,
            action=action,
            person_id=person,
            limit=limit,
            after=after,
        )

    @get("/verify", operation_id="verifyAudit", sync_to_thread=True)
    def verify(
        self,
        context: NamedDependency[RequestContext],
        since: Annotated[
            str | None,
            QueryParameter(max_length=100, description="A head kept earlier, ROWS:HASH, to hold the chain against."),
        ] = None,
        new_alone: Annotated[
            bool,
            QueryParameter(
                name="newAlone", description="Only rows after `since`; those up to it were verified before."
            ),
        ] = False,
    ) -> AuditVerified:
        """Whether the chain still is what was written, by its digests and by the heads written out; if not, the first
        row that is not."""
        return audit.verify(context, since, new_alone=new_alone)

    @get("/head", operation_id="auditHead", sync_to_thread=True)
    def head(self, context: NamedDependency[RequestContext]) -> AuditHeadOut:
        """The head of now, to be kept by whoever verifies later, and the latest that were written out."""
        return audit.head(context)

    @post("/head", operation_id="writeAuditHead", status_code=200, opt={UNKEYED: True}, sync_to_thread=True)
    def write_head(self, context: NamedDependency[RequestContext]) -> AuditHeadOut:
        """Write the head of now to the file of heads and to the log."""
        return audit.write_out(context)

    @post(
        "/open",
        operation_id="openAudit",
        status_code=200,
        opt={UNKEYED: True},
        responses=ENTRY_PROBLEMS,
        sync_to_thread=True,
    )
    def open_sealed(self, data: JSONBody[OpenIn], context: NamedDependency[RequestContext]) -> AuditOpened:
        """A person's sealed values, of one row or of the person's latest 200; the opening leaves its row."""
        return audit.opened(context, data.row, data.person, data.purpose)


class Retention(Controller):
    """How long each kind of record is kept."""

    path = "/retention"
    tags = ("keeping",)
    dependencies = _KEEPS
    problems = ENTRY_PROBLEMS

    @get(operation_id="listRetention", responses=READ_PROBLEMS, sync_to_thread=True)
    def list_policies(
        self, context: NamedDependency[RequestContext], as_of: NamedDependency[AsOf]
    ) -> RetentionPolicies:
        """The policy in force for each kind of record, and the kinds that have none."""
        return retention.list_policies(context, as_of)

    @post(operation_id="setRetention", opt={ANSWER_STORED: True}, sync_to_thread=True)
    def enter_policy(self, data: JSONBody[PolicyIn], context: NamedDependency[RequestContext]) -> PolicyEntered:
        """How long a kind is kept, from a day on, and who decided it."""
        return retention.enter_policy(context, data.kind, data.days, data.from_on, data.source, sample=data.sample)

    @post("/purge", operation_id="purge", status_code=200, sync_to_thread=True)
    def purge(
        self,
        context: NamedDependency[RequestContext],
        dry_run: Annotated[
            bool, QueryParameter(name="dryRun", description="Only count what is past its retention period.")
        ] = True,
    ) -> Purge:
        """Erase what is past its retention period by the policy of its kind; only counted unless `dryRun=false`."""
        return retention.purge(context, dry_run=dry_run)


class Erasure(Controller):
    """Erasing a person."""

    path = "/wearers/{wearer:str}/erase"
    tags = ("keeping",)
    dependencies = _KEEPS
    problems = ENTRY_PROBLEMS

    @post(operation_id="erase", status_code=200, sync_to_thread=True)
    def erase(
        self, wearer: FromPath[str], data: JSONBody[ReasonIn], context: NamedDependency[RequestContext]
    ) -> Erased:
        """Erase the person who has this reference everywhere, for good: record, fixes, device events, runs, matches,
        packages, exports, files that were sent. Running matches are handed back first and begun again without them."""
        return retention.erase(context, unescaped(wearer), data.reason)


class Erasures(Controller):
    """Erasures and how far each is."""

    path = "/erasures"
    tags = ("keeping",)
    dependencies = _KEEPS
    problems = READ_PROBLEMS

    @get(operation_id="listErasures", sync_to_thread=True)
    def list_erasures(self, context: NamedDependency[RequestContext], page: NamedDependency[Page]) -> ErasurePage:
        """Every erasure, the latest first: whether it is finished, and what is left to erase."""
        return retention.list_erasures(context, page)

    @post("/finish", operation_id="finishErasures", status_code=200, responses=ENTRY_PROBLEMS, sync_to_thread=True)
    def finish(self, context: NamedDependency[RequestContext]) -> ErasuresFinished:
        """Go on with erasures that were cut short, or undone by a restore. Server and worker do so by themselves."""
        return retention.finish_erasures(context)


class SubjectAccess(Controller):
    """A person's request to see what is on record about them."""

    path = "/subject-access"
    tags = ("keeping",)
    dependencies = _KEEPS
    problems = ENTRY_PROBLEMS

    @post(operation_id="receiveAccess", sync_to_thread=True)
    def receive(self, data: JSONBody[AccessIn], context: NamedDependency[RequestContext]) -> AccessOut:
        """A person asks what is on record about them; there is a month to answer."""
        return subject_access.receive(context, data.wearer_ref, data.received_on)

    @post("/{number:int}/draft", operation_id="draftAccess", status_code=200, sync_to_thread=True)
    def draft(self, number: Number, context: NamedDependency[RequestContext]) -> AccessDraft:
        """Everything on record of the person who asked, for a person to go through. Matches that were not released, and
        what concerns others, are left out: whether they are disclosed is a person's decision."""
        return subject_access.draft(context, number)

    @post("/{number:int}/moves", operation_id="moveAccess", status_code=200, sync_to_thread=True)
    def move(
        self, number: Number, data: JSONBody[AccessMoveIn], context: NamedDependency[RequestContext]
    ) -> AccessMoved:
        """The answer was sent, or the request refused."""
        return subject_access.move(context, number, data.move, data.note)


HANDLERS = (Audit, Retention, Erasure, Erasures, SubjectAccess)
