"""Recording which model devices are of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from tracker.assignments.tables import Assignment
from tracker.errors import BadEntry, NotFound
from tracker.licences.entry_service import entering_tags
from tracker.record.entry import Entry
from tracker.tags.tables import DeviceModel, Tag

LONGEST = 64


@dataclass(frozen=True, slots=True)
class Modelled:
    """The model of a device after an entry and before it; None: not known."""

    device_id: str
    model: str | None
    was: str | None


def record_models(
    engine: Engine, device_ids: Sequence[str], model: str | None, *, by: str, now: datetime
) -> list[Modelled]:
    """Record the model of devices, or (None) that it is not known. Earlier answers can still be asked for.

    Raises
    ------
    BadEntry
        The model has no name, or one that is too long.
    NotFound
        A device was neither received nor ever assigned; none is changed then.
    """
    name = None if model is None else checked_model(model)
    with entering_tags(engine, by, now) as entry:
        unknown = sorted(set(device_ids) - _devices(entry.connection, device_ids))
        if unknown:
            raise NotFound(
                f"There is no tag {', '.join(map(repr, unknown))} on record: it was neither received nor assigned to a "
                "wearer. Record its receipt first."
            )
        return [put_model(entry, device, name) for device in dict.fromkeys(device_ids)]


def checked_model(model: str) -> str:
    """The name of a model without blanks round it. Raises BadEntry."""
    name = model.strip()
    if not 0 < len(name) <= LONGEST or not name.isprintable():
        raise BadEntry(f"The model is {model!r}. Give its name, of 1 to {LONGEST} printable characters.")
    return name


def put_model(entry: Entry, device_id: str, model: str | None) -> Modelled:
    """The same of one device within an entry."""
    query = select(DeviceModel.id, DeviceModel.model)
    now = entry.connection.execute(
        query.where(DeviceModel.device_id == device_id, DeviceModel.superseded_at.is_(None))
    ).first()
    if now is None and model is not None:
        entry.add(DeviceModel, device_id=device_id, model=model)
    elif now is not None and model is None:
        entry.withdraw(DeviceModel, now.id, reason="the model is not known")
    elif now is not None and now.model != model:
        entry.supersede(DeviceModel, now.id, model=model)
    return Modelled(device_id, model, None if now is None else now.model)


def _devices(connection: Connection, device_ids: Sequence[str]) -> set[str]:
    wanted = list(device_ids)
    received = connection.scalars(select(Tag.device_id).where(Tag.device_id.in_(wanted)))
    assigned = connection.scalars(select(Assignment.device_id).where(Assignment.device_id.in_(wanted)).distinct())
    return {*received, *assigned}
