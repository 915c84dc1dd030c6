"""Tables that are small on the wire and huge in memory, sent to the server: it says what is wrong, and its memory and
that of its workers stays bounded."""

import io
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from api.usecases.operation.named_files import delete_named
from api.usecases.stores import open_record
from tests.support.attacked import Target
from tests.support.worlds import World
from tracker.access.roles import Role

pytestmark = pytest.mark.slow

PARQUET = {"content-type": "application/vnd.apache.parquet"}
UNPACKED = 640 << 20
MORE_MB = 320
"""What each process may take beyond what it had: half of what a bomb unpacks to."""
ROWS = 200_000
"""So many that a bomb is less than two hundred times the size of the file it is in."""


def _varint(value: int) -> bytes:
    value, out = value << 1, bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _zeros(n: int, length: int = 0) -> bytes:
    """As zstd packs so many bytes of nothing, in at least `length` bytes."""
    packed = bytes(pa.Codec("zstd").compress(bytes(1 << 24))) * (n >> 24)
    # A frame that whoever unpacks it passes over.
    over = max(0, length - len(packed) - 8)
    return packed if not length else packed + b"\x50\x2a\x4d\x18" + over.to_bytes(4, "little") + bytes(over)


@cache
def _honest() -> bytes:
    random = np.random.default_rng(1)
    times = np.arange(ROWS, dtype=np.int64) * 1_000 + 1_568_110_000_000_000
    table = pa.table(
        {
            "device_id": pa.array(random.integers(0, 1 << 60, ROWS).astype(str)),
            "t": pa.array(times, pa.timestamp("us", "UTC")),
            "lat": pa.array(random.uniform(51, 52, ROWS)),
            "lon": pa.array(random.uniform(-1, 0, ROWS)),
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", use_dictionary=["device_id"])
    return out.getvalue()


def _chunk(column: int) -> pq.ColumnChunkMetaData:
    return pq.ParquetFile(io.BytesIO(_honest())).metadata.row_group(0).column(column)


def _with_page(column: int, page: bytes) -> bytes:
    """The file with other bytes where a column begins: all that the footer says stays as it was."""
    raw = bytearray(_honest())
    found = _chunk(column)
    start = found.dictionary_page_offset if found.has_dictionary_page else found.data_page_offset
    assert len(page) < found.total_compressed_size
    raw[start : start + len(page)] = page
    return bytes(raw)


def _data_page(unpacked: int, packed: bytes) -> bytes:
    header = b"\x15\x00\x15" + _varint(unpacked) + b"\x15" + _varint(len(packed))
    return header + b"\x2c\x15" + _varint(ROWS) + b"\x15\x00\x15\x06\x15\x06\x00\x00" + packed


def _dictionary() -> bytes:
    """In the place of the one there is, up to where its data begin."""
    found = _chunk(0)
    room = found.data_page_offset - found.dictionary_page_offset
    for length in range(room - 40, room):
        packed = _zeros(UNPACKED, length)
        header = b"\x15\x04\x15" + _varint(UNPACKED) + b"\x15" + _varint(len(packed))
        page = header + b"\x4c\x15" + _varint(1_000) + b"\x15\x00\x00\x00" + packed
        if len(page) == room:
            return _with_page(0, page)
    raise AssertionError(f"no page of {room} bytes")


BOMBS: dict[str, Callable[[], bytes]] = {
    "a page that unpacks to 640 MB": lambda: _with_page(2, _data_page(UNPACKED, _zeros(UNPACKED))),
    "a dictionary that unpacks to 640 MB": _dictionary,
    "a page that says it unpacks to 2 GB": lambda: _with_page(3, _data_page((1 << 31) - 1, b"x" * 99)),
    "a page of less than it says": lambda: _with_page(3, _data_page(50 << 20, _zeros(1 << 24))),
}


def test_no_bomb_takes_more_memory_than_an_ordinary_file(target: Target) -> None:
    ana = target.as_("analyst")
    for what, made in BOMBS.items():
        data = made()
        before = {process: _most(process, anew=True) for process in _processes(target)}
        assert before
        sent = ana.post("/imports/fixes?name=f.parquet", content=data, headers=PARQUET)
        assert sent.status_code == 202, sent.text
        ended = _ended(target, f"/imports/{sent.json()['id']}")
        assert ended["state"] == "failed", (what, ended)
        assert "unpack" in ended["why"] or "damaged" in ended["why"], (what, ended["why"])
        more = {pid: _most(pid) - had for pid, had in before.items() if psutil.pid_exists(pid)}
        assert set(more) == set(before), "a process of the server died"
        assert max(more.values()) < MORE_MB << 20, (what, {pid: n >> 20 for pid, n in more.items()})
    assert target.ask().get("/health/live").status_code == 200


def test_a_bomb_that_waits_is_not_unpacked_when_somebody_is_erased(copied: World) -> None:
    """It is looked through for the person's name, by the process that erases."""
    engine = open_record(copied.settings)
    with copied.client_as(Role.ANALYST) as ana:
        sent = ana.post("/imports/fixes?name=f.parquet", content=_dictionary(), headers=PARQUET)
        assert sent.status_code == 202, sent.text
        had = _most(os.getpid(), anew=True)
        gone = delete_named(copied.settings, engine, 1, by="dee", now=datetime.now(UTC))
        # What cannot be read may name anybody.
        assert gone["sent files"] == 1
        assert _most(os.getpid()) - had < MORE_MB << 20
        assert ana.get(f"/imports/{sent.json()['id']}").json()["state"] == "cancelled"
    engine.dispose()


def _ended(target: Target, address: str) -> dict[str, str]:
    # A machine with other work takes its time.
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found: dict[str, str] = target.as_("analyst").get(address).json()
        if found["state"] not in {"queued", "running"}:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{address} did not end")


def _processes(target: Target) -> list[int]:
    """The server's, and those of its workers."""
    port = int(target.base.rsplit(":", 1)[1])
    listening = [each for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    (server,) = {each.pid for each in listening if each.laddr.port == port}
    return [server, *(each.pid for each in psutil.Process(server).children(recursive=True))]


def _most(pid: int, *, anew: bool = False) -> int:
    """The most memory that a process has had, in bytes, since this was last asked anew."""
    if anew:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (found,) = [line.split()[1] for line in lines if line.startswith("VmHWM")]
    return int(found) << 10
