"""A release's package as documents: each is kept as it first left, with its digest, and given out again to the byte.

A release that is recalled has other documents from then on, which say so.
"""

from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Engine, insert, select

from tracker.errors import NotFound
from tracker.record.audit.chain import Action
from tracker.record.entry import entering
from tracker.review.release_queries import KeptDocument, document_of, releases, seal
from tracker.review.states import DocumentForm
from tracker.review.tables import Match, Release, ReleaseDocument

PURPOSE = "release of matches"


class NewDocument(NamedTuple):
    """`package`: the digest of the package that it was printed from."""

    release_id: int
    form: DocumentForm
    recalled: bool
    package: str
    content: bytes


def keep_document(engine: Engine, made: NewDocument, *, by: str, now: datetime) -> KeptDocument | None:
    """Keep it, unless another was kept first, which is answered then. None: the release was recalled meanwhile, so it
    is to be printed again.

    Raises
    ------
    NotFound
        The package was erased meanwhile, or its retention period is over.
    """
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        row = entry.connection.execute(
            select(Release.package.is_not(None), Release.sha256, Match.person_id)
            .join(Match, Match.id == Release.match_id)
            .where(Release.id == made.release_id)
        ).one_or_none()
        if row is None or not row[0] or row[1] != made.package:
            raise NotFound(f"the package of release {made.release_id} is no longer kept")
        (release,), _ = releases(entry.connection, release_id=made.release_id)
        if release.recalled != made.recalled:
            return None
        first = document_of(entry.connection, made.release_id, made.form, recalled=made.recalled)
        if first is not None:
            return first
        digest = sha256(made.content).hexdigest()
        values: dict[str, Any] = {
            "release_id": made.release_id,
            "form": made.form,
            "recalled": made.recalled,
            "content": made.content,
            "sha256": digest,
            "recorded_at": entry.at,
            "recorded_by": by,
        }
        sealed = values["seal"] = seal(values, made.package)
        # Not by `add`: the audit has the digest, not the content.
        new = insert(ReleaseDocument).returning(ReleaseDocument.id)
        number = entry.connection.execute(new, values).scalar_one()
        about: dict[str, Any] = {"release": made.release_id, "form": made.form.value, "recalled": made.recalled}
        entry.note(Action.COLLECT, ReleaseDocument.__tablename__, number, person_id=row[2], sha256=digest, **about)
        return KeptDocument(made.content, digest, sealed, sealed)
