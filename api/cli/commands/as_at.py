"""The two questions of time, for every command that tells a state: as at when, and as known when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from api.cli.commands import options
from api.settings import Settings
from api.usecases.today import Today, today


class Day(click.ParamType[date]):
    """A civil date."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no date; give one such as 2019-11-01", param, ctx)


class AwareInstant(click.ParamType[datetime]):
    """An instant with its zone."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no instant; give one such as 2019-11-01T12:00:00Z", param, ctx)
        if found.tzinfo is None:
            self.fail(f"{value!r} has no zone; end it with Z, or +01:00", param, ctx)
        return found.astimezone(UTC)


def state(command: Callable[..., Any]) -> Callable[..., Any]:
    """--as-at and --as-known-at."""
    command = click.option(
        "--as-known-at",
        type=AwareInstant(),
        metavar="INSTANT",
        help="By what was on record at that instant, whatever was entered later; by all there is.",
    )(command)
    return click.option("--as-at", type=Day(), metavar="DATE", help="The state on this day; today.")(command)


by = click.option("--by", default="local", show_default=True, help="Who enters it, for the audit.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command works with: settings, the instant that counts as now, and the day asked about."""

    settings: Settings
    today: Today
    at: date
    known_at: datetime | None

    def said(self) -> str:
        """For the head of an answer."""
        words = f"As at {self.at}"
        if self.known_at is not None:
            words += f", as known at {self.known_at.isoformat()}"
        return words + (f"; today is {self.today.said()}" if self.today.set_by or self.at != self.today.day else "")


def asked(home: Path | None, as_at: date | None = None, as_known_at: datetime | None = None) -> Asked:
    settings = options.settings_of(home)
    now = today(settings, datetime.now(UTC))
    return Asked(settings, now, as_at or now.day, as_known_at)


def entering(home: Path | None, enter: Callable[[Any, Asked], None]) -> None:
    """Open the record, enter, close it whatever comes."""
    from api.usecases.stores import open_record

    told = asked(home)
    engine = open_record(told.settings)
    try:
        enter(engine, told)
    finally:
        engine.dispose()
