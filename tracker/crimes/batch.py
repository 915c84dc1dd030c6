"""The rules of a whole batch: one force, one batch id, at least one good row."""

from tracker.counted import counted
from tracker.crimes.codes import BATCH_ACTIONS
from tracker.crimes.row import ReadCrime
from tracker.imports.faults import BatchFault

_NAMED = 5


class BatchRules:
    """Checks every row, good or bad: the ministry's system looks for a second force in good rows only, and so accepts a
    mixed file if the rows of the second force have faults."""

    def __init__(self, *, one_force: bool) -> None:
        self._one_force = one_force
        self._forces: dict[str, int] = {}
        self._batch_ids: dict[str, int] = {}
        self.rows = 0
        self.good = 0

    def observe(self, read: ReadCrime) -> None:
        self.rows += 1
        self.good += read.crime is not None
        for seen, value in ((self._forces, read.force), (self._batch_ids, read.batch_id)):
            # A few names are enough for the message; a million batch ids are not kept in memory.
            if value is not None and (value in seen or len(seen) <= _NAMED):
                seen.setdefault(value, read.row)

    def refusing(self) -> list[BatchFault]:
        """Faults for which the whole batch is refused."""
        if not self._one_force:
            return []
        if not self.rows:
            return [BatchFault("INVALID_ATTACHMENT", "no rows", BATCH_ACTIONS["INVALID_ATTACHMENT"])]
        return [
            BatchFault(rule, _named(seen), BATCH_ACTIONS[rule])
            for rule, seen in (("MULTIPLE_POLICE_FORCES", self._forces), ("MULTIPLE_BATCH_IDS", self._batch_ids))
            if len(seen) > 1
        ]

    def failed(self) -> list[BatchFault]:
        """The fault of a batch without a good row."""
        if self.rows and not self.good:
            return [BatchFault("ALL_RECORDS_FAILED", counted(self.rows, "row"), BATCH_ACTIONS["ALL_RECORDS_FAILED"])]
        return []


def _named(seen: dict[str, int]) -> str:
    shown = [f"{value} (row {row})" for value, row in list(seen.items())[:_NAMED]]
    return ", ".join(shown) + (" and more" if len(seen) > _NAMED else "")
