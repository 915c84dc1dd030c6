"""What pytest is told of proofs: where results are kept, of which part, and the fixture that keeps what was measured.

Of its own, so that runs of small samples need not load the program.
"""

from pathlib import Path

import pytest

from tests.proofs.recorder import PROOF, Proof, Recorder, criteria_of
from tests.proofs.requirements import PARTS


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--results", metavar="FOLDER", help="keep what each proof measured in this folder, and go on there"
    )
    parser.addoption("--of", choices=PARTS, help="with --results: only proofs of this part of the program")


def pytest_configure(config: pytest.Config) -> None:
    if (folder := config.getoption("--results")) and not config.getoption("--collect-only"):
        config.pluginmanager.register(Recorder(config, Path(config.rootpath, folder), config.getoption("--of")))


@pytest.fixture
def proof(request: pytest.FixtureRequest) -> Proof:
    """Keeps what a proof measures; where nothing is to be kept, it is asked of its criteria all the same."""
    kept = request.node.stash.get(PROOF, None)
    return kept or Proof(request.node.nodeid, criteria_of(request.node))
