"""A release's package as a Word file or PDF: given out as it first left, or printed and then kept."""

from datetime import date
from typing import NamedTuple

import msgspec

from api.schemas.matching.package import Package
from api.usecases.matching import releases
from api.usecases.request_context import RequestContext
from matcher.errors import Damaged
from tracker.access.roles import Right
from tracker.desk.document_service import PURPOSE, NewDocument, keep_document
from tracker.review.release_queries import KeptDocument, document_of
from tracker.review.release_queries import releases as releases_on_record
from tracker.review.states import DocumentForm

IN_WORDS = {DocumentForm.WORD: "Word", DocumentForm.PDF: "PDF"}


class ToPrint(NamedTuple):
    """What a document says; `recalled_on` None: the release stands."""

    release_id: int
    package: Package
    sha256: str
    recalled_on: date | None


def kept(context: RequestContext, release_id: int, form: DocumentForm) -> KeptDocument | None:
    """The document that left before; None: none has yet, since the release or since its recall. The audit has a row of
    each reading.

    Raises
    ------
    NotFound
        There is no such release, or its package is erased or past its retention period.
    Damaged
        It is not, to the byte, what left.
    """
    releases.check_package(context, release_id)
    context.record_reading(
        Right.READ_RELEASES,
        "match_release",
        [str(release_id)],
        purpose=PURPOSE,
        asked=f"the package as {IN_WORDS[form]}",
    )
    with context.reader.connect() as connection:
        (release,), _ = releases_on_record(connection, release_id=release_id)
        found = document_of(connection, release_id, form, recalled=release.recalled)
    if found is not None and not found.is_whole():
        raise Damaged(
            f"the package of release {release_id} as {IN_WORDS[form]} has changed since it left. "
            "Restore it from a backup"
        )
    return found


def shown(context: RequestContext, release_id: int) -> ToPrint:
    """The same, to be read on a page: nothing leaves, and nothing is kept. Raises as `kept`."""
    told = to_print(context, release_id)
    asked = "the package as a page"
    context.record_reading(Right.READ_RELEASES, "match_release", [str(release_id)], purpose=PURPOSE, asked=asked)
    return told


def to_print(context: RequestContext, release_id: int) -> ToPrint:
    """Raises as `kept`."""
    package = releases.check_package(context, release_id)
    with context.reader.connect() as connection:
        (release,), _ = releases_on_record(connection, release_id=release_id)
    recalls = [each.effective_on for each in release.updates if each.kind == "recalled"]
    content = msgspec.json.decode(package.text, type=Package)
    return ToPrint(release_id, content, package.sha256, recalls[0] if recalls else None)


def keep(context: RequestContext, told: ToPrint, form: DocumentForm, content: bytes) -> KeptDocument | None:
    """The document that counts from now on: this one, or one that was kept first. None: print it again, for the release
    was recalled meanwhile."""
    context.require(Right.READ_RELEASES)
    made = NewDocument(told.release_id, form, told.recalled_on is not None, told.sha256, content)
    return keep_document(context.engine, made, **context.entered)
