"""How long the record's commonest readings take, whatever they are asked through: median of each use-case in
processor time, so that other work on the machine does not count.

    python -m benchmarks.service.reads HOME [--times 15]

Each reading is made with its audit row, in one process, by one caller. For another version of the program run its own
interpreter on a record of the same size.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from api.settings import read_settings
from api.usecases.actor import LOCAL
from api.usecases.cursor import NamePlace, next_of
from api.usecases.delivery import attention, licences, lists, overview, records, rollout, scores, status, tags
from api.usecases.request_context import Page, RequestContext
from api.usecases.stores import open_record
from tracker.corrections.kinds import KINDS
from tracker.corrections.queries import Wanted
from tracker.projections.question_queries import Filters
from tracker.projections.questions import QUESTIONS
from tracker.times import AsOf

PILOT = "gps-knife-licence"

_ENTRIES = ("place", "licence-move", "terms", "screening", "score", "tag-move", "assignment")
"""Kinds of entry that grow with the people of a programme."""


def readings(context: RequestContext, middle: int, rows: int = 50) -> dict[str, Callable[[], object]]:
    """By name; `middle` is the number of a licence in the middle of the record, `rows` how many a page has."""
    programme, as_of = context.programme(PILOT), context.as_of()
    then = AsOf(as_of.at, context.today.now)

    behind = next_of(NamePlace(f"GL{middle:06}"))

    def page(at: AsOf, offset: int = 0, answer: str | None = None, **more: Any) -> object:
        wanted = {"undecided": False, **more}
        return licences.list_licences(context, programme, at, Page(rows, offset), answer=answer, **wanted)

    def people(key: str, at: AsOf = as_of) -> object:
        return lists.people(context, programme, key, at, Page(rows), Filters(days=3_660))

    return {
        "status, what needs attention": lambda: status.show(context, programme, as_of),
        "overview": lambda: overview.show(context, programme, as_of),
        "overview as known then": lambda: overview.show(context, programme, then),
        "what wants attention": lambda: attention.list_attention(context, programme, as_of),
        "one kind of it, a page": lambda: attention.open_cases(
            context, programme, "undecided", as_of, Page(rows), settled=False
        ),
        "places": lambda: rollout.show(context, programme, as_of),
        "licences, a page": lambda: page(as_of),
        "licences, the middle page": lambda: page(as_of, middle),
        "licences that failed, a page": lambda: page(as_of, answer="failed"),
        "licences not decided, a page": lambda: page(as_of, undecided=True),
        "licences as known then, a page": lambda: page(then),
        "one licence": lambda: licences.show(context, programme, f"GL{middle:06}", as_of),
        **{f"list {question.key}": partial(people, question.key) for question in QUESTIONS},
        "list tag-with-failed-criterion as known then": lambda: people("tag-with-failed-criterion", then),
        **{
            f"entries: {kind.key}, a page": partial(
                records.list_records, context, programme, kind, Wanted(limit=2, all_of_them=True)
            )
            for kind in map(KINDS.__getitem__, _ENTRIES)
        },
        "licences that failed, as known then": lambda: page(then, answer="failed"),
        "licences, the next page": lambda: page(as_of, after=behind),
        "states of licences, a page": lambda: licences.list_states(context, programme, as_of, Page(rows)),
        "stock, a page": lambda: tags.stock(context, programme, as_of, Page(rows)),
        "stock as known then, a page": lambda: tags.stock(context, programme, then, Page(rows)),
        "lost tags, a page": lambda: tags.lost(context, programme, as_of, Page(rows)),
        "scores of one person": lambda: scores.show(context, programme, f"G{middle:06}", as_of),
    }


def measure(home: Path, times: int) -> dict[str, float]:
    """By reading the median in milliseconds."""
    settings = read_settings(home=home)
    engine = open_record(settings)
    context = RequestContext(replace(LOCAL, name="benchmark"), settings, engine)
    counted = licences.list_licences(
        context, context.programme(PILOT), context.as_of(), Page(1), answer=None, undecided=False
    )
    out = {}
    for name, read in readings(context, max(1, counted.total // 2)).items():
        taken = []
        for _ in range(times + 1):
            began = time.process_time()
            read()
            taken.append(1000 * (time.process_time() - began))
        out[name] = round(statistics.median(taken[1:]), 2)
    engine.dispose()
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--times", type=int, default=15)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.home, arguments.times), indent=1))


if __name__ == "__main__":
    main()
