"""The pilot's budget with entries."""

from datetime import UTC, date, datetime

from sqlalchemy import Engine

from tests.support.on_tag import PILOT
from tracker.budget.position import LinePosition, Position
from tracker.budget.queries import position_of
from tracker.budget.service import LineYear
from tracker.decisions.papers import papers
from tracker.decisions.service import enter_file
from tracker.times import AsOf

MAY = date(2019, 5, 1)


NOW = datetime(2019, 5, 1, 9, tzinfo=UTC)


BY = {"by": "officer", "now": NOW}


TAGGING, LOST, EVALUATION = LineYear("tagging"), LineYear("lost-tags"), LineYear("evaluation")


def pilot(engine: Engine) -> None:
    enter_file(engine, next(papers()), **BY)


def stands(engine: Engine, on: date = date(2020, 3, 31), known_at: datetime | None = None) -> Position:
    with engine.connect() as connection:
        return position_of(connection, PILOT, AsOf(on, known_at))


def line(found: Position, of: LineYear) -> LinePosition:
    return next(x for x in found.lines if (x.line, x.year) == (of.line, of.year))
