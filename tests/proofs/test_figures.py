"""A figure is the same file whenever the measurement is the same."""

import numpy as np
from matplotlib.figure import Figure

from tests.support import figures


def plot():
    figure = Figure(figsize=(3, 2))
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], label="kept")
    axes.legend()
    return figure


def test_the_same_measurement_gives_the_same_files(tmp_path):
    for folder in ("first", "second"):
        figures.save("line", plot(), {"slope": 1.0 / 3.0}, tmp_path / folder)
    for name in ("line.svg", "line.json"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_numbers_are_sorted_rounded_and_what_is_no_number_is_null(tmp_path):
    figures.save("numbers", None, {"b": np.float64(2 / 3), "a": [np.int64(3), float("nan")], 1: {"c": True}}, tmp_path)
    text = (tmp_path / "numbers.json").read_text()
    assert text == '{\n  "1": {\n    "c": true\n  },\n  "a": [\n    3,\n    null\n  ],\n  "b": 0.6667\n}\n'
    assert not (tmp_path / "numbers.svg").exists()
