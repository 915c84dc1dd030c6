"""How the people of an export are compared: propensity, weight and set, and the estimate; all from what is exported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tracker.errors import BadEntry, Refused
from tracker.evaluation.cohort.columns import COLUMNS, DESIGN, Column, Context
from tracker.evaluation.cohort.definition import Definition
from tracker.evaluation.cohort.risk import PERSON, WITHHELD
from tracker.evaluation.people.comparator import Comparator
from tracker.evaluation.people.subject import Subject
from tracker.evaluation.releases import pseudonyms

COVARIATES = (
    "age_band",
    "sex",
    "ethnicity",
    "bcu",
    "release_month",
    "offence_group",
    "offence_code",
    "ogrs_score",
    "ogrs_band",
    "prior_sanctions",
)
"""Known of both groups, and before release: what came after it may be an effect of the tag."""


def require_covariates(names: Sequence[str]) -> None:
    """Raises BadEntry for what is no covariate, naming those that are."""
    for name in names:
        if name not in COVARIATES:
            raise BadEntry(
                f"{name!r} is not known of both groups before release; the covariates are {', '.join(COVARIATES)}"
            )


def people_frame(
    context: Context,
    subjects: Sequence[Subject],
    others: Sequence[Comparator],
    covariates: Sequence[str],
    key: bytes,
) -> pl.DataFrame:
    """Columns `unit` (pseudonym), `tagged` and the covariates, for tagged people and comparators."""
    require_covariates(covariates)
    rows: list[dict[str, Any]] = []
    for subject in subjects:
        if "fitted" in subject.reached:
            values = {name: COLUMNS[name].of_subject(subject, context) for name in covariates}
            rows.append({"unit": pseudonyms.of_person(key, subject.person_id), "tagged": True, **values})
    for other in others:
        values = {
            name: value(other, context) if (value := COLUMNS[name].of_comparator) else None for name in covariates
        }
        rows.append({"unit": pseudonyms.of_comparison(key, other.reference), "tagged": False, **values})
    return pl.DataFrame(rows, infer_schema_length=None) if rows else pl.DataFrame({"unit": [], "tagged": []})


@dataclass(frozen=True, slots=True)
class Compared:
    """How the exported people are compared: `by_unit` has propensity, weight and set by pseudonym. `words`: on the
    design. `estimate`: of the effect, by the exported values alone; None where there is none."""

    by_unit: Mapping[str, tuple[float, float, int | None]]
    words: tuple[str, ...] = ()
    estimate: Mapping[str, Any] | None = None


NOT_COMPARED = Compared({})
METHODS = ("weights", "nearest", "exact")
"""Those whose estimate can be made again from propensity, weight and set."""
DIGITS = 9
"""Of an estimate in a manifest; a notebook that has the export alone comes to the same ones."""


def compared(definition: Definition, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> Compared:
    """The design by the values as they are exported, of tagged and comparison people whose outcome is known where it is
    exported: leaving others out afterwards would undo the balance. Nothing where no weights are asked for."""
    if definition.weights is None or not set(DESIGN) & {c.name for c in columns}:
        return NOT_COMPARED
    from tracker.evaluation.statistics.comparison import Method, design
    from tracker.evaluation.statistics.effect import effect

    outcome = "reoffended" if any(c.name == "reoffended" for c in columns) else None
    frame = _frame_of(definition, columns, rows, outcome)
    if (parted := _of_one_group(frame, definition.covariates)) is not None:
        return Compared({}, (parted,))
    made = design(frame.drop("outcome"), definition.covariates, _method(Method, definition.weights))
    by_unit = {unit: (p, w, s) for unit, p, w, s in made.frame.select("unit", *DESIGN).iter_rows()}
    words = tuple(f"Comparison: {line}" for line in made.words)
    if outcome is None:
        return Compared(by_unit, words)
    try:
        found = effect(made, frame.select("unit", "outcome"))
    except Refused as refused:
        return Compared(by_unit, (*words, f"No estimate: {refused}"))
    figures = {
        "difference": found.difference,
        "low": found.low,
        "high": found.high,
        "riskTagged": found.risk_tagged,
        "riskComparison": found.risk_comparison,
    }
    estimate = {
        "method": made.method.value,
        "outcome": outcome,
        "covariates": list(made.covariates),
        **{name: round(value, DIGITS) for name, value in figures.items()},
        "tagged": made.n_tagged,
        "comparison": made.n_comparison,
        "words": list(found.words),
    }
    return Compared(by_unit, words, estimate)


def _of_one_group(frame: pl.DataFrame, covariates: Sequence[str]) -> str | None:
    """A level of a covariate that everybody of one group lacks parts the groups: nothing is worked out then."""
    for name in covariates:
        if frame.schema[name] == pl.String:
            of = {group: set(frame.filter(pl.col("tagged") == group)[name].to_list()) for group in (True, False)}
            if WITHHELD in of[True] ^ of[False]:
                return (
                    f"No comparison: {name} is withheld of people of one group alone; ask for wider bands, or for a "
                    "smaller class_at_least"
                )
    return None


def _frame_of(
    definition: Definition, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], outcome: str | None
) -> pl.DataFrame:
    kinds = {c.name: c.type for c in columns}
    mine = [
        row for row in rows if row["group"] in (_TAGGED, _COMPARISON) and (outcome is None or row[outcome] is not None)
    ]
    values: dict[str, list[Any]] = {
        "unit": [str(row[PERSON]) for row in mine],
        "tagged": [row["group"] == _TAGGED for row in mine],
        "outcome": [None if outcome is None else bool(row[outcome]) for row in mine],
    }
    schema: dict[str, Any] = {"unit": pl.String, "tagged": pl.Boolean, "outcome": pl.Boolean}
    for name in definition.covariates:
        number = kinds[name] in ("integer", "number")
        schema[name] = pl.Float64 if number else pl.String
        values[name] = [_value(row[name], number) for row in mine]
    return pl.DataFrame(values, schema=schema)


def _value(value: Any, number: bool) -> Any:
    """Of a number nothing is said where it is withheld."""
    if number:
        return None if value in (None, WITHHELD) else float(value)
    return None if value is None else str(value)


_TAGGED, _COMPARISON = "tagged", "comparison"


def _method(methods: Any, name: str) -> Any:
    if name not in METHODS:
        raise BadEntry(f"weights is {name!r}; give one of {', '.join(METHODS)}")
    return methods(name)
