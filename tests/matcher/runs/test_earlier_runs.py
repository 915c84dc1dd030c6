"""Runs that an earlier version of the matcher made are still shown as they were."""

import json
from pathlib import Path

import numpy as np
import polars as pl

from matcher.analysis.verdicts import to_frame
from matcher.analysis.verdicts_at_crime import tally
from matcher.runs.folder import RunFolder
from matcher.schemas import EARLIER_VERDICT_CODES, NOT_MATCHABLE, VERDICT_CODES

WEARERS = ["A", "B", "C", "D", "E"]
CODES = np.array([[1], [3], [4], [7], [8]], np.int8)
"""Present, possible, no fix yet, implausible speed and excluded, by the numbers of then."""


def _earlier(path: Path) -> RunFolder:
    path.mkdir()
    (path / "manifest.json").write_text(json.dumps({"run_id": "then", "algorithm": "2", "params": {}}))
    key = {"force": ["Metropolitan"], "crime_ref": ["1/19"], "version": pl.Series([1], dtype=pl.Int32)}
    counts = {
        name: pl.Series([int((code == CODES).sum())], dtype=pl.Int32) for code, name in enumerate(EARLIER_VERDICT_CODES)
    }
    pl.DataFrame({**key, **counts}).drop("not_tested").write_parquet(path / "verdicts.parquet")
    pl.DataFrame(schema=NOT_MATCHABLE).write_parquet(path / "not_matchable.parquet")
    to_frame(CODES, WEARERS).write_parquet(path / "verdict_codes.parquet")
    return RunFolder.open(path)


def test_nobody_who_was_excluded_then_is_called_unobserved_now(tmp_path: Path) -> None:
    said = _earlier(tmp_path / "then").verdicts_at("Metropolitan", "1/19")
    assert said.rows() == [
        ("A", "present", None),
        ("B", "possible", None),
        ("C", "unobserved", "no_fix_yet"),
        ("D", "unobserved", "implausible_speed"),
        ("E", "excluded", None),
    ]


def test_verdicts_that_were_not_known_then_count_none(tmp_path: Path) -> None:
    counted = tally(_earlier(tmp_path / "then").verdicts().collect())
    assert list(counted) == list(VERDICT_CODES[1:])
    assert counted["excluded"] == counted["possible"] == 1
    assert counted["possible_left_out_fix"] == counted["unobserved_two_trails"] == 0
