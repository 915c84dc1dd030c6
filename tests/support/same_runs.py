"""Two runs compared by their manifests, and where these differ, by the rows of the results."""

import polars as pl

from matcher.runs.folder import RunFolder

_SHOWN = 5


def assert_same_run(found: RunFolder, expected: RunFolder) -> None:
    """The manifests are equal. If not, the message names each result that differs, with the first rows that do."""
    if found.manifest == expected.manifest:
        return
    before, after = dict(expected.manifest), dict(found.manifest)
    results = _differing(before.pop("results"), after.pop("results"))
    lines = [f"{name}: {after.get(name)} instead of {before.get(name)}" for name in _differing(before, after)]
    lines += [f"{name}: {_how(expected, found, name)}" for name in results]
    raise AssertionError("\n".join(["the runs differ", *lines]))


def _differing(before: dict[str, object], after: dict[str, object]) -> list[str]:
    return [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]


def _how(expected: RunFolder, found: RunFolder, name: str) -> str:
    before, after = (pl.read_parquet(run.path / f"{name}.parquet", glob=False) for run in (expected, found))
    if before.schema != after.schema:
        return f"columns {after.schema} instead of {before.schema}"
    if before.equals(after):
        return f"the digests differ, the {before.height} rows in the files do not"
    if before.height != after.height:
        return f"{after.height} rows instead of {before.height}; {_only(after, before, 'only here')}"
    rows = [k for k in range(before.height) if before.row(k) != after.row(k)]
    shown = [f"row {k}: {_values(before, after, k)}" for k in rows[:_SHOWN]]
    return f"{len(rows)} of {before.height} rows differ; " + "; ".join(shown)


def _values(before: pl.DataFrame, after: pl.DataFrame, row: int) -> str:
    pairs = zip(before.columns, before.row(row), after.row(row), strict=True)
    return ", ".join(f"{name} {_value(new, old)}" for name, old, new in pairs if old != new)


def _value(new: object, old: object) -> str:
    if isinstance(new, bytes) and isinstance(old, bytes):
        at = [k for k, (a, b) in enumerate(zip(new, old, strict=False)) if a != b]
        return f"of {len(new)} bytes instead of {len(old)}, other bytes at {at[:_SHOWN]} ({len(at)} in all)"
    return f"{new!r} instead of {old!r}"


def _only(rows: pl.DataFrame, others: pl.DataFrame, said: str) -> str:
    extra = rows.join(others, on=rows.columns, how="anti", nulls_equal=True)
    return f"{said}: {extra.head(_SHOWN).rows()}"
