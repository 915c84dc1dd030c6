"""Jobs with standing settings: a run has one set, so what is asked for is a job for each set that holds for some of the
crimes; and which crimes of a run are the queue's."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from api.schemas.matching.params import params_of, settings_of
from matcher.params import Params
from tracker.errors import BadEntry
from tracker.match_settings.queries import crimes_with, programmes_matched, sets_of_crimes, standing_rules
from tracker.match_settings.rules import STANDARD, MatchSettings
from tracker.review.run_queries import other_what_if

Asked = Mapping[str, Any]
_OF_STANDING = ("standing", "params", "together")


def asked_by_standing(connection: Connection, asked: Asked) -> list[dict[str, Any]]:
    """What is asked for, with the standing settings of its crimes: a job for each set, and for each programme where
    several map crimes and do not agree."""
    given = {name: value for name, value in asked.items() if name not in _OF_STANDING}
    if not standing_rules(connection):
        return [{**given, "standing": True, "params": {}}]
    found = _sets(connection, asked)
    if len({settings for _, settings in found}) <= 1:
        settings = found[0][1] if found else STANDARD
        return [{**given, "standing": True, "params": params_of(settings)}]
    several = len({key for key, _ in found}) > 1
    return [
        {**given, **({"programme": key} if several else {}), "standing": True, "params": params_of(settings)}
        for key, settings in found
    ]


def resolved(connection: Connection, asked: Asked) -> list[dict[str, Any]]:
    """The jobs for what is asked: with the standing settings where it gives none, or those; else a what-if.

    Raises BadEntry for a name that is of other settings, or of none.
    """
    name, levels = asked.get("whatIf"), asked.get("accuracyLevels")
    own = asked_settings(asked)
    given = bool(asked.get("params") or levels)
    if not given or {settings for _, settings in _sets(connection, asked)} == {own}:
        if name is not None:
            raise BadEntry(
                "`whatIf` names settings that differ from the standing ones, and these do not: leave it out, or give "
                "other settings"
            )
        return asked_by_standing(connection, asked)
    if name is None:
        return [{**asked, "forReview": False}]
    if not asked.get("forReview", True):
        raise BadEntry("`whatIf` puts the matches where they can be asked for by this name; `forReview` is false")
    if (other := other_what_if(connection, name, own.sha256)) is not None:
        raise BadEntry(other)
    return [dict(asked)]


def asked_settings(asked: Asked) -> MatchSettings:
    """The settings that a job asks for."""
    params = Params.from_json({**Params().to_json(), **asked.get("params", {})})
    return settings_of(params, asked.get("accuracyLevels"))


def queued_crimes(
    connection: Connection, asked: Asked, settings: MatchSettings, crimes: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Of the crimes of a run those that it is for: with the standing settings those that have them, as a what-if the
    others. Jobs of earlier versions were for all."""
    what_if = asked.get("whatIf") is not None
    if not what_if and not asked.get("standing"):
        return crimes
    standing = crimes_with(connection, asked.get("programme") or "", settings)
    if standing is None:
        return [] if what_if else crimes
    return [each for each in crimes if (each in standing) != what_if]


def _sets(connection: Connection, asked: Asked) -> list[tuple[str, MatchSettings]]:
    """(programme, settings) that hold for some of the crimes that are asked for."""
    since, until = (
        None if text is None else datetime.fromisoformat(text).astimezone(UTC)
        for text in (asked.get("from"), asked.get("to"))
    )
    return [
        (key, settings)
        for key in programmes_matched(connection, asked.get("programme") or "")
        for settings in sets_of_crimes(connection, key, since=since, until=until, crime=asked.get("crime"))
    ]
