"""One correction or taking back while it is made, and the rules of a kind of entry that it goes by."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, cast

from tracker.corrections.kinds import Kind
from tracker.corrections.queries import Recorded
from tracker.record.entry import Entry
from tracker.record.fact import Fact


@dataclass
class Change:
    """`held`: the entry as it counts; `changes`: by column, none where it is taken back; `number`: of the entry that
    took its place; `notes`: for the officer, in words. `programme`: number and key."""

    entry: Entry
    kind: Kind
    programme: tuple[int, str] | None
    held: Recorded
    reason: str
    override: str | None
    today: date
    changes: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    number: int | None = None

    @property
    def programme_id(self) -> int:
        assert self.programme is not None
        return self.programme[0]

    @property
    def key(self) -> str:
        assert self.programme is not None
        return self.programme[1]

    @property
    def person_id(self) -> int | None:
        return self.held.person_id

    @property
    def table(self) -> type[Fact]:
        return cast("type[Fact]", self.kind.table)

    def now(self, column: str) -> Any:
        """The column as it will be."""
        return self.changes.get(column, self.held.values[column])

    def supersede(self) -> int:
        self.number = self.entry.correct(
            self.table, self.held.number, self.changes, because=self.because, about=self.person_id
        )
        return self.number

    def withdraw(self) -> None:
        self.entry.withdraw(self.table, self.held.number, reason=self.because, about=self.person_id)

    @property
    def because(self) -> str:
        """The reason, with that of an override."""
        return self.reason if self.override is None else f"{self.reason} (override: {self.override})"


Step = Callable[[Change], None]


class Rules(NamedTuple):
    """What a kind asks: `prepare` before a correction, `correct` and `take_back` where more than one row changes,
    `settle` after either, within the transaction."""

    prepare: Step | None = None
    correct: Callable[[Change], int] | None = None
    before_taking_back: Step | None = None
    take_back: Step | None = None
    settle: Step | None = None
