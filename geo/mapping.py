"""Which column of a file, or which constant, stands for each of our names.

A *mapping* is what the user says: `ours=theirs` names a column, `ours==value` gives every row a value, and for a time
`ours=date+time` joins two columns. A name that it leaves out is looked for in the header under the names it is known
by; capitals, spaces, hyphens and underscores do not count there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, cast

from geo.csv_records import DELIMITERS
from geo.date_forms import DateForm, joined
from geo.errors import BadMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """`columns` is ours to theirs; `constants` holds what the file does not say, such as {"force": "Metropolitan"};
    columns for the names in `unread` are not looked for. `dates` is how the file writes dates; `delimiter` what stands
    between its values, empty where it is to be found out."""

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    dates: DateForm = DateForm.ISO
    delimiter: str = ""

    def __post_init__(self) -> None:
        DateForm.named(self.dates)
        if self.delimiter and self.delimiter not in DELIMITERS:
            raise BadMapping(f"The delimiter is {self.delimiter!r}. Give a comma, a semicolon, a tab or a bar.")
        both = sorted(set(self.columns) & set(self.constants))
        if both:
            raise BadMapping(f"{', '.join(both)} has both a column and a constant. Give one.")
        for name, value in (*self.columns.items(), *self.constants.items()):
            if not isinstance(value, str) or not value.strip():
                raise BadMapping(f"The mapping gives {value!r} for {name}. Give a text.")

    @classmethod
    def of_pairs(
        cls, pairs: Mapping[str, str | None] | None, *, dates: DateForm | str = DateForm.ISO, delimiter: str = ""
    ) -> Self:
        """Of ours to theirs, where theirs is a column, two joined by +, `=value`, or empty to leave a column unread."""
        given = {ours: theirs for ours, theirs in (pairs or {}).items() if theirs}
        return cls(
            columns={ours: theirs for ours, theirs in given.items() if not theirs.startswith("=")},
            constants={ours: theirs[1:] for ours, theirs in given.items() if theirs.startswith("=")},
            unread=tuple(ours for ours, theirs in (pairs or {}).items() if not theirs),
            dates=DateForm.named(dates),
            delimiter=delimiter,
        )

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """From what a JSON or TOML file holds. Raises BadMapping at an unknown setting."""
        known = set(cls.__dataclass_fields__)
        unknown = sorted(set(plain) - known)
        if unknown:
            raise BadMapping(f"A mapping has no {', '.join(unknown)}. It has {', '.join(sorted(known))}.")
        return cls(**plain)

    @classmethod
    def of(cls, given: Self | Mapping[str, Any] | None) -> Self:
        """A mapping as it is, as JSON holds it, or none at all. Raises as `from_json`."""
        if given is None:
            return cls()
        return given if isinstance(given, cls) else cls.from_json(cast(Mapping[str, Any], given))

    def to_json(self) -> dict[str, Any]:
        """Plain values, for the record of an import and the digest of its options."""
        plain = {name: _plain(getattr(self, name)) for name in sorted(self.__dataclass_fields__)}
        # Imports on record from before there were these keep their digest.
        for name, before in (("unread", ()), ("dates", DateForm.ISO), ("delimiter", "")):
            if plain[name] == before:
                del plain[name]
        return plain


class Columns:
    """A mapping fitted to one file's header.

    Parameters
    ----------
    header
        The file's titles; spaces round a title do not count.
    names
        Our names; or our names, and for each the titles it is known by, best first.
    times
        Those that may be joined out of a column of dates and one of times of day, and the words such columns have
        beside *date* and *time*: `("from", "start")` of `start_date` and `start_time`.

    Attributes
    ----------
    at : our names to positions in the header
    pairs : our names to the positions of a date and of its time of day
    constants : our names to the value of every row
    times : our names of times
    needed : names without which the file cannot be read
    passed_over : our names to further titles that stand for them too, and were not read
    an_hour_off : our names of times that state no offset, were read as UTC, and would be an hour earlier in London;
        a reader notes them

    Raises
    ------
    BadMapping
        Naming what is unknown, missing or there twice, and the columns there are.
    """

    def __init__(
        self,
        header: Sequence[str],
        names: Sequence[str] | Mapping[str, Sequence[str]],
        mapping: ColumnMapping,
        times: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        unknown = sorted({*mapping.columns, *mapping.constants, *mapping.unread} - set(names))
        if unknown:
            raise BadMapping(f"There is no {', '.join(unknown)} to map to. Our names are {', '.join(names)}.")
        self.header = [title.strip() for title in header]
        self.width = len(self.header)
        self.at: dict[str, int] = {}
        self.pairs: dict[str, tuple[int, int]] = {}
        self.times = tuple(times or ())
        self.needed: set[str] = set()
        self.passed_over: dict[str, list[str]] = {}
        self.an_hour_off: set[str] = set()
        self.constants = {name: value.strip() for name, value in mapping.constants.items()}
        known_by = names if isinstance(names, Mapping) else {name: (name,) for name in names}
        for name, titles in known_by.items():
            if name in self.constants or name in mapping.unread:
                continue
            stems = (times or {}).get(name)
            if name in mapping.columns:
                self._map(name, mapping.columns[name], stems is not None)
            else:
                self._find(name, titles, stems)
        self._pass_over(known_by, mapping)

    def __contains__(self, name: str) -> bool:
        return name in self.at or name in self.pairs or name in self.constants

    @property
    def theirs(self) -> dict[str, str]:
        """Our names to the file's titles; of two columns that are joined, `date+time`."""
        both = {name: f"{self.header[day]}+{self.header[clock]}" for name, (day, clock) in self.pairs.items()}
        return {name: self.header[at] for name, at in self.at.items()} | both

    @property
    def read_as(self) -> dict[str, str]:
        """Our names to the file's titles, or to `=value` for the value of every row."""
        return {**self.theirs, **{ours: f"={value}" for ours, value in self.constants.items()}}

    @property
    def unread(self) -> list[str]:
        """Titles of the columns that are not read."""
        read = {*self.at.values(), *(at for pair in self.pairs.values() for at in pair)}
        return [title for at, title in enumerate(self.header) if title and at not in read]

    def need(self, *names: str) -> None:
        """Raise BadMapping unless the file or the mapping has every one of `names`."""
        self.needed.update(names)
        missing = [name for name in names if name not in self]
        if missing:
            pairs = ", ".join(f"{name}=<column>" for name in missing)
            raise BadMapping(
                f"The file has no column {', '.join(missing)}. {self._there_are()} Map it: {pairs}; or give every row "
                f"a value: {missing[0]}==<value>."
            )

    def texts(self, fields: Sequence[str]) -> dict[str, str]:
        """Our names to this row's texts, trimmed; constants where they stand in, nothing for absent columns."""
        texts = self.constants | {name: fields[at].strip() for name, at in self.at.items()}
        for name, (day, clock) in self.pairs.items():
            texts[name] = joined(fields[day].strip(), fields[clock].strip())
        return texts

    def _map(self, name: str, title: str, is_time: bool) -> None:
        at = self._one(title, exactly=True)
        if at is not None:
            self.at[name] = at
            return
        parts = [self._one(part.strip(), exactly=True) for part in title.split("+")] if is_time else []
        if len(parts) == 2 and parts[0] is not None and parts[1] is not None:
            self.pairs[name] = (parts[0], parts[1])
            return
        raise BadMapping(f"The file has no column {title}, which {name} is mapped to. {self._there_are()}")

    def _find(self, name: str, titles: Sequence[str], stems: Sequence[str] | None) -> None:
        at = next((at for title in titles if (at := self._one(title)) is not None), None)
        for stem in stems or ():
            for day, clock in ((f"{stem}date", f"{stem}time"), (f"date{stem}", f"time{stem}")):
                pair = self._one(day), self._one(clock)
                # A column known on its own goes before two that are joined, unless it is one of them.
                if pair[0] is not None and pair[1] is not None and (at is None or at in pair):
                    self.pairs[name] = (pair[0], pair[1])
                    return
        if at is not None:
            self.at[name] = at

    def _pass_over(self, known_by: Mapping[str, Sequence[str]], mapping: ColumnMapping) -> None:
        unread = self.unread
        for name, titles in known_by.items():
            known = {_bare(title) for title in titles}
            others = [title for title in unread if _bare(title) in known]
            if others and name in self and name not in mapping.columns and name not in mapping.constants:
                self.passed_over[name] = others

    def _one(self, title: str, *, exactly: bool = False) -> int | None:
        """The one column of that title: as written, else whatever its capitals, else whatever its punctuation."""
        forms = (str, str.casefold) if exactly else (str, str.casefold, _bare)
        for form in forms:
            found = [at for at, held in enumerate(self.header) if form(held) == form(title)]
            if len(found) > 1:
                called = ", ".join(dict.fromkeys(self.header[at] for at in found))
                raise BadMapping(f"The file has {len(found)} columns named {called}. Rename all but one.")
            if found:
                return found[0]
        return None

    def _there_are(self) -> str:
        return f"Its columns are {', '.join(self.header)}." if self.header else "It has no columns."


def pairs_of(texts: Iterable[str]) -> dict[str, str]:
    """Texts such as `t=Date`, `force==Metropolitan` or `latitude=` as ours to theirs, for `ColumnMapping.of_pairs`.

    Raises BadMapping for a text that is no pair, or a name given twice.
    """
    pairs: dict[str, str] = {}
    for text in texts:
        ours, sign, theirs = text.partition("=")
        if not (sign and ours.strip() and (theirs.strip("= ") or not theirs.strip())):
            raise BadMapping(
                f"{text!r} is not a pair. Give our name, =, the file's column (crime_ref=Reference), or our name, ==, "
                "a value for every row (force==Metropolitan), or our name and = alone to leave a column unread."
            )
        if ours.strip() in pairs:
            raise BadMapping(f"{ours.strip()} is mapped twice. Give it once.")
        pairs[ours.strip()] = theirs.strip()
    return pairs


def _bare(title: str) -> str:
    return "".join(letter for letter in title.casefold() if letter.isalnum())


def _plain(value: Any) -> Any:
    return dict(sorted(value.items())) if isinstance(value, Mapping) else value
