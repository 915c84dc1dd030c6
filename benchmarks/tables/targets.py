"""The speed targets, what was reached, and whether each was met, computed from the measured numbers alone."""

from dataclasses import dataclass
from typing import Any

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """One row of the table: the target in words, the value reached, and whether that meets it."""

    size: str
    target: str
    reached: str
    met: bool


def targets(results: dict[str, Result]) -> list[Target]:
    """Every target that was measured."""
    out: list[Target] = []
    if "M" in results:
        out += _at_m(results["M"])
    if "L" in results:
        out += _at_l(results["L"])
    if "XL" in results:
        out += _at_xl(results["XL"])
    return out + _growth(results)


def _best(result: Result, key: str = "wall_s") -> float:
    return min(float(result["in_turn"][engine][key]) for engine in ("polars", "duckdb"))


def _at_most(size: str, target: str, value: float, limit: float, unit: str = "×") -> Target:
    """A target met by at most `limit`."""
    return Target(size, target, f"{value:.2f} {unit}", value <= limit)


def _at_least(size: str, target: str, value: float, limit: float) -> Target:
    """A target met by at least `limit`."""
    return Target(size, target, f"{value:.2f} ×", value >= limit)


def _at_m(result: Result) -> list[Target]:
    measured, full = result["in_turn"], result.get("deeper")
    warm = measured["plain"]["warm_s"]
    whole = "M", "plain, warm: at least 6 × faster than the best rival's whole job"
    out = [_at_least(*whole, _best(result) / warm, 6.0)]
    if full is not None:
        rival_57_days_s = min(full[f"{engine}, 57 days"]["wall_s"] for engine in ("polars", "duckdb"))
        out += [
            _at_most("M", "plain, warm: at most 10 × stream", warm / full["loops"]["stream_s"], 10.0),
            _at_least(
                "M",
                "p, ± 28 reference days, strength, q, warm: at least 15 × faster than the best rival asked 57 "
                "times in one process",
                rival_57_days_s / full["everything"]["warm_s"],
                15.0,
            ),
            _at_most("M", "all five verdicts, warm: at most 4 × plain", full["verdicts"]["warm_s"] / warm, 4.0),
        ]
    if "hard" in result:
        out += _hard(result["hard"])
    return out


def _hard(hard: dict[str, Result]) -> list[Target]:
    out = []
    for kind in ("plain", "everything"):
        base = hard["base"][kind]
        rows = {name: result[kind] for name, result in hard.items() if name != "base" and kind in result}
        slowest = max(rows, key=lambda name: float(rows[name]["wall_s"]))
        ratio = rows[slowest]["wall_s"] / base["wall_s"]
        output = rows[slowest]["pairs"] / max(1, base["pairs"])
        out.append(
            Target(
                "M",
                f"hard inputs, {kind}: none over 10 × the base, unless its output is",
                f"{ratio:.1f} × ({slowest}; its output {output:.1f} ×)",
                all(row["wall_s"] <= 10 * base["wall_s"] or row["pairs"] > 10 * base["pairs"] for row in rows.values()),
            )
        )
        largest = max(rows, key=lambda name: float(rows[name]["peak_mib"]))
        peak = rows[largest]["peak_mib"]
        out.append(Target("M", f"hard inputs, {kind}: none over 2 GiB", f"{peak:,.0f} MiB ({largest})", peak <= 2048))
    return out


def _at_l(result: Result) -> list[Target]:
    measured = result["in_turn"]
    plain, decode = measured["plain"], measured["decode"]["wall_s"]
    best = _best(result)
    out = [
        _at_most("L", "plain, whole job: at most 0.45 × decode", plain["wall_s"] / decode, 0.45),
        _at_least("L", "plain, whole job: at least 2.5 × faster than the best rival", best / plain["wall_s"], 2.5),
        Target("L", "plain: under 1 GiB resident", f"{plain['peak_mib']:,.0f} MiB", plain["peak_mib"] < 1024),
        _at_most("L", "plain, warm: at most 0.2 × decode", plain["warm_s"] / decode, 0.2),
        _at_least("L", "plain, warm: at least 5 × faster than the best rival's whole job", best / plain["warm_s"], 5.0),
    ]
    if "threads" in result:
        one, two = (result["threads"][name]["warm_s"] for name in ("one thread", "two threads"))
        out.append(_at_least("L", "2 threads, plain, warm: at least 1.6 × one", one / two, 1.6))
    if "append" in result:
        ratio = result["append"]["append_s"] / result["append"]["polars_s"]
        out.append(_at_most("L", "append of a day: at most 1.5 × writing its Parquet by Polars", ratio, 1.5))
    return out


def _at_xl(result: Result) -> list[Target]:
    if "one_crime" not in result:
        return []
    return [_at_most("XL", "one crime by hand, warm: under 0.5 s", result["one_crime"]["warm_s"], 0.5, "s")]


def _growth(results: dict[str, Result]) -> list[Target]:
    """Of the largest size that was measured, beside S."""
    fix_s = {
        name: row["warm_s"] / row["fixes"]
        for name, result in results.items()
        if "fixes" in (row := result["in_turn"]["plain"])
    }
    if "S" not in fix_s or len(fix_s) == 1:
        return []
    largest = list(fix_s)[-1]
    return [_at_most(largest, "plain, warm, time a fix: no more than at S", fix_s[largest] / fix_s["S"], 1.0)]
