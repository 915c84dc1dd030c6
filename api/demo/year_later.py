"""The demo's record in May 2021: a year of follow-up is over, and the half year in which convictions come.

What became of the people who wore a tag is drawn as that of the comparison people is, with an effect planted
(`api.demo.evaluation.PLANTED`), so that an estimate can be held against the truth.
"""

import random
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine

from api.demo.evaluation import likely_with_a_tag, offences_of, write_rows
from api.demo.people import NAMES, context_of
from api.demo.releases import PILOT, assignments, first_fittings, wearers
from api.settings import Settings
from api.usecases.today import FILE
from tracker.access.roles import Role
from tracker.assignments.queries import assignments_of_devices
from tracker.assignments.service import end_assignment
from tracker.evaluation.imports.files import Kind
from tracker.evaluation.imports.importer import import_evaluation_file
from tracker.licences.queries import licence_of_each_wearer, licences
from tracker.licences.states import LicenceMove, LicenceState, RecallType
from tracker.licences.tables import LicenceEvent
from tracker.programme.queries import programme_named
from tracker.record.entry import Entry, entering
from tracker.tags.queries import tags
from tracker.tags.states import TagMove
from tracker.tags.tables import TagEvent
from tracker.times import LONDON, AsOf, london_day

THEN = date(2021, 5, 4)
AS_AT = date(2021, 4, 30)
"""The last day of a month by which everyone's follow-up is complete."""
_DRAW = 1954
"""Of the draws tried, one in which chance hides little of what is planted."""
_RECALLED = 0.18
_WORN_DAYS = (60, 240)
"""How long a tag is worn, at least and at most, unless its wearer is recalled."""
_OVER = date(2019, 11, 4)
"""The first day after the demo's month on which something happens."""


class _Life(NamedTuple):
    """What becomes of one wearer after the demo's month."""

    wearer: str
    released_on: date
    tag_off: datetime
    recalled_at: datetime | None
    offences: list[dict[str, Any]]


def let_time_pass(settings: Settings, engine: Engine) -> None:
    """Record what happened since, as an officer would; the demo's today is then in May 2021."""
    (settings.home / FILE).write_text(f"{THEN}\n", encoding="utf-8")
    files = settings.home / "files"
    olu = context_of(Role.OFFICER, settings, engine)
    lives = _lives(files)
    with entering(engine, purpose="demo", **olu.entered) as entry:
        _end_of_tags(entry, files, lives)
    rows = [offence for life in lives for offence in life.offences]
    if rows:
        import_evaluation_file(
            engine,
            write_rows(files / "reoffences-tagged.csv", rows),
            Kind.REOFFENCES,
            PILOT,
            rejects_dir=settings.rejects_dir,
            by=NAMES[Role.OFFICER],
            received_at=olu.today.now,
            today=olu.today.day,
        )


def _lives(files: Path) -> list[_Life]:
    made = random.Random(_DRAW)
    first = first_fittings(files)
    scores = {row["wearer_id"]: row["ogrs2_pct"] for row in wearers(files)}
    out = []
    for wearer, fitted in first.items():
        released = london_day(fitted)
        off = _at(max(_OVER, released + timedelta(days=made.randint(*_WORN_DAYS))))
        recalled = _at(max(_OVER, released + timedelta(days=made.randrange(40, 300))))
        offences = offences_of(made, wearer, released, likely_with_a_tag(scores[wearer]))
        out.append(_Life(wearer, released, off, recalled if made.random() < _RECALLED else None, offences))
    return out


def _at(day: date) -> datetime:
    return datetime.combine(day, time(10), LONDON).astimezone(UTC)


def _end_of_tags(entry: Entry, files: Path, lives: list[_Life]) -> None:
    """Tags come off after some months, or at the recall; nothing if they are off already."""
    programme_id, _, _ = programme_named(entry.connection, PILOT)
    last = {device: wearer for device, wearer, _, until in assignments(files).iter_rows() if until is None}
    found = assignments_of_devices(entry.connection, list(last))
    worn = {each.wearer_id: each.device_id for each in found if each.removed_at is None}
    if not worn:
        return
    of = licence_of_each_wearer(entry.connection, programme_id)
    now = licences(entry.connection, programme_id, AsOf(_OVER))
    out = {licence.licence_id for licence in now if licence.state is LicenceState.OUT}
    tag_of = {tag.device_id: tag.tag_id for tag in tags(entry.connection, programme_id, AsOf(_OVER))}
    for life in lives:
        person, licence = of.get(life.wearer, (None, None))
        recalled = life.recalled_at if licence in out else None
        if recalled is not None:
            move: dict[str, Any] = {"move": LicenceMove.RECALL, "recall_type": RecallType.STANDARD}
            entry.add(LicenceEvent, licence_id=licence, at=recalled, about=person, **move)
        if life.wearer in worn:
            off = min(life.tag_off, recalled or life.tag_off)
            device = worn[life.wearer]
            removed: dict[str, Any] = {"move": TagMove.REMOVE, "at": off}
            entry.add(TagEvent, tag_id=tag_of[device], licence_id=licence, about=person, **removed)
            end_assignment(entry, device, off)
