"""The fields of an entry outside and its columns inside: names of moves, pounds and places, references of people."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from sqlalchemy import Connection

from api.usecases.delivery.licences import MOVES
from tracker.corrections.kinds import Kind
from tracker.corrections.match_queries import licence_of_programme, person_of_wearer
from tracker.corrections.queries import Recorded
from tracker.errors import BadEntry
from tracker.licences.states import AlertMove, RecallType
from tracker.ogrs.given import pct_of
from tracker.ogrs.tables import Instrument
from tracker.programme.fields import rough_day
from tracker.screening.service import checked_home
from tracker.times import RoughDay

_MOVE_NAMES = {move: name for name, move in MOVES.items()}
_PLACE = ("x_mm", "y_mm")


def fields_of(kind: Kind, held: Recorded) -> dict[str, Any]:
    """Every field of an entry, as it is shown."""
    values = held.values
    out = {kind.outside(name): _plain(value) for name, value in values.items() if name in kind.shown}
    match kind.key:
        case "launch":
            out["on"] = str(RoughDay(values["effective_on"], values["precision"]))
            del out["precision"]
        case "licence-move":
            out["move"] = _MOVE_NAMES[values["move"]]
        case "tag-move":
            out["licence"] = values["licence_reference"]
        case "score":
            hundredths = values["pct_hundredths"]
            whole = values["rounded"] and hundredths % 100 == 0
            out["score"] = str(hundredths // 100) if whole else f"{hundredths / 100:.2f}"
        case "address":
            for name, millimetres in zip(("easting", "northing"), _PLACE, strict=True):
                out[name] = None if values[millimetres] is None else values[millimetres] / 1000
                del out[millimetres]
    return out


def columns_of(
    connection: Connection, kind: Kind, programme_id: int | None, held: Recorded, given: Mapping[str, Any]
) -> tuple[dict[str, Any], set[int | None]]:
    """By column what a correction says, and the people it names. Raises BadEntry naming a field that is not
    corrected."""
    fixed = {kind.outside(name) for name in kind.fixed}
    if wrong := sorted(fixed & given.keys()):
        name = _camel(wrong[0])
        raise BadEntry(f"record.{name}: this is not corrected. Take the {kind.noun} back, and enter it anew.")
    values, people = dict(given), set[int | None]()
    match kind.key:
        case "launch" if "on" in values:
            found = rough_day(values["on"])
            values |= {"effective_on": found.day, "precision": found.precision}
            del values["on"]
        case "licence-move":
            if "move" in values:
                values["move"] = MOVES[values["move"]]
            if values.get("recall_type") is not None:
                values["recall_type"] = RecallType(values["recall_type"])
        case "alert-step" if "move" in values:
            values["move"] = AlertMove(values["move"])
        case "tag-move" if "licence" in values:
            licence = values.pop("licence")
            if licence is None:
                raise BadEntry("record.licence: a move cannot lose its licence. Give the right one.")
            values["licence_id"], person_id = licence_of_programme(connection, programme_id, licence)
            people.add(person_id)
        case "assignment" if "wearer" in values:
            people.add(person_of_wearer(connection, values["wearer"]))
        case "score":
            if "score" in values:
                values["pct_hundredths"], values["rounded"] = pct_of(values.pop("score"))
            if "instrument" in values:
                values["instrument"] = Instrument(values["instrument"])
        case "address":
            values = _home(held, values)
    return {kind.column(name): _utc(value) for name, value in values.items()}, people


def _home(held: Recorded, values: dict[str, Any]) -> dict[str, Any]:
    """Another borough or place of an address: both are checked together, and the place's borough is found anew."""
    named = {"borough", "easting", "northing"} & values.keys()
    if not named:
        return values
    was = held.values
    metres = {
        name: None if was[column] is None else was[column] / 1000
        for name, column in zip(("easting", "northing"), _PLACE, strict=True)
    }
    home, x_mm, y_mm = checked_home(
        values.pop("borough", was["borough_stated"]),
        values.pop("easting", metres["easting"]),
        values.pop("northing", metres["northing"]),
    )
    return {**values, "borough_stated": home.stated, "borough_found": home.found, "x_mm": x_mm, "y_mm": y_mm}


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
