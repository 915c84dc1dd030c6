"""Proven reoffences of wearers, sent as an officer sends them."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from tests.support.evaluation_world import NOW, TODAY
from tests.support.evaluators import rows_csv
from tests.support.pilot import PILOT
from tracker.evaluation.imports.files import Kind
from tracker.evaluation.imports.importer import import_evaluation_file

AFTER = NOW + timedelta(hours=1)
"""When they are known."""


def reoffended(engine: Engine, folder: Path, wearers: Iterable[int]) -> None:
    said = {"offence_date": "2019-12-01", "offence_code": "00826", "conviction_date": "2020-01-09", "source": "a test"}
    path = folder / "reoffences.csv"
    path.write_bytes(rows_csv(*({"person": f"W{n}", **said} for n in wearers)))
    how = {"rejects_dir": folder / "rejects", "by": "olu", "received_at": NOW, "today": TODAY}
    import_evaluation_file(engine, path, Kind.REOFFENCES, PILOT, **how)  # type: ignore[arg-type]
