import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba.core.config
import numpy as np
import pytest

import geo.jit as jit
from geo.jit import called, compiled, inlined
from geo.projection import in_window

numba_settings: Any = numba.core.config

PRODUCT = [Path(jit.__file__).parent.parent / name for name in ("api", "geo", "matcher", "tracker")]

INNER = """
from geo.jit import compiled

@compiled
def inner(x):
    return x + {step}
"""
OUTER = """
from geo.jit import compiled
from steps.inner import inner

@compiled
def outer(x):
    return 10 * inner(x)

def answer(x):
    return outer(x), sum(outer.stats.cache_hits.values())

if __name__ == "__main__":
    print(*answer(1))
"""
SPAWNED = """
import multiprocessing
from steps.outer import answer

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        print(*pool.map(answer, [1, 2, 3, 4], chunksize=1))
"""
SUM = """
import sys
import numpy as np
from numba.core.caching import IndexDataCacheFile
from geo.jit import compiled

@compiled
def total(a):
    s = 0
    for i in range(len(a)):
        s += a[i]
    return s

def at(moment):
    sys.stdout.write(moment)
    sys.stdout.flush()
    sys.stdin.read(1)

save_index, save_data = IndexDataCacheFile._save_index, IndexDataCacheFile._save_data

def slow_index(self, overloads):
    at("i")
    save_index(self, overloads)

def slow_data(self, name, data):
    at("d")
    save_data(self, name, data)

if sys.argv[2:]:
    IndexDataCacheFile._save_index, IndexDataCacheFile._save_data = slow_index, slow_data
table = np.array([[1, 2, 3], [4, 5, 6]], np.int64)
given = {"row": table[0], "column": table[:, 0], "floats": table[0].astype(np.float64)}
print(" ", total(given[sys.argv[1]]), flush=True)
"""


def started(folder: Path, cache: Path, module: str = "steps.outer", *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-B", "-m", module, *words],
        cwd=folder,
        env={**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def printed(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def run_outer(folder: Path, cache: Path) -> list[int]:
    """What outer(1) returns in a process of its own, and how many of its functions came from the cache."""
    return [int(word) for word in printed(started(folder, cache)).split()]


def kept(cache: Path) -> Path:
    """The one folder of machine code under a cache root."""
    (folder,) = (cache / "tagpilot" / "kernels").iterdir()
    return folder


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "inner.py").write_text(INNER.format(step=1))
    (tmp_path / "steps" / "outer.py").write_text(OUTER)
    (tmp_path / "steps" / "spawned.py").write_text(SPAWNED)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("mark", ["compiled", "called", "inlined"])
def test_an_edit_in_a_called_function_of_another_file_is_noticed(package: Path, mark: str) -> None:
    cache, inner = package / "cache", INNER.replace("compiled", mark)
    (package / "steps" / "inner.py").write_text(inner.format(step=1))
    assert run_outer(package, cache) == [20, 0]
    assert run_outer(package, cache) == [20, 1]
    (package / "steps" / "inner.py").write_text(inner.format(step=2))
    assert run_outer(package, cache) == [30, 0]
    assert run_outer(package, cache) == [30, 1]


@pytest.mark.slow
def test_an_edit_in_the_package_is_noticed_from_a_folder_in_it(package: Path) -> None:
    """`matcher.kernels.other_days.hits` calls `matcher.kernels.search`."""
    cache, kernels = package / "cache", package / "steps" / "kernels"
    (kernels / "other_days").mkdir(parents=True)
    (kernels / "inner.py").write_text(INNER.format(step=1))
    (kernels / "other_days" / "outer.py").write_text(OUTER.replace("steps.inner", "steps.kernels.inner"))
    # Started as a module it would be called `__main__`.
    asked = "from steps.kernels.other_days.outer import answer; print(*answer(1))"
    (package / "asks.py").write_text(asked)
    for step, answer in ((1, ["20", "0"]), (1, ["20", "1"]), (2, ["30", "0"]), (2, ["30", "1"])):
        (kernels / "inner.py").write_text(INNER.format(step=step))
        assert printed(started(package, cache, "asks")).split() == answer


@pytest.mark.slow
def test_without_a_cache_folder_it_still_works(package: Path) -> None:
    (package / "no_folder").write_text("a file where a folder should be")
    assert run_outer(package, package / "no_folder") == [20, 0]
    assert run_outer(package, package / "no_folder") == [20, 0]


def test_a_cache_folder_that_may_not_be_written_is_left_alone(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Asked in this way because root may write everywhere.
    monkeypatch.setenv("XDG_CACHE_HOME", str(package))
    jit._cache_dir.cache_clear()
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert jit._cache_dir(package / "steps") is None
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(package))
    jit._cache_dir.cache_clear()
    assert jit._cache_dir(package / "steps") == kept(package)
    jit._cache_dir.cache_clear()


@pytest.mark.slow
def test_two_processes_that_compile_at_once_both_answer_and_leave_a_sound_cache(package: Path) -> None:
    cache = package / "cache"
    both = [started(package, cache) for _ in range(2)]
    assert [printed(process).split()[0] for process in both] == ["20", "20"]
    assert run_outer(package, cache) == [20, 1]


@pytest.mark.slow
@pytest.mark.parametrize(("first", "second"), [("column", "row"), ("row", "column"), ("floats", "row")])
def test_two_processes_that_compile_for_different_types_at_once_leave_no_wrong_code(
    package: Path, first: str, second: str
) -> None:
    """Each writes an index of its own type alone and a file of the same number: the first one's file is the last, and
    the second one's index."""
    (package / "steps" / "sums.py").write_text(SUM)
    cache = package / "cache"
    both = [started(package, cache, "steps.sums", which, "step by step") for which in (first, second)]

    (stdin_0, stdout_0), (stdin_1, stdout_1) = [(process.stdin, process.stdout) for process in both]
    assert stdin_0 is not None
    assert stdin_1 is not None
    assert stdout_0 is not None
    assert stdout_1 is not None
    # About to write the index; then the file; then the answer.
    assert stdout_0.read(1) == stdout_1.read(1) == "i"
    for stdin, stdout, moment in ((stdin_0, stdout_0, "d"), (stdin_1, stdout_1, "d"), (stdin_1, stdout_1, " ")):
        stdin.write(".")
        stdin.flush()
        assert stdout.read(1) == moment
    stdin_0.write(".")
    stdin_0.flush()
    answers = {"row": 6, "column": 5, "floats": 6.0}
    assert [float(stdout.read()) for stdout in (stdout_0, stdout_1)] == [answers[first], answers[second]]
    assert [process.wait(60) for process in both] == [0, 0]
    assert len(list(kept(cache).rglob("*.nbc"))) == 1
    for which in (second, first, second, first):
        assert float(printed(started(package, cache, "steps.sums", which))) == answers[which]


def test_intels_vector_functions_are_not_used() -> None:
    asked = "import geo.jit, numba; print(numba.core.config.DISABLE_INTEL_SVML, numba.core.config.USING_SVML)"
    without = {name: value for name, value in os.environ.items() if name != "NUMBA_DISABLE_INTEL_SVML"}
    done = subprocess.run([sys.executable, "-c", asked], env=without, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "False"]


@pytest.mark.slow
def test_spawned_worker_processes_use_what_was_kept(package: Path) -> None:
    cache = package / "cache"
    assert run_outer(package, cache) == [20, 0]
    assert printed(started(package, cache, "steps.spawned")).strip() == "(20, 1) (30, 1) (40, 1) (50, 1)"


@pytest.mark.slow
def test_code_that_others_could_have_put_there_is_not_run(package: Path) -> None:
    cache = package / "cache"
    assert run_outer(package, cache) == [20, 0]
    assert run_outer(package, cache) == [20, 1]
    kept(cache).chmod(0o777)
    assert run_outer(package, cache) == [20, 0]


def test_a_folder_of_another_user_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    assert jit._is_ours(tmp_path)
    owner = tmp_path.stat().st_uid
    if owner == 0:
        os.chown(tmp_path, 12345, -1)
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    assert not jit._is_ours(tmp_path)


def test_the_processor_and_the_compilers_are_part_of_the_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folders = []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    package_dir = Path(jit.__file__).parent
    for processor, release in (("znver4", "1.0"), ("skylake", "1.0"), ("skylake", "1.1")):
        monkeypatch.setattr(jit, "_processor", lambda processor=processor: [processor])
        monkeypatch.setattr(jit, "version", lambda _, release=release: release)
        jit._made_by.cache_clear()
        jit._cache_dir.cache_clear()
        folders.append(jit._cache_dir(package_dir))
    jit._made_by.cache_clear()
    jit._cache_dir.cache_clear()
    assert len(set(folders)) == 3


def test_what_the_processor_is_can_be_told_without_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    here = jit._processor()
    monkeypatch.setattr(jit, "_PROCESSOR", ("something no processor is asked",))
    assert jit._processor()
    assert jit._processor() != here


def test_folders_that_edits_left_behind_are_cleared_away_once_they_are_old(tmp_path: Path) -> None:
    for k in range(20):
        (tmp_path / f"{k:02}").mkdir()
        os.utime(tmp_path / f"{k:02}", (1_000_000 + k, 1_000_000 + k))
    jit._prune(tmp_path, 1_000_000 + 3_600)
    assert len(list(tmp_path.iterdir())) == 20
    jit._prune(tmp_path, 1_000_000 + 365 * 86_400)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{k:02}" for k in range(12, 20)]


def test_a_quotient_by_zero_is_infinite_as_in_numpy() -> None:
    @compiled
    def reciprocal(x: float) -> float:
        return 1.0 / x

    assert reciprocal(0.0) == np.inf


def test_compiled_loops_release_the_lock_so_that_threads_run_at_once() -> None:
    dispatcher: Any = in_window
    assert dispatcher.targetoptions["nogil"] is True
    assert "parallel" not in dispatcher.targetoptions


@pytest.mark.parametrize("mark", [called, inlined])
def test_what_compiled_functions_alone_call_is_refused_to_python(mark: Callable[..., Any]) -> None:
    @mark
    def twice(x: float) -> float:
        return 2.0 * x

    @compiled
    def four_times(x: float) -> float:
        return 2.0 * twice(x)

    for _ in range(2):
        with pytest.raises(TypeError, match="twice is called by compiled functions alone"):
            twice(1.0)
        assert four_times(1.0) == 4.0


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
