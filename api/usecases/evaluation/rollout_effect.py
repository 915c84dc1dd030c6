"""The effect of the rollout on crime, from counts that others publish by borough and month."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from api.schemas.evaluation.rollout import RolloutEffectOut, rollout_out
from api.usecases.request_context import Programme, RequestContext
from geo.borough_names import NoSuchBorough, borough_named
from tracker.access.roles import Right
from tracker.errors import BadEntry
from tracker.evaluation.analysis.rollout_service import Counts, analyse_rollout
from tracker.evaluation.imports.street_counts import street_counts
from tracker.evaluation.releases.calendar import refuse_future_day
from tracker.evaluation.statistics.estimates.staggered import Others, Scale


def rollout_effect(
    context: RequestContext,
    programme: Programme,
    counts: Counts,
    *,
    crimes: str,
    others: str,
    scale: str,
    as_at: date | None,
) -> RolloutEffectOut:
    """Boroughs that began against boroughs that had not, month by month since the launch, with intervals. Counts are of
    crimes, not of anybody in the programme; the reading is in the audit all the same."""
    context.require(Right.EXPORT)
    as_of = context.as_of(as_at)
    refuse_future_day(as_of.at, context.today.now)
    asks = {"as_at": as_of.at.isoformat(), "crimes": crimes, "others": others, "scale": scale}
    context.record_reading(Right.EXPORT, "rollout effect", [programme.key], purpose="evaluation", asks=asks)
    found = analyse_rollout(
        context.reader, programme.key, as_of, counts, crimes=crimes, others=Others(others), scale=Scale(scale)
    )
    return rollout_out(found)


def counts_given(rows: Sequence[tuple[str, str, int]]) -> Counts:
    """Of borough, month and count. Raises BadEntry for a borough that is none, and one given twice for a month."""
    counts: dict[tuple[str, str], int] = {}
    for borough, month, count in rows:
        try:
            name = borough_named(borough).name
        except NoSuchBorough:
            raise BadEntry(f"borough is {borough!r}; give one of the 33 London boroughs, by name or GSS code") from None
        if (name, month) in counts:
            raise BadEntry(f"counts has {name} in {month} twice; give each borough and month once")
        counts[name, month] = count
    return counts


def counts_of_files(files: Sequence[Path], types: Sequence[str]) -> tuple[Counts, str, list[str]]:
    """Counts from files of police.uk, what was counted, and what was left out, in words."""
    found = street_counts(files, types)
    words = [
        f"{found.crimes:,} crimes are counted; {found.no_place:,} have no place, {found.elsewhere:,} are outside "
        f"London's boroughs, {found.other_types:,} of other types"
    ]
    return found.counts, f"crimes of police.uk ({', '.join(found.types) if types else 'all types'})", words
