"""The real 68 % radius of each device model, from nights at home: a report, which changes nothing."""

from datetime import date, timedelta
from shlex import quote

import polars as pl
from sqlalchemy import Connection

from api.schemas.matching.real_accuracy import AccuracyBand, AccuracyReport, ModelFound, found_out
from api.usecases.request_context import RequestContext
from api.usecases.stores import open_fixes
from api.wording.accuracy import reason_to_adopt
from matcher.analysis.nights import NightHours
from matcher.analysis.real_accuracy import NO_MODEL, ModelAccuracy, real_accuracy
from matcher.permitted import permitted
from matcher.schemas import ACCURACY_LEVELS
from matcher.store.fixes import FixStore
from tracker.access.roles import Right
from tracker.accuracy.queries import AdoptedLevels, adopted_levels
from tracker.accuracy.rules import MOST_FACTOR, in_force
from tracker.eligibility.service import eligible_wearers
from tracker.errors import BadEntry
from tracker.evaluation.disclosure.suppression import DEFAULT_K
from tracker.evaluation.releases.service import k_of
from tracker.programme.queries import programme_named
from tracker.tags.model_queries import device_models
from tracker.times import AsOf, london_midnight

PURPOSE = "accuracy of device models"


def accuracy_report(
    context: RequestContext,
    programme: str | None = None,
    from_on: date | None = None,
    to_on: date | None = None,
    hours: NightHours | None = None,
) -> AccuracyReport:
    """Errors of the fixes of wearers who may be matched, in nights from the first to the last day, by device model.

    Without days, of all that is stored. Stated radii are taken at the levels that fixes declare, else that are adopted,
    without the factors adopted. Only permitted fixes are read; the answer names no wearer and no place.

    Raises
    ------
    BadEntry
        The last day is before the first.
    NotFound, Refused
        There is no such programme, or it does not map crimes.
    StoreError
        No fixes were ever imported.
    """
    context.require(Right.RUN_MATCHES)
    store, hours = open_fixes(context.settings), hours or NightHours()
    first, last = _days(store, from_on, to_on, context.today.day)
    handed = eligible_wearers(context.reader, programme)
    with context.reader.connect() as connection:
        k = max([_k(connection, key, AsOf(context.today.day)) for key in handed.programmes], default=DEFAULT_K)
        models = device_models(connection)
    adopted = adopted_levels(context.reader)
    may = permitted(handed.assignments, handed.monitored, handed.eligible, _levels(adopted))
    asked = f"nights to {first} to {last}"
    context.record_reading(
        Right.RUN_MATCHES, "accuracy report", may.wearers, wearers=True, purpose=PURPOSE, asked=asked
    )
    found = real_accuracy(
        store,
        may,
        models,
        k,
        t_from=london_midnight(first) + timedelta(hours=hours.begin),
        t_to=london_midnight(last) + timedelta(hours=hours.end),
        hours=hours,
    )
    return AccuracyReport(
        programmes=sorted(handed.programmes),
        from_=first,
        to=last,
        night_begins=hours.begin,
        night_ends=hours.end,
        smallest_count=k,
        people=found.people,
        nights=found.nights,
        moved=found.moved,
        elsewhere=found.elsewhere,
        models=[_model(each, adopted, first, last) for each in found.models],
    )


def _days(store: FixStore, from_on: date | None, to_on: date | None, today: date) -> tuple[date, date]:
    """The days asked for; without, those of the store."""
    stored = store.days() or [today]
    first, last = from_on or stored[0], to_on or stored[-1]
    if last < first:
        raise BadEntry(f"The report is to go from {first} to {last}. Give a last day that is not before the first.")
    return first, last


def _k(connection: Connection, programme: str, as_of: AsOf) -> int:
    programme_id, _, _ = programme_named(connection, programme)
    return k_of(connection, programme_id, as_of)


def _levels(adopted: AdoptedLevels) -> pl.DataFrame:
    """At what levels devices state their accuracies, as adopted; no factor, which is what the report asks about."""
    rows = [(d.device_id, d.since, d.until, d.level) for d in adopted.devices if d.level is not None]
    return pl.DataFrame(rows, schema=ACCURACY_LEVELS, orient="row")


def _model(found: ModelAccuracy, adopted: AdoptedLevels, first: date, last: date) -> ModelFound:
    return ModelFound(
        model=None if found.model == NO_MODEL else found.model,
        found=found_out(found.found),
        bands=[
            AccuracyBand(over_m=band.over_m, up_to_m=band.up_to_m, found=found_out(band.found)) for band in found.bands
        ],
        error_time_s=None if found.error_time_s is None else round(found.error_time_s),
        adopt=_command(found, adopted, first, last),
    )


def _command(found: ModelAccuracy, adopted: AdoptedLevels, first: date, last: date) -> str | None:
    """The command that adopts the ratio, with the level in force; None where it is not told from 1 or is too large to
    adopt."""
    f = found.found
    if found.model == NO_MODEL or f.ratio is None or f.low is None or f.high is None:
        return None
    if f.low <= 1.0 <= f.high or f.ratio > MOST_FACTOR:
        return None
    reason = reason_to_adopt(first, last, f.nights or 0, f.people or 0, f.low, f.high)
    before = in_force(adopted.adoptions, found.model, first)
    level = "" if before is None or before.level is None else f" --level {before.level}"
    return (
        f"tagpilot levels adopt {quote(found.model)} --from {first}{level} --factor {f.ratio:.3f} "
        f"--reason {quote(reason)}"
    )
