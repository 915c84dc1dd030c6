"""What was wrong with a parameter or a body, in a sentence for the person who sent it.

The framework says what it was doing when it gave up (`Expected str, got int`). What it should have been given is read
from the handler's own types instead, at the place that the fault names: so the sentence says the same of every fault
of a field, and always gives what would be right.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from litestar.handlers import BaseRouteHandler
from msgspec import inspect

BODY = "data"
"""What the framework calls a request's body."""
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>[^`]+)`")
_QUERY_MISSING = re.compile(r"Missing required (?:query|header|cookie) parameter '(?P<name>[^']+)'")
_STEP = re.compile(r"[^.\[\]]+|\[(?:\d+|\.\.\.)\]")
_EXAMPLE_PENCE = "a whole number of pence, for example 20000000"


class FieldFault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing wrong with a request: where, and what would be right."""

    field: str
    message: str
    source: str | None = None


def fault_of(handler: BaseRouteHandler, found: Any) -> FieldFault:
    """From one of a ValidationException's `extra`."""
    if isinstance(found, FieldFault):
        return found
    if not isinstance(found, dict):
        return FieldFault("request", str(found))
    source = found.get("source")
    source = None if source is None else str(getattr(source, "value", source))
    key, message = str(found.get("key", "request")), str(found.get("message", ""))
    if source == "body":
        return _body_fault(handler, "" if key == BODY else key, message)
    wanted_here = parameter(handler, key)
    if wanted_here is None or message.startswith("there is no query parameter") or message.endswith("; give it once"):
        return FieldFault(key, message, source)
    name, wanted = wanted_here
    return FieldFault(name, f"`{name}` must be {in_words(wanted, name)}", source)


def missing_fault(handler: BaseRouteHandler, detail: str) -> FieldFault | None:
    """Of a parameter that has to be given and was not, which the framework says in the exception's own words."""
    found = _QUERY_MISSING.match(detail)
    if found is None:
        return None
    name = found["name"]
    wanted = next((kind for alias, _, kind in parameters(handler) if alias == name), None)
    words = "" if wanted is None else f"; it must be {in_words(wanted, name)}"
    return FieldFault(name, f"`{name}` is missing{words}", "query")


def parameter(handler: BaseRouteHandler, key: str) -> tuple[str, inspect.Type] | None:
    """A parameter by the handler's own name of it: its name outside, and its type."""
    return next(((alias, kind) for alias, name, kind in parameters(handler) if name == key), None)


def parameters(handler: BaseRouteHandler) -> Iterator[tuple[str, str, inspect.Type]]:
    """Name outside, name inside and type of each parameter of the handler and of its dependencies."""
    models = [handler.signature_model, *(each.signature_model for each in handler.resolve_dependencies().values())]
    for model in models:
        for field in msgspec.structs.fields(model):
            try:
                kind = inspect.type_info(field.type)
            except (TypeError, ValueError):
                # A dependency's own type, which no request sends.
                continue
            yield _alias(kind) or field.name, field.name, kind


def body_type(handler: BaseRouteHandler) -> inspect.Type | None:
    """What the handler takes as the request's body."""
    return next((kind for _, name, kind in parameters(handler) if name == BODY), None)


def _alias(kind: inspect.Type) -> str | None:
    if isinstance(kind, inspect.Metadata):
        return (kind.extra or {}).get("name") or _alias(kind.type)
    if isinstance(kind, inspect.UnionType):
        return next((found for each in kind.types if (found := _alias(each))), None)
    return None


def _body_fault(handler: BaseRouteHandler, path: str, message: str) -> FieldFault:
    body = body_type(handler)
    wanted = None if body is None else _at(body, path)
    if message == f"'{BODY}'":
        return FieldFault("body", "send a JSON object as the request's body", "body")
    if found := _MISSING.match(message):
        name = found["name"]
        field = None if wanted is None else _field(wanted, name)
        words = "" if field is None else f"; it must be {in_words(field.type, name)}"
        return FieldFault(_join(path, name), f"`{name}` is missing{words}", "body")
    if found := _UNKNOWN.match(message):
        name, there_are = found["name"], _names(wanted)
        words = f"; there are {', '.join(there_are)}" if there_are else ""
        return FieldFault(_join(path, name), f"there is no field `{name}` here{words}", "body")
    if wanted is None:
        return FieldFault(path or "body", message, "body")
    if not path:
        return FieldFault("body", f"the body must be {in_words(wanted, '')}", "body")
    return FieldFault(path, f"`{path}` must be {in_words(wanted, path)}", "body")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _at(kind: inspect.Type, path: str) -> inspect.Type | None:
    """The type at a path such as `params.radiusM`, `items[0].on` or `fields[...]`; None where it leads nowhere."""
    found: inspect.Type | None = kind
    for step in _STEP.findall(path):
        found = type_within(found, step)
    return found


def type_within(kind: inspect.Type | None, step: str) -> inspect.Type | None:
    """The type of a field, of the values of an object of names, or of the items of a list."""
    kind = None if kind is None else plain_type(kind)
    match kind:
        case inspect.StructType():
            field = _field(kind, step)
            return None if field is None else field.type
        case inspect.DictType():
            return kind.value_type
        case inspect.ListType() | inspect.VarTupleType():
            return kind.item_type
    return None


def plain_type(kind: inspect.Type) -> inspect.Type:
    """Without metadata, and without null."""
    if isinstance(kind, inspect.Metadata):
        return plain_type(kind.type)
    if isinstance(kind, inspect.UnionType):
        others = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
        return plain_type(others[0]) if len(others) == 1 else kind
    return kind


def _field(kind: inspect.Type, name: str) -> inspect.Field | None:
    kind = plain_type(kind)
    fields = kind.fields if isinstance(kind, inspect.StructType) else ()
    return next((field for field in fields if field.encode_name == name), None)


def _names(kind: inspect.Type | None) -> list[str]:
    kind = None if kind is None else plain_type(kind)
    return [field.encode_name for field in kind.fields] if isinstance(kind, inspect.StructType) else []


def in_words(kind: inspect.Type, name: str = "") -> str:
    """What may be given, for example `a whole number from 1 to 1,000`; `name` may say its unit."""
    kind = plain_type(kind)
    match kind:
        case inspect.UnionType():
            return " or ".join(in_words(each, name) for each in kind.types if not isinstance(each, inspect.NoneType))
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            pence = name.lower().endswith("pence")
            return _EXAMPLE_PENCE if pence else f"a whole number{_range(kind)}"
        case inspect.FloatType():
            return f"a number{_range(kind)}"
        case inspect.StrType():
            return f"text{_length(kind, 'characters')}{_pattern(kind)}"
        case inspect.DateType():
            return "a date such as 2019-10-03"
        case inspect.DateTimeType():
            return "a time with its zone such as 2019-10-03T21:00:00Z"
        case inspect.LiteralType():
            return f"one of {', '.join(map(str, kind.values))}"
        case inspect.EnumType():
            return f"one of {', '.join(str(each.value) for each in kind.cls)}"
        case inspect.ListType() | inspect.VarTupleType():
            return f"a list{_length(kind, 'items')}, each {in_words(kind.item_type, name)}"
        case inspect.DictType():
            return f"an object of names, each with {in_words(kind.value_type, name)}"
        case inspect.StructType():
            return f"an object with the fields {', '.join(_names(kind))}"
    return "a value of another kind"


def _range(kind: inspect.IntType | inspect.FloatType) -> str:
    low, high = kind.ge, kind.le
    above = "" if kind.gt is None else f" over {kind.gt:,}"
    if low is not None and high is not None:
        return f" from {low:,} to {high:,}"
    if low is not None:
        return f" of at least {low:,}"
    if high is not None:
        return f"{above}{' and' if above else ' of'} at most {high:,}"
    return above


def _length(kind: Any, unit: str) -> str:
    low, high = kind.min_length, kind.max_length
    if low and high:
        return f" of {low:,} to {high:,} {unit}"
    if low:
        return f" of at least {low:,} {unit if low > 1 else unit.removesuffix('s')}"
    return f" of at most {high:,} {unit}" if high else ""


def _pattern(kind: inspect.StrType) -> str:
    return "" if kind.pattern is None else f" in the form {kind.pattern}"
