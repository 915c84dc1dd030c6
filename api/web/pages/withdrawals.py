"""Withdrawals: a file as a whole, or one crime, that is to count no more; what each moved, and the way back."""

from collections.abc import Callable
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from api.http.dependencies import Number, asked_for
from api.http.middleware import unescaped
from api.http.paging import After
from api.schemas.imports import ImportOut
from api.schemas.withdrawals import TakenBackIn, WithdrawalOut, WithdrawCrimeIn, WithdrawImportIn
from api.usecases.imports import import_jobs, withdrawals
from api.usecases.matching import crimes
from api.usecases.request_context import Page, RequestContext
from api.views.withdrawal_words import GROUNDS, OF_FILE, consequences, moved, what_in_words
from api.web.browser import PREFIX, Asked
from api.web.entering import answered, sent
from api.web.forms import Form, FormFaults
from api.web.lists import listing
from api.web.menu import PageController
from api.web.notes import done_at
from api.web.pages.analyst.crimes import address_of
from api.web.rendering import REFUSALS, page
from tracker.access.roles import Right
from tracker.errors import BadEntry, IllegalMove, NotFound
from tracker.withdrawals.queries import WithdrawalFilter

PATH = f"{PREFIX}/withdrawals"
_THEIRS = {"context": asked_for(*withdrawals.EVERY_RIGHT)}
_LABELS = {
    "reason": "Reason",
    "ground": "Ground",
    "duplicateOf": "Reference of the crime that it repeats",
}
_TONES = {"begun": "wait", "withdrawn": "bad", "being taken back": "wait", "taken back": "plain"}
_SHOWN = (("", "All"), ("standing", "Those that were not taken back"))


class Withdrawals(PageController):
    """Those of the kinds that the reader may withdraw."""

    path = PATH
    dependencies = _THEIRS

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        request: Asked,
        kind: Annotated[str, QueryParameter(max_length=20)] = "",
        shown: Annotated[str, QueryParameter(max_length=20)] = "",
        after: After = None,
    ) -> Response[str]:
        return _list(context, request, page, kind, shown, after)


class OneWithdrawal(PageController):
    """One withdrawal: what it moved, and taking it back."""

    path = f"{PATH}/{{number:int}}"
    dependencies = _THEIRS

    @get(sync_to_thread=True)
    def show(self, number: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        return _one(context, request, number)

    @post("/take-back", sync_to_thread=True)
    def take_back(self, number: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """It was made in error: what it was of counts again."""

        def enter(form: Form) -> str:
            done = withdrawals.take_back(context, number, form.read(TakenBackIn, _LABELS))
            if done.state != "taken back":
                return "It is being taken back: a worker goes on with it."
            return f"Taken back. {what_in_words(done)} counts again."

        return sent(request, enter, f"{PATH}/{number}", lambda form, error: _one(context, request, number, form, error))


class WithdrawFile(PageController):
    """A file that was sent: withdrawn as a whole."""

    path = f"{PREFIX}/files/{{import_id:int}}/withdraw"
    dependencies = _THEIRS

    @get(sync_to_thread=True)
    def show(self, import_id: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        return _file(request, _to_withdraw(context, import_id))

    @post(sync_to_thread=True)
    def withdraw(self, import_id: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """What it had replaced counts again; matches that rest on it are withdrawn, or wait for a decision."""
        now = _to_withdraw(context, import_id)

        def withdraw(form: Form) -> WithdrawalOut:
            asked = form.read(WithdrawImportIn, _LABELS, fileNumber=now.file_number)
            return withdrawals.withdraw_import(context, asked)

        return _withdrawn(request, withdraw, lambda form, error: _file(request, now, form, error))


class WithdrawCrime(PageController):
    """One crime: withdrawn, whoever reports it again."""

    path = f"{PREFIX}/crimes/{{force:str}}/{{crime_ref:str}}/withdraw"
    dependencies = {"context": asked_for(Right.ENTER_CRIMES)}

    @get(sync_to_thread=True)
    def show(
        self,
        force: FromPath[str],
        crime_ref: FromPath[str],
        context: NamedDependency[RequestContext],
        request: Asked,
    ) -> Response[str]:
        return _crime(context, request, unescaped(force), unescaped(crime_ref))

    @post(sync_to_thread=True)
    def withdraw(
        self,
        force: FromPath[str],
        crime_ref: FromPath[str],
        context: NamedDependency[RequestContext],
        request: Asked,
    ) -> Response[Any]:
        """It is in no list, match or pool from then on."""
        of, ref = unescaped(force), unescaped(crime_ref)

        def withdraw(form: Form) -> WithdrawalOut:
            if form.get("ground") not in dict(GROUNDS):
                raise FormFaults({"ground": "Choose why it is withdrawn."})
            asked = form.read(WithdrawCrimeIn, _LABELS, force=of, crimeRef=ref)
            return withdrawals.withdraw_crime(context, asked)

        return _withdrawn(request, withdraw, lambda form, error: _crime(context, request, of, ref, form, error))


def may_withdraw(context: RequestContext, now: ImportOut) -> bool:
    """Whether a file's page leads to its withdrawal."""
    return now.file_number is not None and now.withdrawn is None and withdrawals.may_withdraw(context, now.kind)


def _withdrawn(
    request: Asked, withdraw: Callable[[Form], WithdrawalOut], again: Callable[[Form, Exception], Response[str]]
) -> Response[Any]:
    def answer(form: Form) -> Response[Any]:
        done = withdraw(form)
        words = (
            f"{what_in_words(done)} is withdrawn."
            if done.state == "withdrawn"
            else "The withdrawal is on record; a worker carries it out when running matches have been handed back."
        )
        return done_at(request, f"{PATH}/{done.number}", words)

    # A crime that the form names, and there is none.
    return answered(request, answer, again, (*REFUSALS, NotFound))


def _to_withdraw(context: RequestContext, import_id: int) -> ImportOut:
    """Raises NotFound, IllegalMove."""
    now = import_jobs.one_import(context, import_id)
    if now.withdrawn is not None:
        raise IllegalMove(f"File {now.id} is withdrawn already, by {now.withdrawn.by}.")
    if not may_withdraw(context, now):
        raise NotFound(f"There is nothing of file {now.id} on record that you may withdraw as a whole.")
    return now


def _list(context: RequestContext, request: Asked, of: Page, kind: str, shown: str, after: str | None) -> Response[str]:
    kinds = [("", "Any"), *((each, OF_FILE[each]) for each in OF_FILE if withdrawals.may_withdraw(context, each))]
    if kind not in dict(kinds) or shown not in dict(_SHOWN):
        raise BadEntry("The filter names a kind or a state that there is not. Choose one from the lists.")
    wanted = WithdrawalFilter((kind,) if kind else (), standing=shown == "standing")
    found = withdrawals.list_withdrawals(context, wanted, of, after)
    return page(
        request,
        "withdrawals/list.html",
        "Withdrawals",
        found=found,
        listing=listing(request, found),
        rows=[(each, what_in_words(each), _TONES[each.state]) for each in found.items],
        kinds=kinds,
        kind=kind,
        states=_SHOWN,
        shown=shown,
        wide=True,
    )


def _one(
    context: RequestContext, request: Asked, number: int, form: Form | None = None, error: Exception | None = None
) -> Response[str]:
    found = withdrawals.one_withdrawal(context, number)
    return page(
        request,
        "withdrawals/withdrawal.html",
        f"Withdrawal {found.number}: {what_in_words(found)}",
        form=form,
        error=error,
        found=found,
        what=what_in_words(found),
        ground=dict(GROUNDS).get(found.ground or "", ""),
        moved=moved(found),
        tone=_TONES[found.state],
        crime=None if found.crime_ref is None else address_of(found.force or "", found.crime_ref),
        decides=Right.REVIEW in context.actor.rights,
        own=f"{PATH}/{found.number}",
    )


def _file(request: Asked, now: ImportOut, form: Form | None = None, error: Exception | None = None) -> Response[str]:
    own = f"{PREFIX}/files/{now.id}"
    return page(
        request,
        "withdrawals/withdraw.html",
        f"Withdraw file {now.id}, {now.name}?",
        form=form,
        error=error,
        consequences=consequences(now.kind, now.rows),
        grounds=(),
        action=f"{own}/withdraw",
        label="Withdraw the file",
        back=own,
    )


def _crime(
    context: RequestContext,
    request: Asked,
    force: str,
    crime_ref: str,
    form: Form | None = None,
    error: Exception | None = None,
) -> Response[str]:
    found = crimes.crime(context, force, crime_ref)
    if found.withdrawn is not None:
        raise IllegalMove(f"Crime {found.crime_ref} is withdrawn already, by {found.withdrawn.by}.")
    own = address_of(found.force, found.crime_ref)
    return page(
        request,
        "withdrawals/withdraw.html",
        f"Withdraw crime {found.crime_ref} of {found.force}?",
        form=form,
        error=error,
        consequences=consequences("crime", None),
        grounds=GROUNDS,
        action=f"{own}/withdraw",
        label="Withdraw the crime",
        back=own,
    )


HANDLERS = (Withdrawals, OneWithdrawal, WithdrawFile, WithdrawCrime)
