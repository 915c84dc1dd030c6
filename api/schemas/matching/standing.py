"""Standing settings on the wire: with which settings crimes of a programme are matched for the queue."""

from datetime import date, datetime

import msgspec

from api.schemas.fields import Long, Text
from api.schemas.matching.params import JobParams, SettingsOut, settings_out
from api.schemas.wire import Body, StateAnswer, Wire
from tracker.match_settings.queries import RecordedSetting


class StandingSettingOut(Wire, frozen=True, kw_only=True):
    """What holds for crimes whose windows begin on the day `from` or later, until the next of the same type.
    `crimeType` null: every type without a setting of its own. `inForce`: no later day of this type has begun.
    `supersededAt`: when it was corrected or taken back; `corrects`: the number of the entry it replaced."""

    number: int
    crime_type: str | None
    from_: date = msgspec.field(name="from")
    settings: SettingsOut
    reason: str
    entered_by: str
    entered_at: datetime
    in_force: bool
    superseded_at: datetime | None
    corrects: int | None


class StandingSettings(StateAnswer, frozen=True, kw_only=True):
    """By type and day. `standard`: what holds where nothing was entered."""

    items: list[StandingSettingOut]
    standard: SettingsOut
    total: int


class StandingSettingIn(Body, frozen=True, kw_only=True):
    """`crimeType` as crimes have it; left out: every type without a setting of its own. `from`: for crimes whose
    windows begin on this day or later, today by default. `params`: those that differ from the standard."""

    crime_type: Text | None = None
    from_on: date | None = msgspec.field(default=None, name="from")
    params: JobParams
    reason: Long


class StandingTakeBackIn(Body, frozen=True, kw_only=True):
    """`from`: the day of the standing setting that is taken back."""

    crime_type: Text | None = None
    from_on: date = msgspec.field(name="from")
    reason: Long


class StandingSettingEntered(Wire, frozen=True, kw_only=True):
    """A standing setting as entered. `new` false: the same was on record. `corrected`: the entry of that type and day
    it replaced. `leftQueue`: matches nobody had taken up that left the queue: they have other settings.
    `jobs`: those that match the crimes with it. `crimesOfType`: how many crimes on record are of the type."""

    setting: StandingSettingOut
    new: bool
    corrected: StandingSettingOut | None
    left_queue: int
    jobs: list[int]
    crimes_of_type: int | None


class StandingSettingTakenBack(Wire, frozen=True, kw_only=True):
    """A standing setting that was taken back; `nowHolds` for crimes of its day and type instead."""

    taken_back: StandingSettingOut
    now_holds: SettingsOut
    left_queue: int
    jobs: list[int]


def standing_out(each: RecordedSetting, in_force: bool) -> StandingSettingOut:
    return StandingSettingOut(
        number=each.id,
        crime_type=each.rule.crime_type,
        from_=each.rule.effective_on,
        settings=settings_out(each.rule.settings.values, standing=True),
        reason=each.reason,
        entered_by=each.entered_by,
        entered_at=each.recorded_at,
        in_force=in_force,
        superseded_at=each.superseded_at,
        corrects=each.supersedes_id,
    )
