"""A machine whose wall clock is set forward or back while the program runs; what it counts since its start goes on."""

import importlib
import pkgutil
import sys
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest

_REAL = datetime
_OURS = ("api.", "tracker.", "matcher.", "geo.")


class WallClock:
    """Ahead of the real one by `ahead`, or by what its file says in seconds."""

    def __init__(self, file: Path | None = None) -> None:
        self.ahead = timedelta()
        self._file = file

    def now(self, zone: tzinfo | None = None) -> datetime:
        if self._file is not None:
            self.ahead = timedelta(seconds=float(self._file.read_text() or 0))
        return _REAL.now(zone) + self.ahead

    def stand_in(self) -> type[datetime]:
        """`datetime` with this clock's now, for the modules that took it by name."""
        clock = self

        class Kind(type):
            def __instancecheck__(cls, instance: Any) -> bool:
                return isinstance(instance, _REAL)

        class Shifted(_REAL, metaclass=Kind):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Any:
                return clock.now(tz)

        return Shifted

    def modules(self) -> list[Any]:
        """Every module of ours that is imported and asks `datetime` for the time."""
        ours = [module for name, module in sys.modules.items() if name.startswith(_OURS)]
        return [module for module in ours if getattr(module, "datetime", None) is _REAL]


def set_clock(monkeypatch: pytest.MonkeyPatch) -> WallClock:
    """The clock of this process, until the test ends."""
    clock = WallClock()
    stand_in = clock.stand_in()
    for module in clock.modules():
        monkeypatch.setattr(module, "datetime", stand_in)
    return clock


def serve_by(file: Path) -> None:
    """`tagpilot` with the words of this process, by the clock of a file."""
    from api.cli.main import main

    # All that asks for the time, before anybody does.
    for package in ("api.http", "api.usecases", "tracker.access", "tracker.record"):
        for each in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            importlib.import_module(each.name)
    clock = WallClock(file)
    stand_in = clock.stand_in()
    for module in clock.modules():
        module.datetime = stand_in
    main()
