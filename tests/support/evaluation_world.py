"""A pilot with people of every kind in it, made by chance, with everything about them that must not leave."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from typing import Any

from sqlalchemy import Engine

from geo.borough_names import BOROUGHS
from tests.support.databases import cloned
from tests.support.pilot import PILOT, launch_pilot
from tests.support.release_lists import NOW as APRIL
from tracker.answers import Answer
from tracker.assignments.tables import Assignment
from tracker.licences.states import AlertMove, LicenceMove, RecallType
from tracker.licences.tables import Alert, AlertEvent, Custody, Licence, LicenceEvent, LicenceTerms
from tracker.ogrs.tables import Instrument, OgrsScore
from tracker.people.tables import Address, Identity, Person, Sex
from tracker.programme.queries import programme_named
from tracker.record.entry import Entry, entering
from tracker.review.states import MatchMove, MatchState
from tracker.review.tables import Match, MatchMoved
from tracker.rollout.capacity import PlaceMove
from tracker.rollout.tables import PlaceEvent
from tracker.screening.tables import Proportionality, Screening

TODAY = date(2021, 6, 1)
NOW = datetime(2021, 6, 1, 12, tzinfo=UTC)
ETHNICITIES = ("W1", "W9", "B1", "B2", "M1", "A3", "O9", "NS", None)
PRISONS = ("HMP Brixton", "HMP Pentonville", "=cmd|'/c calc'!A1")


@dataclass
class Secrets:
    """For everyone: what no exported file may contain."""

    texts: set[str] = field(default_factory=set)
    days: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)


@cloned
def populate(engine: Engine, seed: int, n: int, *, first: int = 0) -> Secrets:
    """`n` people more; the same each time. Wearers are W0 on."""
    made, secrets = random.Random(seed), Secrets()
    if first == 0:
        launch_pilot(engine, APRIL)
    with entering(engine, by="a test", now=NOW) as entry:
        programme_id, _, _ = programme_named(entry.connection, PILOT)
        for number in range(first, first + n):
            _person(entry, programme_id, number, made, secrets)
    return secrets


@cache
def peopled(n: int) -> Callable[[Engine], Secrets]:
    """What fills a database with `n` people of seed 4, for `begins_with`: one function for each number."""
    return partial(populate, seed=4, n=n)


def _person(entry: Entry, programme_id: int, n: int, made: random.Random, secrets: Secrets) -> None:
    released = date(2019, 3, 1) + timedelta(days=made.randrange(250))
    born = released - timedelta(days=365 * made.randrange(18, 60) + made.randrange(300))
    person = entry.add(Person, wearer_ref=f"W{n}")
    name, pnc = f"Zebediah{n} Quillfeather{n}", f"PNC{n:05}Q"
    who = {"nomis_id": f"NOM{n:05}", "crn": f"CRN{n:05}", "pnc_id": pnc, "name": name, "born": born}
    sex = made.choices((Sex.MALE, Sex.FEMALE, Sex.NOT_KNOWN), (88, 10, 2))[0]
    entry.add(Identity, person_id=person, **who, sex=sex, ethnicity=made.choice(ETHNICITIES))
    line, postcode = f"{n} Nowhere Crescent", f"ZZ{n % 9} {n % 7}QQ"
    x_mm, y_mm = 530_000_000 + n * 1_237, 180_000_000 + n * 1_733
    borough = made.choice([*BOROUGHS[1:], None, None])
    entry.add(
        Address,
        person_id=person,
        from_on=date(2018, 1, 1),
        borough_stated="outside London" if borough is None else borough.name,
        borough_found=None,
        x_mm=x_mm,
        y_mm=y_mm,
        postcode=postcode,
        line=line,
    )
    secrets.texts |= {name, pnc, who["nomis_id"], who["crn"], line, postcode, f"W{n}", f"L{n}", f"D{n}"}
    secrets.days.add(born.isoformat())
    secrets.places |= {str(x_mm), str(y_mm), f"{x_mm / 1000:.3f}", f"{y_mm / 1000:.3f}"}
    licence = entry.add(Licence, person_id=person, programme_id=programme_id, reference=f"L{n}")
    _told(entry, licence, person, released, made)
    _worn(entry, programme_id, licence, person, n, released, made)


def _told(entry: Entry, licence: int, person: int, released: date, made: random.Random) -> None:
    about: dict[str, Any] = {"about": person}
    entry.add(
        LicenceTerms,
        licence_id=licence,
        offence_code=made.choice(("00826", "03440", "00501", None)),
        knife_involved=True,
        knife_basis="the indictment",
        prison=made.choice(PRISONS),
        planned_release_on=released,
        ends_on=released + timedelta(days=400),
        **about,
    )
    answer = made.choices((Answer.PASSED, Answer.FAILED, Answer.NOT_KNOWN), (8, 1, 1))[0]
    findings = {"findings": [{"criterion": "adult", "answer": answer.value, "seen": "x", "rule": "y", "source": "z"}]}
    entry.add(
        Screening,
        licence_id=licence,
        rules_version="1",
        screened_on=released - timedelta(days=40),
        findings=findings,
        answer=answer,
        **about,
    )
    if made.random() < 0.9:
        entry.add(
            Proportionality,
            licence_id=licence,
            decided_by="Officer Nightingale",
            organisation="NPS",
            decided_on=released - timedelta(days=30),
            proportionate=made.random() < 0.9,
            reasons="known to Auntie Mabel",
            **about,
        )
    entry.add(
        OgrsScore,
        person_id=person,
        instrument=Instrument.OGRS3,
        version=None,
        horizon_years=2,
        pct_hundredths=made.randrange(2_000, 9_500),
        rounded=False,
        computed=False,
        scored_on=date(2019, 1, 1),
        given_by="probation",
        inputs=None,
    )


def _worn(
    entry: Entry, programme_id: int, licence: int, person: int, n: int, released: date, made: random.Random
) -> None:
    about: dict[str, Any] = {"about": person}
    at = datetime(released.year, released.month, released.day, 9, tzinfo=UTC)
    entry.add(LicenceEvent, licence_id=licence, move=LicenceMove.RELEASE, at=at, recall_type=None, note=None, **about)
    if made.random() > 0.85:
        return
    for move, days in ((PlaceMove.RESERVED, 21), (PlaceMove.IMPOSED, 7)):
        on = released - timedelta(days=days)
        entry.add(
            PlaceEvent, licence_id=licence, programme_id=programme_id, move=move, effective_on=on, reason=None,
            over_reason=None, **about,
        )  # fmt: skip
    removed = None if made.random() < 0.5 else at + timedelta(days=made.randrange(10, 200))
    entry.add(
        Assignment, device_id=f"D{n}", wearer_id=f"W{n}", fitted_at=at, removed_at=removed, file_id=None, row=0, **about
    )
    if made.random() < 0.2:
        gone = at + timedelta(days=made.randrange(5, 60))
        entry.add(Custody, licence_id=licence, from_at=gone, to_at=gone + timedelta(days=9), note="a note", **about)
    if made.random() < 0.3:
        recalled = at + timedelta(days=made.randrange(10, 150))
        kind = made.choice(tuple(RecallType))
        entry.add(
            LicenceEvent, licence_id=licence, move=LicenceMove.RECALL, at=recalled, recall_type=kind, note=None, **about
        )
    if made.random() < 0.4:
        alert = entry.add(Alert, licence_id=licence, kind="curfew", **about)
        for hours, move in enumerate(
            (AlertMove.RAISE, AlertMove.VERIFY, made.choice((AlertMove.WARN, AlertMove.MEET)))
        ):
            entry.add(
                AlertEvent, alert_id=alert, move=move, at=at + timedelta(days=3, hours=hours), decided_by=None,
                note="said by a neighbour", **about,
            )  # fmt: skip
    if made.random() < 0.4:
        _match(entry, person, n, at, made)


def _match(entry: Entry, person: int, n: int, at: datetime, made: random.Random) -> None:
    match = entry.add(
        Match,
        force="Metropolitan",
        crime_ref=f"CRIME{n}",
        crime_version=1,
        crime_type="Burglary",
        t_from=at,
        t_to=at + timedelta(hours=1),
        wearer_ref=f"W{n}",
        person_id=person,
        run_id="r",
        params_sha256="p",
        figures={"strength": made.random() * 300},
        p_present=made.random(),
        q_value=0.1,
        e_value=made.random() * 40,
        state=MatchState.NEW,
        assignee=None,
        changed_at=NOW,
    )
    if made.random() < 0.7:
        move = MatchMove.CONFIRM if made.random() < 0.6 else MatchMove.REJECT
        entry.add(MatchMoved, match_id=match, move=move, reason="seen by Sergeant Grey", assignee=None, together=None,
                  figures=None, about=person)  # fmt: skip
