"""The five decision papers loaded into a record."""

from datetime import UTC, date, datetime

from sqlalchemy import Engine

from tracker.budget.position import position
from tracker.decisions.papers import papers
from tracker.decisions.service import EnterReport, enter_file
from tracker.programme.discrepancies import Discrepancy
from tracker.programme.portfolio import Portfolio
from tracker.programme.queries import portfolio
from tracker.times import AsOf

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


LATE = date(2026, 1, 1)


PILOT = "gps-knife-licence"


def load(engine: Engine) -> list[EnterReport]:
    return [enter_file(engine, paper, by="officer", now=NOW) for paper in papers()]


def seen(engine: Engine, key: str = PILOT, at: date = LATE, known_at: datetime | None = None) -> Portfolio:
    with engine.connect() as connection:
        return portfolio(connection, key, AsOf(at, known_at))


def lines(held: Portfolio) -> dict[tuple[str, str | None], int]:
    return {(x.line, x.year): x.allocated for x in position(held.approved, held.allocations()).lines}


def sources(each: Discrepancy) -> list[str]:
    return [side.source for side in each.said]
