"""Asking what is questioned about an entry of a decision; with a reason it is entered, and settled with that reason."""

from collections import defaultdict
from datetime import date

from sqlalchemy import func, select

from tracker.attention.service import Subject, settle_subject
from tracker.budget.queries import position_of
from tracker.budget.tables import Commitment
from tracker.decisions.questions import InUse, questions
from tracker.errors import Refused
from tracker.programme.portfolio import Portfolio
from tracker.programme.queries import rows_of
from tracker.programme.sections import SECTIONS
from tracker.record.as_known import known
from tracker.record.entry import Entry
from tracker.rollout.queries import capacity
from tracker.times import AsOf


def portfolio_now(entry: Entry, key: str, programme_id: int) -> Portfolio:
    """Every entry of a programme, of whatever day, as it stands within an entry."""
    rows = {
        name: rows_of(entry.connection, name, programme_id, None)
        for name, section in SECTIONS.items()
        if section.of_programme
    }
    return Portfolio(key, key, rows)


def ask(entry: Entry, programme_id: int, before: Portfolio, override: str | None, today: date) -> None:
    """Raises Refused with what is questioned about the change since `before`, unless there is a reason."""
    after = portfolio_now(entry, before.key, programme_id)
    if not before.of("decision"):
        return
    asked = questions(before, after, _in_use(entry, before.key, programme_id))
    if not asked:
        return
    if override is None or not override.strip():
        words = ". ".join(f"{each.words[0].upper()}{each.words[1:]}" for each in asked)
        raise Refused("questioned", f"{words}. If this is meant, enter it with a reason.")
    for each in asked:
        settle_subject(entry, programme_id, Subject(each.kind, each.subject, each.words), override, today=today)


def _in_use(entry: Entry, key: str, programme_id: int) -> InUse:
    money = position_of(entry.connection, key, AsOf(date.max))
    by_contract: dict[str, int] = defaultdict(int)
    query = select(Commitment.contract, func.sum(Commitment.amount_pence)).group_by(Commitment.contract)
    mine = known(Commitment), Commitment.programme_id == programme_id, Commitment.contract.is_not(None)
    for contract, pence in entry.connection.execute(query.where(*mine)):
        by_contract[contract] = int(pence)
    taken = capacity(entry.connection, programme_id, AsOf(date.max))
    return InUse(
        places=taken.imposed + taken.reserved,
        pence=money.in_use,
        by_line={(line.line, line.year): line.in_use for line in money.lines},
        by_contract=by_contract,
    )
