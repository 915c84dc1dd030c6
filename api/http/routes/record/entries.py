"""Entries of an officer that stand by themselves."""

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.dependencies import OF_PROGRAMME, asked_for
from api.http.idempotency import ANSWER_STORED
from api.http.middleware import unescaped
from api.http.problems import ENTRY_PROBLEMS
from api.schemas.delivery.entered import (
    CommitmentChanged,
    CommitmentChangeIn,
    NoteEntered,
    NoteIn,
    PriceIn,
    ScoresWithdrawalIn,
)
from api.schemas.delivery.scores import ScoresWithdrawn
from api.schemas.delivery.tags import TagPriceOut
from api.usecases.delivery import entered, scores, tags
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right


class CaseEntries(Controller):
    """Notes on licences; scores that are withdrawn; prices of lost tags."""

    path = "/programmes/{key:str}"
    tags = ("cases",)
    dependencies = {"context": asked_for(Right.ENTER_CASES), **OF_PROGRAMME}
    problems = ENTRY_PROBLEMS

    @post("/licences/{licence:str}/notes", operation_id="enterNote", sync_to_thread=True)
    def enter_note(
        self,
        licence: FromPath[str],
        data: JSONBody[NoteIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> NoteEntered:
        """Note something of a licence."""
        return entered.enter_note(context, programme, unescaped(licence), data.words, data.on)

    @post("/wearers/{wearer:str}/scores/withdraw", operation_id="withdrawScores", sync_to_thread=True)
    def withdraw_scores(
        self,
        wearer: FromPath[str],
        data: JSONBody[ScoresWithdrawalIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> ScoresWithdrawn:
        """Withdraw every score of a day, for example those of another person; what was known before stays."""
        return scores.withdraw(context, programme, unescaped(wearer), data.on, data.reason)

    @post("/lost-tag-prices", operation_id="setLostTagPrice", opt={ANSWER_STORED: True}, sync_to_thread=True)
    def set_price(
        self,
        data: JSONBody[PriceIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> TagPriceOut:
        """What the contract charges for a lost tag from a day on. Tags lost since then are valued by it."""
        return tags.set_price(context, programme, data.contract, data.pence, data.on, data.source)


class MoneyEntries(Controller):
    """What becomes of a commitment."""

    path = "/programmes/{key:str}"
    tags = ("money",)
    dependencies = {"context": asked_for(Right.ENTER_PROGRAMME), **OF_PROGRAMME}
    problems = ENTRY_PROBLEMS

    @post(
        "/commitments/{reference:str}/changes",
        operation_id="changeCommitment",
        opt={ANSWER_STORED: True},
        sync_to_thread=True,
    )
    def change_commitment(
        self,
        reference: FromPath[str],
        data: JSONBody[CommitmentChangeIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> CommitmentChanged:
        """Move it to another line or year, reduce it, or cancel what is not paid; from a day on."""
        return entered.change(
            context,
            programme,
            unescaped(reference),
            data.change,
            to_line=data.to_line,
            to_year=data.to_year,
            pence=data.pence,
            from_line=data.from_line,
            from_year=data.from_year,
            on=data.on,
            reason=data.reason,
            override=data.override,
        )


HANDLERS = (CaseEntries, MoneyEntries)
