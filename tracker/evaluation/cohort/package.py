"""An export's files: CSV and Parquet, a dictionary, a Frictionless data package, a flow table, a manifest.

The same rows, definition and key give the same bytes: no file records when or where it was made, rows are in order of
pseudonym, and JSON names are sorted.
"""

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import polars as pl

from geo.rejects import formula_safe
from tracker.evaluation.cohort.columns import Column
from tracker.evaluation.cohort.definition import Dates, Definition
from tracker.evaluation.cohort.risk import PERSON, WITHHELD
from tracker.evaluation.cohort.rows import Cohort

_TYPES: dict[str, type[pl.DataType]] = {
    "string": pl.String,
    "integer": pl.Int64,
    "number": pl.Float64,
    "boolean": pl.Boolean,
}
FORMAT = 6
"""Of what an export's files say and how their values are computed: raise it when the same people would give other
bytes. Exports of before there was one have none."""
Files = dict[str, bytes]


def made_by() -> dict[str, str]:
    """What the bytes of an export depend on besides the record."""
    return {"format": str(FORMAT), **{name: version(name) for name in ("polars", "statsmodels")}}


Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ExportTables:
    """The counts released with an export: the flow through the steps, and its people by protected characteristic.

    Each is a number or "withheld". `words`: how they were suppressed."""

    flow: tuple[Row, ...]
    equality: tuple[Row, ...]
    words: str

    @classmethod
    def of(
        cls, flow: Mapping[str, int | None], equality: Mapping[tuple[str, str], int | None], words: str
    ) -> "ExportTables":
        return cls(
            tuple({"step": step, "people": _count_or_withheld(n)} for step, n in flow.items()),
            tuple(
                {"characteristic": of, "group": group, "people": _count_or_withheld(n)}
                for (of, group), n in equality.items()
            ),
            words,
        )


def _count_or_withheld(n: int | None) -> int | str:
    return "withheld" if n is None else n


def tables_of_manifest(manifest: Mapping[str, Any]) -> ExportTables:
    """The tables as released, from an export's manifest."""
    flow = tuple({name: row[name] for name in ("step", "people")} for row in manifest["flow"])
    names = ("characteristic", "group", "people")
    return ExportTables(
        flow, tuple({n: row[n] for n in names} for row in manifest["equality"]), manifest["tablesWords"]
    )


def digest_of(files: Files) -> str:
    """The digest of an export: that of its manifest, which lists the digests of all other files."""
    return hashlib.sha256(files["manifest.json"]).hexdigest()


def packed(definition: Definition, cohort: Cohort, tables: ExportTables) -> Files:
    """The files by name; `manifest.json` is last and has the digests of the others."""
    frame = _frame(cohort, definition)
    files: Files = {"cohort.csv": _csv(frame), "cohort.parquet": _parquet(frame)}
    files |= {"flow.csv": _rows_csv(tables.flow), "equality.csv": _rows_csv(tables.equality)}
    fields = _dictionary(cohort.columns, definition, frame)
    files["dictionary.csv"] = _rows_csv(fields)
    files["datapackage.json"] = _json(_datapackage(fields, files))
    files["README.txt"] = _readme(definition, cohort, tables)
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    manifest = {
        "definition": definition.plain(),
        "madeBy": made_by(),
        "files": {name: {"sha256": digests[name], "bytes": len(files[name])} for name in sorted(files)},
        "people": len(cohort.people),
        "comparison": len(cohort.compared),
        "risk": cohort.risk.plain(),
        "flow": list(tables.flow),
        "equality": list(tables.equality),
        "tablesWords": tables.words,
        "estimate": cohort.compared_how.estimate,
    }
    files["manifest.json"] = _json(manifest)
    return files


def manifest_of(files: Files) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files["manifest.json"])
    return found


def _type(column: Column, definition: Definition) -> str:
    if column.type != "day":
        return column.type
    return "integer" if definition.dates is Dates.OFFSETS else "string"


def _frame(cohort: Cohort, definition: Definition) -> pl.DataFrame:
    schema: dict[str, type[pl.DataType]] = {PERSON: pl.String}
    schema |= {c.name: _TYPES[_type(c, definition)] for c in cohort.columns}
    numbers = [name for name, kind in schema.items() if kind != pl.String]
    # A number that is withheld is empty: there is no number that says so.
    rows = [row | {name: None for name in numbers if row[name] == WITHHELD} for row in cohort.rows]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _csv(frame: pl.DataFrame) -> bytes:
    safe = [
        pl.col(name).map_elements(formula_safe, return_dtype=pl.String)
        for name, kind in frame.schema.items()
        if kind == pl.String
    ]
    return frame.with_columns(safe).write_csv().encode("utf-8")


def _parquet(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out, compression="zstd", compression_level=3, statistics=False)
    return out.getvalue()


def _rows_csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else ["nothing"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {name: formula_safe(str(v)) if isinstance(v, str) else v for name, v in row.items()} for row in rows
    )
    return out.getvalue().encode("utf-8")


_FOLLOWED = "empty until the follow-up is complete: 12 months since release, and six for convictions"


def _dictionary(columns: Sequence[Column], definition: Definition, frame: pl.DataFrame) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = [
        {
            "column": PERSON,
            "type": "string",
            "meaning": "pseudonym: a keyed hash, different in each export unless exports are linked",
            "told_by_others": "no",
            "source": "made for the export",
            "follow_up": "",
            "people_with_a_value": frame.height,
        }
    ]
    for c in columns:
        words = c.words
        if c.type == "day":
            words += " (whole weeks since release)" if definition.dates is Dates.OFFSETS else " (month)"
        out.append(
            {
                "column": c.name,
                "type": _type(c, definition),
                "meaning": words,
                "told_by_others": "yes" if c.quasi else "no",
                "source": c.source,
                "follow_up": _FOLLOWED if c.awaits_follow_up else "",
                "people_with_a_value": frame.height - frame[c.name].null_count(),
            }
        )
    return out


def _datapackage(fields: Sequence[Mapping[str, str]], files: Files) -> dict[str, Any]:
    """Frictionless Data Package 1.0: a tabular resource with its schema."""
    schema = {
        "fields": [{"name": f["column"], "type": f["type"], "description": f["meaning"]} for f in fields],
        "primaryKey": PERSON,
        "missingValues": [""],
    }
    return {
        "profile": "tabular-data-package",
        "name": "tagpilot-cohort",
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": "cohort",
                "path": "cohort.csv",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": len(files["cohort.csv"]),
                "hash": f"sha256:{hashlib.sha256(files['cohort.csv']).hexdigest()}",
                "schema": schema,
            },
            _counts("flow", "step"),
            _counts("equality", "characteristic", "group"),
        ],
    }


def _counts(name: str, *by: str) -> dict[str, Any]:
    fields = [{"name": each, "type": "string"} for each in by]
    fields.append({"name": "people", "type": "string", "description": "a count, or withheld"})
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": f"{name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {"fields": fields},
    }


def _readme(definition: Definition, cohort: Cohort, tables: ExportTables) -> bytes:
    risk, notes = cohort.risk, cohort.compared_how.words
    alike = [f"{name} ({each.alike} people)" for name, each in risk.diversity.items() if each.alike]
    linked = "." if definition.linked_to is None else f"\nand to export {definition.linked_to}, which it is linked to."
    lines = [
        f"A cohort for {definition.purpose}, as at {definition.as_at}.",
        f"{len(cohort.people)} people of the programme and {len(cohort.compared)} of the comparison group; one row",
        f"each, for a person's first licence. Pseudonyms are specific to this export{linked}",
        "",
        f"By what others may know ({', '.join(risk.by) or 'nothing'}) there are {risk.classes} classes of people,",
        f"the smallest of {risk.smallest}; {risk.unique} people are unique. {risk.blanked} values are withheld for it.",
        f"Columns in which everyone of a class is alike: {', '.join(alike) or 'none'}. Whoever knows that somebody is",
        "in such a class knows that value of theirs.",
        "Withheld is marked as such in a column of text, and empty in a column of numbers.",
        "",
        "flow.csv counts people at each step, equality.csv by sex, age and ethnicity:",
        f"{tables.words}.",
        "",
        "This is still personal data: someone who knows a person well may recognise them. Keep it as the sharing",
        "agreement requires, do not try to identify anyone, publish no count below the programme's k, and destroy it",
        "by the last day on which it could be downloaded.",
        *(["", *notes] if notes else []),
    ]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, default=str) + "\n").encode("utf-8")
