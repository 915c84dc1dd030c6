"""The pages of a programme, in the order of the navigation."""

from api.web.pages.delivery import (
    attention,
    boroughs,
    duties,
    entries,
    licence,
    licences,
    money,
    overview,
    papers,
    practitioners,
    programmes,
    rollout,
    settlements,
    tags,
    weekly_return,
)
from api.web.pages.delivery.entering import page as entering
from api.web.pages.delivery.entering import papers as paper_entries

PAGES = (
    *programmes.HANDLERS,
    *overview.HANDLERS,
    *rollout.HANDLERS,
    *boroughs.HANDLERS,
    *licences.HANDLERS,
    *licence.HANDLERS,
    *practitioners.HANDLERS,
    *tags.HANDLERS,
    *money.HANDLERS,
    *duties.HANDLERS,
    *entries.HANDLERS,
    *entering.HANDLERS,
    *papers.HANDLERS,
    *paper_entries.HANDLERS,
    *attention.HANDLERS,
    *settlements.HANDLERS,
    *weekly_return.HANDLERS,
)
