"""Every error as a problem (RFC 9457), and the only place where HTTP status is decided.

`type` is stable and may be relied on; `title` and `detail` are for people. Neither holds a position or a name.
"""

from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.handlers import BaseRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from sqlalchemy.exc import SQLAlchemyError

from api.disk import disk_words, is_full
from api.errors import (
    BadToken,
    Changed,
    CutShort,
    Forbidden,
    KeyMisused,
    NoSpace,
    NotLoggedIn,
    NotReady,
    NotSentFromHere,
    OutOfBounds,
    PasswordDue,
    Precondition,
    SecondFactorNeeded,
    TooLarge,
    TooManyAtOnce,
    TooManyRequests,
    TooSlow,
    WrongMediaType,
)
from api.http.faults import FieldFault, fault_of, missing_fault
from geo.errors import BadMapping, UnreadableFile
from matcher.errors import BadParams, CrimeNotFound, Damaged, MatcherError, RunNotFound, StoreError, VerdictsNotComputed
from tracker.access.hashing import TooBusy
from tracker.access.refusals import Refusal
from tracker.access.second_factor_service import CodeNeeded
from tracker.access.session_service import SessionEnded, TooManyFailures, WrongLogin
from tracker.errors import BadEntry, IllegalMove, NotFound, NotNamed, Refused, StoreNotReady, TooMuchWaiting
from tracker.record.database_faults import DatabaseFault, meaning_of

PROBLEM_TYPE = "urn:tagpilot:problem:"
CONTENT_TYPE = "application/problem+json"

_OURS: tuple[tuple[type[Exception], str, HTTPStatus, str], ...] = (
    (RunNotFound, "run-not-found", HTTPStatus.NOT_FOUND, "No such run, crime or candidate"),
    (CrimeNotFound, "crime-not-found", HTTPStatus.NOT_FOUND, "This run did not match the crime"),
    (VerdictsNotComputed, "verdicts-not-asked", HTTPStatus.NOT_FOUND, "This run has no verdicts"),
    (BadParams, "bad-params", HTTPStatus.UNPROCESSABLE_ENTITY, "A setting is out of range"),
    (Damaged, "damaged", HTTPStatus.INTERNAL_SERVER_ERROR, "A stored file has changed since it was written"),
    (StoreError, "store-unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "The tag stream cannot be read"),
    (MatcherError, "bad-input", HTTPStatus.UNPROCESSABLE_ENTITY, "These cannot be matched"),
    (NotReady, "not-ready", HTTPStatus.SERVICE_UNAVAILABLE, "Not ready to serve"),
    (StoreNotReady, "not-ready", HTTPStatus.SERVICE_UNAVAILABLE, "Not ready to serve"),
    (NotLoggedIn, "not-logged-in", HTTPStatus.UNAUTHORIZED, "Log in first"),
    (SessionEnded, "not-logged-in", HTTPStatus.UNAUTHORIZED, "Log in first"),
    (WrongLogin, "wrong-login", HTTPStatus.UNAUTHORIZED, "Wrong name or password"),
    (CodeNeeded, "code-needed", HTTPStatus.UNAUTHORIZED, "Code of the second factor needed"),
    (PasswordDue, "new-password-needed", HTTPStatus.FORBIDDEN, "New password needed"),
    (SecondFactorNeeded, "second-factor-needed", HTTPStatus.FORBIDDEN, "Second factor needed"),
    (TooBusy, "too-busy", HTTPStatus.SERVICE_UNAVAILABLE, "Too many logins at once"),
    (TooManyFailures, "too-many-failures", HTTPStatus.TOO_MANY_REQUESTS, "Too many failed logins"),
    (TooManyRequests, "too-many-requests", HTTPStatus.TOO_MANY_REQUESTS, "Too many requests"),
    (Forbidden, "forbidden", HTTPStatus.FORBIDDEN, "Your role does not allow this"),
    (NotSentFromHere, "not-sent-from-here", HTTPStatus.FORBIDDEN, "This form was not sent from here"),
    (Precondition, "if-match-needed", HTTPStatus.PRECONDITION_REQUIRED, "If-Match header required"),
    (Changed, "changed-meanwhile", HTTPStatus.PRECONDITION_FAILED, "Changed since you read it"),
    (KeyMisused, "idempotency-key", HTTPStatus.CONFLICT, "Idempotency-Key cannot be used here"),
    (TooLarge, "too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is too large"),
    (WrongMediaType, "unsupported-media-type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Unsupported media type"),
    (NoSpace, "no-space", HTTPStatus.INSUFFICIENT_STORAGE, "Too little space on the disk"),
    (TooMuchWaiting, "quota-reached", HTTPStatus.TOO_MANY_REQUESTS, "Too much is waiting already"),
    (TooManyAtOnce, "too-many-at-once", HTTPStatus.TOO_MANY_REQUESTS, "Too many requests at once"),
    (CutShort, "bad-request", HTTPStatus.BAD_REQUEST, "Request not understood"),
    (TooSlow, "too-slow", HTTPStatus.REQUEST_TIMEOUT, "The request came too slowly"),
    (OutOfBounds, "invalid-request", HTTPStatus.BAD_REQUEST, "Invalid request"),
    (BadEntry, "bad-entry", HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid entry"),
    (BadMapping, "bad-mapping", HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid options for this file"),
    (UnreadableFile, "unreadable-file", HTTPStatus.UNPROCESSABLE_ENTITY, "The file cannot be read"),
    (NotFound, "not-on-record", HTTPStatus.NOT_FOUND, "Not on record"),
    (Refused, "refused", HTTPStatus.CONFLICT, "Refused by a programme rule"),
    (IllegalMove, "illegal-move", HTTPStatus.CONFLICT, "Invalid state change"),
)
_HTTP = {
    400: ("bad-request", "Request not understood"),
    404: ("not-found", "No such address"),
    405: ("method-not-allowed", "Method not allowed at this address"),
    413: ("too-large", "The request is too large"),
    415: ("unsupported-media-type", "Unsupported media type"),
}


REFUSED = "refused"
"""In a request's state: what was refused, for the audit (`api.http.refusals`)."""
LOGIN_NAME = "login_name"


class RefusedHere(NamedTuple):
    """What was refused, and the name that a login gave."""

    kind: Refusal
    what: str = ""
    name: str | None = None


_DATABASE = {
    DatabaseFault.AWAY: ("database-unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "The database cannot be reached"),
    DatabaseFault.BUSY: ("database-unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "The database is busy"),
    DatabaseFault.FULL: ("no-space", HTTPStatus.INSUFFICIENT_STORAGE, "The disk is full"),
    DatabaseFault.READ_ONLY: ("read-only", HTTPStatus.SERVICE_UNAVAILABLE, "Nothing can be written"),
    DatabaseFault.VALUE: ("invalid-request", HTTPStatus.BAD_REQUEST, "Invalid request"),
}


QUOTA_RETRY_S = 30


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457, with `errors` for the faults of single fields."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldFault] = []


def problem(code: str, status: int, title: str, detail: str, errors: list[FieldFault] | None = None) -> Problem:
    return Problem(f"{PROBLEM_TYPE}{code}", title, int(status), detail, errors or [])


def handle_ours(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """An error of this program, whose message says what was wrong."""
    for kind, code, status, title in _OURS:
        if isinstance(error, kind):
            settings = request.app.state.serving.settings
            response = _respond(problem(code, status, title, settings.without_home(str(error))))
            mark_refused(request, error)
            if status == HTTPStatus.UNAUTHORIZED:
                response.headers["www-authenticate"] = 'Bearer realm="tagpilot"'
            if isinstance(error, TooManyFailures | TooManyRequests | TooManyAtOnce | TooBusy):
                response.headers["retry-after"] = str(error.seconds)
            if isinstance(error, TooMuchWaiting):
                response.headers["retry-after"] = str(QUOTA_RETRY_S)
            return response
    raise TypeError(f"{type(error).__name__} has no problem of its own")


def mark_refused(request: Request[Any, Any, Any], error: Exception) -> None:
    """Of an error that is answered: what it refused goes on record before the answer leaves."""
    request.scope["state"][REFUSED] = _refusal(request, error)


def status_of(error: Exception) -> int:
    """With which status an error of this program is answered."""
    return next((int(status) for kind, _, status, _ in _OURS if isinstance(error, kind)), 500)


def _refusal(request: Request[Any, Any, Any], error: Exception) -> RefusedHere | None:
    if isinstance(error, Forbidden):
        return RefusedHere(Refusal.RIGHT, "no role may do this" if error.right is None else error.right.value)
    if isinstance(error, TooManyRequests):
        return RefusedHere(Refusal.RIGHT, f"send over {error.most:,} requests in a minute")
    if isinstance(error, NotNamed):
        return RefusedHere(Refusal.RIGHT, "read the restricted equality review, without being named for it")
    if isinstance(error, (WrongLogin, TooManyFailures)):
        return RefusedHere(Refusal.LOGIN, "", request.scope["state"].get(LOGIN_NAME))
    if isinstance(error, NotSentFromHere):
        return RefusedHere(Refusal.TOKEN, "a form that was not on a page of this server in this session")
    if isinstance(error, BadToken):
        return RefusedHere(Refusal.TOKEN, "an access token that is not of this server")
    if isinstance(error, SessionEnded):
        return RefusedHere(Refusal.TOKEN, "a refresh token that was used before, or whose session has ended")
    return None


def handle_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """What the framework refused: no such address, a parameter out of range."""
    if isinstance(error, ValidationException):
        return _respond(_invalid_request(request.route_handler, error))
    code, title = _HTTP.get(error.status_code, (f"http-{error.status_code}", HTTPStatus(error.status_code).phrase))
    response = _respond(problem(code, error.status_code, title, HTTPStatus(error.status_code).description or title))
    response.headers.update(error.headers or {})
    return response


def handle_database(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The database is away, busy, full or read-only, or cannot hold a value that was sent."""
    found = meaning_of(error)
    if found is None:
        return handle_unexpected(request, error)
    code, status, title = _DATABASE[found.fault]
    if status != HTTPStatus.BAD_REQUEST:
        _log_fault(request, error)
    response = _respond(problem(code, status, title, found.words))
    if found.retry_after_s is not None:
        response.headers["retry-after"] = str(found.retry_after_s)
    return response


def handle_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """An internal error. Its message may quote what was being read, so the log has only its kind and place."""
    request_id = _log_fault(request, error)
    if (words := disk_words(error)) is not None:
        full = is_full(error)
        code, status, title = _DATABASE[DatabaseFault.FULL if full else DatabaseFault.READ_ONLY]
        return _respond(problem(code, status, title, words))
    detail = f"an internal error; the log has it under request {request_id}"
    return _respond(problem("unexpected", 500, "Internal error", detail))


def _log_fault(request: Request[Any, Any, Any], error: Exception) -> str:
    """Kind and place; returns the request's id."""
    places, trace = [], error.__traceback__
    while trace is not None:
        places.append(f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}")
        trace = trace.tb_next
    request_id = str(request.scope["state"].get("request_id", ""))
    structlog.get_logger("tagpilot").error(
        "unexpected_error", kind=type(error).__name__, at=places[-8:], request_id=request_id
    )
    return request_id


EXCEPTION_HANDLERS: dict[int | type[Exception], Any] = {
    **{kind: handle_ours for kind, *_ in _OURS},
    HTTPException: handle_http,
    SQLAlchemyError: handle_database,
    OverflowError: handle_database,
    Exception: handle_unexpected,
}


def answers(*statuses: int) -> dict[int, ResponseSpec]:
    """For a handler's `responses`: the statuses, besides success, that its schema describes, each a problem."""
    return {
        status: ResponseSpec(
            Problem,
            description=HTTPStatus(status).phrase,
            media_type=CONTENT_TYPE,
            generate_examples=False,
        )
        for status in (*statuses, 500)
    }


def _invalid_request(handler: BaseRouteHandler, error: ValidationException) -> Problem:
    if isinstance(error.extra, list):
        faults = [fault_of(handler, each) for each in error.extra]
    else:
        missing = missing_fault(handler, error.detail)
        faults = [] if missing is None else [missing]
    words = "; ".join(fault.message for fault in faults) or "the request does not fit what this address takes"
    return problem("invalid-request", 400, "Invalid request", words, faults)


def _respond(found: Problem) -> Response[Problem]:
    return Response(found, status_code=found.status, media_type=CONTENT_TYPE)


READ_PROBLEMS = answers(400, 401, 403, 404, 422)
"""For Controllers that read."""
ENTRY_PROBLEMS = answers(400, 401, 403, 404, 409, 422)
"""For Controllers that enter something on the record."""
