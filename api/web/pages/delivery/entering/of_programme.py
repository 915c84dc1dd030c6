"""What is entered of a tag, of money, and of the programme, and in which words the next page tells it."""

from api.schemas.delivery.budget import ForecastIn
from api.schemas.delivery.entered import CommitmentChangeIn, PriceIn
from api.schemas.delivery.tags import ModelIn
from api.schemas.wire import ReasonIn
from api.usecases.delivery import attention, boroughs, budget, entered, tags
from api.usecases.request_context import Programme, RequestContext
from api.web.pages.delivery.within import against_told, day_words
from tracker.budget.service import LineYear
from tracker.errors import BadEntry, NotFound
from tracker.money import pounds


def take_back_move(context: RequestContext, _: Programme, device: str, body: ReasonIn) -> str:
    done = tags.take_back(context, device, body.reason)
    notes = [f"{note}." for note in done.notes]
    return " ".join(
        [
            f"The last move is taken back. Tag {done.device_id} is now: {done.state}.",
            *notes,
            *against_told(done.against),
        ]
    )


def record_model(context: RequestContext, _: Programme, device: str, body: ModelIn) -> str:
    [done] = tags.record_models(context, [device], body.model).items
    return f"The model is recorded: {done.model or 'not known'}."


def set_price(context: RequestContext, programme: Programme, _of: str, body: PriceIn) -> str:
    done = tags.set_price(context, programme, body.contract, body.pence, body.on, body.source)
    return f"A lost tag is charged at {pounds(done.amount_pence)} by {done.contract} from {day_words(done.from_on)}."


def enter_forecast(context: RequestContext, programme: Programme, _of: str, body: ForecastIn) -> str:
    line = LineYear(body.line, body.year)
    done = budget.forecast(context, programme, line, body.pence, on=body.on, words=body.words)
    return f"{done.line} is expected to come to {pounds(done.pence)}."


def change_commitment(context: RequestContext, programme: Programme, reference: str, body: CommitmentChangeIn) -> str:
    done = entered.change(
        context,
        programme,
        reference,
        body.change,
        to_line=body.to_line,
        to_year=body.to_year,
        pence=body.pence,
        from_line=body.from_line,
        from_year=body.from_year,
        on=body.on,
        reason=body.reason,
        override=body.override,
    )
    parts = "; ".join(
        f"{pounds(each.pence)} on {each.line}{f', {each.year}' if each.year else ''}"
        for each in done.parts
        if each.pence
    )
    changed = {"move": "moved", "reduce": "taken off", "cancel": "cancelled"}[body.change]
    return f"{pounds(done.pence)} of {done.reference} is {changed}. Promised now: {parts or 'nothing'}."


def _number(of: str) -> int:
    if not of.isdigit() or len(of) > 18:
        raise NotFound(f"There is nothing of number {of[:40]!r} here.")
    return int(of)


def withdraw_settlement(context: RequestContext, programme: Programme, of: str, body: ReasonIn) -> str:
    done = attention.withdraw_settlement(context, programme, _number(of), body.reason)
    return f"Settlement {done.withdrawn} is taken back: what it settled wants attention again."


def withdraw_counts_of_file(context: RequestContext, _: Programme, of: str, body: ReasonIn) -> str:
    done = boroughs.withdraw_counts(context, file_id=_number(of), borough=None, year=None, reason=body.reason)
    return _counts(done.withdrawn)


def withdraw_count(context: RequestContext, _: Programme, of: str, body: ReasonIn) -> str:
    borough, comma, year = of.rpartition(", ")
    if not comma:
        raise BadEntry("Say of which borough and year the count is.")
    done = boroughs.withdraw_counts(context, file_id=None, borough=borough, year=year, reason=body.reason)
    return _counts(done.withdrawn)


def _counts(withdrawn: int) -> str:
    return "1 count is withdrawn." if withdrawn == 1 else f"{withdrawn} counts are withdrawn."
