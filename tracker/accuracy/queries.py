"""Queries of what was adopted: in force on a day, with its history, and for each device as a match takes it."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Engine, select

from tracker.accuracy.rules import Adoption, DeviceLevel, device_levels
from tracker.accuracy.tables import AccuracyAdoption
from tracker.record.as_known import known
from tracker.record.engine import reading
from tracker.tags.model_queries import device_models
from tracker.times import AsOf


@dataclass(frozen=True, slots=True)
class RecordedAdoption:
    """An adoption on record, `superseded_at` when it was corrected or taken back; it corrects `supersedes_id`."""

    id: int
    adoption: Adoption
    reason: str
    adopted_by: str
    recorded_at: datetime
    superseded_at: datetime | None
    supersedes_id: int | None


@dataclass(frozen=True, slots=True)
class AdoptedLevels:
    """What is adopted, by model and day, and what follows for each device whose model is on record."""

    adoptions: tuple[Adoption, ...]
    devices: tuple[DeviceLevel, ...]


def adoptions(connection: Connection, as_of: AsOf) -> list[RecordedAdoption]:
    """Every adoption that had begun by a day, by model and day. What superseded one is later knowledge."""
    found = _rows(connection, known(AccuracyAdoption, as_of.known_at), AccuracyAdoption.effective_on <= as_of.at)
    return [replace(each, superseded_at=None) for each in found]


def history(connection: Connection) -> list[RecordedAdoption]:
    """Every adoption that was ever entered, by model and day, then as entered; corrected and taken back ones too."""
    return _rows(connection)


def adopted_levels(engine: Engine, *, as_known_at: datetime | None = None) -> AdoptedLevels:
    """What a match takes, now or as known at an instant: adoptions and models of devices, read at one moment."""
    as_of = AsOf(date.max, as_known_at)
    with reading(engine).connect() as connection:
        adopted = tuple(each.adoption for each in adoptions(connection, as_of))
        models = device_models(connection, as_known_at) if adopted else {}
    return AdoptedLevels(adopted, tuple(device_levels(models, adopted)))


def _rows(connection: Connection, *where: ColumnElement[bool]) -> list[RecordedAdoption]:
    query = (
        select(AccuracyAdoption.__table__)
        .where(*where)
        .order_by(AccuracyAdoption.model, AccuracyAdoption.effective_on, AccuracyAdoption.id)
    )
    return [
        RecordedAdoption(
            row.id,
            Adoption(row.model, row.effective_on, row.level, row.factor_thousandths),
            row.reason,
            row.recorded_by,
            row.recorded_at,
            row.superseded_at,
            row.supersedes_id,
        )
        for row in connection.execute(query)
    ]
