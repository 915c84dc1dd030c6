"""The matcher's index has nothing that may not be read, changes nothing of what is read, and is never used broken."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import EVERYONE, Params
from matcher.errors import Damaged
from matcher.permitted import Permitted, permitted
from matcher.schemas import ASSIGNMENTS, INTERVALS
from matcher.store.fixes import FixStore
from matcher.store.table_state import newest_version
from matcher.trails.build import build
from matcher.trails.pieces import TrailPieces, trail_pieces
from matcher.trails.read import days_that_differ, digests_of_rows, read_rows, read_trails, told_by_store
from tests.support.indexed_fixes import DEVICES, END, FIXES, HOURS, START, found_in_index, hour
from tests.support.same_trails import same

WEARERS = ("ann", "bob", "cat")
Span = tuple[str, datetime, datetime]


def table_of(spans: list[Any], schema: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(spans, schema=schema, orient="row")


def gates(worn: list[tuple[str, str, int, int]], watched: list[Span], eligible: list[Span]) -> Permitted:
    """Who may be read: `worn` is (device, wearer, from, to) in hours."""
    assigned = [(device, wearer, hour(low), hour(high)) for device, wearer, low, high in worn]
    return permitted(table_of(assigned, ASSIGNMENTS), table_of(watched, INTERVALS), table_of(eligible, INTERVALS))


def everyone() -> Permitted:
    """Each device is worn by one wearer throughout, who may be read."""
    worn = [(device, wearer, START, None) for device, wearer in zip(DEVICES, WEARERS, strict=True)]
    return permitted(table_of(worn, ASSIGNMENTS), EVERYONE, EVERYONE)


def handed_on() -> Permitted:
    """TAG-A goes from ann to bob; nobody may read cat in the second half; TAG-B lies in a drawer at first."""
    worn = [("TAG-A", "ann", 0, 31), ("TAG-A", "bob", 31, 72), ("TAG-B", "bob", 10, 72), ("TAG-C", "cat", 0, 72)]
    always = [(wearer, START, END) for wearer in WEARERS]
    return gates(worn, always, [*always[:2], ("cat", START, hour(36))])


# ---- nothing that may not be read ------------------------------------------------------------------------------------


@st.composite
def random_gates(draw: st.DrawFn) -> tuple[list[tuple[str, str, int, int]], list[Span], list[Span]]:
    """Devices handed on at random, with gaps, and the monitored and the eligible spans of each wearer."""
    worn = []
    for device in DEVICES:
        ends = sorted(draw(st.sets(st.integers(0, HOURS), min_size=2, max_size=5)))
        for low, high in pairwise(ends):
            if wearer := draw(st.sampled_from((*WEARERS, None))):
                worn.append((device, wearer, low, high))
    spans: list[list[Span]] = []
    for _ in range(2):
        of_gate: list[Span] = []
        for wearer in WEARERS:
            ends = sorted(draw(st.sets(st.integers(-5, HOURS + 5), min_size=2, max_size=4)))
            of_gate += [(wearer, hour(low), hour(high)) for low, high in zip(ends[::2], ends[1::2], strict=False)]
        spans.append(of_gate)
    return worn, spans[0], spans[1]


def rows_that_may_be_read(
    worn: list[tuple[str, str, int, int]], watched: list[Span], eligible: list[Span]
) -> set[tuple[str, datetime]]:
    """Worked out fix by fix, as one would by hand."""
    found = set()
    for device, t in FIXES.select("device_id", "t").rows():
        for of, wearer, low, high in worn:
            if of == device and hour(low) <= t < hour(high):
                inside = [any(w == wearer and a <= t < b for w, a, b in spans) for spans in (watched, eligible)]
                if all(inside):
                    found.add((device, t))
    return found


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(first=random_gates(), then=random_gates(), at=st.integers(0, HOURS))
def test_nothing_of_a_stretch_that_may_not_be_read_is_in_the_index(
    tmp_path_factory: pytest.TempPathFactory, first: Any, then: Any, at: int
) -> None:
    store = FixStore.open(tmp_path_factory.mktemp("store") / "fixes")
    store.append([FIXES])
    may = rows_that_may_be_read(*first)
    store.make_index(gates(*first))
    # The rows of a stuck receiver have one place.
    stuck = {(DEVICES[0], t) for t in FIXES.filter(pl.col("device_id") == DEVICES[0])["t"][60:80]}
    assert found_in_index(store) - stuck == may - stuck
    # Permission ends for some: what stays is what may be read by both.
    now = rows_that_may_be_read(*then)
    store.keep_index(gates(*then))
    assert found_in_index(store) - stuck <= (may & now)
    # An append does not bring back what went, and an erasure takes its part out.
    store.append([FIXES.with_columns(pl.col("accuracy_mm") - 1)])
    assert found_in_index(store) - stuck <= (may & now)
    store.make_index(gates(*then), again=True)
    assert found_in_index(store) - stuck == now - stuck
    store.erase("TAG-B", hour(at), None)
    left = {(device, t) for device, t in now if device != "TAG-B" or t < hour(at)}
    assert found_in_index(store) - stuck <= left
    store.make_index(gates(*then))
    assert found_in_index(store) - stuck == left - stuck
    store.drop_index()
    assert not (store.path / "_index").exists()


# ---- what is read is the same ----------------------------------------------------------------------------------------


def as_rows_say(store: FixStore, may: Permitted) -> None:
    """What a run reads, and its digests, are those of the stored rows."""
    rows = list(read_rows(store, may, START, END))
    assert told_by_store(store, may, START, END)[0] == digests_of_rows(rows, may)
    assert days_that_differ(store, may, START, END) == []
    expected = build(rows, may, Params())
    got = read_trails(store, may, START, END, Params())
    same(got, expected)


STEPS: dict[str, Callable[[FixStore, int, Permitted], object]] = {
    "append": lambda store, at, _: store.append([FIXES.gather_every(3, at % 3)]),
    "import": lambda store, at, _: store.append(
        [FIXES[at * 9 : at * 9 + 60]], origin=f"import-{at}-{len(store.days())}"
    ),
    "foreign": lambda store, at, _: write_deltalake(
        str(store.path), FIXES[at : at + 40].with_columns(day=pl.col("t").dt.date()).to_arrow(), mode="append"
    ),
    "erase": lambda store, at, _: store.erase(DEVICES[at % 3], hour(at), hour(at + 20)),
    "withdraw": lambda store, _, __: [store.withdraw(name) for name in _origins(store)[:1]],
    "compact": lambda store, _, __: store.compact(),
    "index": lambda store, _, may: store.make_index(may),
    "again": lambda store, _, may: store.make_index(may, again=True),
    "part": lambda store, at, may: store.make_index(may, hour(at), hour(at + 1)),
    "one": lambda store, at, may: store.make_index(may.for_wearers([at % 3])),
    "keep": lambda store, at, may: store.keep_index(may.for_wearers([at % 3])),
    "drop": lambda store, _, __: store.drop_index(),
}


def _origins(store: FixStore) -> list[str]:
    names = {path.parent.name for path in store.origins.shares()}
    return sorted(name for name in names if name.startswith("import") and store.origins.days(name))


def _new_name(store: FixStore) -> str:
    return f"import-{newest_version(store.path)}"


@pytest.mark.slow
@settings(max_examples=5, deadline=None)
@given(
    steps=st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 60)), min_size=3, max_size=6),
    handed=st.booleans(),
)
def test_a_run_reads_the_same_whatever_is_indexed(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]], handed: bool
) -> None:
    may = handed_on() if handed else everyone()
    store = FixStore.open(tmp_path_factory.mktemp("store") / "fixes")
    store.append([FIXES.gather_every(2)])
    store.make_index(may)
    for what, at in steps:
        STEPS[what](store, at, may)
        as_rows_say(store, may)
        as_rows_say(FixStore.open(store.path), handed_on())


def test_what_is_not_indexed_stays_as_it_is_on_append_and_the_rest_of_the_index_too(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    store.append([FIXES])
    assert store.make_index(everyone()) == 3
    first = store.days()[0]
    indexed = store.indexed(first)
    assert indexed is not None
    store.append([FIXES.with_columns(accuracy_mm=pl.lit(1, pl.Int32)).filter(pl.col("t") >= hour(24))])
    assert [store.indexed(day) is not None for day in store.days()] == [True, False, False]
    assert store.make_index(everyone()) == 2
    assert all(store.indexed(day) is not None for day in store.days())


# ---- never used broken -----------------------------------------------------------------------------------------------


def flipped(raw: bytes, at: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 0x10]) + raw[at + 1 :]


READERS: dict[str, Callable[[FixStore, Permitted], object]] = {
    "fixes.arrow": lambda store, may: read_trails(store, may, START, END, Params()),
    "stretches.arrow": lambda store, may: told_by_store(store, may, START, END),
    "devices.arrow": lambda store, may: told_by_store(store, may, START, END),
    "sums.arrow": lambda store, may: told_by_store(store, may, START, END),
    "signs.arrow": lambda store, _: [store.signs(day, list(DEVICES)) for day in store.days()],
    **{
        name: lambda store, may: _nodes(trail_pieces(store, may, START, END, Params()))
        for name in ("pieces.arrow", "edges.arrow", "path_stretches.arrow", "blocks.arrow", "nodes.arrow")
    },
}


def _nodes(pieces: TrailPieces | None) -> object:
    assert pieces is not None
    return [source.nodes for source in pieces.sources]


@pytest.mark.parametrize("name", sorted(READERS))
def test_a_flipped_byte_of_a_file_of_the_index_is_damage_and_never_used(tmp_path: Path, name: str) -> None:
    store, may = FixStore.open(tmp_path / "fixes"), handed_on()
    store.append([FIXES])
    store.make_index(may)
    expected = told_by_store(store, may, START, END)
    size = next((store.path / "_index").glob(f"*/{name}")).stat().st_size
    for k, at in enumerate((0, size // 3, size // 2, size - 1)):
        # In another folder: nothing of it is known in memory.
        broken = tmp_path / f"broken{k}"
        shutil.copytree(store.path, broken)
        path = sorted((broken / "_index").glob(f"*/{name}"))[1]
        path.write_bytes(flipped(path.read_bytes(), at))
        opened = FixStore.open(broken)
        with pytest.raises(Damaged, match=f"{name} has changed since it was written.*fixes index --again"):
            READERS[name](opened, may)
        assert opened.make_index(may, again=True) == 3
        READERS[name](opened, may)
        assert told_by_store(opened, may, START, END) == expected


def test_a_file_of_the_index_cut_short_or_empty_is_damage(tmp_path: Path) -> None:
    store, may = FixStore.open(tmp_path / "fixes"), handed_on()
    store.append([FIXES])
    store.make_index(may)
    for name, reader in READERS.items():
        for keep in (0, 100):
            broken = tmp_path / f"{name}-{keep}"
            shutil.copytree(store.path, broken)
            path = min((broken / "_index").glob(f"*/{name}"))
            path.write_bytes(path.read_bytes()[:keep])
            with pytest.raises(Damaged, match="has changed since it was written"):
                reader(FixStore.open(broken), may)


def test_a_damaged_day_goes_when_permission_ends(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    store.append([FIXES])
    store.make_index(everyone())
    shutil.copytree(store.path, broken := tmp_path / "broken")
    path = min((broken / "_index").glob("*/stretches.arrow"))
    path.write_bytes(flipped(path.read_bytes(), 400))
    opened = FixStore.open(broken)
    assert opened.keep_index(everyone()) == 1
    assert not path.exists()
    as_rows_say(opened, everyone())


def test_a_manifest_that_is_not_whole_counts_as_none(tmp_path: Path) -> None:
    store, may = FixStore.open(tmp_path / "fixes"), handed_on()
    store.append([FIXES])
    store.make_index(may)
    expected = told_by_store(store, may, START, END)
    manifest = store.path / "_index" / "manifest.json"
    raw = manifest.read_bytes()
    for spoilt in (*(flipped(raw, at) for at in (0, len(raw) // 2, len(raw) - 2)), raw[:-40], b"", b"[]"):
        manifest.write_bytes(spoilt)
        opened = FixStore.open(store.path)
        assert all(opened.indexed(day) is None for day in opened.days())
        assert told_by_store(opened, may, START, END) == expected
        assert opened.make_index(may) == 3
        assert all(opened.indexed(day) is not None for day in opened.days())


def test_an_index_of_another_store_or_of_another_version_is_not_used(tmp_path: Path) -> None:
    may = everyone()
    one, other = FixStore.open(tmp_path / "one"), FixStore.open(tmp_path / "other")
    one.append([FIXES])
    other.append([FIXES.with_columns(pl.col("x_mm") + 1)])
    one.make_index(may)
    other.make_index(may)
    shutil.rmtree(one.path / "_index")
    shutil.copytree(other.path / "_index", one.path / "_index")
    as_rows_say(FixStore.open(one.path), may)
    assert all(one.indexed(day) is None for day in one.days())
    # A backup of the index from before an append is not newer or older than the table: it is not used.
    shutil.rmtree(one.path / "_index")
    one.make_index(may)
    shutil.copytree(one.path / "_index", tmp_path / "earlier")
    one.append([FIXES.with_columns(accuracy_mm=pl.lit(1, pl.Int32))])
    shutil.rmtree(one.path / "_index")
    shutil.copytree(tmp_path / "earlier", one.path / "_index")
    as_rows_say(FixStore.open(one.path), may)


# ---- standard formats ------------------------------------------------------------------------------------------------


DUCKDB = """
import json, sys
import duckdb
query = "select device_id, epoch_us(t), x_mm, y_mm from read_parquet($files) order by device_id, t"
print(json.dumps(duckdb.connect().execute(query, {"files": sys.argv[1:]}).fetchall()))
"""


@pytest.mark.slow
def test_other_tools_read_the_days_and_the_index(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    store.append([FIXES])
    store.make_index(everyone())
    expected = FIXES.sort("device_id", "t").select("device_id", "t", "x_mm", "y_mm").rows()
    assert (
        pl.scan_delta(str(store.path)).sort("device_id", "t").select("device_id", "t", "x_mm", "y_mm").collect().rows()
        == expected
    )
    files = DeltaTable(str(store.path)).file_uris()
    done = subprocess.run([sys.executable, "-c", DUCKDB, *files], capture_output=True, text=True, check=True)
    instants = FIXES.sort("device_id", "t")["t"].to_physical()
    assert json.loads(done.stdout) == [[row[0], us, *row[2:]] for row, us in zip(expected, instants, strict=True)]
    days: dict[date, pl.DataFrame] = {
        date.fromisoformat(path.parent.name[:10]): pl.read_ipc(path)
        for path in (store.path / "_index").glob("*/fixes.arrow")
    }
    for day, columns in days.items():
        rows = FIXES.filter(pl.col("t").dt.date() == day).sort("device_id", "t")
        assert columns["t_us"].to_list() == rows["t"].to_physical().to_list()
        assert columns["x_mm"].to_list() == rows["x_mm"].to_list()
        assert columns.columns == [
            "t_us",
            "x_mm",
            "y_mm",
            "accuracy_mm",
            "mechanism",
            "moving",
            "accuracy_level",
            "state",
        ]
    # A Delta reader sees nothing of the index.
    assert not any("_index" in path for path in files)
