"""A bit turned over anywhere in what is stored is reported where it is read or by `tagpilot verify --deep`, or changes
no answer: every address that is read is asked."""

import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.usecases.integrity.at_rest import CHECKED, AtRest, check_home, held_rows
from api.usecases.operation.backup import BadBackup
from api.usecases.operation.restore import restore
from api.usecases.stores import open_record
from tests.proofs.recorder import Proof
from tests.support.clients import FILE
from tests.support.crime_files import batch_row
from tests.support.every_get import GETS, NOT_ASKED, Asker, Told, changed_unseen
from tests.support.flips import flip
from tests.support.pilot import PILOT
from tests.support.release_lists import person, write_list
from tests.support.review import confirmed, released
from tests.support.worlds import World, run_jobs
from tracker.access.roles import Role

DATABASE = "tagpilot.sqlite3"
_NOW = datetime(2019, 11, 5, 12, tzinfo=UTC)
THINNED = 8
Bytes = dict[Path, bytes]


class Home:
    """A full home, its bytes, and what it answers."""

    def __init__(self, world: World, asker: Asker) -> None:
        self.world, self.asker = world, asker
        self.bytes: Bytes = {}
        self.true: Told = {}
        self.keep()

    def keep(self) -> None:
        """As it is now is how it has to be."""
        self.checkpoint()
        self.bytes = {path: path.read_bytes() for path in self.world.home.rglob("*") if path.is_file()}
        self.true = self.asker.answers()
        self.put_back()

    def checkpoint(self) -> None:
        with closing(sqlite3.connect(self.world.home / DATABASE)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def put_back(self) -> None:
        for path in [path for path in self.world.home.rglob("*") if path.is_file()]:
            if path not in self.bytes:
                path.unlink()
        for path, raw in self.bytes.items():
            if not path.exists() or path.read_bytes() != raw:
                path.write_bytes(raw)

    def faults(self) -> list[str]:
        """What `verify --deep` reports; nothing of the home is read otherwise."""
        found = AtRest()
        try:
            engine = open_record(self.world.settings)
        except Exception as error:
            return [f"the record cannot be opened ({type(error).__name__})"]
        try:
            found = check_home(self.world.settings, engine, deep=True)
            held_rows(engine, found)
        finally:
            engine.dispose()
        return found.faults


@pytest.fixture(scope="module")
def home(_all_four_tagged: World, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Fixes, events, crimes, people, a case, a release list, a run, a package that left, and a file that waits to be
    imported."""
    world = _all_four_tagged.copy_to(tmp_path_factory.mktemp("flipped"))
    events = world.files / "events.csv"
    events.write_text("device_id,t,event\nD-inside,2019-09-10T08:00:00Z,battery low\n")
    assert world.run("import", "events", events).exit_code == 0
    with world.client_as(Role.OFFICER) as officer, world.client_as(Role.PRACTITIONER) as practitioner:
        case = {"practitioner": practitioner.get("/auth/me").json()["name"]}
        officer.post(f"/programmes/{PILOT}/licences/L-inside/practitioner", json=case).raise_for_status()
        money = {"reference": "C-1", "line": "tagging", "pence": 100, "words": "a month"}
        officer.post(f"/programmes/{PILOT}/commitments", json=money).raise_for_status()
        listed = write_list(world.files / "list.csv", person(1)).read_bytes()
        sent = officer.post("/imports/releases?name=list.csv", content=listed, headers=FILE).json()["id"]
    (world.files / "batch.csv").write_text(batch_row())
    assert world.run("import", "crimes", world.files / "batch.csv", "--format", "ministry").exit_code == 0
    run_jobs(world)
    with world.client_as(Role.ANALYST) as analyst, world.client_as(Role.RELEASER) as releaser:
        match_id = confirmed(world, analyst)
        assert released(releaser, match_id).status_code == 201
        # Printed when they are first asked for, and from then on told with the release.
        for form in ("docx", "pdf"):
            releaser.get(f"/releases/1/package.{form}").raise_for_status()
        wrong = {"force": "Metropolitan", "crimeRef": "4419/19", "ground": "error", "reason": "entered twice"}
        analyst.post("/withdrawals/crimes", json=wrong).raise_for_status()
        job = analyst.get("/jobs").json()["items"][0]["id"]
        waits = analyst.post(
            "/imports/crimes", params={"name": "later.csv"}, content=b"a,b\n1,2\n", headers=FILE
        ).json()["id"]
    asker = Asker(world, **{"match": match_id, "job": job, "import": waits, "list": sent, "batch": 1})
    # The first answer to an evaluator closes its month, and is told as known then from then on.
    asker.answers()
    return Home(world, asker)


def test_every_address_is_asked_or_says_why_not(home: Home) -> None:
    paths = _schema(home.world)
    # Whoever asked has logged in, and that is told of a user.
    home.put_back()
    read = {held["get"]["operationId"] for held in paths.values() if "get" in held}
    assert read == GETS.keys() | NOT_ASKED.keys()
    answered = {op for op, (status, _) in home.true.items() if status < 400}
    # The rest needs an export, a changed match, or a match that still awaits its release.
    assert GETS.keys() - answered <= {
        "getCohort", "getCohortFile", "getCohortJob", "getTables", "getChangedMatch", "getAwaitingRelease",
        "getReleaseChecks", "getMatchQuality", "getImportErrorsCsv", "listImportErrors", "getDifference",
        "getAccuracyReport",
    }  # fmt: skip


def _schema(world: World) -> Any:
    with world.client_as(Role.ANALYST) as client:
        return client.get("/schema/openapi.json").json()["paths"]


def test_what_is_not_flipped_is_whole_and_answers_the_same_twice(home: Home) -> None:
    assert home.faults() == []
    assert home.asker.answers() == home.true
    home.put_back()


def _flips(home: Home, n: int, seed: int, place: Callable[[random.Random], tuple[Path, int]]) -> Counter[str]:
    """Turn over `n` bits, one at a time; how many were reported, and how many changed nothing."""
    rng = random.Random(seed)
    counts: Counter[str] = Counter()
    for _ in range(n):
        path, at = place(rng)
        bit = rng.randrange(8)
        flip(path, at, bit)
        if home.faults():
            counts["reported"] += 1
        else:
            assert changed_unseen(home.true, home.asker.answers()) == [], (path.name, at, bit)
            counts["changed nothing"] += 1
        home.put_back()
    return counts


def _anywhere(home: Home) -> Callable[[random.Random], tuple[Path, int]]:
    """Half by file, half by byte: small files are asked too."""
    files = [path for path, raw in home.bytes.items() if raw and _is_live(path, home.world.home)]
    sizes = [len(home.bytes[path]) for path in files]

    def place(rng: random.Random) -> tuple[Path, int]:
        path = rng.choice(files) if rng.random() < 0.5 else rng.choices(files, weights=sizes)[0]
        return path, rng.randrange(len(home.bytes[path]))

    return place


def _is_live(path: Path, home: Path) -> bool:
    top = path.relative_to(home).parts
    return path.name == DATABASE or (top[0] in CHECKED and path.name != "lock" and not path.name.startswith("."))


def _of_the_database(home: Home, kinds: tuple[str, ...]) -> Callable[[random.Random], tuple[Path, int]]:
    """Within the pages of one kind of thing: the database's own tables of rows, its indexes, its free pages."""
    path = home.world.home / DATABASE
    with closing(sqlite3.connect(path)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (last,) = connection.execute("PRAGMA page_count").fetchone()
        pages = {kind: [row[0] for row in connection.execute(_PAGES, (kind,)) if row[0]] for kind in kinds}

    def place(rng: random.Random) -> tuple[Path, int]:
        page = rng.choice(pages[rng.choice(kinds)])
        assert page <= last
        first = (page - 1) * size
        # Most pages are nearly empty: half of the places are where something is written.
        written = [at for at, byte in enumerate(home.bytes[path][first : first + size]) if byte]
        return path, first + (rng.choice(written) if rng.random() < 0.5 else rng.randrange(size))

    return place


_PAGES = "SELECT rootpage FROM sqlite_master WHERE type = ?"


@pytest.mark.slow
def test_no_flipped_bit_changes_an_answer_unseen(home: Home) -> None:
    counts = _flips(home, THINNED, 20191105, _anywhere(home))
    assert counts["reported"] > THINNED // 3


@pytest.mark.slow
def test_no_flipped_bit_of_the_databases_pages_changes_an_answer_unseen(home: Home) -> None:
    counts = _flips(home, THINNED // 2, 20191107, _of_the_database(home, ("table", "index")))
    assert counts["reported"] > 0


@pytest.mark.slow
def test_a_log_that_lost_its_end_is_found_by_the_head_of_the_last_entry(home: Home) -> None:
    """SQLite takes a log up to the first frame whose sum is wrong: what was committed after it is gone, and the
    database is whole. A process that was killed leaves such a log."""
    world, path = home.world, home.world.home / DATABASE
    log = path.with_name(f"{DATABASE}-wal")
    with closing(sqlite3.connect(path)) as holds:
        # While another connection reads, the log is not written back when the command ends.
        holds.execute("BEGIN")
        holds.execute("SELECT count(*) FROM crime").fetchone()
        assert world.run("keep", "set", "crimes", "--days", "99", "--source", "a rule").exit_code == 0
        left = {each: each.read_bytes() for each in (path, log, world.home / "audit-head.txt")}
    assert len(left[log]) > 4_000
    try:
        for each, raw in left.items():
            each.write_bytes(raw)
        assert home.faults() == []
        for each, raw in left.items():
            each.write_bytes(raw)
        flip(log, len(left[log]) // 2, 3)
        assert any("were cut off" in fault for fault in home.faults())
    finally:
        home.put_back()


@pytest.mark.slow
def test_a_flipped_bit_of_a_backup_is_refused_or_restores_the_same(home: Home, tmp_path: Path) -> None:
    _backups(home, tmp_path, 4, 20191108)


def _backups(home: Home, folder: Path, n: int, seed: int) -> None:
    backup, rng = folder / "backup.tar", random.Random(seed)
    assert home.world.run("backup", backup).exit_code == 0
    raw = backup.read_bytes()
    home.put_back()
    for number in range(n):
        flip(backup, rng.randrange(len(raw)), rng.randrange(8))
        again = World(folder / f"home{number}", home.world.files)
        try:
            restore(backup, again.settings, by="a test", now=_NOW)
        except BadBackup:
            continue
        finally:
            backup.write_bytes(raw)
        copy = {path.relative_to(again.home): path.read_bytes() for path in again.home.rglob("*") if path.is_file()}
        whole = {path.relative_to(home.world.home): data for path, data in home.bytes.items()}
        for name in copy.keys() & whole.keys():
            assert name.name.startswith((DATABASE, "audit-head")) or copy[name] == whole[name], name


@pytest.mark.prove("flips-seen")
def test_no_flipped_bit_of_a_thousand_changes_an_answer_unseen(home: Home, tmp_path: Path, proof: Proof) -> None:
    counts: Counter[str] = Counter()
    for round_of in range(20):
        # Access tokens are valid for a quarter of an hour.
        home.asker = Asker(home.world, **home.asker.numbers)
        home.keep()
        counts += _flips(home, 35, 20191200 + round_of, _anywhere(home))
        counts += _flips(home, 15, 20191300 + round_of, _of_the_database(home, ("table", "index")))
        print(f"{counts.total()} bits flipped: {', '.join(f'{what} {n}' for what, n in sorted(counts.items()))}")
    assert counts.total() == 1000
    for what, n in sorted(counts.items()):
        proof.material(f"flipped bits: {what}", n, "20191200 to 20191319")
    _backups(home, tmp_path, 40, 20191400)
    proof.material("flipped bits of a backup: refused, or restored the same", 40, "20191400")
