"""Changes that say which state they were made from: two people cannot overwrite each other unseen.

An answer about one thing that can be changed carries an ETag, a digest of what it shows. A change sends it back as
If-Match; it is compared within the entry, once nobody else can enter anything.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from litestar import Request, Response
from sqlalchemy import Connection

from api.errors import Changed, Precondition
from tracker.record.entry import checking


def etag_of(value: Any) -> str:
    """Of an answer's content. Strong: the same tag is the same content."""
    encoded = msgspec.json.encode(value, enc_hook=str, order="deterministic")
    return f'"{hashlib.sha256(encoded).hexdigest()[:32]}"'


def tagged(value: Any, status_code: int = 200) -> Response[Any]:
    """An answer with its ETag."""
    return Response(value, status_code=status_code, headers={"etag": etag_of(value)})


@contextmanager
def if_unchanged(request: Request[Any, Any, Any], shown: Callable[[Connection], Any]) -> Iterator[None]:
    """Entries made within go through only if `shown`, asked again in the entry, is what If-Match was made from.

    Raises
    ------
    Precondition
        There is no If-Match. `*` is not taken: it would say nothing.
    Changed
        It is no more as it was.
    """
    given = [tag.strip() for tag in request.headers.get("if-match", "").split(",") if tag.strip()]
    if not given or given == ["*"]:
        raise Precondition("send If-Match with the ETag of what you saw, so that nobody else's change is lost")

    def check(connection: Connection) -> None:
        if etag_of(shown(connection)) not in given:
            raise Changed("it was changed since you read it; read it again, and decide by what it says now")

    with checking(check):
        yield
