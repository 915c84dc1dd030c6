"""The same wearer at several crimes: over matches that may be shown now, for a stated purpose; not kept."""

from datetime import timedelta

from api.schemas.matching.review import match_out
from api.schemas.questions.series import (
    MOST_DAYS,
    LikeDays,
    SeriesAnswer,
    SeriesAsked,
    SeriesIn,
    WearerSeries,
)
from api.usecases.questions.stated import check_interval, check_stated, record_disclosure
from api.usecases.request_context import RequestContext
from api.wording.questions import like_days_in_words
from tracker.access.roles import Right
from tracker.review.series_queries import OnLikeDays, on_like_days, series


def ask_series(context: RequestContext, wanted: SeriesIn) -> SeriesAnswer:
    """Wearers with matches at several crimes, with what their pools say of other days.

    Raises
    ------
    OutOfBounds
        The interval is empty or too long.
    BadEntry
        The purpose or the authority names a person on record.
    """
    context.require(Right.REVIEW)
    check_stated(context, wanted)
    check_interval(wanted.from_, wanted.to, timedelta(days=MOST_DAYS))
    with context.reader.connect() as connection:
        found = series(connection, wanted.from_, wanted.to, wanted.at_least, limit=wanted.limit, offset=wanted.offset)
        pools = {match.pool_id for each in found.items for match in each.matches if match.pool_id is not None}
        wearers = [each.wearer_ref for each in found.items]
        days = on_like_days(connection, pools, wearers, wanted.from_, wanted.to)
    record_disclosure(context, "series", wanted, wearers, at_least=wanted.at_least)
    return SeriesAnswer(
        asked=SeriesAsked(
            at_least=wanted.at_least,
            from_=wanted.from_,
            to=wanted.to,
            purpose=wanted.purpose,
            authority=wanted.authority,
        ),
        items=[
            WearerSeries(
                wearer_ref=each.wearer_ref,
                crimes=each.crimes,
                expected_by_chance=None,
                on_like_days=_like_days(days.get(each.wearer_ref, OnLikeDays(0, {}))),
                matches=[match_out(match) for match in each.matches],
            )
            for each in found.items
        ],
        total=found.total,
        limit=wanted.limit,
        offset=wanted.offset,
    )


def _like_days(found: OnLikeDays) -> LikeDays:
    counts = list(found.by_day.values())
    return LikeDays(
        own=found.own,
        days=len(counts),
        least=min(counts, default=None),
        most=max(counts, default=None),
        mean=round(sum(counts) / len(counts), 3) if counts else None,
        in_words=like_days_in_words(found.own, found.by_day),
    )
