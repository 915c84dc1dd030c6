"""Which model each device is of."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from tracker.record.as_known import known
from tracker.tags.tables import DeviceModel


def device_models(
    connection: Connection, as_known_at: datetime | None = None, devices: Collection[str] | None = None
) -> dict[str, str]:
    """The model of each device of which one is on record, now or as known at an instant: of all, or of these."""
    query = select(DeviceModel.device_id, DeviceModel.model).where(known(DeviceModel, as_known_at))
    if devices is not None:
        query = query.where(DeviceModel.device_id.in_(devices))
    return {row.device_id: row.model for row in connection.execute(query.order_by(DeviceModel.device_id))}
