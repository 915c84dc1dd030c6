"""The evaluator's pages, in the order of the navigation."""

from api.web.pages.evaluation import evaluation, ledger, tables

PAGES = (*evaluation.HANDLERS, *tables.HANDLERS, *ledger.HANDLERS)
