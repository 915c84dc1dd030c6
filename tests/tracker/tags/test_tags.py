"""Tags, licences and what is handed to the matcher, on both databases."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from matcher.params import Params
from matcher.permitted import permitted
from matcher.schemas import STORED_FIXES
from matcher.store.fixes import FixStore
from matcher.trails.read import read_trails
from tests.support.people import LICENCES, NOW, OFFICER, at, give_score, release_people, tag_states
from tests.support.pilot import PILOT, launch_pilot, people_on_licence
from tracker.assignments.importer import import_assignments
from tracker.assignments.queries import current_assignments
from tracker.eligibility.service import eligible_wearers
from tracker.errors import BadEntry, IllegalMove, NotFound, PilotError, Refused
from tracker.licences import service as licence_service
from tracker.licences.queries import alerts, licences
from tracker.licences.states import AlertMove, AlertState, EndReason, LicenceMove, LicenceState, RecallType
from tracker.licences.tables import Licence, LicenceTerms
from tracker.programme.programme_table import Programme
from tracker.programme.queries import programme_named
from tracker.programme.tables import Statement
from tracker.record.audit.queries import verify_chain
from tracker.record.entry import entering
from tracker.rollout.service import impose
from tracker.tags import service
from tracker.tags.queries import LossPlace, TagNow, losses_page, lost_tags, tags
from tracker.tags.states import TagMove, TagState
from tracker.tags.tables import TagPrice
from tracker.times import AsOf


def spans(frame: pl.DataFrame, wearer: str = "W0000") -> list[tuple[datetime, datetime | None]]:
    return [(row[1], row[2]) for row in frame.filter(pl.col("wearer_id") == wearer).iter_rows()]


@pytest.mark.begins_with(fill=launch_pilot)
def test_a_tag_goes_through_its_life_and_the_assignments_follow(engine: Engine) -> None:
    first, second = people_on_licence(engine, 2)
    service.receive(engine, PILOT, ["T1", "T2"], at(0), contract="gps-tags", **OFFICER)
    moved = service.fit(engine, "T1", first, at(1, 9), **OFFICER)
    assert moved.state is TagState.FITTED
    assert moved.flags == ("no GPS condition is recorded as imposed by 2019-09-03",)
    with pytest.raises(IllegalMove, match="A tag that is fitted cannot be fitted"):
        service.fit(engine, "T1", second, at(1, 10), **OFFICER)
    impose(engine, second, date(2019, 9, 2), **OFFICER)
    assert service.fit(engine, "T2", second, at(1, 9), **OFFICER).flags == ()
    service.move_tag(engine, "T1", TagMove.FAULT, at(2), **OFFICER)
    assert service.remove(engine, "T1", at(2, 1), **OFFICER).state is TagState.FAULTY
    service.move_tag(engine, "T1", TagMove.RETURN, at(3), **OFFICER)
    assert tag_states(engine) == {"T1": TagState.RETURNED, "T2": TagState.FITTED}
    worn = current_assignments(engine)
    assert worn.rows() == [("T1", "W0000", at(1, 9), at(2, 1)), ("T2", "W0001", at(1, 9), None)]
    with pytest.raises(BadEntry, match="before its last move"):
        service.remove(engine, "T2", at(1, 8), **OFFICER)
    with pytest.raises(NotFound, match="no tag 'T9'"):
        service.fit(engine, "T9", first, at(4), **OFFICER)
    assert verify_chain(engine).broken is None


@pytest.mark.begins_with(fill=launch_pilot)
def test_a_lost_tag_is_charged_at_the_days_price_and_found_again_reversed(engine: Engine) -> None:
    (first,) = people_on_licence(engine, 1)
    service.receive(engine, PILOT, ["T1", "T2"], at(0), contract="gps-tags", **OFFICER)
    service.move_tag(engine, "T2", TagMove.LOSE, at(0, 1), **OFFICER)
    with entering(engine, **OFFICER) as entry:
        programme_id, _, _ = programme_named(entry.connection, PILOT)
        entry.add(
            TagPrice,
            programme_id=programme_id,
            contract="another contract",
            amount_pence=1,
            effective_on=date(2019, 9, 1),
            source="contract",
        )
    service.price(engine, PILOT, "gps-tags", 35_000, date(2019, 9, 3), source="contract, schedule 2", **OFFICER)
    service.fit(engine, "T1", first, at(1), **OFFICER)
    service.move_tag(engine, "T1", TagMove.LOSE, at(2), **OFFICER)
    assert current_assignments(engine).rows() == [("T1", "W0000", at(1), at(2))]
    service.move_tag(engine, "T1", TagMove.FIND, at(5), **OFFICER)
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        ledger = lost_tags(connection, programme_id, AsOf(date(2019, 12, 31)))
        assert [(x.device_id, x.charge, x.found_at) for x in ledger] == [("T2", None, None), ("T1", 35_000, at(5))]
        assert len(lost_tags(connection, programme_id, AsOf(date(2019, 9, 3)))) == 1
        year = AsOf(date(2019, 12, 31))
        assert losses_page(connection, programme_id, year, limit=0) == (ledger, 2)
        first_page, _ = losses_page(connection, programme_id, year, limit=1)
        place = LossPlace(first_page[0].lost_at, first_page[0].event_id)
        assert losses_page(connection, programme_id, year, limit=1, after=place) == (ledger[1:], 2)
        assert losses_page(connection, programme_id, year, limit=1, offset=1) == (ledger[1:], 2)
    with pytest.raises(NotFound, match="Its contracts are gps-tags"):
        service.price(engine, PILOT, "tags", 1, date(2019, 9, 3), source="x", **OFFICER)


@pytest.mark.begins_with(fill=launch_pilot)
@pytest.mark.slow
def test_a_price_holds_from_the_first_hour_of_its_own_london_day(engine: Engine) -> None:
    people_on_licence(engine, 1)
    # The prices hold from 3 September and from the 6th; the lost tags are listed in the order of their loss.
    for pence, day in ((35_000, 3), (40_000, 6)):
        service.price(engine, PILOT, "gps-tags", pence, date(2019, 9, day), source="schedule 2", **OFFICER)
    midnight = datetime(2019, 9, 2, 23, tzinfo=UTC)
    second = timedelta(seconds=1)
    lost_at = [midnight - second, midnight, midnight + timedelta(days=3) - second, midnight + timedelta(days=3)]
    service.receive(engine, PILOT, [f"T{n}" for n in range(4)], at(0), contract="gps-tags", **OFFICER)
    for n, lost in enumerate(lost_at):
        service.move_tag(engine, f"T{n}", TagMove.LOSE, lost, **OFFICER)
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        ledger = lost_tags(connection, programme_id, AsOf(date(2019, 12, 31)))
        assert [x.charge for x in ledger] == [None, 35_000, 35_000, 40_000]
        # A loss counts on its own London day, and not on the day before.
        assert [len(lost_tags(connection, programme_id, AsOf(date(2019, 9, day)))) for day in (2, 3, 5, 6)] == [
            1,
            2,
            3,
            4,
        ]


@pytest.mark.begins_with(fill=launch_pilot)
def test_recall_custody_and_release_again(engine: Engine) -> None:
    (first,) = people_on_licence(engine, 1)
    move = licence_service.move_licence
    assert move(engine, first, LicenceMove.RELEASE, at(1), **OFFICER) is LicenceState.OUT
    with pytest.raises(BadEntry, match="A recall needs its type: standard, fixed term, emergency"):
        move(engine, first, LicenceMove.RECALL, at(3), **OFFICER)
    move(engine, first, LicenceMove.RECALL, at(3), recall_type=RecallType.FIXED_TERM, **OFFICER)
    with pytest.raises(
        IllegalMove,
        match=r"Licence .* is recalled, so no re-release can be recorded on it\. Record a return to custody or the end",
    ):
        move(engine, first, LicenceMove.RE_RELEASE, at(4), **OFFICER)
    move(engine, first, LicenceMove.RETURN, at(4), **OFFICER)
    move(engine, first, LicenceMove.RE_RELEASE, at(10), **OFFICER)
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        (held,) = licences(connection, programme_id, AsOf(date(2019, 12, 31)))
        assert held.state is LicenceState.OUT
        assert [(s.since, s.until) for s in held.spans] == [(at(1), at(3)), (at(10), None)]
        (then,) = licences(connection, programme_id, AsOf(date(2019, 9, 6)))
        assert (then.state, then.recall) == (LicenceState.IN_CUSTODY, RecallType.FIXED_TERM)


@pytest.mark.begins_with(fill=launch_pilot)
def test_a_licence_that_was_ended_stays_ended_and_the_record_readable(engine: Engine) -> None:
    first, _ = people_on_licence(engine, 2)
    for move, day, why in ((LicenceMove.RELEASE, 1, None), (LicenceMove.END, 2, EndReason.DEPORTED)):
        licence_service.move_licence(engine, first, move, at(day), end_reason=why, **OFFICER)
    with pytest.raises(IllegalMove, match="has ended, so no recall can be recorded on it"):
        licence_service.move_licence(
            engine, first, LicenceMove.RECALL, at(3), recall_type=RecallType.STANDARD, **OFFICER
        )
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        assert licences(connection, programme_id, AsOf(date(2019, 12, 31)))[0].state is LicenceState.ENDED


@pytest.mark.begins_with(fill=launch_pilot)
def test_what_happened_before_a_last_day_may_be_entered_after_it(engine: Engine) -> None:
    (first,) = people_on_licence(engine, 1)
    with entering(engine, **OFFICER) as entry:
        entry.add(LicenceTerms, licence_id=1, ends_on=date(2019, 9, 10), planned_release_on=date(2019, 9, 3), about=1)
    licence_service.move_licence(engine, first, LicenceMove.RELEASE, at(1), **OFFICER)
    recall = {"recall_type": RecallType.STANDARD, **OFFICER}
    state = licence_service.move_licence(engine, first, LicenceMove.RECALL, at(5), **recall)
    assert state is LicenceState.RECALLED


@pytest.mark.begins_with(fill=launch_pilot)
def test_an_alert_ends_in_a_decision_that_names_who_took_it(engine: Engine) -> None:
    (first,) = people_on_licence(engine, 1)
    alert = licence_service.raise_alert(engine, first, "exclusion zone", at(2), **OFFICER)
    with pytest.raises(IllegalMove, match="cannot be marked as warned"):
        licence_service.move_alert(engine, alert, AlertMove.WARN, at(2, 1), decided_by="P. Officer", **OFFICER)
    licence_service.move_alert(engine, alert, AlertMove.VERIFY, at(2, 1), **OFFICER)
    with pytest.raises(BadEntry, match="needs the name of the practitioner who made it"):
        licence_service.move_alert(engine, alert, AlertMove.WARN, at(2, 2), **OFFICER)
    state = licence_service.move_alert(engine, alert, AlertMove.WARN, at(2, 2), decided_by="P. Officer", **OFFICER)
    assert state is AlertState.DECIDED
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        assert [a.last for a in alerts(connection, programme_id, AsOf(date(2019, 12, 31)))] == ["warned"]
    with pytest.raises(NotFound, match="no alert 99"):
        licence_service.move_alert(engine, 99, AlertMove.VERIFY, at(3), **OFFICER)


@pytest.mark.begins_with(fill=release_people)
def test_monitored_from_release_to_recall_minus_custody(engine: Engine) -> None:
    first, _ = LICENCES
    give_score(engine, 0, date(2019, 8, 1), 60)
    service.fit(engine, "T1", first, at(1, 8), **OFFICER)
    licence_service.in_custody(engine, first, at(3), at(4), **OFFICER)
    licence_service.move_licence(engine, first, LicenceMove.RECALL, at(6), recall_type=RecallType.STANDARD, **OFFICER)
    told = eligible_wearers(engine, PILOT)
    assert spans(told.monitored) == [(at(1, 10), at(3)), (at(4), at(6))]
    assert told.programmes == {PILOT: 2}


def _fixes(tmp_path: object, devices: list[str]) -> FixStore:
    """A fix a minute for nine days of each device."""
    minutes = 9 * 1440
    frames = [
        pl.DataFrame(
            {
                "device_id": [device] * minutes,
                "t": [at(0) + timedelta(minutes=m) for m in range(minutes)],
                "mechanism": ["gnss"] * minutes,
                "x_mm": pl.Series([530_000_000] * minutes, dtype=pl.Int32),
                "y_mm": pl.Series([180_000_000] * minutes, dtype=pl.Int32),
                "accuracy_mm": pl.Series([8_000] * minutes, dtype=pl.Int32),
                "outside_window": [False] * minutes,
            }
        )
        for device in devices
    ]
    store = FixStore.open(f"{tmp_path}/fixes")
    told = ("speed_kmh", "heading_deg", "satellites", "accuracy_level")
    unknown = [pl.lit(None, STORED_FIXES[name]).alias(name) for name in told]
    store.append(
        [frame.with_columns(*unknown).cast({"t": STORED_FIXES["t"]}).select(*STORED_FIXES) for frame in frames]
    )
    return store


Read = dict[str, tuple[int, datetime, datetime]]


def read(engine: Engine, store: FixStore, known_at: datetime | None = None) -> Read:
    """What the reader hands to a run: for each wearer how many fixes, the first and the last."""
    told = eligible_wearers(engine, PILOT, as_known_at=known_at)
    may = permitted(told.assignments, told.monitored, told.eligible)
    fixes = read_trails(store, may, at(0), at(9), Params()).fixes
    out = {}
    for w, wearer in enumerate(may.wearers):
        t = fixes.t_us[fixes.offset[w] : fixes.offset[w + 1]]
        if len(t):
            first, last = (datetime.fromtimestamp(int(x) / 1e6, UTC) for x in (t[0], t[-1]))
            out[wearer] = (len(t), first, last)
    return out


@pytest.mark.begins_with(fill=release_people)
def test_a_wearer_whose_score_falls_below_fifty_is_read_until_that_midnight(engine: Engine, tmp_path: object) -> None:
    first, second = LICENCES
    store = _fixes(tmp_path, ["T1", "T2"])
    service.fit(engine, "T1", first, at(1, 8), **OFFICER)
    service.fit(engine, "T2", second, at(1, 8), **OFFICER)
    assert read(engine, store) == {}
    give_score(engine, 0, date(2019, 8, 1), 60)
    whole = read(engine, store)
    assert set(whole) == {"W0000"}
    assert whole["W0000"][1:] == (at(1, 10), at(8, 23) + timedelta(minutes=59))
    give_score(engine, 0, date(2019, 9, 5), 49.99, now=NOW + timedelta(hours=1))
    # Midnight in London is 23:00 UTC of the day before.
    assert read(engine, store)["W0000"][2] == at(2, 22) + timedelta(minutes=59)
    assert read(engine, store, known_at=NOW + timedelta(minutes=30)) == whole


@pytest.mark.begins_with(fill=release_people)
def test_a_device_issued_again_within_the_day_is_read_for_each_in_their_time(engine: Engine, tmp_path: object) -> None:
    first, second = LICENCES
    store = _fixes(tmp_path, ["T1"])
    give_score(engine, 0, date(2019, 8, 1), 60)
    give_score(engine, 1, date(2019, 8, 1), 70)
    service.fit(engine, "T1", first, at(2), **OFFICER)
    service.remove(engine, "T1", at(3, 10), **OFFICER)
    service.fit(engine, "T1", second, at(3, 14), **OFFICER)
    minute = timedelta(minutes=1)
    assert read(engine, store) == {
        "W0000": (34 * 60, at(2), at(3, 10) - minute),
        "W0001": (5 * 1440 + 10 * 60, at(3, 14), at(9) - minute),
    }


@pytest.mark.begins_with(fill=release_people)
def test_a_removal_corrected_late_changes_what_is_read_and_not_what_was_known(engine: Engine, tmp_path: object) -> None:
    first, _ = LICENCES
    store = _fixes(tmp_path, ["T1"])
    give_score(engine, 0, date(2019, 8, 1), 60)
    service.fit(engine, "T1", first, at(2), **OFFICER)
    service.remove(engine, "T1", at(4), **OFFICER)
    before = read(engine, store)
    later = {"by": "officer", "now": NOW + timedelta(days=1)}
    service.correct_removal(engine, "T1", at(2), at(3), **later)
    minute = timedelta(minutes=1)
    assert before["W0000"] == (2 * 1440, at(2), at(4) - minute)
    assert read(engine, store)["W0000"] == (1440, at(2), at(3) - minute)
    assert read(engine, store, known_at=NOW + timedelta(hours=1)) == before
    service.fit(engine, "T1", first, at(5), **later)
    with pytest.raises(Refused, match="already assigned"):
        service.correct_removal(engine, "T1", at(2), at(6), **later)
    with pytest.raises(NotFound, match="No assignment of T1 begins at"):
        service.correct_removal(engine, "T1", at(7), at(8), **later)


@pytest.mark.begins_with(fill=release_people)
def test_no_wearer_without_an_open_gate_reaches_the_matcher(engine: Engine) -> None:
    first, second = LICENCES
    service.fit(engine, "T1", first, at(2), **OFFICER)
    service.fit(engine, "T2", second, at(2), **OFFICER)
    give_score(engine, 0, date(2019, 8, 1), 60)
    give_score(engine, 1, date(2019, 8, 1), 30)
    told = eligible_wearers(engine, PILOT)
    for frame in (told.assignments, told.monitored, told.eligible):
        assert set(frame["wearer_id"]) == {"W0000"}


@pytest.mark.begins_with(fill=release_people)
def test_a_programme_that_maps_no_crimes_gives_the_matcher_no_wearer(engine: Engine) -> None:
    first, _ = LICENCES
    give_score(engine, 0, date(2019, 8, 1), 60)
    service.fit(engine, "T1", first, at(2), **OFFICER)
    assert set(eligible_wearers(engine).eligible["wearer_id"]) == {"W0000"}
    state(engine, "crime mapping", "off")
    assert eligible_wearers(engine).eligible.is_empty()
    with pytest.raises(Refused, match="does not map crimes"):
        eligible_wearers(engine, PILOT)
    state(engine, "crime mapping", "on")
    assert eligible_wearers(engine, PILOT).programmes == {PILOT: 2}


def state(engine: Engine, subject: str, value: str, programme: str = PILOT) -> None:
    with entering(engine, by="officer", now=NOW) as entry:
        programme_id, _, _ = programme_named(entry.connection, programme)
        entry.add(
            Statement,
            programme_id=programme_id,
            subject=subject,
            value=value,
            qualifier="exactly",
            decision="PCD 570",
            source="a test",
            effective_on=date(2019, 2, 1),
        )


@pytest.mark.begins_with(fill=release_people)
def test_under_two_programmes_each_gate_opens_its_own_time_only(engine: Engine) -> None:
    first, _ = LICENCES
    with entering(engine, by="officer", now=NOW) as entry:
        other = entry.add(Programme, key="other", name="Another programme")
        entry.add(Licence, person_id=1, programme_id=other, reference="O0000")
    state(engine, "crime mapping", "on", "other")
    state(engine, "OGRS horizon", "1", "other")
    give_score(engine, 0, date(2019, 8, 1), 60)
    service.fit(engine, "T1", first, at(1), **OFFICER)
    licence_service.move_licence(engine, first, LicenceMove.END, at(4), end_reason=EndReason.EXPIRED, **OFFICER)
    licence_service.move_licence(engine, "O0000", LicenceMove.RELEASE, at(3), **OFFICER)
    told = eligible_wearers(engine)
    # The score is of two years, which is none for the other programme: its time is nobody's to map.
    assert spans(told.monitored) == [(at(1, 10), at(4))]
    assert told.programmes == {PILOT: 2, "other": 1}


def entered(engine: Engine, tmp_path: Path, *rows: str) -> None:
    """An assignments file."""
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.csv"
    path.write_text("\n".join(["device_id,wearer_id,from,to,corrects_from", *rows]) + "\n")
    report = import_assignments(engine, path, rejects_dir=tmp_path / "rejects", by="analyst", received_at=NOW)
    assert report.rejected == 0


def one(engine: Engine, device: str = "T1") -> TagNow:
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        return next(t for t in tags(connection, programme_id, AsOf(date(2019, 12, 31))) if t.device_id == device)


@pytest.mark.begins_with(fill=release_people)
def test_an_assignments_file_updates_the_stock(engine: Engine, tmp_path: Path) -> None:
    entered(engine, tmp_path, "T1,W0000,2019-09-04T00:00:00Z,2019-09-05T00:00:00Z,", "T2,W0001,2019-09-04T00:00:00Z,,")
    assert tag_states(engine) == {"T1": TagState.IN_STOCK, "T2": TagState.FITTED, "T3": TagState.IN_STOCK}
    assert (one(engine, "T2").wearer, one(engine).since) == ("W0001", at(3))
    with pytest.raises(IllegalMove, match="A tag that is fitted cannot be fitted"):
        service.fit(engine, "T2", "L0000", at(6), **OFFICER)
    assert service.remove(engine, "T2", at(6), **OFFICER).state is TagState.IN_STOCK


@pytest.mark.begins_with(fill=release_people)
def test_a_file_that_corrects_a_fitting_by_hand_corrects_the_stock(engine: Engine, tmp_path: Path) -> None:
    first, _ = LICENCES
    service.fit(engine, "T1", first, at(2), **OFFICER)
    service.remove(engine, "T1", at(4), **OFFICER)
    entered(engine, tmp_path, "T1,W0000,2019-09-04T00:00:00Z,,2019-09-04T00:00:00Z")
    assert (one(engine).state, one(engine).wearer, one(engine).odd) == (TagState.FITTED, "W0000", ())


@pytest.mark.begins_with(fill=release_people)
def test_an_impossible_move_in_a_file_is_reported_and_recorded(engine: Engine, tmp_path: Path) -> None:
    service.move_tag(engine, "T1", TagMove.LOSE, at(2), **OFFICER)
    entered(engine, tmp_path, "T1,W0000,2019-09-06T00:00:00Z,,")
    held = one(engine)
    assert held.state is TagState.FITTED
    assert held.odd == ("fitted at 2019-09-06T00:00:00+00:00 while lost",)


@pytest.mark.begins_with(fill=release_people)
def test_the_last_move_can_be_withdrawn(engine: Engine, tmp_path: Path) -> None:
    first, second = LICENCES
    service.fit(engine, "T1", first, at(2), **OFFICER)
    service.move_tag(engine, "T1", TagMove.LOSE, at(4), **OFFICER)
    known = NOW + timedelta(seconds=1)
    later = {"by": "officer", "now": NOW + timedelta(hours=1)}
    back = {"reason": "another tag was meant", **later}
    assert service.take_back(engine, "T1", **back).state is TagState.FITTED
    assert current_assignments(engine).rows() == [("T1", "W0000", at(2), None)]
    assert current_assignments(engine, as_known_at=known).rows() == [("T1", "W0000", at(2), at(4))]
    service.remove(engine, "T1", at(5), **later)
    assert service.take_back(engine, "T1", **back).state is TagState.FITTED
    assert service.take_back(engine, "T1", **back).state is TagState.IN_STOCK
    assert current_assignments(engine).is_empty()
    service.fit(engine, "T1", second, at(2), **later)
    assert one(engine).wearer == "W0001"
    entered(engine, tmp_path, "T2,W0000,2019-09-06T00:00:00Z,,")
    with pytest.raises(Refused, match="An assignments file reports that tag T2 was fitted"):
        service.take_back(engine, "T2", **back)
    assert verify_chain(engine).broken is None


@pytest.mark.begins_with(fill=launch_pilot)
@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["fit", "remove", "lose", "find", "fault", "repair", "correct", "take back"]),
            st.sampled_from(["T1", "T2"]),
            st.integers(0, 2),
            st.integers(0, 12),
        ),
        max_size=14,
    )
)
def test_no_sequence_of_moves_puts_one_device_on_two_wearers(
    new_engine: object, moves: list[tuple[str, str, int, int]]
) -> None:
    engine = new_engine()  # type: ignore[operator]
    references = people_on_licence(engine, 3)
    service.receive(engine, PILOT, ["T1", "T2"], at(0), contract="gps-tags", **OFFICER)
    for move, device, who, hour in moves:
        try:
            if move == "fit":
                service.fit(engine, device, references[who], at(1, hour), **OFFICER)
            elif move == "remove":
                service.remove(engine, device, at(1, hour), **OFFICER)
            elif move == "correct":
                service.correct_removal(engine, device, at(1, hour), at(1, hour + who + 1), **OFFICER)
            elif move == "take back":
                service.take_back(engine, device, reason="another was meant", **OFFICER)
            else:
                named = {"lose": TagMove.LOSE, "find": TagMove.FIND, "fault": TagMove.FAULT, "repair": TagMove.REPAIR}
                service.move_tag(engine, device, named[move], at(1, hour), **OFFICER)
        except PilotError:
            continue
    worn = current_assignments(engine)
    for device in ("T1", "T2"):
        rows = worn.filter(pl.col("device_id") == device).sort("from").rows()
        for (_, _, _, until), (_, _, since, _) in pairwise(rows):
            assert until is not None
            assert until <= since
    # What is left on record still follows, move by move.
    assert set(tag_states(engine)) <= {"T1", "T2"}
    fitted = [d for d, state in tag_states(engine).items() if state in (TagState.FITTED, TagState.FITTED_FAULTY)]
    assert sorted(worn.filter(pl.col("to").is_null())["device_id"]) == sorted(fitted)
    assert not any(one(engine, device).odd for device in tag_states(engine))
    engine.dispose()
