"""Tags that are on somebody and have sent nothing for longer than they should.

Read of the tag stream: whether there is a fix of a device, and when the last one was; no position. A device counts from
when its wearer was monitored without a break: what is in custody, or not released yet, is not missed.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
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
from tracker.tags.model_queries import device_models
from tracker.times import AsOf

STATEMENT = "quiet stream after hours"
"""Of every device; followed by a comma and a model, of the devices of that model."""
DEFAULT_HOURS = 24
_LOOK_BACK = timedelta(days=31)
"""How far back the last fix of a quiet device is looked for."""


class QuietStream(NamedTuple):
    """`last`: the last fix, None where there was none within a month; `since`: from when on it was missed; `hours`:
    after so many it should have sent one."""

    licence_id: int
    device: str
    since: datetime
    last: datetime | None
    hours: int

    def in_words(self) -> str:
        last = "none came in the last 31 days" if self.last is None else f"the last came at {london(self.last)}"
        return f"no fix of tag {self.device} for over {self.hours} hours: {last}"


def _hours_until_quiet(
    connection: Connection, programme: Programme, as_of: AsOf, devices: Collection[str]
) -> dict[str, int]:
    """By device: by the statement in force on the day of its model, else of every device, else 24."""

    def said(subject: str, without: int) -> int:
        values = [value for value in stated(connection, programme.id, as_of, subject) if value.isdigit() and int(value)]
        return int(values[-1]) if values else without

    general = said(STATEMENT, DEFAULT_HOURS)
    models = device_models(connection, as_of.known_at, devices)
    by_model = {model: said(f"{STATEMENT}, {model}", general) for model in sorted(set(models.values()))}
    return {device: by_model[models[device]] if device in models else general for device in devices}


def quiet_streams(
    settings: Settings, connection: Connection, programme: Programme, as_of: AsOf, now: datetime
) -> list[QuietStream]:
    """Of a programme's wearers as things stand now, in the order of licences. None where no fixes were ever imported:
    then there is no stream to be quiet."""
    try:
        store = open_fixes(settings)
    except StoreError:
        return []
    watched = _watched(connection, programme, as_of, now)
    by_hours: dict[int, dict[str, datetime]] = defaultdict(dict)
    for device, hours in _hours_until_quiet(connection, programme, as_of, watched.keys()).items():
        if (since := watched[device][0]) <= now - timedelta(hours=hours):
            by_hours[hours][device] = since
    found = []
    for hours, missed in by_hours.items():
        begin = now - timedelta(hours=hours)
        quiet = sorted(missed.keys() - _last(store, list(missed), begin, now).keys())
        last = _looked_back(store, quiet, begin)
        for device in quiet:
            since = max(missed[device], last.get(device, missed[device]))
            found.append(QuietStream(watched[device][1], device, since, last.get(device), hours))
    return sorted(found, key=lambda each: each[:2])


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
