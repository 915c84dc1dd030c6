"""The notebook that goes with an export: it reads the export's files alone, with numpy and pandas and nothing of this
program, and makes its figures again. A figure that comes out other than the manifest says stops it.
"""

from collections.abc import Mapping
from typing import Any

IPYNB = "application/x-ipynb+json"

_READ = """import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd

here = Path(".")
manifest = json.loads((here / "manifest.json").read_text(encoding="utf-8"))
for name, made in manifest["files"].items():
    if (here / name).exists():
        assert hashlib.sha256((here / name).read_bytes()).hexdigest() == made["sha256"], f"{name} is not as it left"
dictionary = pd.read_csv(here / "dictionary.csv", dtype=str).set_index("column")
people = pd.read_csv(here / "cohort.csv", dtype=str, keep_default_na=False).replace("", None)
for name, kind in dictionary["type"].items():
    if kind in ("integer", "number"):
        people[name] = people[name].astype(float)
    elif kind == "boolean":
        people[name] = people[name].map({"true": True, "false": False})
print(f"{len(people)} people, {len(people.columns)} columns")"""

_COUNTS = """assert len(people) == manifest["people"] + manifest["comparison"]
print(people["group"].value_counts().to_string() if "group" in people else len(people))
pd.DataFrame(manifest["flow"])"""

_RISK = """risk = manifest["risk"]
# A number that is withheld is empty, and so is one that nobody has: of either the class is the same.
# Whether the follow-up is complete counts in every export with outcomes, also where it is no column of the file.
by = [name for name in risk["by"] if name in people]
sizes = people.groupby(by, dropna=False).size() if by else pd.Series([len(people)])
numbers = [name for name in by if dictionary["type"][name] != "string"]
print(f"{len(sizes)} classes by {', '.join(by) or 'nothing'}; the smallest has {sizes.min()} people")
assert sizes.min() >= risk["smallestClass"]
assert numbers or by != risk["by"] or (len(sizes), int((sizes == 1).sum())) == (risk["classes"], risk["unique"])
pd.DataFrame(risk["diversity"]).T"""

_DESIGN = '''told = manifest["estimate"]
used = people[people["weight"].notna()]
tagged = used["group"].eq("tagged").to_numpy()
y = used[told["outcome"]].astype(float).to_numpy()
weight, propensity = used["weight"].to_numpy(), used["propensity"].to_numpy()


def regressors(name):
    """A number as it is, with one column more for not known; of a category one column a level but the commonest."""
    values = used[name]
    if dictionary["type"][name] in ("integer", "number"):
        known = values.notna().to_numpy()
        filled = values.fillna(values.median()).to_numpy()
        return [filled] if known.all() else [filled, (~known).astype(float)]
    levels, counts = np.unique(values.fillna("not known").to_numpy().astype(str), return_counts=True)
    others = np.delete(levels, counts.argmax())
    return [(values.fillna("not known") == level).to_numpy().astype(float) for level in others]


columns = np.column_stack([column for name in told["covariates"] for column in regressors(name)] or [y * 0])
spread = columns.std(axis=0)
columns = (columns[:, spread > 1e-12] - columns[:, spread > 1e-12].mean(axis=0)) / spread[spread > 1e-12]
x = np.column_stack([np.ones(len(y)), columns])
print(f"{int((tagged & (weight > 0)).sum())} tagged people against {int((~tagged & (weight > 0)).sum())} others")'''

_BALANCE = '''def differences(w):
    """Standardised, tagged minus others: in standard deviations of the two groups together."""
    t, c = columns[tagged & (weight > 0)], columns[~tagged]
    apart = t.mean(axis=0) - np.average(c, axis=0, weights=w[~tagged])
    return apart / np.sqrt((columns[tagged].var(axis=0) + columns[~tagged].var(axis=0)) / 2)


pd.DataFrame({"before": differences(np.ones(len(y))), "after": differences(weight)}).abs().round(3)'''

_ESTIMATORS = {
    "weights": """# Regression among comparison people, weighted by p/(1-p); what each person adds to its error.
mine, w, e = tagged & (weight > 0), np.where(tagged, 0.0, weight), propensity
bread = np.linalg.pinv((x.T * w) @ x, hermitian=True)
rest = y - x @ (bread @ (x.T @ (w * y)))
on_model = (x * (tagged - e)[:, None]) @ np.linalg.pinv((x.T * (e * (1 - e))) @ x, hermitian=True)
on_g = (x * (w * rest)[:, None] + on_model @ ((x.T * (w * rest)) @ x)) @ bread
difference = rest[mine].mean()
influence = np.where(mine, (rest - difference) / mine.sum(), 0.0) - on_g @ x[mine].mean(axis=0)
se, risk_tagged = np.sqrt((influence**2).sum()), y[mine].mean()""",
    "exact": """# Differences within strata, averaged over the tagged.
inside = weight > 0
yt, yc = y[inside & tagged], y[inside & ~tagged]
_, stratum = np.unique(used["set"].to_numpy()[inside], return_inverse=True)
st, sc = stratum[tagged[inside]], stratum[~tagged[inside]]
n1, n0 = np.bincount(st), np.bincount(sc)
mean = np.bincount(sc, weights=yc) / n0
each = yt - mean[st]
squares = np.bincount(sc, weights=(yc - mean[sc]) ** 2)
pooled = squares.sum() / (n0 - 1).sum() if (n0 > 1).any() else yc.var(ddof=1)
within = np.where(n0 > 1, squares / np.maximum(n0 - 1, 1), pooled)
share = n1 / n1.sum()
difference, risk_tagged = each.mean(), yt.mean()
se = np.sqrt(each.var(ddof=1) / len(each) + (share**2 * within / n0).sum())""",
}

_ESTIMATORS["nearest"] = """# The nearest within 0.2 standard deviations of the log odds; who are equally near share.
logit = np.log(propensity / (1 - propensity))
ends = [(logit[g].min(), logit[g].max()) for g in (tagged, ~tagged)]
low, high = (np.where(tagged, ends[1][n], ends[0][n]) for n in (0, 1))
inside = (low <= logit) & (logit <= high)
width = 0.2 * np.sqrt((logit[tagged].var() + logit[~tagged].var()) / 2)
pool = np.flatnonzero(~tagged & inside)
uses, squares, sets = np.zeros(len(y)), np.zeros(len(y)), []
for value in np.unique(logit[tagged & inside]):
    apart = np.abs(logit[pool] - value)
    if apart.min() <= width + 1e-7:
        ours, theirs = np.flatnonzero(tagged & inside & (logit == value)), pool[apart <= apart.min() + 1e-7]
        uses[ours] = 1.0
        uses[theirs] += len(ours) / len(theirs)
        squares[theirs] += len(ours) / len(theirs) ** 2
        sets.append((ours, theirs))
assert np.allclose(uses, weight, atol=1e-8)
# What is left of the differences in covariates is taken out by a regression among partners.
w = np.where(tagged, 0.0, uses)
expected = x @ (np.linalg.pinv((x.T * w) @ x, hermitian=True) @ (x.T @ (w * y)))
rest, filled, mine = y - expected, np.zeros(len(y)), tagged & (uses > 0)
for ours, theirs in sets:
    filled[ours] = expected[ours] + rest[theirs].mean()
risk_tagged, others = y[mine].mean(), filled[mine].mean()
difference = risk_tagged - others
each = (y - risk_tagged - filled + others)[mine]
more = np.where(tagged, 0.0, (uses**2 - squares) * rest**2)
se = np.sqrt((each**2).sum() + more.sum()) / mine.sum()"""
_TOLD = """half = 1.959963984540054 * se
again = {
    "difference": difference,
    "low": max(-1.0, difference - half),
    "high": min(1.0, difference + half),
    "riskTagged": risk_tagged,
    "riskComparison": risk_tagged - difference,
}
again = {name: round(float(value), 9) for name, value in again.items()}
for name, value in again.items():
    assert value == told[name], f"{name} is {value}, and the manifest says {told[name]}"
print(f"{100 * again['difference']:+.7f} points ({100 * again['low']:+.7f} to {100 * again['high']:+.7f})")"""


def as_notebook(manifest: Mapping[str, Any]) -> bytes:
    """`manifest`: that of the export. The same export gives the same bytes."""
    import nbformat

    definition, estimate = manifest["definition"], manifest.get("estimate")
    parts = [
        _Text(
            f"# A cohort for {definition['purpose']}, as at {definition['as_at']}\n\n{definition['justification']}\n\n"
            "Put this notebook into the folder with the export's files and run it from the top. It needs numpy and "
            "pandas. It stops where a figure is other than the manifest says."
        ),
        _READ,
        _Text("## Who is in it\n\nThe steps, as they left with it: a small count is withheld."),
        _COUNTS,
        _Text(
            "## How well people are hidden among each other\n\nBy what others may know of them; and, by column, the "
            "fewest values in a class and the people in classes where everyone has the same."
        ),
        _RISK,
        *_comparison(estimate),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book: Any = nbformat.from_dict(  # type: ignore[no-untyped-call]
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
            "cells": [_cell(number, part) for number, part in enumerate(parts, 1)],
        }
    )
    nbformat.validate(book)
    return f"{nbformat.writes(book)}\n".encode()  # type: ignore[no-untyped-call]


class _Text(str):
    """A cell to be read, in Markdown; any other is code."""


def _cell(number: int, source: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"id": f"cell-{number}", "metadata": {}, "source": str(source)}
    if isinstance(source, _Text):
        return {**cell, "cell_type": "markdown"}
    return {**cell, "cell_type": "code", "execution_count": None, "outputs": []}


def _comparison(estimate: Mapping[str, Any] | None) -> list[str]:
    if estimate is None:
        words = "No estimate left with this export: it has no comparison, no outcome, or too few people for one."
        return [_Text(f"## The comparison\n\n{words}")]
    told = "\n".join(f"* {line}" for line in estimate["words"])
    covariates = ", ".join(estimate["covariates"])
    design = _Text(
        f"## The comparison\n\nBy {estimate['method']}, of {estimate['outcome']}; covariates: {covariates}. Weight, "
        "propensity and set are in the file."
    )
    balance = _Text("Balance: standardised differences, a column each; above 0.1 is unbalanced.")
    parts = [design, _DESIGN, balance, _BALANCE, _Text(f"## The estimate\n\n{told}")]
    estimator = _ESTIMATORS.get(estimate["method"])
    if estimator is None:
        return [*parts, _Text(f"The estimate by {estimate['method']} is in the manifest; it is not made again here.")]
    return [*parts, f"{estimator}\n{_TOLD}"]
