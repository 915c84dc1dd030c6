"""Bodies that fit a type nearly: every field somewhere between what is asked for and what no record could keep."""

from typing import Any

from hypothesis import strategies as st
from msgspec import inspect

ENDS_OF_TIME = ("0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31")
SHIFTED = tuple(f"{day}T{time}" for day in ENDS_OF_TIME for time in ("00:00:00+14:00", "23:59:59.999999-14:00"))
TEXTS = (
    "a",
    "",
    " ",
    "\0",
    "\ud800",
    "\udfff\ud800",
    "é",
    "x" * 5_000,
    "2019-10",
    "2019-02-31",
    *ENDS_OF_TIME,
    *SHIFTED,
)
NUMBERS = (0, 1, -1, 68, 2**31, 2**53, 2**63, -(2**63) - 1, 2**64, 10**40)
FLOATS = (0.0, -0.0, 0.5, 1e308, -1e308, 5e-324, 1e16)
DAYS = ("2019-10-03", "2020-02-29", *ENDS_OF_TIME)
TIMES = ("2019-10-03T21:00:00Z", "2019-10-27T01:30:00+01:00", *SHIFTED)
ANYTHING: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.sampled_from(TEXTS), st.sampled_from(NUMBERS), st.sampled_from(FLOATS),
    st.just([]), st.just({}), st.just([[]]), st.just({"a": {"b": [1]}}),
)  # fmt: skip

HOSTILE = {
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "deep behind a text": b'{"a":"[[[\\"", "b":' + b"[" * 3_000 + b"]" * 3_000 + b"}",
    "not UTF-8": b'{"reason":"\xff\xfe"}',
    "UTF-16": '{"reason":"a"}'.encode("utf-16"),
    "1e999": b'{"reason":1e999}',
    "minus 1e999": b'{"reason":-1e999}',
    "a number of 9,000 digits": b'{"reason":' + b"9" * 9_000 + b"}",
    "NaN": b'{"reason":NaN}',
    "lone surrogate": b'{"reason":"\\ud800"}',
    "lone surrogate in a name": b'{"\\udc00":"a"}',
    "NUL": b'{"reason":"a\\u0000b"}',
    "an escape sequence": b'{"reason":"a\\u001b[31mb"}',
    "a bell in a name": b'{"rea\\u0007son":"a"}',
    "a control character of ISO 8859": '{"reason":"a\x85b"}'.encode(),
    "DEL": b'{"reason":"a\\u007f"}',
    "a name twice": b'{"reason":"a","reason":"b"}',
    "a name twice, deep": b'{"params":{"radiusM":1,"radiusM":2}}',
    "cut short": b'{"reason":"a',
    "no JSON": b"reason=a",
}
"""Bodies that no address takes, whatever it is about."""


def bodies(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """Values for a type: mostly of the right form, each part sometimes at an end or of another kind."""
    return st.one_of(_fitting(kind), _fitting(kind), _fitting(kind), ANYTHING)


def _fitting(kind: inspect.Type) -> st.SearchStrategy[Any]:
    match kind:
        case inspect.Metadata():
            return _fitting(kind.type)
        case inspect.UnionType():
            return st.one_of(*map(_fitting, kind.types))
        case inspect.StructType():
            required = {field.encode_name: bodies(field.type) for field in kind.fields if field.required}
            optional = {field.encode_name: bodies(field.type) for field in kind.fields if not field.required}
            return st.fixed_dictionaries(required, optional=optional)
        case inspect.DictType():
            return st.dictionaries(st.sampled_from(("a", "amountPence", "on")), bodies(kind.value_type), max_size=2)
        case inspect.ListType() | inspect.VarTupleType():
            return st.lists(bodies(kind.item_type), max_size=3)
        case inspect.LiteralType():
            return st.sampled_from(kind.values)
        case inspect.EnumType():
            return st.sampled_from([each.value for each in kind.cls])
        case inspect.StrType():
            return st.sampled_from(TEXTS)
        case inspect.IntType():
            return st.sampled_from(NUMBERS)
        case inspect.FloatType():
            return st.sampled_from(FLOATS)
        case inspect.BoolType():
            return st.booleans()
        case inspect.DateType():
            return st.sampled_from(DAYS)
        case inspect.DateTimeType():
            return st.sampled_from(TIMES)
    return ANYTHING
