"""Fields of an entry in a form: their words, what each may be, what it is now; and by what was sent what changes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec import inspect

from api.http.faults import plain_type
from api.schemas.delivery.records import AnyRecord
from api.usecases.delivery.records import STRUCTS, record_of
from api.web.forms import Form, FormFaults
from tracker.corrections.kinds import Kind
from tracker.errors import BadEntry
from tracker.money import pence_of, pounds

_LONDON = ZoneInfo("Europe/London")
_LONG = 400
"""Characters over which a field has several lines."""
_PLACE = {"xMm": "easting", "yMm": "northing"}
_WORDS = {
    ("address", "line"): "Address",
    ("address", "on"): "Lives there from",
    ("score", "on"): "Day of the score",
    ("proportionate", "on"): "Day of the decision",
    "pence": "Pounds",
    "on": "Day",
    "at": "When",
    "words": "What for",
    ("note", "words"): "Note",
    "whyChanged": "Why it was changed",
    "whyMoved": "Why it was moved",
    "whyGivenUp": "Why the place was given up",
    "overReason": "Why a rule was overridden",
    "alertOf": "What the alert is of",
    "endsOn": "Licence ends",
    "plannedReleaseOn": "Planned release",
    "score": "Score in per cent",
    "horizonYears": "Years that the score looks ahead",
    "givenBy": "Given by",
    "fromAt": "From",
    "toAt": "To",
    "boroughFound": "Borough of the coordinates",
}


class EntryField(NamedTuple):
    """`widget`: day, when, choice, words or text; `value`: as the form has it; `may_be_empty`: and is nothing then."""

    name: str
    label: str
    widget: str
    choices: list[tuple[str, str]]
    value: str
    may_be_empty: bool
    hint: str = ""


def label_of(kind: Kind, name: str) -> str:
    """The words of a field, by its name in JSON."""
    found = _WORDS.get((kind.key, name)) or _WORDS.get(name)
    return found or "".join(f" {each.lower()}" if each.isupper() else each for each in name).capitalize()


def shown_values(kind: Kind, record: AnyRecord) -> list[tuple[str, str]]:
    """Every field of an entry that has a value: its words, and the value as a person reads it."""
    given = {field.encode_name: getattr(record, field.name) for field in msgspec.structs.fields(record)}
    return [
        (label_of(kind, name), _read(name, value))
        for name, value in given.items()
        if value is not msgspec.UNSET and value is not None
    ]


def fields_of_entry(kind: Kind, record: AnyRecord) -> list[EntryField]:
    """The fields that can be corrected, with what they are now."""
    by_name = {field.encode_name: field for field in msgspec.structs.fields(record)}
    names = [_outside(kind, column) for column in kind.fields]
    wanted = [name for name in dict.fromkeys(names) if name in by_name]
    typed = inspect.type_info(STRUCTS[kind.key])
    assert isinstance(typed, inspect.StructType)
    types = {field.encode_name: field.type for field in typed.fields}
    out = []
    for name in wanted:
        value, of = getattr(record, by_name[name].name), plain_type(types[name])
        optional = isinstance(types[name], inspect.UnionType)
        out.append(
            EntryField(
                name,
                label_of(kind, name),
                _widget(of),
                _choices(of, optional=optional),
                _written(name, value),
                optional,
            )
        )
    return out


def fields_of_body(
    body: type[msgspec.Struct], labels: Mapping[str, str], hints: Mapping[str, str], lines: Mapping[str, str]
) -> list[EntryField]:
    """The fields of what is sent to enter something, in the order of `labels`. `lines`: of fields that name a line of
    the budget, the field of its year, which is chosen with it."""
    typed = inspect.type_info(body)
    assert isinstance(typed, inspect.StructType)
    fields = {field.encode_name: field for field in typed.fields}
    out = []
    for name, label in labels.items():
        field = fields[name]
        of = plain_type(field.type)
        default = "" if field.default in (msgspec.NODEFAULT, None) else str(field.default)
        widget = "choice" if name in lines else _widget(of)
        choices = _choices(of, optional=not field.required and not default)
        if choices and field.required:
            choices = [("", "Choose one"), *choices]
        out.append(EntryField(name, label, widget, choices, default, not field.required, hints.get(name, "")))
    return out


def nullable(body: type[msgspec.Struct]) -> list[str]:
    """The fields of a body that are needed, and may be null."""
    typed = inspect.type_info(body)
    assert isinstance(typed, inspect.StructType)
    return [each.encode_name for each in typed.fields if each.required and isinstance(each.type, inspect.UnionType)]


def changes_of(form: Form, part: str, kind: Kind, fields: list[EntryField]) -> AnyRecord:
    """What differs from the entry as it is. Raises FormFaults, one sentence for each field that cannot be taken."""
    given, faults = dict[str, Any](), dict[str, str]()
    for field in fields:
        sent = form.all(part + field.name)
        text = sent[-1].strip() if sent else field.value
        if _same(field, text):
            continue
        try:
            given[field.name] = _value(field, text)
            record_of(kind, {field.name: given[field.name]})
        except BadEntry as wrong:
            said = str(wrong).removeprefix(f"{field.name}: ")
            faults[part + field.name] = f"{field.label}: {said}"
    if faults:
        raise FormFaults(faults)
    if not given:
        raise FormFaults({"": "Nothing is changed yet. Change what was entered wrongly."})
    return record_of(kind, given)


def _outside(kind: Kind, column: str) -> str:
    first, *others = kind.outside(column).split("_")
    name = first + "".join(word.capitalize() for word in others)
    return _PLACE.get(name, name)


def _widget(kind: inspect.Type) -> str:
    match kind:
        case inspect.BoolType() | inspect.LiteralType():
            return "choice"
        case inspect.DateType():
            return "day"
        case inspect.DateTimeType():
            return "when"
        case inspect.StrType(max_length=int() as most) if most > _LONG:
            return "words"
        case _:
            return "text"


def _choices(kind: inspect.Type, *, optional: bool) -> list[tuple[str, str]]:
    match kind:
        case inspect.BoolType():
            found = [("yes", "Yes"), ("no", "No")]
        case inspect.LiteralType(values=values):
            found = [(str(each), str(each)[:1].upper() + str(each)[1:]) for each in values]
        case _:
            return []
    return [("", "Not known, or none"), *found] if optional else found


def _written(name: str, value: Any) -> str:
    """A value as a field of a form has it."""
    if value is None or value is msgspec.UNSET:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        here = value.astimezone(_LONDON).replace(tzinfo=None)
        return here.isoformat(timespec="minutes" if here.second == 0 else "seconds")
    return pounds(value).replace("£", "") if name == "pence" else str(value)


def _read(name: str, value: Any) -> str:
    if name == "pence":
        return pounds(value)
    return f"{value.astimezone(_LONDON):%Y-%m-%d %H:%M %Z}" if isinstance(value, datetime) else _written(name, value)


def _same(field: EntryField, text: str) -> bool:
    if text == field.value:
        return True
    if field.widget != "when" or not text or not field.value:
        return False
    try:
        # A browser leaves out seconds that are none.
        return datetime.fromisoformat(text) == datetime.fromisoformat(field.value)
    except (ValueError, TypeError):
        return False


def _value(field: EntryField, text: str) -> Any:
    if not text:
        if field.may_be_empty:
            return None
        raise BadEntry("give a value; it cannot be empty.")
    if field.name == "pence":
        return pence_of(text)
    if field.widget == "when":
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise BadEntry(f"{text!r} is no time. Give one such as 2019-09-03T10:30.") from None
        return (at if at.tzinfo is not None else at.replace(tzinfo=_LONDON)).isoformat()
    return text


def entry_name(kind: Kind, of: str | None, record: Mapping[str, Any]) -> str:
    """What an entry is called on its page: its own reference, or whose it is."""
    own = record.get("reference") or record.get("borough") or record.get("phase") or record.get("duty")
    return " ".join(str(each) for each in (kind.noun, own or of) if each)
