"""The plots and numbers of `matcher/analysis/README.md`, written by the proofs that measured them."""

import json
import math
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

from matplotlib.figure import Figure  # only after the backend that needs no screen is set

FOLDER = Path(__file__).resolve().parents[2] / "matcher" / "figures"
DIGITS = 4
"""Significant digits kept: more than any simulation here can tell apart."""


def save(name: str, figure: Figure | None, numbers: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write `<name>.svg` (if there is a plot) and `<name>.json` into `folder`.

    The same plot and numbers give the same bytes, so that a change in a figure is a change in what was measured.

    Parameters
    ----------
    name
        File name without its ending.
    figure
        The plot, or None where the numbers say it all.
    numbers
        What was measured, nested as wished; keys become text, floats keep four significant digits.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if figure is not None:
        with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
            figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")
        # matplotlib leaves blanks at line ends.
        drawing = (folder / f"{name}.svg").read_text(encoding="utf-8")
        tidy = "\n".join(line.rstrip() for line in drawing.splitlines()) + "\n"
        (folder / f"{name}.svg").write_text(tidy, encoding="utf-8")
    text = json.dumps(_plain(numbers), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    """Values JSON knows: numpy's numbers as Python's, floats rounded, what is not a number as null."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value
