"""Standing settings: which settings hold for a crime of a programme, by its type and the day its window begins.

A *set of settings* is what a match was made with: the radius of the circle, the buffer at both ends of the crime's
window, the longest window, and whatever else differs from the standard. A *standing setting* is the set that holds for
crimes of a programme and type from a day on; without a type it holds for every type that has none of its own. A
*what-if* is a run with another set: it does not change the queue.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from tracker.errors import BadEntry

SHOWN = ("radius_m", "buffer_s", "max_window_h")
"""Settings that stand with every match."""


@dataclass(frozen=True)
class MatchSettings:
    """A set of settings by the matcher's names: `SHOWN` always, others where they differ from the standard."""

    values: Mapping[str, Any]

    @cached_property
    def sha256(self) -> str:
        """By which two sets are the same, whatever the version of the matcher."""
        return hashlib.sha256(json.dumps(dict(self.values), sort_keys=True).encode()).hexdigest()

    @property
    def others(self) -> dict[str, Any]:
        return {name: value for name, value in self.values.items() if name not in SHOWN}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MatchSettings) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)


STANDARD = MatchSettings({"radius_m": 100.0, "buffer_s": 0.0, "max_window_h": 12.0})
"""What holds where nothing was entered: the matcher's own standard."""


class MadeWith(NamedTuple):
    """What a run was made with: its settings, its programme ("": all that map crimes), and the name of a what-if."""

    settings: MatchSettings = STANDARD
    programme: str = ""
    what_if: str | None = None


STANDARD_RUN = MadeWith()


@dataclass(frozen=True, slots=True)
class StandingRule:
    """`crime_type` None: every type without a standing setting of its own."""

    programme: str
    crime_type: str | None
    effective_on: date
    settings: MatchSettings


class Span(NamedTuple):
    """Crimes for which one set holds: of `crime_type`, or of every type but those of `but`, whose windows begin on a
    day from `since` on and before `until`; None: without an end."""

    crime_type: str | None
    but: tuple[str, ...]
    since: date | None
    until: date | None
    settings: MatchSettings

    def holds(self, crime_type: str, on: date) -> bool:
        mine = crime_type not in self.but if self.crime_type is None else crime_type == self.crime_type
        return mine and (self.since is None or self.since <= on) and (self.until is None or on < self.until)


def spans(rules: Iterable[StandingRule], programme: str) -> list[Span]:
    """Every crime of a programme is in exactly one. A type's own setting begins on its first day; before it, what holds
    for every type."""
    of_type: dict[str | None, list[StandingRule]] = defaultdict(list)
    for rule in sorted(rules, key=lambda rule: rule.effective_on):
        if rule.programme == programme:
            of_type[rule.crime_type].append(rule)
    general = _dated(of_type.pop(None, []))
    own = tuple(sorted(each for each in of_type if each is not None))
    out = [Span(None, own, since, until, settings) for since, until, settings in general]
    for crime_type in own:
        mine = of_type[crime_type]
        first = mine[0].effective_on
        for since, until, settings in general:
            if since is None or since < first:
                end = first if until is None or until > first else until
                out.append(Span(crime_type, (), since, end, settings))
        out += [Span(crime_type, (), *each) for each in _dated(mine)[1:]]
    return out


def settings_at(rules: Iterable[StandingRule], programme: str, crime_type: str, on: date) -> MatchSettings:
    """What holds for a crime."""
    return next(each.settings for each in spans(rules, programme) if each.holds(crime_type, on))


def _dated(rules: Sequence[StandingRule]) -> list[tuple[date | None, date | None, MatchSettings]]:
    """In order of time: the standard, then each set from its day to the day of the next."""
    begins: list[date | None] = [None, *(rule.effective_on for rule in rules)]
    ends: list[date | None] = [*begins[1:], None]
    return list(zip(begins, ends, [STANDARD, *(rule.settings for rule in rules)], strict=True))


def checked_type(crime_type: str | None) -> str | None:
    """Raises BadEntry for a type of spaces alone."""
    if crime_type is None:
        return None
    if not (named := crime_type.strip()):
        raise BadEntry("The crime type is empty. Name a type as crimes have it, or leave it out for every other type.")
    return named
