"""People's rows as SPSS and Stata files, with labels of variables and values. No time of making: the same rows give the
same bytes.

Text is coded, for the labels of values need numbers: from 1 on in the order of the alphabet, *withheld* is -1.
"""

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

SAV, DTA = "application/x-spss-sav", "application/x-stata-dta"
WITHHELD, _WITHHELD_CODE = "withheld", -1
_MOST_LEVELS = 1_000
"""Of a column of text; one with more, such as pseudonyms, stays text."""
_SAV_TIMES = slice(92, 109)
"""Where a header has the day and the time of making, as 01 Jan 70 and 00:00:00."""
_DTA_TIME = re.compile(rb"(?s)(<timestamp>\x11).{17}(</timestamp>)")


def as_spss(rows: pl.DataFrame, meanings: Mapping[str, str], label: str) -> bytes:
    """`meanings`: of columns, by name."""
    coded, labels = _coded(rows)
    withheld: Any = {name: [_WITHHELD_CODE] for name, levels in labels.items() if _WITHHELD_CODE in levels}
    kinds: Any = {c.name: "nominal" if c.name in labels or c.dtype == pl.String else "scale" for c in coded}

    def write(path: str) -> None:
        import pyreadstat

        pyreadstat.write_sav(
            coded.to_pandas(), path, file_label=label, column_labels=dict(meanings), variable_value_labels=labels,
            missing_ranges=withheld, variable_measure=kinds,
        )  # fmt: skip

    made = bytearray(_written(write, ".sav"))
    made[_SAV_TIMES] = b"01 Jan 7000:00:00"
    return bytes(made)


def as_stata(rows: pl.DataFrame, meanings: Mapping[str, str], label: str) -> bytes:
    """For Stata 14 and later."""
    coded, labels = _coded(rows)

    def write(path: str) -> None:
        import pyreadstat

        pyreadstat.write_dta(
            coded.to_pandas(), path, version=14, file_label=label[:80], variable_value_labels=labels,
            column_labels={name: words[:80] for name, words in meanings.items()},
        )  # fmt: skip

    return _DTA_TIME.sub(rb"\g<1>01 Jan 1970 00:00\g<2>", _written(write, ".dta"), count=1)


def _coded(rows: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, dict[int | float, str]]]:
    """Text and yes or no as numbers, and their labels by column."""
    labels: dict[str, dict[int | float, str]] = {}
    columns: list[pl.Series] = []
    for column in rows:
        levels = _levels(column)
        if levels is not None:
            labels[column.name] = levels
            of = {text: code for code, text in levels.items()}
            codes = [None if value is None else of[_text(value)] for value in column]
            columns.append(pl.Series(column.name, codes, pl.Float64))
        elif column.dtype == pl.String:
            columns.append(column)
        else:
            columns.append(column.cast(pl.Float64))
    return pl.DataFrame(columns), labels


def _levels(column: pl.Series) -> dict[int | float, str] | None:
    if column.dtype == pl.Boolean:
        return {0: "no", 1: "yes"}
    if column.dtype != pl.String or column.name == "person":
        return None
    found = sorted(set(column.drop_nulls().to_list()) - {WITHHELD})
    if len(found) > _MOST_LEVELS:
        return None
    withheld: dict[int | float, str] = {_WITHHELD_CODE: WITHHELD} if (column == WITHHELD).any() else {}
    return {**withheld, **dict(enumerate(found, 1))}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _written(write: Callable[[str], None], suffix: str) -> bytes:
    with _nameless(suffix) as path:
        write(path)
        return Path(path).read_bytes()


@contextmanager
def _nameless(suffix: str) -> Iterator[str]:
    """The path of a file in memory, of which a process that is killed leaves nothing; elsewhere than on Linux one in a
    folder for temporary files, which is deleted after the block."""
    if hasattr(os, "memfd_create"):
        held = os.memfd_create("rows")
        try:
            yield f"/proc/self/fd/{held}"
        finally:
            os.close(held)
        return
    with tempfile.TemporaryDirectory() as folder:
        yield str(Path(folder) / f"rows{suffix}")
