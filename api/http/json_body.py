"""What a JSON body has to be before any field of it is looked at: one reading for every sender, and none that the
record could not keep. Each fault is a sentence with the place in the body, never the value.

Also the span of dates that may be asked for or entered: at the ends of the calendar a change of zone, or a day more,
has no date to go to.
"""

import json
import math
import re
import string
from collections.abc import Iterator
from datetime import date
from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import ValidationException
from litestar.handlers import BaseRouteHandler
from litestar.types import Empty
from msgspec import inspect

from api.errors import WrongMediaType
from api.http.faults import FieldFault, body_type, parameters, plain_type, type_within

MOST_BYTES = 1 << 20
"""Of a body in JSON. Files have a limit of their own."""
MOST_DEPTH = 32
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_BRACKETS = re.compile(rb"[\[{\]}]")
_DAY = re.compile(r"(\d{4})-\d\d-\d\d(?:[T ].*)?", re.DOTALL)
_CONTROLS = frozenset(map(chr, (*range(0x20), *range(0x7F, 0xA0)))) - frozenset("\t\n\r")
"""Control characters, which a terminal obeys instead of showing them; without tab and line breaks."""
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BLANK = f"{string.whitespace}\u00a0\u00ad\u200b\u200c\u200d\u2060\u3164\ufeff"
"""Characters that show nothing."""
_SPAN = f"a date from {FIRST_DAY} to {LAST_DAY}"


class BadBody(ValueError):
    """The body is not JSON that can be taken; the message says why."""

    def __init__(self, why: str, field: str = "body") -> None:
        super().__init__(why)
        self.fault = FieldFault(field, why, "body")


class CheckedRequest(Request[Any, Any, State]):
    """A request whose JSON is checked as it is read. Rights have been asked by then."""

    async def json(self) -> Any:
        if self._json is Empty and self._connection_state.json is Empty:
            body = await self.body()
            if body:
                check_media_type(self, ("application/json",), "JSON")
            try:
                faults = list(faults_of_dates(body_type(self.route_handler), checked_json(body))) if body else []
            except BadBody as error:
                faults = [error.fault]
            if faults:
                raise ValidationException(extra=faults)
        return await super().json()


def check_media_type(request: Request[Any, Any, Any], taken: tuple[str, ...], what: str) -> None:
    """Raises WrongMediaType unless Content-Type is one of those taken: a form that a page of another site sends is no
    JSON, whatever it has in it."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in taken:
        said = f"is {given[:60]!r}" if given else "is missing"
        raise WrongMediaType(f"Content-Type {said}. Send {what} with Content-Type: {' or '.join(taken)}.")


def checked_json(body: bytes) -> Any:
    """The body's value. O(n).

    Raises
    ------
    BadBody
        It is not UTF-8, nested too deeply, not JSON; it has a name twice, a number that is not finite or has too many
        digits, or a character that cannot be stored.
    """
    if (depth := depth_of(body)) > MOST_DEPTH:
        raise BadBody(f"the body is nested {depth:,} deep; {MOST_DEPTH} is the most")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadBody(f"the body is not UTF-8: byte {error.start + 1} does not fit; send JSON in UTF-8") from None
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise BadBody(f"the body is not JSON: line {error.lineno}, column {error.colno}") from None
    except BadBody:
        raise
    except ValueError:
        # Python refuses to read a whole number of more than 4,300 digits.
        raise BadBody("a whole number in the body has too many digits") from None
    _storable(value, "")
    return value


def depth_of(body: bytes) -> int:
    """How deeply lists and objects are nested; brackets inside texts do not count."""
    depth = deepest = 0
    for found in _BRACKETS.finditer(_TEXT.sub(b"", body)):
        depth += 1 if found[0] in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def faults_of_dates(kind: inspect.Type | None, value: Any, path: str = "") -> Iterator[FieldFault]:
    """Dates and times of a body outside the span, by the types of its fields; in fields of any type, what has the form
    of a date."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from faults_of_dates(type_within(kind, name), each, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from faults_of_dates(type_within(kind, ""), each, f"{path}[{at}]")
    elif isinstance(value, str) and _is_outside(kind, value):
        yield FieldFault(path or "body", f"`{path or 'body'}` must be {_SPAN}", "body")


def check_values_of_query(request: Any, handler: BaseRouteHandler) -> None:
    """The application's guard for the values of query parameters: dates within the span, texts that can be read. Raises
    ValidationException."""
    if not request.query_params:
        return
    kinds = {alias: kind for alias, _, kind in parameters(handler)}
    faults = [
        FieldFault(name, f"`{name}` must be {_SPAN}", "query")
        for name, value in request.query_params.multi_items()
        if name in kinds and _is_outside(kinds[name], str(value))
    ]
    faults += [
        FieldFault(name, f"`{name}` {why}", "query")
        for name, value in request.query_params.multi_items()
        if (why := unfit(str(value))) is not None
    ]
    if faults:
        raise ValidationException(extra=faults)


def _is_outside(kind: inspect.Type | None, text: str) -> bool:
    found = _DAY.fullmatch(text.strip())
    if found is None or not _may_be_date(kind):
        return False
    return not FIRST_DAY.year <= int(found[1]) <= LAST_DAY.year


def _may_be_date(kind: inspect.Type | None) -> bool:
    kind = None if kind is None else plain_type(kind)
    if isinstance(kind, inspect.UnionType):
        return any(_may_be_date(each) for each in kind.types)
    # A day given roughly (2019-06-17 or 2019-06) is text of at most 20 characters.
    rough = isinstance(kind, inspect.StrType) and (kind.max_length or 1_000) <= 20
    return rough or kind is None or isinstance(kind, (inspect.DateType, inspect.DateTimeType, inspect.AnyType))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadBody(f"the name `{_shown(twice)}` is given twice in one object; give it once", _shown(twice))
    return found


def _no_number(name: str) -> Any:
    raise BadBody(f"{name} in the body is no number in JSON; leave the field out or send null")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise BadBody("a number in the body is too large to be read")
    return number


def _storable(value: Any, path: str) -> None:
    if isinstance(value, str):
        if (why := unfit(value)) is not None:
            raise BadBody(f"`{path or 'body'}` {why}", path or "body")
    elif isinstance(value, dict):
        for name, each in value.items():
            _storable(name, f"{path}.{_shown(name)}" if path else _shown(name))
            _storable(each, f"{path}.{_shown(name)}" if path else _shown(name))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            _storable(each, f"{path}[{at}]")


def unfit(text: str) -> str | None:
    """Why a text is not taken: it cannot be stored, does not read as it is, or has nothing in it that can be read."""
    for letter in text:
        if letter == "\0" or "\ud800" <= letter <= "\udfff":
            what = "a NUL character" if letter == "\0" else "half of a surrogate pair"
            return f"has {what}, which cannot be stored; remove it"
        if letter in _CONTROLS:
            return f"has the control character U+{ord(letter):04X}, which shows nothing; remove it"
        if letter in _TURNING:
            return "has a character that turns the direction of writing, so that it reads as what it is not; remove it"
    return "has nothing but blanks; write something, or leave it out" if text and not text.strip(_BLANK) else None


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name[:64])
