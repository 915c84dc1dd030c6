"""What wants attention, what was settled with a reason, and taking that back."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.dependencies import OF_PROGRAMME, Number, asked_for
from api.http.idempotency import ANSWER_STORED
from api.http.middleware import unescaped
from api.http.paging import After, Limit
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS
from api.schemas.delivery.attention import (
    AttentionCases,
    AttentionList,
    SettledEntered,
    SettleIn,
    SettlementList,
    SettlementWithdrawn,
)
from api.schemas.wire import ReasonIn
from api.usecases.delivery import attention
from api.usecases.request_context import Page, Programme, RequestContext
from tracker.access.roles import Right
from tracker.times import AsOf

_ENTERS = {"context": asked_for(Right.ENTER_CASES)}
_READS_CASES = {"context": asked_for(Right.READ_CASES)}


class Attention(Controller):
    """What wants attention, worked out by rule from the whole record."""

    path = "/programmes/{key:str}/attention"
    tags = ("programme",)
    dependencies = {"context": asked_for(Right.READ_PROGRAMME), **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @get(operation_id="listAttention", sync_to_thread=True)
    def list_attention(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
    ) -> AttentionList:
        """The most urgent first, each with its paragraph and what settles it; licences of which the same holds are one
        item, which `/attention/{kind}` opens."""
        return attention.list_attention(context, programme, as_of)

    @get("/{kind:str}", operation_id="listAttentionCases", dependencies=_READS_CASES, sync_to_thread=True)
    def list_cases(
        self,
        kind: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        page: NamedDependency[Page],
        settled: Annotated[bool, QueryParameter(description="Those that are settled instead.")] = False,
    ) -> AttentionCases:
        """The licences of one kind, by reference."""
        return attention.open_cases(context, programme, unescaped(kind), as_of, page, settled=settled)


class Settlements(Controller):
    """What was settled with a reason."""

    path = "/programmes/{key:str}/settlements"
    tags = ("programme",)
    dependencies = {**_READS_CASES, **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @get(operation_id="listSettlements", sync_to_thread=True)
    def list_settlements(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        limit: Limit = 50,
        after: After = None,
    ) -> SettlementList:
        """Who settled what, when and why, newest first; those corrected or taken back too."""
        return attention.list_settlements(context, programme, limit, after)

    @post(
        operation_id="settle",
        dependencies=_ENTERS,
        responses=ENTRY_PROBLEMS,
        opt={ANSWER_STORED: True},
        sync_to_thread=True,
    )
    def settle(
        self,
        data: JSONBody[SettleIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> SettledEntered:
        """Settle one thing, some licences or a whole group with a reason; a second reason corrects the first."""
        return attention.settle(
            context, programme, data.kind, data.reason, licences=data.licences, subject=data.subject
        )

    @post(
        "/{number:int}/withdrawal",
        operation_id="withdrawSettlement",
        dependencies=_ENTERS,
        responses=ENTRY_PROBLEMS,
        sync_to_thread=True,
    )
    def withdraw(
        self,
        number: Number,
        data: JSONBody[ReasonIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> SettlementWithdrawn:
        """Take a settlement back: what it settled wants attention again."""
        return attention.withdraw_settlement(context, programme, number, data.reason)


HANDLERS = (Attention, Settlements)
