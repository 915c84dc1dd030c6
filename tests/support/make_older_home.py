"""Make a home by another version of TagPilot, to be kept under tests/upgrade/homes and opened by later ones.

    python -m tests.support.make_older_home NAME COMMAND...

COMMAND is that version's `tagpilot`. It is used as its users do, by command line and over HTTP alone, so that the home
is what that version makes and this file need know none of its modules. All people, crimes and positions are invented;
the passwords are `PASSWORD`, and the keys in the home open nothing else.
"""

import csv
import io
import json
import lzma
import os
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.support.release_lists import ROW, write_list

HOMES = Path(__file__).parents[1] / "upgrade" / "homes"
PASSWORD = "correct horse battery"
USERS = {"ana": "analyst", "rob": "releasing officer", "eva": "evaluator"}
NOON = datetime(2019, 9, 10, 12, tzinfo=UTC)
TODAY = "2019-11-01"
EAST, NORTH = 530_000.0, 180_000.0
WORE = ("W00001", "W00002", "W00003", "W00004")
"""Stood 30 m from the scene for an hour; crossed it between two fixes; stood on it but scores 49; was a mile off."""
SCORES = {"W00003": "49"}
PEOPLE = 24
RELEASED_OF, CONFIRMED_OF = "W00001", "W00002"
RECIPIENT = {"recipient": {"name": "A. Inspector", "rank": "DI"}, "destroyBy": "2099-01-01"}
COHORT = {
    "purpose": "impact analysis",
    "justification": "evaluation plan, section 4",
    "columns": ["age_band", "sex", "worn_days"],
    "as_at": TODAY,
    "wide_ages": True,
    "small_classes": "blank",
}


class Failed(Exception):
    """A step that the other version refused, with what it answered."""


def main(name: str, command: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home, files = Path(folder) / "home", Path(folder) / "files"
        files.mkdir()
        make(home, files, command)
        pack(home, HOMES / f"{name}.tar.xz")


def make(home: Path, files: Path, command: Sequence[str]) -> None:
    """The whole home: record, files, users, a run, a match released and one confirmed, an export."""

    def tagpilot(*words: object, stdin: str | None = None) -> str:
        return run([*command, *map(str, words), "--home", str(home)], stdin)

    home.mkdir(mode=0o700)
    (home / "today").write_text(f"{TODAY}\n")
    for kind in ("fixes", "device events"):
        tagpilot("keep", "set", kind, "--days", 36500, "--from", "2019-01-01", "--source", "a test")
    tagpilot("programme", "load")
    tagpilot("rollout", "launch", "--phase", "February 2019", "--on", "2019-02-18")
    tagpilot("screen", "import", release_list(files))
    tagpilot("tag", "receive", *(f"D-{who}" for who in WORE), "--at", "2019-09-01T08:00:00Z")
    tagpilot("rollout", "reserve", "L00001", "--on", "2019-08-20")
    tagpilot("rollout", "impose", "L00001", "--on", "2019-08-25")
    for who in WORE:
        # Licences are numbered as people stand on the list.
        licence = who.replace("W", "L")
        tagpilot("tag", "fit", f"D-{who}", licence, "--at", "2019-09-01T09:00:00Z")
        tagpilot("licence", "move", licence, "release", "--at", "2019-09-02T10:00:00Z")
    tagpilot("import", "fixes", fixes(files))
    tagpilot("import", "events", events(files))
    tagpilot("import", "crimes", crimes(files), "--format", "headed")
    for user, role in USERS.items():
        tagpilot("user", "add", user, "--role", role, "--password-stdin", stdin=f"{PASSWORD}\n")
    with served(home, command) as address:
        review(address)
    definition = files / "cohort.json"
    definition.write_text(json.dumps(COHORT))
    tagpilot("cohort", "export", definition, "--by", "eva")
    tagpilot("audit", "verify")


def run(words: Sequence[str], stdin: str | None = None) -> str:
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(words)}: {done.stderr or done.stdout}")
    return done.stdout


def review(address: str) -> None:
    """Match for review; confirm two matches and release one of them, by two people; take its package."""
    ana, rob = logged_in(address, "ana"), logged_in(address, "rob")
    job = answer(ana.post("/jobs", json={}))["id"]
    while (found := answer(ana.get(f"/jobs/{job}")))["state"] not in ("done", "failed"):
        time.sleep(0.2)
    if found["state"] == "failed":
        raise Failed(f"the match: {found}")
    listed = answer(ana.get("/matches", params={"qAtMost": 1}))["items"]
    # The first crime's match of each wearer.
    ids = {each["wearerRef"]: each["id"] for each in sorted(listed, key=lambda each: -each["id"])}
    for who in (RELEASED_OF, CONFIRMED_OF):
        move(ana, ids[who], "assign", {})
        move(ana, ids[who], "confirm", {"reason": "stood at the door"})
    release = move(rob, ids[RELEASED_OF], "release", RECIPIENT, "/releases/awaiting")
    answer(rob.get(f"/releases/{release['id']}/package"))


def logged_in(address: str, name: str) -> httpx.Client:
    client = httpx.Client(base_url=address, timeout=120)
    token = answer(client.post("/auth/login", json={"name": name, "password": PASSWORD}))["accessToken"]
    client.headers["authorization"] = f"Bearer {token}"
    return client


def move(client: httpx.Client, match_id: int, what: str, body: dict[str, Any], at: str = "/matches") -> Any:
    etag = client.get(f"{at}/{match_id}").headers["etag"]
    return answer(client.post(f"{at}/{match_id}/{what}", json=body, headers={"if-match": etag}))


def answer(response: httpx.Response) -> Any:
    if response.is_error:
        raise Failed(f"{response.request.method} {response.request.url}: {response.text}")
    return response.json()


@contextmanager
def served(home: Path, command: Sequence[str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [*command, "serve", "--port", str(port), "--home", str(home)]
    with (home.parent / "server.log").open("w") as log, subprocess.Popen(words, stderr=log, stdout=log) as server:
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(600):
                try:
                    httpx.get(f"{address}/health/live")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield address
        finally:
            server.terminate()


def release_list(files: Path) -> Path:
    """Two dozen people from a prison, four of whom will wear a tag."""
    rows = []
    for n in range(1, PEOPLE + 1):
        who = f"W{n:05}"
        row = {
            "wearer_ref": who,
            "nomis_id": f"A{n:04}ZZ",
            "crn": f"X{n:06}",
            "name": f"Sample Person {n}",
            "born": f"{1990 + n % 3}-05-{n:02}",
            "planned_release": "2019-09-02",
            "licence_ends": "2020-09-02",
            "ogrs_score": SCORES.get(who, "60"),
            "ogrs_date": "2019-03-01",
        }
        rows.append(ROW | row)
    return write_list(files / "releases.csv", *rows)


def fixes(files: Path) -> Path:
    """Three hours of four tags at a fix a minute, on the crime's day and on 20 days before it."""
    rows = []
    for day in range(-20, 1):
        for minute in range(-60, 120):
            t = (NOON + timedelta(days=day, minutes=minute)).isoformat()
            passing = -180 + 360 * (minute - 10) if minute in (10, 11) else (-2000 if minute < 10 else 2000)
            there = {"W00001": (30, 0), "W00002": (passing, 20), "W00003": (0, 0), "W00004": (1600, 0)}
            for who, (east, north) in there.items():
                away = 0 if day == 0 else 3000
                # Whole metres that change from fix to fix: a receiver that stands still to the millimetre is frozen.
                wander = (minute * 7 + day) % 3
                rows.append((f"D-{who}", t, EAST + east + away + wander, NORTH + north, 5))
    return write(files / "fixes.csv", "device_id,t,easting_m,northing_m,accuracy_m", rows)


def events(files: Path) -> Path:
    rows = [(f"D-{who}", "2019-09-10T06:00:00Z", "battery low") for who in WORE]
    return write(files / "events.csv", "device_id,t,event", rows)


def crimes(files: Path) -> Path:
    rows = [
        ("Metropolitan", "4417/19", "Burglary", "2019-09-10T12:00:00Z", "2019-09-10T13:00:00Z", EAST, NORTH, 10),
        ("CoLP", "4417/19", "Robbery", "2019-09-10T12:00:00Z", "2019-09-10T12:30:00Z", EAST + 5000, NORTH, 10),
        ("Metropolitan", "4418/19", "Robbery", "2019-09-10T12:00:00Z", "2019-09-10T12:30:00Z", "", "", ""),
        ("Metropolitan", "4419/19", "Burglary", "2019-09-10T00:00:00Z", "2019-09-10T20:00:00Z", EAST, NORTH, 10),
    ]
    return write(
        files / "crimes.csv", "force,crime_ref,crime_type,t_from,t_to,easting,northing,location_accuracy_m", rows
    )


def write(path: Path, header: str, rows: Sequence[Sequence[object]]) -> Path:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header.split(","), *rows])
    path.write_text(out.getvalue())
    return path


def pack(home: Path, to: Path) -> None:
    """The home as an archive that does not say who made it."""

    def nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        return entry

    to.parent.mkdir(parents=True, exist_ok=True)
    with lzma.open(to, "w", preset=9) as out, tarfile.open(fileobj=out, mode="w") as archive:
        archive.add(home, arcname="home", filter=nobody)
    print(f"{to}: {to.stat().st_size:,} bytes", file=sys.stderr)


if __name__ == "__main__":
    os.umask(0o077)
    main(sys.argv[1], sys.argv[2:])
