"""What day it is. A demonstration has a today of its own, in its folder or by setting, and every answer says so."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from api.errors import BadSettings
from api.settings import Settings
from tracker.times import LONDON, london_day

FILE = "today"
"""In the home folder: a date, and the record there lives on that day."""


@dataclass(frozen=True, slots=True)
class Today:
    """The instant that counts as now, and whether it is not the clock's."""

    now: datetime
    set_by: str | None = None
    """Where a day other than the clock's was set."""

    @property
    def day(self) -> date:
        """The civil date in London."""
        return london_day(self.now)

    def in_words(self) -> str:
        """For the head of an answer."""
        return f"{self.day}" + (f" (set by {self.set_by})" if self.set_by else "")


def today(settings: Settings, clock: datetime) -> Today:
    """Now, by `clock` (aware) unless the settings or the home folder say another day: then that day in London, at the
    time of day that London's clocks show at `clock`.

    Raises BadSettings if the folder's file holds no date.
    """
    file = settings.home / FILE
    if settings.today is not None:
        day, set_by = settings.today, "TAGPILOT_TODAY"
    elif file.is_file():
        text = file.read_text(encoding="utf-8").strip()
        try:
            day, set_by = date.fromisoformat(text), f"the file {FILE} in the home folder"
        except ValueError:
            raise BadSettings(f"the file {FILE} in the home folder says {text!r}; give a date, 2019-11-01") from None
    else:
        return Today(clock.astimezone(UTC))
    in_london = clock.astimezone(LONDON).timetz()
    return Today(datetime.combine(day, in_london).astimezone(UTC), set_by)
