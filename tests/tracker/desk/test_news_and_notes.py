"""Notes on matches; the feed of new ones, which misses nothing and repeats nothing; how many since a user looked."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from tests.support.people import at, erase_person, give_score, release_people
from tracker.desk import note_service
from tracker.desk.news_queries import NewsPlace, feed, last_news, news_since, open_news
from tracker.desk.news_service import mark_seen
from tracker.desk.note_queries import notes_of
from tracker.errors import BadEntry, NotFound
from tracker.record.audit.queries import entries
from tracker.record.entry import entering
from tracker.review.candidate_service import Candidate, update_queue
from tracker.review.tables import Match, MatchNews, MatchNote
from tracker.tags import service as tags

NOW = datetime(2019, 10, 1, 12, tzinfo=UTC)
BY: dict[str, Any] = {"by": "ana", "now": NOW}
START = NewsPlace(0)


def _found(ref: str, wearer: str = "W0000", day: int = 4) -> Candidate:
    return Candidate("met", ref, 1, "RB", at(day, 2), at(day, 3), wearer, 0.9, 3.0, {})


def _run(engine: Engine, name: str, *found: Candidate, crimes: tuple[str, ...] = ()) -> None:
    with entering(engine, **BY) as entry:
        update_queue(entry, name, "settings", found, [("met", ref) for ref in (*crimes, *(x.crime_ref for x in found))])


def _read(engine: Engine, after: NewsPlace, limit: int = 100) -> tuple[list[str], NewsPlace]:
    with engine.connect() as connection:
        fed = feed(connection, after, limit)
    return [match.crime_ref for match in fed.matches], fed.place


@pytest.fixture
def worn(engine: Engine) -> Engine:
    """Two wearers, of whom the first may be matched from the second day on."""
    release_people(engine)
    tags.fit(engine, "T1", "L0000", at(2), by="officer", now=NOW)
    give_score(engine, 0, at(2).date(), 60)
    return engine


def test_the_feed_has_each_match_as_it_comes_to_be_shown(worn: Engine) -> None:
    _run(worn, "one", _found("a"), _found("b"), _found("early", day=1))
    first, place = _read(worn, START)
    assert first == ["a", "b"]
    # The same found again by a later run is no news; one that was withdrawn and is found again is.
    _run(worn, "two", _found("a"), _found("c"), crimes=("b",))
    assert _read(worn, place)[0] == ["c"]
    _run(worn, "three", _found("b"))
    assert _read(worn, place)[0] == ["c", "b"]
    assert _read(worn, place, 1) == (["c"], NewsPlace(3))
    nothing, same = _read(worn, _read(worn, place)[1])
    assert (nothing, same) == ([], NewsPlace(4))
    # Whose gate closes is not shown any more; once it opens again, the match is news.
    give_score(worn, 0, at(3).date(), 20)
    assert _read(worn, START)[0] == []
    give_score(worn, 0, at(4).date(), 70)
    assert sorted(_read(worn, same)[0]) == ["a", "b", "c"]


def test_whoever_reads_while_others_write_misses_nothing_and_sees_nothing_twice(worn: Engine) -> None:
    runs = 12
    stop, read, place = threading.Event(), [], START

    def write(of: int) -> None:
        for n in range(runs):
            _run(worn, f"run {of} {n}", _found(f"c{of}-{n}"), _found(f"d{of}-{n}"))

    def follow() -> None:
        nonlocal place
        while True:
            last = stop.is_set()
            found, place = _read(worn, place, 3)
            read.extend(found)
            if last and not found:
                return

    writers = [threading.Thread(target=write, args=(of,)) for of in range(2)]
    reader = threading.Thread(target=follow)
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    wanted = [f"{kind}{of}-{n}" for kind in "cd" for of in range(2) for n in range(runs)]
    assert sorted(read) == sorted(wanted)


def test_what_is_new_is_counted_to_each_user_and_moved_on_when_they_say_so(worn: Engine) -> None:
    _run(worn, "one", _found("a"), _found("b"))
    for _ in range(2):
        with worn.connect() as connection:
            mine = news_since(connection, "ana")
        assert (mine.by_type, mine.up_to, mine.since) == ({"RB": 2}, NewsPlace(2), None)
    mark_seen(worn, mine.up_to, **BY)
    _run(worn, "two", _found("c"))
    with worn.connect() as connection:
        assert news_since(connection, "ana").by_type == {"RB": 1}
        assert news_since(connection, "bea").by_type == {"RB": 3}
        assert news_since(connection, "ana").since is not None
    mark_seen(worn, START, **BY)
    with worn.connect() as connection:
        assert news_since(connection, "ana").by_type == {"RB": 3}
        assert last_news(connection) == NewsPlace(3)
    # Withdrawn and found again it is news twice, and counts once.
    _run(worn, "three", crimes=("a",))
    _run(worn, "four", _found("a"))
    with worn.connect() as connection:
        assert last_news(connection) == NewsPlace(4)
        assert news_since(connection, "bea").by_type == {"RB": 3}
        assert open_news(connection, START, NewsPlace(4)) == 3
        assert open_news(connection, NewsPlace(3), NewsPlace(4)) == 1
    with pytest.raises(BadEntry, match="no such place yet"):
        mark_seen(worn, NewsPlace(99), **BY)


def test_a_note_is_corrected_and_taken_back_and_stays_on_record(worn: Engine) -> None:
    _run(worn, "one", _found("a"), _found("b"))
    number = note_service.add_note(worn, 1, " a van is seen at the door ", **BY)
    other = note_service.add_note(worn, 1, "ask for the film of the shop", **BY)
    new = note_service.correct_note(worn, 1, number, "a lorry is seen at the door", "it was a lorry", **BY)
    note_service.take_back_note(worn, 1, other, "there is no film", by="bea", now=NOW + timedelta(hours=1))
    with worn.connect() as connection:
        (counts,) = notes_of(connection, 1)
        every = notes_of(connection, 1, history=True)
        audited = entries(connection, subject="match_note")
    assert (counts.number, counts.words, counts.by) == (new, "a lorry is seen at the door", "ana")
    assert [(n.words, n.reason, n.ended_by, n.replaced_by) for n in every] == [
        ("a van is seen at the door", "it was a lorry", "ana", new),
        ("ask for the film of the shop", "there is no film", "bea", None),
        ("a lorry is seen at the door", None, None, None),
    ]
    assert len(audited) == 4
    assert "lorry" not in str([row.open for row in audited])
    for wrong in (
        lambda: note_service.correct_note(worn, 1, number, "x", "y", **BY),
        lambda: note_service.take_back_note(worn, 2, new, "another match's", **BY),
        lambda: note_service.add_note(worn, 99, "none", **BY),
    ):
        with pytest.raises(NotFound):
            wrong()
    for bad in (
        lambda: note_service.add_note(worn, 1, "  ", **BY),
        lambda: note_service.correct_note(worn, 1, new, "a lorry is seen at the door", "same", **BY),
    ):
        with pytest.raises(BadEntry):
            bad()


def test_notes_and_news_go_with_the_erased_wearer(worn: Engine) -> None:
    _run(worn, "one", _found("a"))
    with worn.begin() as connection:
        person = connection.scalar(select(func.min(MatchNews.match_id)))
        assert person == 1
        connection.execute(update(Match).values(person_id=1))
    number = note_service.add_note(worn, 1, "a van", **BY)
    note_service.correct_note(worn, 1, number, "a lorry", "it was one", **BY)
    erase_person(worn, "W0000", reason="asked", **BY)
    with worn.connect() as connection:
        left = [connection.scalar(select(func.count()).select_from(table)) for table in (MatchNews, MatchNote)]
    assert left == [0, 0]
