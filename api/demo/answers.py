"""What the demo's evaluator and data protection officer have open: a cohort and tables that left, one that was refused,
and a person who asked for what is held about them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Engine

from api.demo.people import context_of
from api.demo.releases import PILOT
from api.schemas.evaluation.tables import TablesReleased
from api.settings import Settings
from api.usecases.evaluation import answers, cohorts, comparison_sets
from api.usecases.evaluation.answers import Question
from api.usecases.operation import subject_access
from api.usecases.request_context import ALL_ROWS, Programme, RequestContext
from tracker.access.roles import Role
from tracker.errors import Refused
from tracker.record.engine import reading
from tracker.retention.subject_access_service import RequestNow, requests_of
from tracker.times import AsOf

AS_AT = date(2019, 10, 31)
"""The last day of the demo's month."""
TABLES: Sequence[Sequence[Question]] = (
    [("imposed", ("bcu",), {}), ("fitted", ("bcu",), {})],
    [("imposed", ("age",), {}), ("fitted", ("age",), {})],
)
COHORT: Mapping[str, Any] = {
    "purpose": "process evaluation",
    "justification": "made up for the demo: how the first months went",
    "columns": ["group", "age_band", "sex", "ogrs_band", "worn_weeks", "monitored_weeks", "recalls"],
    "as_at": AS_AT.isoformat(),
    "reached": "fitted",
    "small_classes": "blank",
    "wide_ages": True,
}
COMPARED_WITH = "released in 2017/18"
Found = TypeVar("Found")


def ask(settings: Settings, engine: Engine) -> str | None:
    """Two tables and a cohort leave, then a table is refused: the table and why. None where too few people are in this
    London for any of it."""
    eva = context_of(Role.EVALUATOR, settings, engine)
    programme = eva.programme(PILOT)
    if not comparison_sets.list_sets(eva, programme, ALL_ROWS).items:
        # The officer sent them, so the evaluator may accept them.
        comparison_sets.accept(eva, programme, COMPARED_WITH)
    left = [_unless_refused(lambda q=each: _tables(eva, programme, q)) for each in TABLES]  # type: ignore[misc]
    if not cohorts.list_exports(eva, programme, ALL_ROWS).items:
        _unless_refused(lambda: cohorts.make_now(eva, programme, COHORT, None))
    return None if left[0] is None else _refused(eva, programme, left[0])


def _tables(eva: RequestContext, programme: Programme, questions: Sequence[Question]) -> TablesReleased:
    return answers.release_tables(eva, programme, questions, AS_AT, None)


def _refused(eva: RequestContext, programme: Programme, first: TablesReleased) -> str | None:
    """A command whose count was withheld, together with one whose count was shown: their sum would tell it."""
    divided = [cell for cell in first.cells if cell.measure == "fitted" and cell.where]
    withheld = next((cell for cell in divided if cell.people is None), None)
    shown = next((cell for cell in divided if cell.people is not None), None)
    if withheld is None or shown is None:
        return None
    pair = [level for cell in (withheld, shown) for level in cell.where["bcu"]]
    try:
        _tables(eva, programme, [("fitted", (), {"bcu": pair})])
    except Refused as refused:
        return f"fitted in {' and '.join(pair)} together: {refused}"
    return None


def _unless_refused(ask_for: Callable[[], Found]) -> Found | None:
    try:
        return ask_for()
    except Refused:
        return None


def ask_for_own_data(settings: Settings, engine: Engine, wearer_ref: str) -> None:
    """A person who wears a tag asks for what is held about them; it waits for the data protection officer."""
    if not requests(engine):
        subject_access.receive(context_of(Role.PROTECTION, settings, engine), wearer_ref, AS_AT)


def requests(engine: Engine) -> list[RequestNow]:
    """Every subject access request of the demo."""
    with reading(engine).connect() as connection:
        return requests_of(connection, AsOf(date.max))
