"""The pages of the data protection officer, in the order of the navigation."""

from api.web.pages.keeping import audit, erasures, linkage, requests, retention

PAGES = (*retention.HANDLERS, *requests.HANDLERS, *erasures.HANDLERS, *linkage.HANDLERS, *audit.HANDLERS)
