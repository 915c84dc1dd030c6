"""Forms: what a browser sends, checked before a handler sees it.

Three fields are in every form of a page (`parts.html`, `sends`). `csrf` shows that the form was on a page of this
session: a page elsewhere cannot know it. It is masked afresh on each page, so that nothing secret stands twice alike in
compressed answers. `once` is the Idempotency-Key of what is sent, and `seen` the ETag of what it rests on: both go on
as the headers of these names, so forms are sent again, and overtaken, by the same rules as JSON.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any, TypeVar
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import msgspec
from litestar.types import ASGIApp, Receive, Send
from msgspec import inspect

from api.errors import CutShort, NotSentFromHere, TooLarge, WrongMediaType
from api.http.auth import PUBLIC
from api.http.dependencies import serving_of
from api.http.faults import in_words, plain_type
from api.http.idempotency import MOST_BODY, whole_body
from api.http.json_body import BadBody, checked_json, faults_of_dates
from api.usecases.actor import Actor
from api.usecases.home_keys import signing_key
from api.web.browser import is_from_here, is_page

Body = TypeVar("Body", bound=msgspec.Struct)

MOST_FIELDS = 1000
_MEDIA_TYPE = "application/x-www-form-urlencoded"
_FORM = "form"
FILE_FORM = "file_form"
"""Of a handler whose form has a file: it reads the form itself, as it arrives, and asks `check_secret` first of all."""
_LONDON = ZoneInfo("Europe/London")
_NOT_KEPT = {"csrf", "once", "username", "password", "newPassword", "present", "presentCode", "code"}
"""Fields of the form itself, and secrets, which stand in no page again."""


class FormFaults(Exception):
    """Fields of a form that cannot be taken: by name, in words."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = faults


class Form:
    """What was sent, as text; a field may be there several times."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self._fields = fields

    def get(self, name: str, default: str = "") -> str:
        """The last value of a field, without blanks around it."""
        values = self._fields.get(name)
        return values[-1].strip() if values else default

    def all(self, name: str) -> list[str]:
        return self._fields.get(name, [])

    def items(self) -> list[tuple[str, str]]:
        """What was typed and chosen, to be kept where it cannot be taken yet; no password and no code."""
        return [(name, each) for name, values in self._fields.items() if name not in _NOT_KEPT for each in values]

    def read(self, body: type[Body], labels: Mapping[str, str], **more: Any) -> Body:
        """The body that JSON would have, from the fields of the same names. `labels`: the words beside each field;
        `more`: what stands in no field.

        Raises
        ------
        FormFaults
            One sentence for each field that cannot be taken, all at once.
        """
        kind = inspect.type_info(body)
        assert isinstance(kind, inspect.StructType)
        given, faults = dict(more), dict[str, str]()
        for field in kind.fields:
            name = field.encode_name
            if name in given:
                continue
            label = labels.get(name, name)
            value = self._value(field)
            if value is None:
                if field.required:
                    faults[name] = f"{label} is missing. Give {in_words(field.type, name)}."
                continue
            try:
                checked_json(msgspec.json.encode({name: value}))
                dated = list(faults_of_dates(kind, {name: value}))
                if dated:
                    faults[name] = dated[0].message.replace(f"`{name}`", label)
                given[name] = msgspec.convert(value, _annotation(body, field), strict=False)
                if not is_finite(given[name]):
                    faults[name] = f"{label} must be {in_words(field.type, name)}."
            except BadBody as error:
                faults[name] = str(error).replace(f"`{name}`", label)
            except msgspec.ValidationError:
                faults[name] = f"{label} must be {in_words(field.type, name)}."
        if faults:
            raise FormFaults(faults)
        return msgspec.convert(msgspec.to_builtins(given), body, strict=False)

    def _value(self, field: inspect.Field) -> Any:
        """As JSON has it; None where nothing was given."""
        name, kind = field.encode_name, plain_type(field.type)
        if isinstance(kind, inspect.ListType | inspect.VarTupleType):
            return [each.strip() for each in self.all(name) if each.strip()] or (None if field.required else [])
        text = self.get(name)
        if isinstance(kind, inspect.BoolType):
            return text not in ("", "false", "no") if name in self._fields or field.required else None
        if isinstance(kind, inspect.DateTimeType) and text:
            return _with_zone(text)
        return text or None


def is_finite(value: Any) -> bool:
    """False of a float that is no number, or not finite. JSON has none; a text that is read as a float may be one."""
    return not isinstance(value, float) or isfinite(value)


def read_part(form: Form, part: str, body: type[Body], labels: Mapping[str, str], **more: Any) -> Body:
    """The body from one form of a page that has several: the names of its fields begin with `part`.

    Raises FormFaults, by the names that the fields have on the page.
    """
    mine = {name.removeprefix(part): form.all(name) for name, _ in form.items() if name.startswith(part)}
    try:
        return Form(mine).read(body, labels, **more)
    except FormFaults as wrong:
        raise FormFaults({part + name: words for name, words in wrong.faults.items()}) from wrong


def csrf_token(key: bytes, session_id: str) -> str:
    """For one page: the mask, and the secret under it."""
    mask = secrets.token_bytes(32)
    return base64.urlsafe_b64encode(mask + _xor(mask, _secret(key, session_id))).decode()


def is_csrf_token(key: bytes, session_id: str, token: str) -> bool:
    try:
        held = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except ValueError:
        return False
    return len(held) == 64 and hmac.compare_digest(_xor(held[:32], held[32:]), _secret(key, session_id))


def forms_read(app: ASGIApp) -> ASGIApp:
    """The middleware before authentication: a form that another site's page sends is refused, and any other is read,
    so that what was typed into it is not lost where the session has ended meanwhile."""

    async def handle(scope: Any, receive: Receive, send: Send) -> None:
        if not _is_sent(scope):
            if scope["type"] == "http" and is_page(scope["path"]):
                # A filter that was left empty is none.
                parts = scope.get("query_string", b"").split(b"&")
                scope["query_string"] = b"&".join(part for part in parts if not _is_empty(part))
            await app(scope, receive, send)
            return
        if not is_from_here(scope):
            raise NotSentFromHere
        if scope["route_handler"].opt.get(FILE_FORM):
            await app(scope, receive, send)
            return
        _check_media_type(scope)
        body, again = await whole_body(receive, TooLarge(f"The form is over {MOST_BODY >> 20} MB. Send less at once."))
        form = scope["state"][_FORM] = _form(body)
        # Before anyone has read the headers: the framework reads them once.
        for field, header in (("once", b"idempotency-key"), ("seen", b"if-match")):
            kept = [(name, value) for name, value in scope["headers"] if name != header]
            given = form.get(field).encode("latin-1", "replace")
            scope["headers"] = [*kept, (header, given)] if given else kept
        await app(scope, again, send)

    return handle


def forms_checked(app: ASGIApp) -> ASGIApp:
    """The middleware between authentication and idempotency: nothing that changes is asked of a page but by a form
    that this server gave to this session."""

    async def handle(scope: Any, receive: Receive, send: Send) -> None:
        if not _is_sent(scope) or scope["route_handler"].opt.get(FILE_FORM):
            await app(scope, receive, send)
            return
        form = form_of(scope)
        if not scope["route_handler"].opt.get(PUBLIC):
            check_secret(scope, form.get("csrf"))
        await app(scope, receive, send)

    return handle


def check_secret(scope: Any, token: str) -> None:
    """Raises NotSentFromHere unless the form was on a page of this session."""
    actor, key = scope.get("user"), signing_key(serving_of(scope).settings.home)
    if not isinstance(actor, Actor) or not is_csrf_token(key, actor.session_id, token):
        raise NotSentFromHere


def _is_empty(part: bytes) -> bool:
    _, equals, value = part.partition(b"=")
    return bool(equals) and not value


def _is_sent(scope: Any) -> bool:
    return scope["type"] == "http" and is_page(scope["path"]) and scope["method"] not in ("GET", "HEAD")


def form_of(scope: Any) -> Form:
    """The form of a request; empty of one that has none."""
    found = scope["state"].get(_FORM)
    return found if isinstance(found, Form) else Form({})


def _form(body: bytes) -> Form:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise CutShort("The form cannot be read: it is not UTF-8, or has too many fields.") from error
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        # Browsers end lines as mail does.
        fields.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return Form(fields)


def _check_media_type(scope: Any) -> None:
    given = next((value for name, value in scope["headers"] if name == b"content-type"), b"").decode("latin-1")
    if given.partition(";")[0].strip().lower() != _MEDIA_TYPE:
        raise WrongMediaType(f"Content-Type is {given[:60]!r}. Send a form as {_MEDIA_TYPE}.")


def _with_zone(text: str) -> str:
    """A browser's field of a time has no zone: it is London's clock."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (at if at.tzinfo is not None else at.replace(tzinfo=_LONDON)).isoformat()


def _annotation(body: type[msgspec.Struct], field: inspect.Field) -> Any:
    return next(each.type for each in msgspec.structs.fields(body) if each.encode_name == field.encode_name)


def _secret(key: bytes, session_id: str) -> bytes:
    return hmac.digest(key, b"csrf\n" + session_id.encode(), hashlib.sha256)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
