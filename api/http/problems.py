"""Every error as a problem (RFC 9457), and the only place where HTTP status is decided.

`type` is stable and may be relied on; `title` and `detail` are for people. Neither holds a position or a name.
"""

from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec

from api.errors import Changed, Forbidden, KeyMisused, NotLoggedIn, NotReady, Precondition, TooLarge
from geo.errors import BadMapping, UnreadableFile
from matcher.errors import BadParams, CrimeNotFound, MatcherError, RunNotFound, StoreError, VerdictsNotComputed
from tracker.access.session_service import SessionEnded, TooManyFailures, WrongLogin
from tracker.errors import BadEntry, IllegalMove, NotFound, Refused, StoreNotReady

PROBLEM_TYPE = "urn:tagpilot:problem:"
CONTENT_TYPE = "application/problem+json"

_OURS: tuple[tuple[type[Exception], str, HTTPStatus, str], ...] = (
    (RunNotFound, "run-not-found", HTTPStatus.NOT_FOUND, "There is no such run, crime or candidate"),
    (CrimeNotFound, "crime-not-found", HTTPStatus.NOT_FOUND, "The crime was not matched in this run"),
    (VerdictsNotComputed, "verdicts-not-asked", HTTPStatus.NOT_FOUND, "The run was made without verdicts"),
    (BadParams, "bad-params", HTTPStatus.UNPROCESSABLE_ENTITY, "A setting is out of range"),
    (StoreError, "store-unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "The tag stream cannot be read now"),
    (MatcherError, "bad-input", HTTPStatus.UNPROCESSABLE_ENTITY, "The matcher refuses this"),
    (NotReady, "not-ready", HTTPStatus.SERVICE_UNAVAILABLE, "Not ready to serve"),
    (StoreNotReady, "not-ready", HTTPStatus.SERVICE_UNAVAILABLE, "Not ready to serve"),
    (NotLoggedIn, "not-logged-in", HTTPStatus.UNAUTHORIZED, "Log in first"),
    (SessionEnded, "not-logged-in", HTTPStatus.UNAUTHORIZED, "Log in first"),
    (WrongLogin, "wrong-login", HTTPStatus.UNAUTHORIZED, "The login failed"),
    (TooManyFailures, "too-many-failures", HTTPStatus.TOO_MANY_REQUESTS, "Too many logins failed"),
    (Forbidden, "forbidden", HTTPStatus.FORBIDDEN, "Your role may not do this"),
    (Precondition, "if-match-needed", HTTPStatus.PRECONDITION_REQUIRED, "Say which state you saw"),
    (Changed, "changed-meanwhile", HTTPStatus.PRECONDITION_FAILED, "It was changed meanwhile"),
    (KeyMisused, "idempotency-key", HTTPStatus.CONFLICT, "The Idempotency-Key cannot be used so"),
    (TooLarge, "too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is too large"),
    (BadEntry, "bad-entry", HTTPStatus.UNPROCESSABLE_ENTITY, "This cannot be entered"),
    (BadMapping, "bad-mapping", HTTPStatus.UNPROCESSABLE_ENTITY, "The file cannot be read with these options"),
    (UnreadableFile, "unreadable-file", HTTPStatus.UNPROCESSABLE_ENTITY, "The file cannot be read"),
    (NotFound, "not-on-record", HTTPStatus.NOT_FOUND, "It is not on record"),
    (Refused, "refused", HTTPStatus.CONFLICT, "A rule says no"),
    (IllegalMove, "illegal-move", HTTPStatus.CONFLICT, "It cannot go there from where it is"),
)
_HTTP = {
    400: ("bad-request", "The request cannot be understood"),
    404: ("not-found", "There is nothing at this address"),
    405: ("method-not-allowed", "This address does not take that method"),
    413: ("too-large", "The request is too large"),
    415: ("unsupported-media-type", "This form of data is not taken here"),
}


class FieldFault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing wrong with a request: where, and what would be right."""

    field: str
    message: str
    source: str | None = None


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457, with `errors` for the faults of single fields."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldFault] = []


def problem(code: str, status: int, title: str, detail: str, errors: list[FieldFault] | None = None) -> Problem:
    return Problem(f"{PROBLEM_TYPE}{code}", title, int(status), detail, errors or [])


def handle_ours(_request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """An error of this program, which says itself what was wrong."""
    for kind, code, status, title in _OURS:
        if isinstance(error, kind):
            response = _respond(problem(code, status, title, str(error)))
            if status == HTTPStatus.UNAUTHORIZED:
                response.headers["www-authenticate"] = 'Bearer realm="tagpilot"'
            if isinstance(error, TooManyFailures):
                response.headers["retry-after"] = str(error.seconds)
            return response
    raise TypeError(f"{type(error).__name__} has no problem of its own")


def handle_http(_request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """What the framework refused: no such address, a parameter out of range."""
    if isinstance(error, ValidationException):
        faults = [_fault(told) for told in error.extra] if isinstance(error.extra, list) else []
        said = "; ".join(f"{fault.field}: {fault.message}" for fault in faults)
        words = said or "the request does not fit what this address takes"
        return _respond(problem("invalid-request", 400, "The request has faults", words, faults))
    code, title = _HTTP.get(error.status_code, (f"http-{error.status_code}", HTTPStatus(error.status_code).phrase))
    response = _respond(problem(code, error.status_code, title, HTTPStatus(error.status_code).description or title))
    response.headers.update(error.headers or {})
    return response


def handle_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """An error of the program's own. Its message may quote what was being read, so only kind and place are told."""
    places, trace = [], error.__traceback__
    while trace is not None:
        places.append(f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}")
        trace = trace.tb_next
    request_id = request.scope["state"].get("request_id", "")
    structlog.get_logger("tagpilot").error(
        "unexpected_error", kind=type(error).__name__, at=places[-8:], request_id=request_id
    )
    said = f"an error of the program's own; the log has it under request {request_id}"
    return _respond(problem("unexpected", 500, "Something went wrong here", said))


EXCEPTION_HANDLERS: dict[int | type[Exception], Any] = {
    **{kind: handle_ours for kind, *_ in _OURS},
    HTTPException: handle_http,
    Exception: handle_unexpected,
}


def answers(*statuses: int) -> dict[int, ResponseSpec]:
    """For a handler's `responses`: the statuses beside 200 that its schema is to tell, each a problem."""
    return {
        status: ResponseSpec(
            Problem,
            description=HTTPStatus(status).phrase,
            media_type=CONTENT_TYPE,
            generate_examples=False,
        )
        for status in (*statuses, 500)
    }


def _fault(told: Any) -> FieldFault:
    if not isinstance(told, dict):
        return FieldFault("request", str(told))
    source = told.get("source")
    where = None if source is None else str(getattr(source, "value", source))
    return FieldFault(str(told.get("key", "request")), str(told.get("message", "")), where)


def _respond(said: Problem) -> Response[Problem]:
    return Response(said, status_code=said.status, media_type=CONTENT_TYPE)


READ_PROBLEMS = answers(400, 401, 403, 404)
"""For Controllers that read."""
ENTRY_PROBLEMS = answers(400, 401, 403, 404, 409, 422)
"""For Controllers that enter something on the record."""
