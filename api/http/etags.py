"""ETags: a person who has not seen another's change cannot overwrite it.

An answer about one thing that can be changed carries an ETag, a digest of what it shows. A change sends it back as
If-Match; it is compared inside the change's own transaction, which no other can overtake.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.openapi.spec import OpenAPIType, Operation, Parameter, Schema
from sqlalchemy import Connection

from api.errors import Changed, Precondition
from tracker.record.entry import checking


@dataclass
class NeedsIfMatch(Operation):
    """`operation_class` of a route that calls `if_unchanged`: its schema shows the header it requires.

    The header is no parameter of the handler, because the framework would answer 400 where it is missing, not 428.
    """

    def __post_init__(self) -> None:
        header = Parameter(
            name="If-Match",
            param_in="header",
            required=True,
            schema=Schema(type=OpenAPIType.STRING),
            description="The ETag of the answer that this change is based on. 412 if it has changed since.",
        )
        self.parameters = [*(self.parameters or ()), header]


def etag_of(value: Any) -> str:
    """The ETag of an answer's content. Strong: the same tag means the same content."""
    encoded = msgspec.json.encode(value, enc_hook=str, order="deterministic")
    return f'"{hashlib.sha256(encoded).hexdigest()[:32]}"'


def tagged(value: Any, status_code: int = 200) -> Response[Any]:
    """An answer that carries its ETag."""
    return Response(value, status_code=status_code, headers={"etag": etag_of(value)})


@contextmanager
def if_unchanged(request: Request[Any, Any, Any], shown: Callable[[Connection], Any]) -> Iterator[None]:
    """What the block enters is committed only if `shown`, read again in the same transaction, still has the ETag that
    If-Match gives.

    Raises
    ------
    Precondition
        There is no If-Match, or it is `*`, which matches any state and so protects nothing.
    Changed
        The thing has changed since the ETag was made.
    """
    given = [tag.strip() for tag in request.headers.get("if-match", "").split(",") if tag.strip()]
    if not given or given == ["*"]:
        raise Precondition("send If-Match with the ETag of what you read, so that nobody else's change is lost")

    def check(connection: Connection) -> None:
        if etag_of(shown(connection)) not in given:
            raise Changed("it has changed since you read it; read it again and decide by what it says now")

    with checking(check):
        yield
