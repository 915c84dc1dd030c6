"""A file of an export that has changed on disk is not given to anybody."""

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api.settings import read_settings
from api.usecases.evaluation.cohort_exports import MANIFEST, file_of
from matcher.errors import Damaged
from tests.support.flips import flip


def test_a_changed_file_of_an_export_is_not_given(tmp_path: Path) -> None:
    settings = read_settings({}, home=tmp_path)
    folder = settings.exports_dir / "f00"
    folder.mkdir(parents=True)
    content = {"cohort.csv": b"person,sex\np1,F\n"}
    files = {name: {"sha256": hashlib.sha256(data).hexdigest()} for name, data in content.items()}
    content[MANIFEST] = json.dumps({"files": files}).encode()
    for name, data in content.items():
        (folder / name).write_bytes(data)
    told = SimpleNamespace(
        folder="f00", manifest={"files": files}, sha256=hashlib.sha256(content[MANIFEST]).hexdigest()
    )
    export = cast(Any, told)
    for name, data in content.items():
        assert file_of(settings, export, name) == data
        flip(folder / name, len(data) // 2, 1)
        with pytest.raises(Damaged, match=name):
            file_of(settings, export, name)
