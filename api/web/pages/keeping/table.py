"""The pages of the data protection officer, in the order of the navigation."""

from api.web.pages.keeping import audit, erasures, linkage, requests, retention, review_readers

PAGES = (
    *retention.HANDLERS,
    *review_readers.HANDLERS,
    *requests.HANDLERS,
    *erasures.HANDLERS,
    *linkage.HANDLERS,
    *audit.HANDLERS,
)
