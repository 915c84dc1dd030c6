"""An export's files for other programs (SPSS, Stata, workbook, notebook), made from its stored files on request. They
are not kept, so destroying an export leaves none of them.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import polars as pl

from api.documents.charts.shown import svg
from api.documents.evaluation_charts import SVG, flow_chart
from api.documents.gss import Tables, as_gss_workbook
from api.documents.notebook import IPYNB, as_notebook
from api.documents.sheet import XLSX, Cell, Sheet
from api.documents.statistics_files import DTA, SAV, as_spss, as_stata

Files = Mapping[str, bytes]
NEEDED = ("manifest.json", "dictionary.csv", "cohort.parquet")
"""Of the stored files."""


class Form(NamedTuple):
    file: str
    media_type: str
    make: Callable[[Files], bytes]


def _spss(files: Files) -> bytes:
    manifest = _manifest(files)
    return as_spss(_rows(files), _meanings(files), _title(manifest))


def _stata(files: Files) -> bytes:
    manifest = _manifest(files)
    return as_stata(_rows(files), _meanings(files), _title(manifest))


def _notebook(files: Files) -> bytes:
    return as_notebook(_manifest(files))


def _flow(files: Files) -> bytes:
    """The picture of the flow of numbers, whose table is flow.csv."""
    manifest = _manifest(files)
    return svg(flow_chart(manifest["flow"], f"as at {manifest['definition']['as_at']}"))


def _workbook(files: Files) -> bytes:
    manifest, rows, dictionary = _manifest(files), _rows(files), _dictionary(files)
    definition, risk = manifest["definition"], manifest["risk"]
    title = _title(manifest)
    estimate = manifest["estimate"]["words"] if manifest.get("estimate") else []
    of_people = tuple(range(2, 3 + len(estimate)))
    sheets = {
        "Flow": (_sheet("People at each step of the programme", manifest["flow"]), (1,)),
        "Equality": (_sheet("People by protected characteristic", manifest["equality"]), (1,)),
        "Dictionary": (_sheet("What each column means", dictionary), ()),
        "People": (Sheet("One row a person, by pseudonym", (), tuple(rows.columns), rows.rows()), of_people),
    }
    about = (
        f"{manifest['people']:,} people of the programme and {manifest['comparison']:,} of the comparison group.",
        f"Asked for: {definition['justification']}",
        "OFFICIAL-SENSITIVE: this is still personal data. Do not try to identify anyone, publish no count below the "
        "programme's least, and destroy it by its last day.",
    )
    notes = (
        f"{manifest['tablesWords'].capitalize()}.",
        f"By what others may know of them ({', '.join(risk['by']) or 'nothing'}) people form {risk['classes']:,} "
        f"classes, the smallest of {risk['smallestClass']:,}; {risk['blankedValues']:,} values are withheld for it.",
        *(f"Estimate: {line}." for line in estimate),
    )
    return as_gss_workbook(Tables(title, about, notes, "TagPilot, the record of the programme", sheets))


FORMS = {
    "spss": Form("cohort.sav", SAV, _spss),
    "stata": Form("cohort.dta", DTA, _stata),
    "xlsx": Form("cohort.xlsx", XLSX, _workbook),
    "notebook": Form("cohort.ipynb", IPYNB, _notebook),
    "flow": Form("flow.svg", SVG, _flow),
}
OF_FILE = {form.file: form for form in FORMS.values()}


def _manifest(files: Files) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files["manifest.json"])
    return found


def _title(manifest: Mapping[str, Any]) -> str:
    definition = manifest["definition"]
    return f"A cohort for {definition['purpose']}, as at {definition['as_at']}"


def _rows(files: Files) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(files["cohort.parquet"]))


def _dictionary(files: Files) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files["dictionary.csv"].decode())))


def _meanings(files: Files) -> dict[str, str]:
    return {row["column"]: row["meaning"] for row in _dictionary(files)}


def _sheet(title: str, rows: list[dict[str, Any]]) -> Sheet:
    columns = tuple(rows[0]) if rows else ("nothing",)
    cells: list[tuple[Cell, ...]] = [tuple(row[name] for name in columns) for row in rows]
    return Sheet(title, (), tuple(name.replace("_", " ").capitalize() for name in columns), cells)
