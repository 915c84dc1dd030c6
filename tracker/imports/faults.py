"""Collects all faults of one row, not only the first."""

from collections.abc import Mapping
from typing import NamedTuple

from geo.csv_records import RecordFault
from geo.rejects import Reject, printable


class BatchFault(NamedTuple):
    """One rule a batch as a whole broke, and what its sender is to do."""

    rule: str
    value: str
    what_to_do: str


class Sign(NamedTuple):
    """`code` is stable; `words` say what was seen, `what_to_do` what to look at."""

    code: str
    words: str
    what_to_do: str


class RowFaults:
    """Faults of row `row`; `actions` says for each rule what its sender is to do. `spelt`: how fields that are empty
    are spelt in the file, where they are (NULL), so that a fault shows what stands there."""

    __slots__ = ("_actions", "found", "row", "spelt")

    def __init__(self, row: int, actions: Mapping[str, str]) -> None:
        self.row = row
        self.found: list[Reject] = []
        self.spelt: dict[str, str] = {}
        self._actions = actions

    def add(self, field: str, value: str, rule: str, why: str = "") -> None:
        """One more fault. `why` is what this value has wrong, where the rule does not say it all."""
        action = self._actions[rule]
        words = f"{why[:1].upper()}{why[1:]}. {action}" if why else action
        self.found.append(Reject(self.row, field, printable(value or self.spelt.get(field, "")), rule, words))

    def add_fault(self, field: str, value: str, fault: RecordFault) -> None:
        """A fault that any file may have, whatever it holds."""
        self.found.append(fault.reject(self.row, field, value))
