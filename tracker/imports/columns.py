"""Files with a header: which column, or which constant, stands for each of our names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, cast

from tracker.errors import BadMapping, UnreadableFile


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """Other people's headers: `columns` is ours to theirs; `constants` holds what the file does not say, such as
    {"force": "Metropolitan"}. A name in neither is looked for in the header as it is."""

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        both = sorted(set(self.columns) & set(self.constants))
        if both:
            raise BadMapping(f"{', '.join(both)} has both a column and a constant; give one")
        for name, value in (*self.columns.items(), *self.constants.items()):
            if not isinstance(value, str) or not value.strip():
                raise BadMapping(f"the mapping gives {value!r} for {name}; give a text")

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """From what a JSON or TOML file holds. Raises BadMapping at a setting that there is not."""
        known = set(cls.__dataclass_fields__)
        unknown = sorted(set(plain) - known)
        if unknown:
            raise BadMapping(f"a mapping has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
        return cls(**plain)

    @classmethod
    def of(cls, given: Self | Mapping[str, Any] | None) -> Self:
        """A mapping as it is, as JSON holds it, or none at all. Raises as `from_json`."""
        if given is None:
            return cls()
        return given if isinstance(given, cls) else cls.from_json(cast(Mapping[str, Any], given))

    def to_json(self) -> dict[str, Any]:
        """Plain values, for the record of an import and the digest of its options."""
        return {name: _plain(getattr(self, name)) for name in sorted(self.__dataclass_fields__)}


class Columns:
    """A mapping fitted to one file's header; `texts` takes one of its rows apart."""

    def __init__(self, header: Sequence[str], names: Sequence[str], mapping: ColumnMapping) -> None:
        unknown = sorted((set(mapping.columns) | set(mapping.constants)) - set(names))
        if unknown:
            raise BadMapping(f"there is no {', '.join(unknown)} to map to; our names are {', '.join(names)}")
        self.header = [title.strip() for title in header]
        self.width = len(self.header)
        self._at: dict[str, int] = {}
        self._constants = {name: value.strip() for name, value in mapping.constants.items()}
        for name in names:
            at = self._find(mapping.columns.get(name, name), needed=name in mapping.columns)
            if at is not None and name not in self._constants:
                self._at[name] = at

    def __contains__(self, name: str) -> bool:
        return name in self._at or name in self._constants

    def need(self, *names: str) -> None:
        """Raise BadMapping unless the file or the mapping has every one of `names`."""
        missing = [name for name in names if name not in self]
        if missing:
            raise BadMapping(
                f"the file has no column {', '.join(missing)}; its columns are {', '.join(self.header) or 'none'}. "
                "Say by a mapping which column or constant stands for it."
            )

    def texts(self, fields: Sequence[str]) -> dict[str, str]:
        """Our names to this row's texts, trimmed; constants where they stand in, nothing for absent columns."""
        return self._constants | {name: fields[at].strip() for name, at in self._at.items()}

    def _find(self, title: str, *, needed: bool) -> int | None:
        found = [i for i, held in enumerate(self.header) if held == title]
        found = found or [i for i, held in enumerate(self.header) if held.casefold() == title.casefold()]
        if len(found) > 1:
            raise BadMapping(f"the file has {len(found)} columns named {title}; rename one")
        if needed and not found:
            raise BadMapping(f"the file has no column {title}; its columns are {', '.join(self.header) or 'none'}")
        return found[0] if found else None


def header_of(fields: Sequence[str] | None, fault: str | None) -> Sequence[str]:
    """The header's titles. Raises UnreadableFile where the file has none."""
    if fields is None:
        raise UnreadableFile("the file is empty; its first line is to be the header")
    if fault is not None:
        raise UnreadableFile(f"the header cannot be read: {fault}")
    return fields


def _plain(value: Any) -> Any:
    return dict(sorted(value.items())) if isinstance(value, Mapping) else value
