"""Imports and crimes that are withdrawn, and the way back."""

from datetime import datetime
from typing import Annotated, Literal

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from api.http.dependencies import Number, asked_for
from api.http.paging import After
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS, answers
from api.schemas.withdrawals import TakenBackIn, WithdrawalOut, WithdrawalPage, WithdrawCrimeIn, WithdrawImportIn
from api.usecases.imports import withdrawals
from api.usecases.matching.crimes import aware
from api.usecases.request_context import Page, RequestContext
from tracker.access.roles import Right
from tracker.withdrawals.queries import WithdrawalFilter


class Withdrawals(Controller):
    """Imports and crimes that are withdrawn: they stay on record and count nowhere. Each actor sees those of the kinds
    that they may withdraw."""

    path = "/withdrawals"
    tags = ("imports",)
    dependencies = {"context": asked_for(*withdrawals.EVERY_RIGHT)}
    problems = READ_PROBLEMS

    @get(operation_id="listWithdrawals", responses=answers(422), sync_to_thread=True)
    def list_withdrawals(
        self,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        kind: Annotated[
            Literal["fixes", "events", "assignments", "crimes", "crime"] | None,
            QueryParameter(description="Of imports of these files, or of single crimes."),
        ] = None,
        file_number: Annotated[
            int | None, QueryParameter(name="fileNumber", ge=1, le=2**53, description="Of this import.")
        ] = None,
        force: Annotated[str | None, QueryParameter(description="Of crimes of this force.")] = None,
        crime_ref: Annotated[str | None, QueryParameter(name="crimeRef", description="Of this crime.")] = None,
        by: Annotated[str | None, QueryParameter(description="Who withdrew it.")] = None,
        since: Annotated[datetime | None, QueryParameter(name="from", description="From this instant on.")] = None,
        until: Annotated[datetime | None, QueryParameter(name="to", description="Before this instant.")] = None,
        standing: Annotated[bool, QueryParameter(description="Without those that were taken back.")] = False,
        known_at: Annotated[
            datetime | None, QueryParameter(name="asKnownAt", description="As known at this instant.")
        ] = None,
        after: After = None,
    ) -> WithdrawalPage:
        """What was withdrawn, by whom, when and why, and what rested on it; the latest first."""
        wanted = WithdrawalFilter(
            () if kind is None else (kind,),
            file_id=file_number,
            force=force,
            crime_ref=crime_ref,
            by=by,
            since=aware("from", since),
            until=aware("to", until),
            standing=standing,
            known_at=aware("asKnownAt", known_at),
        )
        return withdrawals.list_withdrawals(context, wanted, page, after)

    @get("/{number:int}", operation_id="getWithdrawal", sync_to_thread=True)
    def get_withdrawal(self, number: Number, context: NamedDependency[RequestContext]) -> WithdrawalOut:
        """One withdrawal, and how far it is."""
        return withdrawals.one_withdrawal(context, number)

    @post("/imports", operation_id="withdrawImport", status_code=200, responses=ENTRY_PROBLEMS, sync_to_thread=True)
    def withdraw_import(
        self, data: JSONBody[WithdrawImportIn], context: NamedDependency[RequestContext]
    ) -> WithdrawalOut:
        """Withdraw an import of fixes, events, assignments or crimes as a whole. Its rows count nowhere from then on;
        what they had replaced counts again. Open matches that rest on it are withdrawn, confirmed and released ones
        wait for a decision. Running matches are handed back first. Twice is once."""
        return withdrawals.withdraw_import(context, data)

    @post(
        "/crimes",
        operation_id="withdrawCrime",
        status_code=200,
        dependencies={"context": asked_for(Right.ENTER_CRIMES)},
        responses=ENTRY_PROBLEMS,
        sync_to_thread=True,
    )
    def withdraw_crime(
        self, data: JSONBody[WithdrawCrimeIn], context: NamedDependency[RequestContext]
    ) -> WithdrawalOut:
        """Withdraw one crime, whoever reports it again: it is in no list, match or pool from then on. Twice is once."""
        return withdrawals.withdraw_crime(context, data)

    @post(
        "/{number:int}/take-back",
        operation_id="takeBackWithdrawal",
        status_code=200,
        responses=ENTRY_PROBLEMS,
        sync_to_thread=True,
    )
    def take_back(
        self, number: Number, data: JSONBody[TakenBackIn], context: NamedDependency[RequestContext]
    ) -> WithdrawalOut:
        """A withdrawal made in error: what it was of counts again, and matches are as it found them. Refused where the
        rows are not held any more."""
        return withdrawals.take_back(context, number, data)


HANDLERS = (Withdrawals,)
