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
