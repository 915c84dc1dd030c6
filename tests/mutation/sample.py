"""Draw a sample of mutants, try them, and hold the survivors against those that were looked at."""

import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from tests.mutation.kept import Kept
from tests.mutation.mutants import ROOT, Mutant, is_python, mutants_of
from tests.mutation.targets import SHARES, Target, files_of_area
from tests.mutation.trial import KILLED, NO_MUTANT, NOT_YET, SURVIVED, Copy, Outcome

LOOKED_AT = Path(__file__).with_name("looked_at.toml")
SAME = "the same program"
"""A survivor that no test can kill, as it answers as the file does wherever that can be asked."""
TO_MEND = "to mend"


@dataclass(frozen=True)
class LookedAt:
    """A survivor that was looked at. It is known again by its change, whatever line that stands in."""

    path: str
    before: str
    after: str
    verdict: str
    reason: str


@dataclass
class Tried:
    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    """By area."""

    def survivors(self, area: str) -> list[Outcome]:
        return [each for each in self.outcomes[area] if each.found in (SURVIVED, NOT_YET)]

    def killed(self, area: str) -> tuple[int, int]:
        """How many were killed, of how many that are another program."""
        of_area = [each for each in self.outcomes[area] if not is_same(each.mutant)]
        return sum(each.found == KILLED for each in of_area), len(of_area)

    @property
    def share(self) -> float:
        counted = [self.killed(area) for area in self.outcomes]
        return sum(n for n, _ in counted) / max(1, sum(of for _, of in counted))

    def lines(self) -> Iterator[str]:
        """In words: a line for each area, then each survivor by file, line and change."""
        for area in self.outcomes:
            killed, of = self.killed(area)
            same = len(self.outcomes[area]) - of
            yield f"{area}: {killed} of {of} killed" + (f", {same} the same program" if same else "")
        yield f"all: {self.share:.1%} killed"
        for area in self.outcomes:
            for each in self.survivors(area):
                before, after = each.mutant.change
                known = looked_at().get((each.mutant.path, before, after))
                said = f"{known.verdict}: {known.reason}" if known else "not looked at"
                yield f"alive: {each.mutant.path}:{each.mutant.line}: {before}  ->  {after}  ({said})"


def looked_at() -> Mapping[tuple[str, str, str], LookedAt]:
    rows = tomllib.loads(LOOKED_AT.read_text(encoding="utf-8")).get("survivor", [])
    return {(row["path"], row["before"], row["after"]): LookedAt(**row) for row in rows}


def is_same(mutant: Mutant) -> bool:
    known = looked_at()
    if mutant.path not in {path for path, _, _ in known}:
        return False
    found = known.get((mutant.path, *mutant.change))
    return found is not None and found.verdict == SAME


def drawn(area: str, seed: int) -> Iterator[tuple[Mutant, Target]]:
    """Mutants of an area in an order that the seed decides, one of each place: the first so many are the sample.

    Places are drawn, not mutants: a `+` has six and a `True` one, and is no more often wrong. The order is by a digest
    of file, line and column, the line by its words, so that an edit elsewhere leaves the sample as it is.
    """
    for key, of_place, target in sorted(_places(area, seed), key=lambda each: each[0]):
        mutant = of_place[int(key, 16) % len(of_place)]
        if is_python(mutant):
            yield mutant, target


def _places(area: str, seed: int) -> Iterator[tuple[str, list[Mutant], Target]]:
    for file, target in files_of_area(area).items():
        lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
        places: dict[tuple[int, int], list[Mutant]] = defaultdict(list)
        for mutant in mutants_of(file):
            places[mutant.line, mutant.column].append(mutant)
        seen: Counter[tuple[str, int]] = Counter()
        for (line, column), of_place in places.items():
            words = lines[line - 1].strip()
            indent = len(lines[line - 1]) - len(lines[line - 1].lstrip())
            seen[words, column] += 1
            asked = f"{seed} {area} {file} {words} {column - indent} {seen[words, column]}"
            yield sha256(asked.encode()).hexdigest(), of_place, target


def try_sample(
    copy: Copy, n: Mapping[str, int], seed: int, say: Callable[[Outcome], None], kept: Kept, *, whole: bool = True
) -> Tried:
    """So many of each area. One that does not start says nothing; the next one is tried for it."""
    tried = Tried()
    for area, wanted in n.items():
        outcomes = tried.outcomes.setdefault(area, [])
        for mutant, target in drawn(area, seed):
            if len(outcomes) == wanted:
                break
            outcome = kept.find(mutant, target, whole=whole)
            if outcome is None:
                outcome = copy.try_(mutant, target, whole=whole)
                say(outcome)
                kept.add(outcome, target)
            if outcome.found != NO_MUTANT:
                outcomes.append(outcome)
    return tried


def shares(n: int) -> dict[str, int]:
    """A sample of `n`, as `SHARES` has it."""
    total = sum(SHARES.values())
    return {area: max(1, round(n * share / total)) for area, share in SHARES.items()}


def say(outcome: Outcome) -> None:
    before, after = outcome.mutant.change
    where = f"{outcome.mutant.path}:{outcome.mutant.line}"
    print(f"{outcome.found:14} {outcome.took_s:6.1f} s  {where}: {before}  ->  {after}  [{outcome.by}]", flush=True)


def counts(tried: Tried) -> Counter[str]:
    return Counter(each.found for of_area in tried.outcomes.values() for each in of_area)


def main_lines(tried: Tried) -> None:
    print("\n".join(tried.lines()), file=sys.stdout)
