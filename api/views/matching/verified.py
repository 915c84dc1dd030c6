"""A kept run computed again and compared, with a bar while it goes on."""

import tempfile
from pathlib import Path
from typing import NamedTuple

from api.console.progress import stage
from api.schemas.matching.verified import Verified
from api.settings import Settings
from api.usecases.actor import Actor
from api.usecases.matching import runs as reading_runs
from api.usecases.stores import open_fixes
from api.views.matching.candidates import Shown
from matcher.runs.verify import verify


class Told(NamedTuple):
    """The answer both ways, and whether all that could be checked is as it was."""

    shown: Shown
    same: bool


def verified(actor: Actor, settings: Settings, name: str) -> Told:
    """With a bar while it goes on. Raises matcher.errors.RunNotFound, StoreError."""
    with stage("Computing the run again"):
        told = verified_run(actor, settings, name)
    return Told(Shown([f"Run {told.run_id}: {told.in_words}"], told), told.same)


def verified_run(actor: Actor, settings: Settings, name: str) -> Verified:
    """Raises matcher.errors.RunNotFound, StoreError."""
    run = reading_runs.readable_run(actor, settings.runs_dir, name)
    store = open_fixes(settings)
    # Beside the runs, so that it is as private and on the same disk; gone whatever happens.
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=settings.runs_dir) as work_dir:
        found = verify(run, store, work_dir=Path(work_dir), threads=settings.threads)
    return Verified(
        run_id=run.run_id,
        same=found.same,
        in_words=str(found),
        another_algorithm=found.another_algorithm,
        altered_files=list(found.altered),
        wearers_erased=len(found.erased),
        wearers_changed=len(found.changed),
        results_that_differ=list(found.differs),
    )
