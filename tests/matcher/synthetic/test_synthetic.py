"""The invented London behaves as the page says: lives, tags, crimes, and a truth that is true."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from geo.bng import to_grid
from geo.borough_names import BOROUGHS
from geo.boroughs import borough_of
from matcher.synthetic import city, generate, streets, write_world
from matcher.synthetic.lives import Life, make_life
from matcher.synthetic.signal import SIGMA_OF_RADIUS, observe

DAYS = 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world")
    write_world(out, seed=7, wearers=45, days=DAYS, crimes=1_500)
    return out


def lives(n: int) -> list[tuple[city.Wearer, Life, np.random.Generator]]:
    out = []
    for w in range(n):
        wearer = city.wearer(7, w, 45, date(2019, 9, 1), DAYS)
        rng = np.random.default_rng(w)
        out.append((wearer, make_life(rng, wearer.places, date(2019, 9, 1), DAYS, wearer.curfew), rng))
    return out


def csv(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(folder / f"{name}.csv", infer_schema_length=None, try_parse_dates=True)


def test_the_same_settings_give_the_same_world_in_any_grouping() -> None:
    world = generate(seed=3, wearers=7, days=2, crimes=200)
    together, apart = list(world.groups(7)), list(world.groups(2))
    assert together[0].fixes.equals(pl.concat([group.fixes for group in apart]))
    assert together[0].crimes == [crime for group in apart for crime in group.crimes]
    other = generate(seed=4, wearers=7, days=2, crimes=200)
    assert not together[0].fixes.equals(next(other.groups(7)).fixes)


def test_the_world_has_the_requested_number_of_crimes(folder: Path) -> None:
    crimes = csv(folder, "crimes")
    assert crimes.height == 1_500
    assert crimes["crime_ref"].is_unique().all()
    minutes = (crimes["t_to"] - crimes["t_from"]).dt.total_minutes()
    assert minutes.min() >= 1
    assert minutes.max() <= 12 * 60
    assert (minutes <= 10).mean() > 0.2
    assert (minutes >= 180).mean() > 0.1


def test_about_a_fix_a_minute(folder: Path) -> None:
    fixes = pl.read_parquet(folder / "fixes.parquet")
    days = fixes.group_by("device_id").agg(
        n=pl.len(), span_d=(pl.col("t").max() - pl.col("t").min()).dt.total_seconds() / 86_400
    )
    a_day = (days["n"] / days["span_d"]).median()
    assert isinstance(a_day, float)
    assert 1_300 < a_day < 1_440


def test_nobody_moves_faster_than_a_train_and_everybody_turns_corners() -> None:
    turned = 0.0
    for _, life, _ in lives(10):
        dt = np.diff(life.t_us) / 1e6
        assert (dt > 0).all()
        dx, dy = np.diff(life.x_mm) / 1000, np.diff(life.y_mm) / 1000
        assert (np.hypot(dx, dy) / dt).max() < 23
        moving = np.hypot(dx, dy) > 1
        heading = np.degrees(np.arctan2(dx[moving], dy[moving]))
        turns = np.abs((np.diff(heading) + 180) % 360 - 180)
        turned += (turns > 60).sum() / DAYS
    assert turned / 10 > 10


def test_a_route_begins_and_ends_where_it_should() -> None:
    x, y, s = np.empty(2_000, np.int64), np.empty(2_000, np.int64), np.empty(2_000)
    for mode in (streets.WALK, streets.VEHICLE, streets.TRAIN):
        n = streets.route(530_010_000, 180_020_000, 536_123_000, 176_456_000, mode, 1.4, 0b1011, x, y, s)
        assert (x[0], y[0], x[n - 1], y[n - 1]) == (530_010_000, 180_020_000, 536_123_000, 176_456_000)
        assert (np.diff(s[:n]) >= 0).all()
        assert n < streets.longest_route(6_113_000 + 3_564_000)


def test_stated_accuracy_is_a_68_percent_radius_and_errors_persist() -> None:
    inside, kept, blurs = [], [], []
    for _, life, rng in lives(8):
        seen, _ = observe(rng, life)
        order = np.argsort(seen["t_us"], kind="stable")
        t, accuracy = seen["t_us"][order], seen["accuracy_m"][order]
        x, y = life.at(t)
        east, north = (seen["x_mm"][order] - x) / 1000, (seen["y_mm"][order] - y) / 1000
        real = np.hypot(east, north) < 1_000
        inside.append((np.hypot(east, north) <= accuracy)[real].mean())
        scaled = (east / accuracy * SIGMA_OF_RADIUS)[real]
        kept.append(np.corrcoef(scaled[:-1], scaled[1:])[0, 1])
        blurs.append(np.quantile(accuracy, [0.1, 0.99]))
    assert np.mean(inside) == pytest.approx(0.68, abs=0.03)
    # A minute apart with an error time of five: exp(-1/5) = 0.82.
    assert np.mean(kept) == pytest.approx(0.82, abs=0.05)
    low, high = np.mean(blurs, axis=0)
    assert high > 2.5 * low


def test_wearers_live_in_the_pilots_boroughs_and_two_thirds_are_above_the_gate(folder: Path) -> None:
    people = csv(folder, "wearers")
    names = {b.gss: b.name for b in BOROUGHS}
    assert {names[gss] for gss in people["borough_gss"]} <= set(city.PILOT)
    assert len(city.PILOT) == 20
    above_gate = people.filter(pl.col("ogrs2_pct") >= 50)["wearer_id"].to_list()
    assert csv(folder, "eligible")["wearer_id"].to_list() == above_gate
    many = [city.wearer(1, w, 400, date(2019, 9, 1), 30) for w in range(400)]
    assert np.mean([p.above_gate for p in many]) == pytest.approx(2 / 3, abs=0.07)
    for p in many[:60]:
        found = borough_of(np.array([p.places[0, 0] / 1000]), np.array([p.places[0, 1] / 1000]))
        assert BOROUGHS[int(found.borough[0])].gss == p.gss


def test_a_tag_handed_on_never_has_two_wearers_at_once(folder: Path) -> None:
    held = csv(folder, "assignments").sort("device_id", "from")
    both = held.filter(pl.col("device_id").is_duplicated())
    assert both.height == 4
    for _, rows in both.group_by("device_id"):
        first, second = rows.sort("from").iter_rows(named=True)
        assert first["to"] <= second["from"]
        assert first["wearer_id"] != second["wearer_id"]
    gaps = [
        (rows["from"].max() - rows["to"].min()).total_seconds() / 3600  # type: ignore[operator]
        for _, rows in both.group_by("device_id", maintain_order=True)
    ]
    assert sorted(gaps) == [5.0, 26.0]
    assert held.filter(pl.col("wearer_id").is_duplicated()).height == 2


def test_the_truth_file_matches_the_lives(folder: Path) -> None:
    """Held against the fixes: a planted visit has near fixes in its window, a near miss has none."""
    truth = csv(folder, "truth").join(csv(folder, "crimes"), on="crime_ref")
    fixes = pl.read_parquet(folder / "fixes.parquet").filter(pl.col("accuracy_m") <= 15)
    assert dict(truth["kind"].value_counts().iter_rows()) == {"visit": 36, "near_place": 9, "near_time": 9}
    for row in truth.iter_rows(named=True):
        seen = fixes.filter(pl.col("device_id") == row["device_id"], pl.col("t").is_between(row["t_from"], row["t_to"]))
        x, y = to_grid(seen["longitude"].to_numpy(), seen["latitude"].to_numpy())
        away = np.hypot(x - row["easting"], y - row["northing"])
        if row["kind"] == "visit":
            assert row["t_from"] <= row["inside_from"] <= row["inside_to"] <= row["t_to"]
            assert row["closest_m"] <= 60.1
            assert (away < 100).sum() >= 3
        else:
            assert row["closest_m"] > 199 if row["kind"] == "near_place" else row["closest_m"] > 249
            assert not (away < 100).any()


def test_planted_visits_are_found_and_near_misses_are_not(folder: Path) -> None:
    from matcher import EVERYONE, Params, match

    crimes = csv(folder, "crimes").select(
        "force",
        "crime_ref",
        pl.lit(1).alias("version"),
        "crime_type",
        "t_from",
        "t_to",
        easting_m="easting",
        northing_m="northing",
        location_accuracy_m="location_accuracy_m",
    )
    fixes = pl.read_parquet(folder / "fixes.parquet")
    east, north = to_grid(fixes["longitude"].to_numpy(), fixes["latitude"].to_numpy())
    found = match(
        fixes.with_columns(easting_m=east, northing_m=north),
        crimes,
        assignments=csv(folder, "assignments"),
        monitored=EVERYONE,
        eligible=EVERYONE,
        params=Params(),
    )
    truth = csv(folder, "truth").join(
        found.candidates.select("crime_ref", "wearer_id", "verdict"), on=["crime_ref", "wearer_id"], how="left"
    )
    told: dict[Any, Any] = {kind: set(rows["verdict"]) for (kind,), rows in truth.group_by("kind")}
    assert told == {"visit": {"present"}, "near_place": {None}, "near_time": {None}}
    assert found.counts["jumps"] > 0
    assert found.counts["unassigned"] > 0


def test_devices_report_why_they_are_silent_and_are_silent(folder: Path) -> None:
    """While a tag says that it charges or is off it sends no fix, and it reports only while it is worn."""
    events, fixes = csv(folder, "events"), pl.read_parquet(folder / "fixes.parquet", columns=["device_id", "t"])
    assert events.height > 60
    assert set(events["event"]) >= {"battery low", "charging", "charger removed"}
    worn = csv(folder, "assignments").rename({"from": "since", "to": "until"})
    held = events.join(worn, on="device_id").filter(
        pl.col("t") >= pl.col("since"), pl.col("until").is_null() | (pl.col("t") < pl.col("until"))
    )
    assert held.select(events.columns).unique().height == events.unique().height
    quiet = 0
    for device, t, event in events.filter(pl.col("event").is_in(["charging", "switched off, battery empty"])).rows():
        over = "charger removed" if event == "charging" else "switched on"
        ends = events.filter(pl.col("device_id") == device, pl.col("t") > t, pl.col("event") == over)
        if ends.height:
            minute = pl.duration(minutes=1)
            end = ends["t"].min()
            during = pl.col("t").is_between(pl.lit(t) + minute, pl.lit(end) - minute)
            assert fixes.filter(pl.col("device_id") == device, during).is_empty()
            quiet += 1
    assert quiet > 20


def test_events_are_imported_by_the_usual_reader(folder: Path, tmp_path: Path) -> None:
    from matcher.ingest.events import import_device_events
    from matcher.store.events import EventStore

    now = datetime(2019, 10, 1, tzinfo=UTC)
    store = EventStore(tmp_path / "events")
    report = import_device_events(store, folder / "events.csv", rejects_dir=tmp_path, now=now)
    assert (report.rejected, report.new) == (0, csv(folder, "events").unique().height)
