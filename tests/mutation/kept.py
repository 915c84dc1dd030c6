"""Outcomes kept in a file, so that a sample can be tried over several sessions: a row is added as each mutant ends.

An outcome holds as long as the mutated file is the same and, of one that was killed, the file of the test that killed
it; of one that survived, every test of its target. Otherwise the mutant is tried again.
"""

import json
from pathlib import Path
from typing import Any

from tests.mutation.mutants import ROOT, Mutant
from tests.mutation.reach import digest_of
from tests.mutation.targets import Target
from tests.mutation.trial import KILLED, NOT_YET, SURVIVED, Outcome

FOLDER = ROOT / "prove-out" / "mutants"


class Kept:
    def __init__(self, file: Path) -> None:
        self.file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        # A row cut short by a kill is not JSON, and is the last.
        rows = [json.loads(line) for line in lines if line.endswith("}")]
        self._rows = {tuple(row["mutant"]): row for row in rows}

    def find(self, mutant: Mutant, target: Target, *, whole: bool = True) -> Outcome | None:
        """What became of it; one that is alive so far is to be tried again where `whole` is asked."""
        row = self._rows.get(_key(mutant))
        if row is None or (whole and row["found"] == NOT_YET):
            return None
        if row["source"] != digest_of(mutant.path) or row["tests"] != _tests(row, target):
            return None
        return Outcome(mutant, row["found"], row["by"], row["took_s"])

    def add(self, outcome: Outcome, target: Target) -> None:
        row: dict[str, Any] = {
            "mutant": _key(outcome.mutant),
            "found": outcome.found,
            "by": outcome.by,
            "took_s": outcome.took_s,
            "source": digest_of(outcome.mutant.path),
        }
        row["tests"] = _tests(row, target)
        self._rows[_key(outcome.mutant)] = row
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def _key(mutant: Mutant) -> tuple[str, str, int]:
    """A digest of the file stands with it, so that place and operator say which mutant it is."""
    return mutant.path, mutant.operator, mutant.occurrence


def _tests(row: dict[str, Any], target: Target) -> str:
    if row["found"] in (SURVIVED, NOT_YET):
        return digest_of(*target.tests, *target.also)
    test = row["by"].rpartition(" ")[2].partition("::")[0]
    return digest_of(test) if row["found"] == KILLED and test.endswith(".py") else ""
