"""The evaluator's pages, in the order of the navigation."""

from api.web.pages.evaluation import cohorts, equality, evaluation, ledger, tables

PAGES = (*evaluation.HANDLERS, *tables.HANDLERS, *cohorts.HANDLERS, *equality.HANDLERS, *ledger.HANDLERS)
