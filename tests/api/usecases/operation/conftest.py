"""A home with people in every state, its record in the home or on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import postgres
from tests.support.databases import DATABASES
from tests.support.erasure import with_numbers
from tests.support.postgres import Server, clone, drop
from tests.support.worlds import World, tag_all_four, write_files

_OTHERS = 30
"""As many more people, so that an export may leave."""


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Asked for by tests on PostgreSQL alone."""
    made = Server(request.getfixturevalue("postgres_url"), [])
    yield made
    for name in made.made:
        drop(made.url, name)


def _people_in(world: World) -> World:
    write_files(world.files)
    tag_all_four(world)
    with_numbers(world, _OTHERS)
    return world


@pytest.fixture(scope="session")
def _in_sqlite(tmp_path_factory: pytest.TempPathFactory) -> World:
    root = tmp_path_factory.mktemp("people")
    return _people_in(World(root / "home", root / "files"))


@pytest.fixture(scope="session")
def _in_postgres(postgres_url: str, postgres_template: str, tmp_path_factory: pytest.TempPathFactory) -> World:
    root, name = tmp_path_factory.mktemp("people"), "people"
    return _people_in(World(root / "home", root / "files", clone(postgres_url, name, postgres_template)))


@pytest.fixture(params=DATABASES)
def peopled(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """A home of the test's own: all four tagged and released, everyone named, more people in the pilot."""
    if request.param == "sqlite":
        return request.getfixturevalue("_in_sqlite").copy_to(tmp_path)  # type: ignore[no-any-return]
    made: World = request.getfixturevalue("_in_postgres")
    url = request.getfixturevalue("server").database("people")
    postgres.execute(url, "ANALYZE")
    return made.copy_to(tmp_path, url)
