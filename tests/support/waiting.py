"""Another writer, who is told at once where a writer's lock is held."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

from tracker.record.audit.book import book_of
from tracker.record.engine import make_engine


@contextmanager
def other_writer(engine: Engine) -> Iterator[Engine]:
    """Another connection to the same database, as of another process. It waits for no lock."""
    other = make_engine(engine.url, book=book_of(engine), busy_timeout_s=0)
    if other.dialect.name == "postgresql":
        event.listen(other, "connect", _wait_for_none)
    try:
        yield other
    finally:
        other.dispose()


def _wait_for_none(connection: object, _: object) -> None:
    connection.execute("SET lock_timeout = '100ms'")  # type: ignore[attr-defined]
    connection.commit()  # type: ignore[attr-defined]
