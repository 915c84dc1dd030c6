"""A programme's entries put together: the money approved, the lines, the contracts as amended, and the four ends."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tracker.errors import NotFound
from tracker.programme.figures import Allocated, Entry, Moved
from tracker.programme.sections import EndKind, FundingKind, Qualifier

Row = Mapping[str, Any]

ADDS = (FundingKind.APPROVED, FundingKind.CAPITAL, FundingKind.GRANT)
"""Kinds of funding that add money. Noted money was released elsewhere; money carried forward was approved before."""


TAGS = "tags"
"""The unit of a programme that puts tags on people."""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """One programme's entries by section, as at a day and as known at an instant. Rows have the fields of
    `sections.SECTIONS`, in the order they were entered."""

    key: str
    name: str
    sections: Mapping[str, Sequence[Row]]

    def of(self, section: str) -> list[Row]:
        return list(self.sections.get(section, ()))

    def read_otherwise(self) -> "Portfolio | None":
        """The same entries with each amount by its other reading; None if no paper states one. Sums of `self` and of
        this are shown side by side: what counts is `self`, as it was recommended."""
        if not self.other_readings():
            return None
        changed = {
            name: [
                {**row, "amount_pence": row["other_pence"]} if row.get("other_pence") is not None else row
                for row in rows
            ]
            for name, rows in self.sections.items()
        }
        return replace(self, sections=changed)

    def other_readings(self) -> list[tuple[str, str]]:
        """Each other reading of an amount of money: its words and its paragraph."""
        rows = [row for name in ("funding", "allocation") for row in self.of(name)]
        found = [
            (row["other_words"] or "stated otherwise", row["other_source"] or row["source"])
            for row in rows
            if row["other_pence"] is not None
        ]
        return list(dict.fromkeys(found))

    @property
    def approved(self) -> int:
        """Pence that all decisions together approve or accept."""
        return sum(row["amount_pence"] for row in self.of("funding") if row["kind"] in ADDS)

    @property
    def noted(self) -> int:
        """Pence released elsewhere and noted here."""
        return sum(row["amount_pence"] for row in self.of("funding") if row["kind"] is FundingKind.NOTED)

    @property
    def to_claim(self) -> int:
        """Pence of grants, which have to be claimed."""
        return sum(row["amount_pence"] for row in self.of("funding") if row["kind"] is FundingKind.GRANT)

    def allocations(self) -> Iterator[Entry]:
        """Money given to lines from what is approved, and money carried forward between lines."""
        for row in self.of("allocation"):
            if not row["noted"]:
                yield Allocated(row["line"], row["year"], row["amount_pence"])
        for row in self.of("funding"):
            to_line = row["to_line"] or row["from_line"]
            if row["kind"] is not FundingKind.CARRIED_FORWARD or to_line is None:
                continue
            if row["from_line"] is None:
                yield Allocated(to_line, row["year"], row["amount_pence"])
            else:
                yield Moved(row["from_line"], row["from_year"], to_line, row["year"], row["amount_pence"])

    def contract(self, key: str) -> "ContractState":
        """One contract with its amendments. Raises NotFound, naming the contracts on record."""
        let = next((row for row in self.of("contract") if row["key"] == key), None)
        if let is None:
            keys = ", ".join(row["key"] for row in self.of("contract"))
            known_contracts = f"Its contracts are {keys}." if keys else "It has no contracts yet."
            raise NotFound(f"{self.key} has no contract {key!r}. {known_contracts}")
        return self._state_of(let)

    def contracts(self) -> list["ContractState"]:
        return [self._state_of(row) for row in self.of("contract")]

    def _state_of(self, let: Row) -> "ContractState":
        ceiling, ends_on = let["ceiling_pence"], let["ends_on"]
        changes = sorted(
            (row for row in self.of("amendment") if row["contract"] == let["key"]),
            key=lambda row: (row["effective_on"], row["number"]),
        )
        for change in changes:
            if change["ceiling_pence"] is not None:
                ceiling = change["ceiling_pence"]
            elif change["ceiling_by_pence"] is not None and ceiling is not None:
                ceiling += change["ceiling_by_pence"]
            ends_on = change["ends_on"] or ends_on
        mine = [row for row in self.of("condition") if row["contract"] == let["key"]]
        conditions = {row["key"]: row for row in sorted(mine, key=lambda row: row["effective_on"])}
        return ContractState(let, ceiling, ends_on, tuple(changes), tuple(conditions.values()))

    def measures(self) -> list[Row]:
        """The measures of the programme's size, each unit by the latest decision that states it; a phase of a later
        decision with a greater running maximum is a later size in tags."""
        by_unit = {row["unit"]: row for row in sorted(self.of("measure"), key=lambda r: r["effective_on"])}
        stated = by_unit.get(TAGS)
        for phase in sorted(self.of("phase"), key=lambda row: row["effective_on"]):
            maximum = phase["running_maximum"]
            if maximum is None or (stated is not None and phase["decision"] == stated["decision"]):
                continue
            if stated is None or (
                phase["effective_on"] >= stated["effective_on"] and maximum > (stated["number"] or 0)
            ):
                cited = {name: phase[name] for name in ("decision", "effective_on", "source")}
                stated = by_unit[TAGS] = {"unit": TAGS, "number": maximum, "qualifier": Qualifier.UP_TO, **cited}
        return list(by_unit.values())

    def ends(self) -> dict[EndKind, Row]:
        """The four ends as far as stated, each by the latest decision that states it. If none states the contract's
        end, it is the latest end of the contracts."""
        out: dict[EndKind, Row] = {}
        for row in sorted(self.of("end"), key=lambda row: row["effective_on"]):
            out[row["kind"]] = row
        if EndKind.CONTRACT not in out:
            stated = [(contract.ends_on, contract.ends_by) for contract in self.contracts() if contract.ends_on]
            if stated:
                day, by = max(stated, key=lambda each: each[0])
                cited = {name: by[name] for name in ("decision", "effective_on", "source")}
                out[EndKind.CONTRACT] = {"kind": EndKind.CONTRACT, "day": day, "subject_to": None, **cited}
        return out


@dataclass(frozen=True, slots=True)
class ContractState:
    """A contract as amended. `ceiling` in pence; None: no decision states one."""

    let: Row
    ceiling: int | None
    ends_on: date | None
    amendments: tuple[Row, ...]
    conditions: tuple[Row, ...]

    @property
    def ends_by(self) -> Row:
        """The entry that states its end."""
        return next((row for row in reversed(self.amendments) if row["ends_on"]), self.let)
