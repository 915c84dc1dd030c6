"""kill -9 and a full disk inside each of the works: the home is as before or as after, nothing that was told is
lost, the audit is whole, nothing is left behind, and the same once more brings it to after. On SQLite and PostgreSQL.

Ten points of each kind in each work in `make prove`, spread evenly over its steps; in `make test` each work is killed
at one, and those of `FILLS` run out of disk at one.
"""

import itertools
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from tests.proofs.recorder import Proof
from tests.support.cut_short.calls import CannotWatch
from tests.support.cut_short.trial import Outcome, Room, Trials, room
from tests.support.cut_short.works import WORKS, Placed, Work, make_home_for_works

pytestmark = pytest.mark.slow
TEN = 10
FILLS = {"import", "match", "export", "release", "backup", "restore"}
"""Of each way to write one work: the others write as one of these does."""
_databases = (f"works{n}" for n in itertools.count())


class Bases:
    """The home of each database in which works begin, made when it is first asked for, and the room for trials."""

    def __init__(self, request: pytest.FixtureRequest, root: Path, stack: ExitStack) -> None:
        self._request, self._root, self._stack = request, root, stack
        self._made: dict[str, Placed] = {}
        self._trials: dict[tuple[str, str], Trials] = {}
        self.room: Room = stack.enter_context(room(root))

    def trials(self, work: Work, database: str) -> Trials:
        key = (work.name, database)
        if key not in self._trials:
            try:
                made = Trials(work, self._base(database), self.room)
            except CannotWatch as error:
                pytest.skip(f"this system lets no process be asked for its calls: {error}")
            self._trials[key] = self._stack.enter_context(closing(made))
        return self._trials[key]

    def _base(self, database: str) -> Placed:
        if database not in self._made:
            root = self._root / database
            root.mkdir()
            placed = Placed(root / "home", root / "files")
            if database == "postgres":
                template = self._request.getfixturevalue("postgres_template")
                server = self._request.getfixturevalue("postgres_url")
                placed = Placed(root / "home", root / "files", server=server, name=template).with_copy(next(_databases))
                self._stack.callback(placed.drop_database)
            else:
                placed.home.mkdir(mode=0o700)
                shutil.copy(self._request.getfixturevalue("sqlite_template"), placed.home / "tagpilot.sqlite3")
            make_home_for_works(placed)
            self._made[database] = placed
        return self._made[database]


@pytest.fixture(scope="module")
def bases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bases]:
    with ExitStack() as stack:
        yield Bases(request, tmp_path_factory.mktemp("works"), stack)


def cut_short(bases: Bases, work: Work, database: str, which: range, of: int, *, fills: bool = True) -> list[Outcome]:
    """Killed at, and on a disk full from, these of so many points."""
    trials = bases.trials(work, database)
    points = trials.points(of)
    return [trials.killed(points[k]) for k in which] + [trials.full(k, of) for k in which if fills]


def told(outcomes: list[Outcome]) -> str:
    return "\n".join(f"{each.point}: {each.state} {each.faults or ''}" for each in outcomes)


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_work_cut_short_in_its_middle_is_whole_or_not_begun(bases: Bases, work: Work) -> None:
    # Past its middle: more is at stake there than at its beginning.
    outcomes = cut_short(bases, work, "sqlite", range(2, 3), 4, fills=work.name in FILLS)
    assert not any(each.faults for each in outcomes), told(outcomes)


@pytest.mark.prove("cut-short")
@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_ten_kills_and_ten_full_disks_inside_each_work(proof: Proof, bases: Bases, work: Work, database: str) -> None:
    outcomes = cut_short(bases, work, database, range(TEN), TEN)
    states = sorted({each.state for each in outcomes})
    counted = ", ".join(f"{state} {sum(each.state == state for each in outcomes)}" for state in states)
    on = "a small disk" if bases.room.is_disk else "calls refused as a full disk does"
    proof.material(f"{work.name} on {database}: killed at ten points, {on} full at ten: {counted}", 2 * TEN)
    print(f"{work.name} on {database}:\n{told(outcomes)}")
    assert not any(each.faults for each in outcomes), told(outcomes)


def test_a_call_that_is_not_counted_would_be_seen(bases: Bases) -> None:
    """What the watching rests on: calls of the program's own code and of its libraries' are among the steps."""
    steps = bases.trials(WORKS[0], "sqlite").unbroken.steps
    seen: set[Any] = {(step.name, Path(step.place).suffix) for step in steps}
    assert {("write", ".parquet"), ("pwrite64", ".sqlite3-wal"), ("rename", ".partial")} <= seen
