"""What counts as today: the clock's day, a setting's, or a demonstration folder's own."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from api.errors import BadSettings
from api.settings import read_settings
from api.usecases.today import FILE, today
from tracker.times import london_day

CLOCK = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)


def test_today_is_the_clocks_day_unless_told_otherwise(tmp_path: Path) -> None:
    assert today(read_settings({}, home=tmp_path), CLOCK).now == CLOCK
    assert today(read_settings({}, home=tmp_path), CLOCK).in_words() == "2026-03-04"


def test_a_demonstration_folder_has_its_own_day_and_shows_it(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("2019-11-01\n")
    found = today(read_settings({}, home=tmp_path), CLOCK)
    assert found.now == datetime(2019, 11, 1, 10, 30, tzinfo=UTC)
    assert found.in_words() == "2019-11-01 (set by the file today in the home folder)"


def test_the_setting_overrides_the_folder(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("2019-11-01")
    found = today(read_settings({"TAGPILOT_TODAY": "2019-09-02"}, home=tmp_path), CLOCK)
    assert found.day == date(2019, 9, 2)
    assert found.set_by == "TAGPILOT_TODAY"


@pytest.mark.parametrize("clock", [datetime(2026, 11, 4, 23, 30, tzinfo=UTC), datetime(2026, 7, 4, 23, 30, tzinfo=UTC)])
@pytest.mark.parametrize("day", ["2019-04-01", "2019-11-01", "2019-03-31", "2019-10-27"])
def test_a_set_day_is_that_day_in_london_whatever_the_hour(tmp_path: Path, clock: datetime, day: str) -> None:
    """Late in the evening what happens now was dated one day after today in summer."""
    (tmp_path / FILE).write_text(day)
    for hours in range(24):
        found = today(read_settings({}, home=tmp_path), clock + timedelta(hours=hours))
        assert found.day == london_day(found.now) == date.fromisoformat(day)


def test_the_clocks_day_is_londons_in_summer_too(tmp_path: Path) -> None:
    half_past_midnight = datetime(2026, 7, 3, 23, 30, tzinfo=UTC)
    assert today(read_settings({}, home=tmp_path), half_past_midnight).day == date(2026, 7, 4)


def test_a_folder_whose_day_is_not_a_date_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("autumn")
    with pytest.raises(BadSettings, match="'autumn'"):
        today(read_settings({}, home=tmp_path), CLOCK)
