"""What the kept results say of each criterion: met, failed, not run; or reported, where no bound was set."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.proofs.bounds import Passes, Reported
from tests.proofs.criteria import CRITERIA, Criterion
from tests.proofs.measured import Measured, outside, problems
from tests.proofs.recorder import FAILED, NOT_RUN, SKIPPED, UNFINISHED, kept_in
from tests.proofs.requirements import keys_of
from tests.proofs.state_of_source import same

MET, NOT_MET, MISSING, SHOWN = "met", "failed", "not run", "reported"


@dataclass(frozen=True)
class Kept:
    """One proof's file."""

    proof: str
    run: str
    state: str
    why: str
    seconds: float
    criteria: list[str]
    material: list[dict[str, Any]]
    measured: list[dict[str, Any]]
    figures: dict[str, str]
    said: str = ""

    @property
    def name(self) -> str:
        return self.proof.partition("::")[2]

    @property
    def file(self) -> str:
        return self.proof.partition("::")[0]


@dataclass(frozen=True)
class Outcome:
    criterion: Criterion
    verdict: str
    why: str
    rows: list[Measured]
    proofs: list[Kept]

    @property
    def worst(self) -> Measured | None:
        """The case with the least room; of figures without a bound there is none."""
        if not self.rows or isinstance(self.criterion.bound, Reported):
            return None
        return min(self.rows, key=lambda row: row.room(self.criterion))

    @property
    def outside(self) -> list[Measured]:
        return outside(self.criterion, self.rows)


@dataclass(frozen=True)
class Results:
    """All that was kept, and the runs it was found in, the latest last."""

    proofs: list[Kept]
    runs: list[dict[str, Any]]
    outcomes: list[Outcome]
    needs: list[str]

    @property
    def faults(self) -> list[str]:
        """Why this is no whole validation of one state of the source, other than by its criteria."""
        out = []
        if not self.runs:
            return ["nothing was run"]
        if not self.is_of_one_state:
            out.append("the results are of several states of the source")
        exit_code = self.runs[-1]["exit"]
        if exit_code is None:
            out.append("the run did not end")
        elif exit_code not in (0, 1):
            out.append(f"the run was interrupted or nothing could be collected (pytest's exit code {exit_code})")
        return out

    @property
    def is_of_one_state(self) -> bool:
        return all(same(run, self.runs[0]) for run in self.runs[1:])

    @property
    def complete(self) -> bool:
        return not self.faults and all(one.verdict in (MET, SHOWN) for one in self.outcomes)

    @property
    def digest(self) -> str:
        """Of every figure that the same source and seeds give again, whenever it was measured."""
        plain = sorted(
            json.dumps(row, sort_keys=True)
            for proof in self.proofs
            for row in [*proof.measured, proof.figures]
            if "criterion" not in row or CRITERIA[row["criterion"]].repeatable
        )
        return sha256(json.dumps(plain).encode()).hexdigest()


def read(folder: Path, part: str | None = None) -> Results:
    """The results of one part of the program, or of all."""
    needs = keys_of(part)
    asked = [criterion for criterion in CRITERIA.values() if criterion.requirement in needs]
    proofs = [Kept(**kept) for _, kept in kept_in(folder)]
    proofs = [proof for proof in proofs if any(criterion.key in proof.criteria for criterion in asked)]
    proofs.sort(key=lambda one: one.proof)
    names = {path.stem.removeprefix("run-"): path for path in folder.glob("run-*.json")}
    named = {name: {**json.loads(path.read_text()), "run": name} for name, path in names.items()}
    # The latest counts even if nothing is left of it: it may have been stopped before it began.
    latest = max(named, key=lambda run: str(named[run]["at"]), default=None)
    used = {proof.run for proof in proofs if proof.state != NOT_RUN} | ({latest} if latest else set())
    runs = sorted((named[run] for run in used if run in named), key=lambda run: str(run["at"]))
    return Results(proofs, runs, [outcome(criterion, proofs) for criterion in asked], needs)


def outcome(criterion: Criterion, proofs: Sequence[Kept]) -> Outcome:
    mine = [proof for proof in proofs if criterion.key in proof.criteria]
    rows = [Measured(**row) for proof in mine for row in proof.measured]
    rows = [row for row in rows if row.criterion == criterion.key]
    verdict, why = _verdict(criterion, mine, rows)
    return Outcome(criterion, verdict, why, rows, mine)


def _verdict(criterion: Criterion, mine: Sequence[Kept], rows: Sequence[Measured]) -> tuple[str, str]:
    if not mine:
        return MISSING, "no proof of it was run"
    wrong = problems(criterion, rows) if rows else []
    if wrong:
        return NOT_MET, f"{len(outside(criterion, rows))} of {len(rows)} cases outside"
    if broken := [proof for proof in mine if proof.state == FAILED]:
        return NOT_MET, f"{_of(broken, mine)} failed: {broken[0].why}"
    for state in (UNFINISHED, NOT_RUN, SKIPPED):
        if left := [proof for proof in mine if proof.state == state]:
            return MISSING, f"{_of(left, mine)} {'did not finish' if state == UNFINISHED else state}"
    if any(row.bound != str(criterion.bound) for row in rows):
        return NOT_MET, f"measured against another bound: {rows[0].bound}"
    if isinstance(criterion.bound, Passes):
        return MET, ""
    if not rows:
        return MISSING, "its proof ended without measuring it"
    return (SHOWN if isinstance(criterion.bound, Reported) else MET), ""


def _of(some: Sequence[Kept], all_: Sequence[Kept]) -> str:
    return f"{len(some)} of {len(all_)} proofs" if len(all_) > 1 else "its proof"
