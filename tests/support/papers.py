"""The decision papers on a record: all five, or the pilot's with an extension of it that a test can change."""

from datetime import UTC, date, datetime

from sqlalchemy import Engine

from tests.support.databases import cloned
from tests.support.pilot import PILOT, enter_pilot
from tracker.budget.position import position
from tracker.decisions.papers import papers, read_text
from tracker.decisions.service import EnterReport, enter_file
from tracker.programme.discrepancies import Discrepancy
from tracker.programme.portfolio import Portfolio
from tracker.programme.queries import portfolio
from tracker.times import AsOf

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""When the papers are entered: years after the pilot, as in an evaluation that looks back."""
LATE = date(2026, 1, 1)
"""A day on which every paper is in effect."""
EXTENSION = """
[programme]
key = "gps-knife-licence"

[[decision]]
reference = "PCD 800"
title = "GPS tagging, knife crime on licence: extension to March 2021"
signed_on = "2020-03-20"
effective_on = "2020-04-01"
effective_basis = "first day of the extension"
[[decision]]
reference = "PCD 799"
title = "Violence Reduction Unit, allocation 2020/21"
effective_on = "2020-03-01"
effective_basis = "known by its reference"
cited_only = true

[[funding]]
key = "forward"
kind = "carried forward"
amount_pounds = "100,000"
year = "2020/21"
from_decision = "PCD 570"
from_line = "tagging"
source = "PCD 800, 3.1"
[[funding]]
key = "new"
kind = "approved"
amount_pounds = "250,000"
year = "2020/21"
from_decision = "PCD 799"
source = "PCD 800, 3.2"
[[allocation]]
line = "tagging"
year = "2020/21"
amount_pounds = "250,000"
source = "PCD 800, 3.2"
[[amendment]]
contract = "gps-tags"
number = 1
ceiling_pounds = "849,000"
ends_on = "2021-06"
words = "raised for the extension"
source = "PCD 800, 5.1"
[[end]]
kind = "last day to impose"
day = "2021-03"
source = "PCD 800, 1.1"
[[end]]
kind = "last day to monitor"
day = "2021-06"
source = "PCD 800, 1.1"
"""


@cloned
def load_papers(engine: Engine) -> list[EnterReport]:
    """Enter all five papers, in order."""
    return [enter_file(engine, paper, by="officer", now=NOW) for paper in papers()]


@cloned
def enter_pilot_paper(engine: Engine) -> None:
    """Enter the pilot's paper alone, when all the papers are entered."""
    enter_pilot(engine, NOW)


def extend(engine: Engine, *changes: tuple[str, str], now: datetime = NOW) -> EnterReport:
    """Enter the extension, each `(old, new)` of its text replaced."""
    words = EXTENSION
    for old, new in changes:
        assert old in words
        words = words.replace(old, new)
    return enter_file(engine, read_text(words, "pcd-800.toml"), by="officer", now=now)


def portfolio_seen(engine: Engine, key: str = PILOT, at: date = LATE, known_at: datetime | None = None) -> Portfolio:
    """A programme's decisions as they stood on a day and were known at an instant."""
    with engine.connect() as connection:
        return portfolio(connection, key, AsOf(at, known_at))


def allocated(held: Portfolio) -> dict[tuple[str, str | None], int]:
    """Pence allocated, by line and year."""
    return {(x.line, x.year): x.allocated for x in position(held.approved, held.allocations()).lines}


def sources(each: Discrepancy) -> list[str]:
    """Paragraphs a contradiction quotes."""
    return [side.source for side in each.sides]
