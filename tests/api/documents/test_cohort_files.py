"""An export in forms for other programs: SPSS, Stata, a workbook, and a notebook that makes its figures again from the
export alone."""

import json
import os
import random
import re
import zipfile
from collections.abc import Mapping
from contextlib import chdir
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd
import polars as pl
import pyreadstat
import pytest

from api.documents.cohort_files import FORMS, NEEDED
from api.schemas.evaluation.cohorts import OTHER_FILES
from tracker.evaluation.cohort import package
from tracker.evaluation.cohort.columns import Context
from tracker.evaluation.cohort.package import ExportTables
from tracker.evaluation.cohort.parse import parse
from tracker.evaluation.cohort.rows import cohort
from tracker.evaluation.cohort.weighting import METHODS
from tracker.evaluation.people.comparator import Comparator
from tracker.evaluation.people.subject import RecordedOffence, Subject
from tracker.evaluation.statistics.comparison import Method, design
from tracker.evaluation.statistics.effect import effect

SIGNS = ("=", "+", "-", "@")


def _people(seed: int) -> tuple[list[Subject], list[Comparator]]:
    """90 who were tagged and 210 to compare them with; the score goes with both tag and outcome."""
    made = random.Random(seed)
    tagged, others = [], []
    for n in range(300):
        released, score = date(2019, 3, 1) + timedelta(days=made.randrange(200)), made.randrange(20, 95)
        offence = RecordedOffence(
            released + timedelta(days=made.randrange(300)), "00826", released + timedelta(days=400)
        )
        offences = (offence,) if made.random() < score / 150 else ()
        born, sex = (
            released - timedelta(days=365 * made.randrange(19, 45) + 90),
            made.choice(("male", "male", "female")),
        )
        code = made.choice(("00826", "03440"))
        if n < 90:
            reached = {"screened": released, "fitted": released}
            tagged.append(
                Subject(
                    person_id=n,
                    wearer_ref=f"W{n}",
                    born=born,
                    sex=sex,
                    release_on=released,
                    offence_code=code,
                    ogrs_pct_hundredths=100 * score if n % 9 else None,
                    reached=reached,
                    offences=offences,
                    prison=made.choice(("=HMP", "HMP Isis")),
                )
            )
        else:
            others.append(
                Comparator(
                    reference=f"C{n}",
                    released_on=released,
                    age=made.randrange(19, 45),
                    sex=sex,
                    ethnicity=None,
                    borough=None,
                    offence_code=code,
                    ogrs_pct_hundredths=100 * min(95, score + 5),
                    prior_sanctions=None,
                    custody_days=None,
                    recalled_on=None,
                    observed_until=None,
                    offences=offences,
                )
            )
    return tagged, others


def _export(method: str | None, seed: int = 7) -> dict[str, bytes]:
    """All files of an export of these people."""
    columns = ["group", "sex", "age_band", "prison", "ogrs_score", "reoffended", "followed_weeks"]
    asked: dict[str, Any] = {
        "purpose": "impact analysis", "justification": "evaluation plan, section 4", "as_at": "2021-05-31",
        "columns": columns, "small_classes": "blank", "wide_ages": True, "class_at_least": 25,
    }  # fmt: skip
    if method is not None:
        asked |= {"columns": [*columns, "propensity", "weight", "set"], "weights": method, "comparison": True}
        asked |= {"covariates": ["sex", "ogrs_score"]}
    definition = parse(asked)
    tagged, others = _people(seed)
    made = cohort(Context(definition, {}), tagged, others if method else [], b"k" * 32, 10)
    flow, equality = {"screened": 90, "fitted": 90, "imposed": None}, {("sex", "male"): 60, ("sex", "female"): None}
    return package.packed(definition, made, ExportTables.of(flow, equality, "2 cells below 10 are withheld"))


@pytest.fixture(scope="module")
def exports() -> Mapping[str | None, dict[str, bytes]]:
    return {method: _export(method) for method in (None, *METHODS)}


def _saved(files: Mapping[str, bytes], folder: Path) -> list[str]:
    """The folder as an evaluator has it, and the notebook's code."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    book = json.loads(FORMS["notebook"].make(files))
    return ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]


def _run(files: Mapping[str, bytes], folder: Path) -> dict[str, Any]:
    names: dict[str, Any] = {}
    cells = _saved(files, folder)
    with chdir(folder):
        for cell in cells:
            exec(cell, names)
    return names


@pytest.mark.parametrize("method", METHODS)
def test_the_notebook_makes_estimate_and_interval_again_digit_for_digit(
    exports: Mapping[str | None, dict[str, bytes]], method: str, tmp_path: Path
) -> None:
    told = json.loads(exports[method]["manifest.json"])["estimate"]
    assert told["low"] < told["difference"] < told["high"]
    again = _run(exports[method], tmp_path)["again"]
    assert again == {name: told[name] for name in ("difference", "low", "high", "riskTagged", "riskComparison")}
    # And it is the estimators' own, from what the rows say.
    rows = pl.read_csv(exports[method]["cohort.csv"]).rename({"person": "unit", "reoffended": "outcome"})
    frame = rows.with_columns(tagged=pl.col("group") == "tagged")
    found = effect(design(frame, ["sex", "ogrs_score"], Method(method)), frame.select("unit", "outcome"))
    assert told["difference"] == pytest.approx(found.difference, abs=1e-9)
    assert (told["low"], told["high"]) == pytest.approx((found.low, found.high), abs=1e-9)


@pytest.mark.parametrize("changed", ["weight", "outcome", "estimate"])
def test_the_notebook_stops_where_a_figure_is_another(
    exports: Mapping[str | None, dict[str, bytes]], changed: str, tmp_path: Path
) -> None:
    files = dict(exports["weights"])
    manifest = json.loads(files["manifest.json"])
    rows = pl.read_csv(files["cohort.csv"])
    if changed == "estimate":
        manifest["estimate"]["high"] = round(manifest["estimate"]["high"] + 1e-9, 9)
    elif changed == "weight":
        rows = rows.with_columns(
            weight=pl.when(pl.col("group") == "tagged").then("weight").otherwise(pl.col("weight") * 1.1 + 0.01)
        )
    else:
        rows = rows.with_columns(reoffended=pl.col("reoffended") ^ (pl.int_range(pl.len()) == 3))
    files["cohort.csv"] = rows.write_csv().encode()
    del manifest["files"]["cohort.csv"]
    files["manifest.json"] = json.dumps(manifest).encode()
    with pytest.raises(AssertionError, match="and the manifest says"):
        _run(files, tmp_path)
    with pytest.raises(AssertionError, match=r"cohort\.csv is not as it left"):
        _run({**exports["weights"], "cohort.csv": files["cohort.csv"] + b"\n"}, tmp_path)


def test_without_a_comparison_the_notebook_says_that_no_estimate_left(
    exports: Mapping[str | None, dict[str, bytes]], tmp_path: Path
) -> None:
    names = _run(exports[None], tmp_path)
    assert "again" not in names
    assert len(names["people"]) == 90
    assert b"No estimate left with this export" in FORMS["notebook"].make(exports[None])


@pytest.mark.slow
def test_the_notebook_runs_in_a_kernel(exports: Mapping[str | None, dict[str, bytes]], tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    _saved(exports["exact"], tmp_path)
    book: Any = nbformat.reads(FORMS["notebook"].make(exports["exact"]).decode(), 4)  # type: ignore[no-untyped-call]
    environ, os.environ["PYTHONWARNINGS"] = os.environ.get("PYTHONWARNINGS"), "ignore"
    try:
        NotebookClient(book, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    finally:
        os.environ.pop("PYTHONWARNINGS") if environ is None else os.environ.update(PYTHONWARNINGS=environ)
    last = "".join(output.get("text", "") for output in book.cells[-1].outputs)
    told = json.loads(exports["exact"]["manifest.json"])["estimate"]
    assert last.strip() == "{:+.7f} points ({:+.7f} to {:+.7f})".format(
        *(100 * told[name] for name in ("difference", "low", "high"))
    )


def test_spss_and_stata_have_labels_and_the_rows_of_the_csv(
    exports: Mapping[str | None, dict[str, bytes]], tmp_path: Path
) -> None:
    files = exports["exact"]
    rows = pd.read_csv(BytesIO(files["cohort.csv"]), keep_default_na=False, na_values=[""])
    assert "withheld" in set(rows["prison"])
    for form, read in (("spss", pyreadstat.read_sav), ("stata", pyreadstat.read_dta)):
        path = tmp_path / FORMS[form].file
        path.write_bytes(FORMS[form].make(files))
        labelled, meta = read(path, apply_value_formats=True)
        assert list(labelled.columns) == list(rows.columns)
        assert meta.column_names_to_labels["prison"] == "released from"
        assert meta.column_names_to_labels["sex"] == "as recorded by the prison"
        assert meta.variable_value_labels["reoffended"] == {0: "no", 1: "yes"}
        assert meta.variable_value_labels["prison"][-1] == "withheld"
        assert list(labelled["sex"]) == list(rows["sex"])
        assert list(labelled["person"]) == list(rows["person"])
        assert [value == "yes" for value in labelled["reoffended"]] == list(rows["reoffended"])
        assert labelled["weight"].astype(float).tolist() == pytest.approx(rows["weight"].tolist())
    plain, meta = pyreadstat.read_sav(tmp_path / "cohort.sav", user_missing=True)
    assert meta.missing_ranges["prison"] == [{"lo": -1, "hi": -1}]
    assert meta.variable_measure["sex"] == "nominal"
    assert (plain["prison"] == -1).any()


def test_the_workbook_has_a_cover_contents_notes_and_a_table_a_sheet(
    exports: Mapping[str | None, dict[str, bytes]],
) -> None:
    book = FORMS["xlsx"].make(exports["weights"])
    with zipfile.ZipFile(BytesIO(book)) as parts:
        tabs = [
            each.attrib["name"]
            for each in ET.fromstring(parts.read("xl/workbook.xml")).iter()
            if "sheetId" in each.attrib
        ]
        texts = ["".join(si.itertext()) for si in ET.fromstring(parts.read("xl/sharedStrings.xml")).findall("{*}si")]
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        assert not any(b"<f>" in parts.read(name) for name in sheets)
        tables = [name for name in parts.namelist() if name.startswith("xl/tables/")]
    assert tabs == ["Cover", "Contents", "Notes", "Flow", "Equality", "Dictionary", "People"]
    assert len(tables) >= 6
    assert "[c]: withheld, so that nobody is told by it" in texts
    assert {"[c]", "[z]"} <= set(texts)
    assert "A cohort for impact analysis, as at 2021-05-31" in texts
    assert any("OFFICIAL-SENSITIVE" in text for text in texts)
    assert not [text for text in texts if text.startswith(SIGNS)]
    assert not [text for text in texts if re.fullmatch(r"W[0-9]+|C[0-9]+", text)]


def test_each_form_is_listed_and_the_same_bytes_twice(exports: Mapping[str | None, dict[str, bytes]]) -> None:
    assert tuple(form.file for form in FORMS.values()) == OTHER_FILES
    needed = {name: exports["weights"][name] for name in NEEDED}
    for form in FORMS.values():
        assert form.make(needed) == form.make(exports["weights"]), form.file
    # Without the times that their headers have a place for.
    assert FORMS["spss"].make(needed)[92:109] == b"01 Jan 7000:00:00"
    assert b"<timestamp>\x1101 Jan 1970 00:00</timestamp>" in FORMS["stata"].make(needed)
    with zipfile.ZipFile(BytesIO(FORMS["xlsx"].make(needed))) as parts:
        assert parts.read("docProps/core.xml").count(b"1980-01-01T00:00:00Z") == 2
