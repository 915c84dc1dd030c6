"""A frozen plan says all of its settings, those included that nobody gave."""

from datetime import UTC, datetime

from api.schemas.evaluation.analysis_plans import AnalysisPlanOut, PlannedEffect
from api.views.evaluation.answers import plans_in_words


def plan(comparison_set: str | None) -> AnalysisPlanOut:
    settings = PlannedEffect(
        method="nearest",
        covariates=["age_band"],
        outcome="proven reoffending",
        ratio=3,
        caliper=0.25,
        contrast="as treated",
        estimand="tagged",
        grace_days=21,
        comparison_set=comparison_set,
    )
    return AnalysisPlanOut(
        name="main", plan=settings, sha256="ab" * 32, looks_before=2, frozen_at=datetime(2021, 6, 1, tzinfo=UTC),
        frozen_by="eva",
    )  # fmt: skip


def test_every_setting_of_a_plan_is_in_words() -> None:
    [_, said] = plans_in_words([plan("released in 2017/18")])
    assert said == (
        "main: as treated, on tagged; within 21 days of release where as treated; up to 3 partners within a caliper of "
        "0.25 where by nearest neighbours; against released in 2017/18."
    )
    assert plans_in_words([plan(None)])[1].endswith("against all comparison people on record.")
    assert plans_in_words([]) == ["No analysis plan was frozen."]
