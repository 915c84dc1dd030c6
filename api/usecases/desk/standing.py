"""Standing settings of a programme: listed, entered, taken back; and what follows for the queue."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sqlalchemy import Connection

from api.schemas.matching.params import JobParams, params_of, settings_of, settings_out
from api.schemas.matching.standing import (
    StandingSettingEntered,
    StandingSettings,
    StandingSettingTakenBack,
    standing_out,
)
from api.usecases.desk.standing_jobs import asked_by_standing
from api.usecases.matching.jobs import check_maps_crimes, checked_params
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.errors import BadEntry
from tracker.jobs import service as jobs
from tracker.match_settings import queries, service
from tracker.match_settings.rules import STANDARD, MatchSettings, settings_at
from tracker.record.entry import Entry
from tracker.review.pool_queries import has_pools
from tracker.review.shown_service import keep_standing, leaving_queue
from tracker.times import AsOf, london_midnight


def list_standing(
    context: RequestContext, programme: Programme, as_of: AsOf, *, history: bool = False
) -> StandingSettings:
    """What holds for crimes up to a day; with `history` every entry there ever was, corrected and taken back ones
    too."""
    context.require(Right.READ_RUNS)
    with context.reader.connect() as connection:
        found = queries.standing_settings(connection, programme.id, as_of)
        shown = queries.history(connection, programme.id) if history else found
    in_force = _last(found)
    return StandingSettings(
        **context.heading(as_of),
        items=[standing_out(each, each.id in in_force) for each in shown],
        standard=settings_out(STANDARD.values, standing=True),
        total=len(shown),
    )


def enter(
    context: RequestContext,
    programme: Programme,
    crime_type: str | None,
    from_on: date | None,
    params: JobParams,
    reason: str,
) -> StandingSettingEntered:
    """Crimes of a type are matched with these settings from a day on. A second entry of one type and day corrects the
    first. Raises BadEntry, BadParams, Refused."""
    context.require(Right.SET_MATCHES)
    check_maps_crimes(context, programme)
    settings = settings_of(checked_params(params.stored()))
    if "data_until" in settings.values:
        raise BadEntry("`dataUntil` is of one run: a standing setting holds for runs to come. Leave it out")
    on = context.happened_on(from_on, "The standing setting")
    follow = _Follow(context, programme, on, lambda _: settings)
    done = service.enter(
        context.engine, programme.id, crime_type, on, settings, reason=reason, follow=follow, **context.entered
    )
    if follow.jobs:
        context.wake_worker()
    with context.reader.connect() as connection:
        in_force = _last(queries.standing_settings(connection, programme.id, AsOf(context.today.day)))
        named = done.recorded.rule.crime_type
        of_type = None if named is None else queries.crimes_of_type(connection, named)
    return StandingSettingEntered(
        setting=standing_out(done.recorded, done.recorded.id in in_force),
        new=done.new,
        corrected=None if done.corrects is None else standing_out(done.corrects, in_force=False),
        left_queue=follow.left,
        jobs=follow.jobs,
        crimes_of_type=of_type,
    )


def take_back(
    context: RequestContext, programme: Programme, crime_type: str | None, from_on: date, reason: str
) -> StandingSettingTakenBack:
    """The standing setting of a type and day no longer holds; it stays on record as known until now."""
    context.require(Right.SET_MATCHES)

    def holds(connection: Connection) -> MatchSettings:
        return settings_at(queries.standing_rules(connection), programme.key, crime_type or "", from_on)

    follow = _Follow(context, programme, from_on, holds)
    gone = service.take_back(
        context.engine, programme.id, crime_type, from_on, reason=reason, follow=follow, **context.entered
    )
    if follow.jobs:
        context.wake_worker()
    with context.reader.connect() as connection:
        now = holds(connection)
    return StandingSettingTakenBack(
        taken_back=standing_out(gone, in_force=False),
        now_holds=settings_out(now.values, standing=True),
        left_queue=follow.left,
        jobs=follow.jobs,
    )


@dataclass
class _Follow:
    """What follows in the same entry: matches enter and leave the queue, and a job matches the crimes with what holds
    now, where crimes have been matched for the queue before, or are matched by themselves."""

    context: RequestContext
    programme: Programme
    from_on: date
    holds: Callable[[Connection], MatchSettings]
    left: int = 0
    jobs: list[int] = field(default_factory=list)

    def __call__(self, entry: Entry) -> None:
        connection = entry.connection
        self.left = leaving_queue(connection)
        keep_standing(connection)
        settings, since = self.holds(connection), london_midnight(self.from_on)
        with_crimes = queries.sets_of_crimes(connection, self.programme.key, since=since, until=None)
        if not (self.context.settings.match_on_batch or has_pools(connection)) or settings not in with_crimes:
            return
        several = len(queries.programmes_matched(connection)) > 1
        asked = {"forReview": True, "trigger": "standing settings", "from": since.isoformat()}
        wanted = [
            each
            for each in asked_by_standing(connection, asked | ({"programme": self.programme.key} if several else {}))
            if each["params"] == params_of(settings)
        ]
        self.jobs = [job.job_id for job in jobs.create_within(entry, wanted, clock=datetime.now(UTC))]


def _last(found: list[queries.RecordedSetting]) -> set[int]:
    return set({each.rule.crime_type: each.id for each in found}.values())
