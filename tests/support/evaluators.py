"""An evaluator's pilot: people, a comparison group and outcomes of both, asked about over HTTP."""

import csv
import io
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from api.usecases.operation.worker import Worker
from api.usecases.stores import open_record
from tests.support.clients import FILE, Client
from tests.support.evaluation_world import populate
from tests.support.worlds import World
from tracker.access.roles import Role

TODAY = "2021-06-01"


def populated(root: Path, *, people: int = 120, seed: int = 4) -> World:
    """So many people of the pilot, on 1 June 2021."""
    world = World(root / "home", root / "files")
    world.home.mkdir(parents=True)
    world.files.mkdir()
    (world.home / "today").write_text(f"{TODAY}\n")
    engine = open_record(world.settings)
    populate(engine, seed, people)
    engine.dispose()
    return world


def work(world: World) -> int:
    """Whatever waits, done."""
    engine = open_record(world.settings)
    worker, done = Worker(world.settings, engine), 0
    while worker.run_one(threading.Event()):
        done += 1
    engine.dispose()
    return done


def rows_csv(*rows: dict[str, Any]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def send(client: Client, kind: str, content: bytes) -> int:
    """A file of evaluation data, sent; the number of its import."""
    sent = client.post(f"/imports/{kind}", params={"name": f"{kind}.csv"}, content=content, headers=FILE)
    assert sent.status_code == 202, sent.text
    return int(sent.json()["id"])


def compared(world: World, *, tagged: Iterable[int] = range(0, 120, 4), others: int = 200) -> None:
    """With a comparison group, a third of whom reoffended, and proven reoffences of some wearers."""
    people = rows_csv(
        *(
            {"reference": f"C{n}", "released_on": f"2018-0{1 + n % 9}-01", "age_on_release": 19 + n % 30,
             "sex": "male" if n % 8 else "female", "ogrs_score": 25 + n % 65, "source": "a test"}
            for n in range(others)
        )
    )  # fmt: skip
    said = {"offence_code": "00826", "source": "a test"}
    theirs = {**said, "offence_date": "2018-11-01", "conviction_date": "2018-12-09"}
    mine = {**said, "offence_date": "2019-12-01", "conviction_date": "2020-01-09"}
    with world.client_as(Role.EVALUATOR) as eva:
        send(eva, "comparison", people)
        work(world)
        send(eva, "reoffences", rows_csv(*({"person": f"C{n}", **theirs} for n in range(0, others, 3))))
        work(world)
    with world.client_as(Role.OFFICER) as officer:
        if rows := [{"person": f"W{n}", **mine} for n in tagged]:
            send(officer, "reoffences", rows_csv(*rows))
            work(world)
