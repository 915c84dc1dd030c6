"""Which settings hold for a crime, by its type and day; and the same asked of the database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select

from tests.support.people import NOW
from tests.support.pilot import PILOT, enter_pilot
from tracker.errors import BadEntry, NotFound
from tracker.match_settings import service
from tracker.match_settings.queries import conditions, history, standing_rules, standing_settings
from tracker.match_settings.rules import STANDARD, MatchSettings, StandingRule, settings_at, spans
from tracker.programme.queries import programme_named
from tracker.review.states import MatchState
from tracker.review.tables import Match
from tracker.times import AsOf, london_midnight

NARROW, WIDE = (MatchSettings({**STANDARD.values, "radius_m": radius}) for radius in (50.0, 200.0))
FIRST = date(2019, 3, 1)


def rule(crime_type: str | None, day: int, held: MatchSettings) -> StandingRule:
    return StandingRule(PILOT, crime_type, FIRST + timedelta(days=day), held)


def test_a_type_has_its_own_settings_from_its_day_on_and_the_others_what_is_said_of_all() -> None:
    rules = [rule(None, 0, WIDE), rule("RB", 10, NARROW)]

    def at(crime_type: str, day: int) -> MatchSettings:
        return settings_at(rules, PILOT, crime_type, FIRST + timedelta(days=day))

    assert [at("RB", day) for day in (-1, 0, 9, 10, 99)] == [STANDARD, WIDE, WIDE, NARROW, NARROW]
    assert [at("TOMV", day) for day in (-1, 0, 99)] == [STANDARD, WIDE, WIDE]
    assert settings_at(rules, "another", "RB", FIRST) == STANDARD


RULES = st.lists(
    st.builds(rule, st.sampled_from([None, "RB", "TOMV"]), st.integers(0, 9), st.sampled_from([NARROW, WIDE])),
    max_size=6,
    unique_by=lambda each: (each.crime_type, each.effective_on),
)


@settings(max_examples=60)
@given(RULES, st.sampled_from(["RB", "TOMV", "BOTD"]), st.integers(-1, 10))
def test_exactly_one_set_holds_for_a_crime(rules: list[StandingRule], crime_type: str, day: int) -> None:
    on = FIRST + timedelta(days=day)
    (held,) = [each.settings for each in spans(rules, PILOT) if each.holds(crime_type, on)]
    began = [each for each in rules if each.effective_on <= on]
    own = [each for each in began if each.crime_type == crime_type] or [e for e in began if e.crime_type is None]
    assert held == max(own, key=lambda each: each.effective_on, default=StandingRule("", None, on, STANDARD)).settings


def test_a_setting_is_entered_corrected_and_taken_back_and_each_state_can_be_asked_for(engine: Engine) -> None:
    enter_pilot(engine)
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
    by = {"by": "ana", "follow": lambda _: None}

    def enter(held: MatchSettings, hours: int, reason: str = "small streets") -> service.StandingEntered:
        now = NOW + timedelta(hours=hours)
        return service.enter(engine, programme_id, " RB ", FIRST, held, reason=reason, now=now, **by)  # type: ignore[arg-type]

    assert enter(NARROW, 1).new
    assert not enter(NARROW, 2).new
    corrected = enter(WIDE, 3)
    assert corrected.corrects is not None
    assert corrected.corrects.rule.settings == NARROW
    with pytest.raises(BadEntry, match="No reason"):
        enter(NARROW, 4, " ")
    later = NOW + timedelta(hours=5)
    with pytest.raises(NotFound, match="begin on 2019-03-01"):
        service.take_back(engine, programme_id, "RB", date(2019, 4, 1), reason="no", now=later, **by)  # type: ignore[arg-type]
    service.take_back(engine, programme_id, "RB", FIRST, reason="too wide", now=later, **by)  # type: ignore[arg-type]
    with engine.connect() as connection:
        known = [
            [each.rule.settings for each in standing_settings(connection, programme_id, AsOf(date.max, at))]
            for at in (NOW + timedelta(hours=h, minutes=30) for h in (0, 1, 3, 5))
        ]
        assert known == [[], [NARROW], [WIDE], []]
        assert len(history(connection, programme_id)) == 2
        assert standing_rules(connection) == []


def test_the_database_finds_the_same_crimes_as_the_rules(engine: Engine) -> None:
    """A row for each type and day: one condition holds for it, that of its settings."""
    rules = [rule(None, 2, WIDE), rule("RB", 0, NARROW), rule("RB", 3, STANDARD), rule("TOMV", 4, NARROW)]
    held = conditions(rules, PILOT, Match.crime_type, Match.t_from)
    rows = [(kind, day) for kind in ("RB", "TOMV", "BOTD") for day in range(-1, 6)]
    with engine.begin() as connection:
        for n, (kind, day) in enumerate(rows):
            at = london_midnight(FIRST + timedelta(days=day))
            values = {"force": "met", "crime_ref": f"c{n}", "crime_version": 1, "crime_type": kind, "t_from": at}
            values |= {"t_to": at, "wearer_ref": "w", "run_id": "r", "params_sha256": "p", "figures": {}}
            made = datetime(2019, 10, 1, tzinfo=UTC)
            values |= {"state": MatchState.NEW, "recorded_at": made, "changed_at": made}
            connection.execute(insert(Match).values(**values))
        found = {
            (kind, t_from): settings
            for settings, holds in held.items()
            for kind, t_from in connection.execute(select(Match.crime_type, Match.t_from).where(holds))
        }
        total = sum(len(connection.execute(select(Match.id).where(holds)).all()) for holds in held.values())
    assert total == len(rows)
    for kind, day in rows:
        on = FIRST + timedelta(days=day)
        assert found[kind, london_midnight(on)] == settings_at(rules, PILOT, kind, on)
