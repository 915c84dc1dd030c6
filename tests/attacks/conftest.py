"""Once on SQLite, once on PostgreSQL: what attacks spoil on disk or in the database is a copy (`copied`); the served
home (`target`) is for all modules.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.attacked import Homes, Target
from tests.support.databases import DATABASES
from tests.support.worlds import World


@pytest.fixture(scope="session")
def homes(request: pytest.FixtureRequest) -> Iterator[Homes]:
    # Made by the session and not by parameters of its own: tests come by file, and each file asks for both databases.
    with ExitStack() as stack:
        yield Homes(request, stack)


@pytest.fixture(params=DATABASES)
def target(request: pytest.FixtureRequest, homes: Homes) -> Target:
    return homes.served(request.param)


@pytest.fixture(params=DATABASES)
def copied(request: pytest.FixtureRequest, homes: Homes, tmp_path: Path) -> World:
    """A copy of the home, and of its database, to be spoilt."""
    return homes.copy(request.param, tmp_path)
