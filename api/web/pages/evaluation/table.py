"""The evaluator's pages, in the order of the navigation."""

from api.web.pages.evaluation import (
    cohorts,
    comparison_sets,
    equality,
    evaluation,
    ledger,
    plans,
    rollout_effect,
    tables,
)

PAGES = (
    *evaluation.HANDLERS,
    *plans.HANDLERS,
    *comparison_sets.HANDLERS,
    *rollout_effect.HANDLERS,
    *tables.HANDLERS,
    *cohorts.HANDLERS,
    *equality.HANDLERS,
    *ledger.HANDLERS,
)
