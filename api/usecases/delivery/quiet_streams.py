"""Tags that are on somebody and have sent nothing for longer than they should.

Read of the tag stream: whether there is a fix of a device, and when the last one was; no position. A device counts from
when its wearer was monitored without a break: what is in custody, or not released yet, is not missed.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import polars as pl
from sqlalchemy import Connection

from api.settings import Settings
from api.usecases.request_context import Programme
from api.usecases.stores import open_fixes
from api.wording.text import london
from matcher.errors import StoreError
from matcher.store.fixes import FixStore
from tracker.assignments.queries import assignments_of
from tracker.licences.queries import licence_of_each_wearer, monitored_spans
from tracker.programme.statement_queries import stated
from tracker.times import AsOf

STATEMENT = "quiet stream after hours"
DEFAULT_HOURS = 24
_LOOK_BACK = timedelta(days=31)
"""How far back the last fix of a quiet device is looked for."""


class QuietStream(NamedTuple):
    """`last`: the last fix, None where there was none within a month; `since`: from when on it was missed."""

    licence_id: int
    device: str
    since: datetime
    last: datetime | None

    def in_words(self, hours: int) -> str:
        last = "none came in the last 31 days" if self.last is None else f"the last came at {london(self.last)}"
        return f"no fix of tag {self.device} for over {hours} hours: {last}"


def hours_until_quiet(connection: Connection, programme: Programme, as_of: AsOf) -> int:
    """By the programme's statement in force on the day, else 24."""
    said = [value for value in stated(connection, programme.id, as_of, STATEMENT) if value.isdigit() and int(value)]
    return int(said[-1]) if said else DEFAULT_HOURS


def quiet_streams(
    settings: Settings, connection: Connection, programme: Programme, as_of: AsOf, now: datetime
) -> list[QuietStream]:
    """Of a programme's wearers as things stand now, in the order of licences. None where no fixes were ever imported:
    then there is no stream to be quiet."""
    try:
        store = open_fixes(settings)
    except StoreError:
        return []
    span = timedelta(hours=hours_until_quiet(connection, programme, as_of))
    watched = _watched(connection, programme, as_of, now)
    missed = {device: since for device, (since, _) in watched.items() if since <= now - span}
    if not missed:
        return []
    heard = _last(store, list(missed), now - span, now)
    quiet = sorted(missed.keys() - heard.keys())
    last = _looked_back(store, quiet, now - span)
    found = [
        QuietStream(watched[device][1], device, max(missed[device], last.get(device, missed[device])), last.get(device))
        for device in quiet
    ]
    return sorted(found)


def _watched(
    connection: Connection, programme: Programme, as_of: AsOf, now: datetime
) -> Mapping[str, tuple[datetime, int]]:
    """By device on somebody now: since when its wearer is monitored with it, and the licence."""
    licences = licence_of_each_wearer(connection, programme.id)
    spans = monitored_spans(connection, programme.id, as_of)
    out = {}
    for device, wearer, fitted, removed in assignments_of(connection).iter_rows():
        if wearer not in licences or fitted > now or (removed is not None and removed <= now):
            continue
        for since, until in spans.get(wearer, []):
            if since <= now and (until is None or now < until):
                out[device] = max(since, fitted), licences[wearer][1]
    return out


def _last(store: FixStore, devices: list[str], since: datetime, until: datetime) -> dict[str, datetime]:
    """The last fix of each of these devices in [since, until], without those that have none."""
    found: dict[str, datetime] = {}
    for _, rows in store.scan_days(devices, since, until + timedelta(microseconds=1), ("device_id", "t")):
        latest = rows.group_by(pl.col("device_id").cast(pl.String)).agg(pl.col("t").max())
        found.update(latest.iter_rows())
    return found


def _looked_back(store: FixStore, devices: list[str], until: datetime) -> dict[str, datetime]:
    """The last fix of each before an instant, a day at a time, as far back as it is looked for."""
    found: dict[str, datetime] = {}
    end = until
    while end > until - _LOOK_BACK and (left := [device for device in devices if device not in found]):
        found |= _last(store, left, end - timedelta(days=1), end)
        end -= timedelta(days=1)
    return found
