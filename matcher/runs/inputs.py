"""Stores in a run who was read when, so that the run can be computed again from its folder alone."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import polars as pl

from matcher.files import read_rows, write_parquet_atomically
from matcher.permitted import Permitted, Span, of_spans
from matcher.runs.folder import RunFolder
from matcher.runs.wearers import WINDOWS_OF, window_digests

WITHHELD: dict[str, pl.DataType] = {"device_id": pl.String(), "from": pl.Int64(), "to": pl.Int64()}
"""Windows, us since 1970, in which a device was assigned to a wearer who may not be read then."""

SPANS: dict[str, pl.DataType] = {"wearer_id": pl.String(), "kind": pl.String(), "from": pl.Int64(), "to": pl.Int64()}
"""`kind` is *eligible* or *monitored*; us since 1970."""


def write_permitted(inputs: Path, may: Permitted, wearers: pl.DataFrame) -> None:
    """Write `windows`, `withheld`, `intervals` and `wearers` to the folder of a run's inputs."""
    write_parquet_atomically(inputs / "windows.parquet", may.windows())
    device = np.repeat(np.arange(len(may.devices)), np.diff(may.offset))
    withheld = may.held_by < 0
    rows = {
        "device_id": [may.devices[d] for d in device[withheld]],
        "from": may.from_us[withheld],
        "to": may.to_us[withheld],
    }
    write_parquet_atomically(inputs / "withheld.parquet", pl.DataFrame(rows, schema=WITHHELD))
    spans = []
    for kind, (offset, from_us, to_us) in (("eligible", may.eligible), ("monitored", may.monitored)):
        of = np.repeat(np.arange(len(may.wearers)), np.diff(offset))
        wearer = [may.wearers[w] for w in of]
        spans.append(pl.DataFrame({"wearer_id": wearer, "kind": kind, "from": from_us, "to": to_us}, schema=SPANS))
    write_parquet_atomically(inputs / "intervals.parquet", pl.concat(spans))
    if may.levels is not None:
        write_parquet_atomically(inputs / "accuracy_levels.parquet", may.level_rows())
    digests = window_digests(may)
    windows_of = pl.DataFrame({"wearer_id": list(digests), "windows": list(digests.values())}, schema=WINDOWS_OF)
    write_parquet_atomically(
        inputs / "wearers.parquet", wearers.join(windows_of, on="wearer_id", maintain_order="left")
    )


def permitted_of(run: RunFolder) -> Permitted:
    """What the run was permitted to read, with the same arrays."""
    inputs = run.path / "inputs"
    wearers = read_rows(inputs / "wearers.parquet")["wearer_id"].to_list()
    place = {wearer: w for w, wearer in enumerate(wearers)}
    by_device: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for device, wearer, start, end in run.windows().collect().iter_rows():
        by_device[device].append((start, end, place[wearer]))
    for device, start, end in read_rows(inputs / "withheld.parquet").iter_rows():
        by_device[device].append((start, end, -1))
    spans: dict[str, list[list[Span]]] = {kind: [[] for _ in wearers] for kind in ("eligible", "monitored")}
    for wearer, kind, start, end in read_rows(inputs / "intervals.parquet").iter_rows():
        spans[kind][place[wearer]].append((start, end))
    windows = {device: sorted(rows) for device, rows in by_device.items()}
    may = of_spans(windows, wearers, spans["eligible"], spans["monitored"])
    levels = run.accuracy_levels()
    return may if levels is None else may.with_levels(levels)
