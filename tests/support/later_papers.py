"""Decisions that extend or change the pilot."""

from datetime import datetime

from sqlalchemy import Engine

from tests.support.papers import NOW
from tracker.decisions.papers import papers, read_text
from tracker.decisions.service import EnterReport, enter_file

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
amount_pence = "100,000"
year = "2020/21"
from_decision = "PCD 570"
from_line = "tagging"
source = "PCD 800, 3.1"
[[funding]]
key = "new"
kind = "approved"
amount_pence = "250,000"
year = "2020/21"
from_decision = "PCD 799"
source = "PCD 800, 3.2"
[[allocation]]
line = "tagging"
year = "2020/21"
amount_pence = "250,000"
source = "PCD 800, 3.2"
[[amendment]]
contract = "gps-tags"
number = 1
ceiling_pence = "849,000"
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


def pilot(engine: Engine) -> None:
    enter_file(engine, next(papers()), by="officer", now=NOW)


def extend(engine: Engine, *changes: tuple[str, str], now: datetime = NOW) -> EnterReport:
    words = EXTENSION
    for old, new in changes:
        assert old in words
        words = words.replace(old, new)
    return enter_file(engine, read_text(words, "pcd-800.toml"), by="officer", now=now)
