"""The pages of a programme, in the order of the navigation."""

from api.web.pages.delivery import (
    attention,
    duties,
    entries,
    licence,
    licences,
    money,
    overview,
    papers,
    programmes,
    rollout,
    tags,
)

PAGES = (
    *programmes.HANDLERS,
    *overview.HANDLERS,
    *rollout.HANDLERS,
    *licences.HANDLERS,
    *licence.HANDLERS,
    *tags.HANDLERS,
    *money.HANDLERS,
    *duties.HANDLERS,
    *entries.HANDLERS,
    *papers.HANDLERS,
    *attention.HANDLERS,
)
