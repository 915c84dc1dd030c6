import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numba.core.config
import numpy as np
import pytest

import geo.compiled as compiled_module
from geo.compiled import compiled
from geo.projection import in_window

numba_settings: Any = numba.core.config

PRODUCT = [Path(compiled_module.__file__).parent.parent / name for name in ("api", "geo", "matcher", "tracker")]

INNER = """
from geo.compiled import compiled

@compiled
def inner(x):
    return x + {step}
"""
OUTER = """
from geo.compiled import compiled
from steps.inner import inner

@compiled
def outer(x):
    return 10 * inner(x)

if __name__ == "__main__":
    import sys
    print(outer(1), int("numba" in sys.modules))
"""


def run_outer(folder: Path, cache: Path) -> list[int]:
    """What outer(1) says in a process of its own, and whether that took numba."""
    done = subprocess.run(
        [sys.executable, "-B", "-m", "steps.outer"],
        cwd=folder,
        env={**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])},
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(word) for word in done.stdout.split()]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "inner.py").write_text(INNER.format(step=1))
    (tmp_path / "steps" / "outer.py").write_text(OUTER)
    return tmp_path


def test_an_edit_in_a_called_function_of_another_file_is_noticed(package: Path) -> None:
    cache = package / "cache"
    assert run_outer(package, cache) == [20, 1]
    assert run_outer(package, cache) == [20, 0]
    (package / "steps" / "inner.py").write_text(INNER.format(step=2))
    assert run_outer(package, cache) == [30, 1]


def test_without_a_cache_folder_it_still_works(package: Path) -> None:
    (package / "no_folder").write_text("a file where a folder should be")
    assert run_outer(package, package / "no_folder") == [20, 1]


def test_a_quotient_by_zero_is_infinite_as_in_numpy() -> None:
    @compiled
    def reciprocal(x: float) -> float:
        return 1.0 / x

    assert reciprocal(0.0) == np.inf


def test_compiled_loops_release_the_lock_so_that_threads_run_at_once() -> None:
    assert in_window.dispatcher.targetoptions["nogil"] is True
    assert "parallel" not in in_window.dispatcher.targetoptions


def test_numbas_own_cache_folder_is_left_as_it_was() -> None:
    before = numba_settings.CACHE_DIR

    @compiled
    def twice(x: float) -> float:
        return 2.0 * x

    assert twice(1.0) == 2.0
    assert before == numba_settings.CACHE_DIR


def lines_of_product() -> list[tuple[str, str]]:
    """Every line of product code with its place, comments cut off."""
    return [
        (f"{path.name}:{number}", line.split("#")[0])
        for folder in PRODUCT
        for path in sorted(folder.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    ]


def test_no_kernel_is_parallel_or_careless_with_floats() -> None:
    # Parallel kernels under threads can abort, and fastmath lets the answer depend on the machine.
    found = [place for place, line in lines_of_product() if re.search(r"parallel=True|prange\(|fastmath=", line)]
    assert found == []


def test_no_product_code_asks_pyproj_for_the_national_grid() -> None:
    # Its wheel has no OSTN15: from_crs(4326, 27700) is 1.3 to 2.1 m off over London, in silence. to_crs ends there too.
    found = [
        place
        for place, line in lines_of_product()
        if re.search(r"from_crs\(|\.to_crs\(|import pyproj|from pyproj", line)
    ]
    assert found == []
    assert len(lines_of_product()) > 1_000
