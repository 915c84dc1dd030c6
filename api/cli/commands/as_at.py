"""Options of time and author that commands share: a day, an instant, the state on a day, who enters."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import click


class Day(click.ParamType[date]):
    """A civil date."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date; give one such as 2019-11-01", param, ctx)


class AwareInstant(click.ParamType[datetime]):
    """An instant with its zone."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a time; give one such as 2019-11-01T12:00:00Z", param, ctx)
        if found.tzinfo is None:
            self.fail(f"{value!r} has no zone; end it with Z, or +01:00", param, ctx)
        return found.astimezone(UTC)


class InstantOrDay(AwareInstant):
    """An end of an interval: an instant, or a day, which stands for the midnight with which it begins in London."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        from geo.clock import london_midnight

        try:
            day = date.fromisoformat(value) if isinstance(value, str) and "T" not in value else None
        except ValueError:
            day = None
        return super().convert(value if day is None else london_midnight(day), param, ctx)


def state(command: Callable[..., Any]) -> Callable[..., Any]:
    """--as-at and --as-known-at."""
    command = click.option(
        "--as-known-at",
        type=AwareInstant(),
        metavar="INSTANT",
        help="As known at this instant, whatever was entered later; as known now by default.",
    )(command)
    return click.option("--as-at", type=Day(), metavar="DATE", help="The state on this day; today by default.")(command)


def month_end(command: Callable[..., Any]) -> Callable[..., Any]:
    """--as-at of answers that leave through the gate of the evaluation."""
    words = "The state at this end of a month; the latest by default."
    return click.option("--as-at", type=Day(), metavar="DATE", help=words)(command)


by = click.option("--by", default="local", show_default=True, help="Your name, for the audit.")
