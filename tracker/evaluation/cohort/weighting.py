"""The weights of an export's comparison group, from the columns that are exported."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tracker.errors import BadEntry
from tracker.evaluation.cohort.columns import COLUMNS, Context
from tracker.evaluation.cohort.definition import Definition
from tracker.evaluation.people.comparator import Comparator
from tracker.evaluation.people.subject import Subject
from tracker.evaluation.releases import pseudonyms


def people_frame(
    context: Context,
    subjects: Sequence[Subject],
    others: Sequence[Comparator],
    covariates: Sequence[str],
    key: bytes,
) -> pl.DataFrame:
    """Columns `unit` (pseudonym), `tagged` and the covariates, for tagged people and comparators."""
    for name in covariates:
        if name not in COLUMNS or COLUMNS[name].of_comparator is None or name in ("group", "weight"):
            able = [
                c.name for c in COLUMNS.values() if c.of_comparator is not None and c.name not in ("group", "weight")
            ]
            raise BadEntry(f"{name!r} is not recorded for both groups; the covariates are {', '.join(able)}")
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


def weights_for(
    definition: Definition,
    context: Context,
    subjects: Sequence[Subject],
    others: Sequence[Comparator],
    key: bytes,
) -> tuple[Mapping[str, float], list[str]]:
    """Weight by pseudonym, and notes on it; both empty where no weights are requested."""
    if definition.weights is None or "weight" not in definition.columns:
        return {}, []
    from tracker.evaluation.statistics.comparison import Method, design

    method = _method(Method, definition.weights)
    made = design(people_frame(context, subjects, others, definition.covariates, key), definition.covariates, method)
    weights = dict(made.frame.select("unit", "weight").iter_rows())
    return weights, [f"Weights: {line}" for line in made.words]


def _method(methods: Any, name: str) -> Any:
    try:
        return methods(name)
    except ValueError:
        raise BadEntry(f"weights is {name!r}; give one of {', '.join(methods)}") from None
