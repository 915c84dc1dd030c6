"""Object code called without numba says what numba says, for everything a kernel takes and gives."""

import gc
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import object_code
from geo.compiled import Kernel, compiled
from geo.object_code import DIGEST_BYTES, HEADER_BYTES, KernelFailed, NoObjectCode, load, types_of
from geo.object_making import make
from geo.object_placing import NotPlain, placed


def total(a, b, k, x, flag):  # type: ignore[no-untyped-def]
    out = 0.0
    for i in range(len(a)):
        out += a[i] * x + b[i % len(b)] * k
    return -out if flag else out


def several(a):  # type: ignore[no-untyped-def]
    kept = np.empty(len(a), a.dtype)
    n = 0
    for i in range(len(a)):
        if a[i] > 0:
            kept[n] = a[i]
            n += 1
    return kept[:n], n, n > 2, np.float64(n) / 2, kept[: n // 2], np.int32(-n)


def fill(a, value):  # type: ignore[no-untyped-def]
    for i in range(len(a)):
        a[i] = value


def spread(a):  # type: ignore[no-untyped-def]
    """Of two dimensions, with memory of its own that it gives back."""
    work = np.zeros(a.shape[0], np.float64)
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            work[i] += a[i, j]
    return work[0] + 2 * work[-1]


def corner(a, i, j, k):  # type: ignore[no-untyped-def]
    return a[i, j, k]


def itself(a):  # type: ignore[no-untyped-def]
    return a[1:]


def huge(n):  # type: ignore[no-untyped-def]
    return np.empty(n, np.int64)


def pair(a):  # type: ignore[no-untyped-def]
    return a, a


def nothing() -> int:
    return 7


def both(function: Callable[..., Any], *arguments: Any) -> tuple[Any, Any]:
    """What object code says, and what Python does."""
    return load(make(function, arguments))(arguments), function(*arguments)


DTYPES = ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "?")


@pytest.mark.parametrize("dtype", DTYPES)
def test_numbers_and_arrays_of_every_kind_go_in(dtype: str) -> None:
    arguments = (np.array([3, 0, 1, 100], dtype), np.array([1.5, -2.0], np.float32), -3, 0.25)
    total_of: Callable[..., Any] = total
    call = load(make(total, (*arguments, True)))
    for flag in (True, False):
        assert call((*arguments, flag)) == total_of(*arguments, flag)


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.uint32, np.float32, np.float64])
def test_numpy_numbers_go_in_as_what_they_are(kind: Any) -> None:
    said, right = both(total, np.ones(2), np.ones(1), kind(5), kind(7), np.bool_(False))
    assert said == right


@pytest.mark.parametrize("dtype", DTYPES[:-1])
def test_a_tuple_of_arrays_and_numbers_comes_out(dtype: str) -> None:
    said, right = both(several, np.array([0, 3, 4, 0, 5, 6], dtype))
    for one, other in zip(said, right, strict=True):
        assert np.array_equal(one, other)
        assert np.asarray(one).dtype == np.asarray(other).dtype or not isinstance(one, np.ndarray)
    assert type(said[2]) is bool


def test_arrays_that_skip_are_read_and_written_where_they_stand() -> None:
    a = np.arange(10.0)
    said, right = both(total, a[::3], a[::-1], 1, 1.0, False)
    assert said == right
    out = np.zeros(10, np.int32)
    arguments = (out[::2], 7)
    assert load(make(fill, arguments))(arguments) is None
    assert out.tolist() == [7, 0] * 5


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_several_dimensions_go_in(order: Any) -> None:
    a = np.asarray(np.arange(12.0).reshape(3, 4), order=order)
    said, right = both(spread, a)
    assert said == right
    b = np.asarray(np.arange(24.0).reshape(2, 3, 4), order=order)
    assert both(corner, b, 1, 2, 3) == (23.0, 23.0)


def test_part_of_an_argument_that_comes_out_is_a_copy_that_outlives_it() -> None:
    a = np.arange(5)
    said = load(make(itself, (a,)))((a,))
    a[:] = -1
    assert said.tolist() == [1, 2, 3, 4]


def test_no_arguments_and_empty_arrays() -> None:
    assert both(nothing) == (7, 7)
    said, _ = both(several, np.empty(0, np.int64))
    assert [len(said[0]), said[1], len(said[4])] == [0, 0, 0]


def test_memory_that_cannot_be_had_is_an_error_and_not_a_crash() -> None:
    call = load(make(huge, (3,)))
    assert len(call((5,))) == 5
    with pytest.raises(KernelFailed, match="memory"):
        call((1 << 58,))
    with pytest.raises(KernelFailed):
        call((-1,))


def test_memory_of_results_goes_back_with_the_last_that_uses_it() -> None:
    a = np.ones(2_000_000)
    call = load(make(several, (a,)))

    def resident_mib() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    held = call((a,))[4]
    gc.collect()
    before = resident_mib()
    for _ in range(40):
        call((a,))
    gc.collect()
    assert resident_mib() - before < 100
    assert held.sum() == 1_000_000


@pytest.mark.parametrize("arguments", [("text",), (None,), ([1, 2],), ((1, 2),), (1j,), (np.float16(1),)])
def test_other_arguments_have_no_object_code(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(NoObjectCode):
        types_of(arguments)


def test_other_results_have_no_object_code() -> None:
    with pytest.raises(NoObjectCode, match="result"):
        make(pair, (np.zeros((2, 2)),))


@given(st.binary(max_size=200))
@settings(max_examples=50, deadline=None)
def test_bytes_that_are_no_object_code_are_told(stored: bytes) -> None:
    with pytest.raises(NoObjectCode):
        load(stored)


def test_object_code_cut_short_is_told() -> None:
    stored = make(nothing, ())
    for length in (len(stored) // 3, len(stored) // 2):
        with pytest.raises(NoObjectCode):
            load(stored[:length])


def test_arrays_of_other_layouts_are_other_types() -> None:
    a = np.arange(6)
    read_only = a.copy()
    read_only.flags.writeable = False
    types = {types_of((b,)) for b in (a, a[::2], read_only, a.astype(np.int32), a.reshape(2, 3))}
    assert len(types) == 5
    assert types_of((a,)) == types_of((a[2:],)) == types_of((a.copy(),))


# ---- as kernels ------------------------------------------------------------------------------------------------------


@compiled
def doubled(x):  # type: ignore[no-untyped-def]
    return x + x


@compiled
def sum_of_doubled(a):  # type: ignore[no-untyped-def]
    out = 0
    for i in range(len(a)):
        out += doubled(a[i])
    return out


@compiled
def first_of(items):  # type: ignore[no-untyped-def]
    return items[0]


@compiled
def busy(n):  # type: ignore[no-untyped-def]
    h = np.uint64(1)
    for i in range(n):
        h = (h ^ np.uint64(i)) * np.uint64(1099511628211)
    return h


def test_a_kernel_calls_a_kernel_and_is_called_with_names() -> None:
    assert sum_of_doubled(np.arange(4)) == 12
    assert sum_of_doubled(a=np.arange(4.0)) == 12.0


def test_what_has_no_object_code_is_called_all_the_same() -> None:
    assert first_of((5, 6)) == 5
    assert first_of((2.5, True)) == 2.5


def test_a_call_that_makes_no_sense_is_numbas_own_error() -> None:
    from numba.core.errors import TypingError

    with pytest.raises(TypingError):
        sum_of_doubled(3)


def test_a_kernel_goes_to_another_process_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(doubled)) is doubled


def test_kernels_of_one_name_that_close_over_other_values_are_not_confused() -> None:
    def adder(step: int) -> Kernel:
        @compiled
        def add(x: int) -> int:
            return x + step

        return add

    assert [adder(1)(1), adder(10)(1)] == [2, 11]


def test_python_goes_on_while_a_kernel_runs() -> None:
    busy(10)

    worker = threading.Thread(target=busy, args=(100_000_000,))
    worker.start()
    ticks = 0
    while worker.is_alive():
        ticks += 1
        time.sleep(0.001)
    # Were the lock held, this thread could not count.
    assert ticks > 3


def test_many_threads_may_ask_first() -> None:
    said: list[int] = []
    workers = [threading.Thread(target=lambda: said.append(doubled(np.int16(4)))) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert said == [8] * 8


SCRIPT = """
import sys
import numpy as np
from geo import bng
placed = bng.place(np.array([-0.1246]), np.array([51.5007]))
print(int(placed.x_mm[0]), int(placed.y_mm[0]), int("numba" in sys.modules))
"""


def place_in_a_process(cache: Path, **environment: str) -> list[int]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(word) for word in done.stdout.split()]


def test_a_second_process_needs_no_numba_and_says_the_same(tmp_path: Path) -> None:
    *first, numba_first = place_in_a_process(tmp_path)
    *again, numba_again = place_in_a_process(tmp_path)
    assert first == again
    assert (numba_first, numba_again) == (1, 0)
    for path in tmp_path.rglob("*.code"):
        path.write_bytes(path.read_bytes()[:50])
    *mended, numba_mended = place_in_a_process(tmp_path)
    assert (mended, numba_mended) == (first, 1)
    assert place_in_a_process(tmp_path) == [*again, 0]


def test_the_processor_and_the_compilers_are_part_of_the_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from geo import compiled as module

    folders = []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("znver4", "skylake"):
        monkeypatch.setattr(module, "_processor", lambda name=name: [name])
        module._made_by.cache_clear()
        module._cache_dir.cache_clear()
        folders.append(module._cache_dir(Path(object_code.__file__).parent))
    module._made_by.cache_clear()
    module._cache_dir.cache_clear()
    assert len(set(folders)) == 2


def test_what_the_processor_is_can_be_told_without_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    from geo import compiled as module

    here = module._processor()
    monkeypatch.setattr(module, "_PROCESSOR", ("something no processor is asked",))
    assert module._processor()
    assert module._processor() != here


def test_llvm_loads_what_is_not_placed_by_hand_and_it_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        raise NotPlain("for once")

    stored = make(pair, (np.arange(3.0),))
    by_hand = load(stored)((np.arange(3.0),))
    monkeypatch.setattr(object_code, "placed", refused)
    by_llvm = load(stored)((np.arange(3.0),))
    assert str(by_hand) == str(by_llvm)


def test_one_bit_changed_in_a_kept_file_is_noticed() -> None:
    stored = bytearray(make(nothing, ()))
    stored[len(stored) // 2] ^= 1
    with pytest.raises(NoObjectCode, match="digest"):
        load(bytes(stored))


@given(st.binary(max_size=400), st.integers(0, 3000))
@settings(max_examples=100, deadline=None)
def test_no_bytes_are_placed_that_are_not_understood(junk: bytes, at: int) -> None:
    code = make(nothing, ())[DIGEST_BYTES:]
    code = code[HEADER_BYTES + int.from_bytes(code[:HEADER_BYTES], "little") :]
    for given_bytes in (junk, b"\x7fELF\x02\x01" + junk, code[:at]):
        if len(given_bytes) < len(code):
            with pytest.raises(NotPlain):
                placed(given_bytes, ("entry", "release"))


def test_folders_that_edits_left_behind_are_cleared_away_once_they_are_old(tmp_path: Path) -> None:
    from geo import compiled as module

    for k in range(20):
        (tmp_path / f"{k:02}").mkdir()
        os.utime(tmp_path / f"{k:02}", (1_000_000 + k, 1_000_000 + k))
    module._prune(tmp_path, 1_000_000 + 3_600)
    assert len(list(tmp_path.iterdir())) == 20
    module._prune(tmp_path, 1_000_000 + 365 * 86_400)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{k:02}" for k in range(12, 20)]


def test_code_that_others_could_have_put_there_is_not_run(tmp_path: Path) -> None:
    first = place_in_a_process(tmp_path)
    assert place_in_a_process(tmp_path) == [*first[:-1], 0]
    for folder in (tmp_path / "tagpilot" / "kernels").iterdir():
        folder.chmod(0o777)
    assert place_in_a_process(tmp_path) == [*first[:-1], 1]
