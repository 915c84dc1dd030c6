"""Fields of what papers say, in a form: made of the readers that files and JSON have, too."""

from datetime import date
from typing import Any

from api.schemas.delivery.entries import SECTIONS as ENTRIES
from api.schemas.wire import Wire
from api.web.forms import Form, FormFaults
from api.web.pages.delivery.entry_fields import EntryField
from tracker.money import pounds
from tracker.programme import fields
from tracker.programme.sections import SECTIONS, Field
from tracker.times import DayPrecision

PAPER_SECTIONS = {
    "decision": ("Decisions", "decision"),
    "recommendation": ("Recommendations", "recommendation"),
    "statement": ("Statements and figures", "statement"),
    "funding": ("Money approved, granted, noted", "sum of money"),
    "line": ("Lines of the budget", "line"),
    "allocation": ("Money given to lines", "allocation"),
    "contract": ("Contracts", "contract"),
    "amendment": ("Changes of contracts", "change of a contract"),
    "condition": ("Conditions of contracts", "condition"),
    "phase": ("Phases", "phase"),
    "place": ("Places", "place"),
    "end": ("Ends", "end"),
    "measure": ("Measures of size", "measure"),
    "legal_basis": ("Legal bases", "legal basis"),
    "duty": ("Duties", "duty"),
}
"""The sections that have a page: their words, and what one entry of them is called. Responsible persons are of no one
programme."""
_LABELS = {
    "source": "Paragraph",
    "effective_on": "Effective on",
    "effective_basis": "Why it is effective on that day",
    "cited_only": "Known by its reference alone",
    "other_pence": "Pounds by another reading",
    "other_words": "Why it can be read otherwise",
    "other_source": "Paragraph of the other reading",
    "amount_pence": "Pounds",
    "ceiling_pence": "Ceiling in pounds",
    "ceiling_by_pence": "Ceiling raised by, in pounds",
    "as_of": "As of",
    "key": "Key",
    "noted": "Out of money that was released elsewhere",
    "planned": "Planned for",
    "due": "Due",
    "begins": "Begins",
}
_LONG = ("words", "evidence", "subject_to", "launched_words", "done_words", "other_words", "title")
_HINTS: dict[fields.Read, str] = {
    fields.rough_day: "A day, 2019-06-17; a month, 2019-06; or a year.",
    fields.last_day: "A day, 2019-06-17; or a month, 2019-06, for its last day.",
    fields.financial_year: "For example 2019/20.",
    fields.list_of_text: "With commas between.",
}


def label_of(name: str) -> str:
    return _LABELS.get(name) or name.removesuffix("_pence").replace("_", " ").capitalize()


def fields_of_section(section: str, entry: Wire | None = None) -> list[EntryField]:
    """The fields of an entry of a section, with what they are now."""
    return [
        _field(name, field, "" if entry is None else _written(name, field, entry))
        for name, field in SECTIONS[section].fields.items()
        if field.read is not fields.named
    ]


def shown_of(section: str, entry: Wire) -> list[tuple[str, str]]:
    """What an entry states, in words; what it does not state is left out."""
    found = []
    for each in fields_of_section(section, entry):
        if each.value:
            found.append(
                (each.label, f"£{each.value}" if SECTIONS[section].fields[each.name].read_pounds else each.value)
            )
    return found


def where_of(section: str, entry: Wire) -> dict[str, Any]:
    """What picks this entry and no other: all that it states."""
    names = [name for name in ENTRIES[section].__struct_fields__ if name != "form"]
    return {name: getattr(entry, name) for name in names}


def all_told(form: Form, part: str, section: str) -> dict[str, str | int]:
    """Every field that was filled."""
    return {
        _given_as(each.name, section): text
        for each in fields_of_section(section)
        if (text := form.get(part + each.name))
    }


def changes_told(form: Form, part: str, section: str, entry: Wire) -> dict[str, str | int]:
    """The fields that differ from the entry as it is; one that was emptied is stated no more. Raises FormFaults."""
    found: dict[str, str | int] = {
        _given_as(each.name, section): text
        for each in fields_of_section(section, entry)
        if (text := form.get(part + each.name, each.value)) != each.value
    }
    if not found:
        raise FormFaults({"": "Nothing is changed yet. Change what was entered wrongly."})
    return found


def _given_as(name: str, section: str) -> str:
    """Sums are typed in pounds."""
    return name.removesuffix("pence") + "pounds" if SECTIONS[section].fields[name].read_pounds else name


def _field(name: str, field: Field, value: str) -> EntryField:
    choices: list[tuple[str, str]] = []
    widget = "words" if name in _LONG else "text"
    if isinstance(field.read, fields.OneOf):
        widget = "choice"
        choices = [(each.value, f"{each.value[:1].upper()}{each.value[1:]}") for each in field.read.choices]
    elif field.read is fields.yes_or_no:
        widget, choices = "choice", [("yes", "Yes"), ("no", "No")]
    elif field.read is fields.day:
        widget = "day"
    if choices:
        choices = [("", "Choose one" if field.required else "Not stated"), *choices]
    return EntryField(name, label_of(name), widget, choices, value, not field.required, _HINTS.get(field.read, ""))


def _written(name: str, field: Field, entry: Wire) -> str:
    if field.read is fields.rough_day:
        return _rough(getattr(entry, f"{name}_on"), getattr(entry, f"{name}_precision"))
    value = getattr(entry, name)
    if value is None:
        return ""
    if field.read_pounds is not None:
        return pounds(value).replace("£", "")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)


def _rough(day: date | None, precision: str | None) -> str:
    """As it is typed."""
    match precision:
        case _ if day is None:
            return ""
        case DayPrecision.YEAR:
            return f"{day:%Y}"
        case DayPrecision.MONTH:
            return f"{day:%Y-%m}"
        case DayPrecision.INFERRED_MONTH:
            return f"{day:%Y-%m} inferred"
        case _:
            return day.isoformat()
