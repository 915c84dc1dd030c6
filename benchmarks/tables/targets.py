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
    return out


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
    out = [
        _at_most(
            "M", "plain, fresh process: no slower than the best rival", measured["plain"]["wall_s"] / _best(result), 1.0
        ),
    ]
    if full is None:
        return out
    stream = full["loops"]["stream_s"]
    warm = measured["plain"]["warm_s"]
    rival_57_days_s = min(full[f"{engine}, 57 days"]["wall_s"] for engine in ("polars", "duckdb"))
    one, two = full["one thread"]["warm_s"], full["two threads"]["warm_s"]
    out += [
        _at_most("M", "plain, warm: at most 12 × stream", warm / stream, 12.0),
        _at_least("M", "plain, warm: at least 4 × faster than the best rival's whole job", _best(result) / warm, 4.0),
        _at_most(
            "M", "loops alone, points, segments and dwell: at most 6 × stream", full["loops"]["two"] / stream, 6.0
        ),
        _at_least(
            "M",
            "p, ± 28 reference days, strength, q: at least 10 × faster than asking the best rival 57 times, as jobs",
            57 * _best(result) / full["everything"]["wall_s"],
            10.0,
        ),
        _at_least(
            "M",
            "the same, the rival asked 57 times in one process, ours in a warm one",
            rival_57_days_s / full["everything"]["warm_s"],
            10.0,
        ),
        _at_most(
            "M",
            "all five verdicts: under 10 × the plain job",
            full["verdicts"]["wall_s"] / measured["plain"]["wall_s"],
            10.0,
        ),
        _at_least("M", "2 threads, plain, warm: at least 1.7 × one", one / two, 1.7),
        _at_least(
            "M",
            "2 threads, everything, warm: at least 1.7 × one",
            full["everything, one thread"]["warm_s"] / full["everything"]["warm_s"],
            1.7,
        ),
        _at_least("M", "2 threads, loops alone: at least 1.7 × one", full["loops"]["one"] / full["loops"]["two"], 1.7),
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
    plain = measured["plain"]
    out = [
        _at_most("L", "plain, whole job: at most 1.3 × decode", plain["wall_s"] / measured["decode"]["wall_s"], 1.3),
        Target("L", "plain: under 1 GiB resident", f"{plain['peak_mib']:,.0f} MiB", plain["peak_mib"] < 1024),
        _at_least("L", "plain: at least 1.6 × faster than the best rival", _best(result) / plain["wall_s"], 1.6),
    ]
    if "grown" in result:
        for name, row in result["grown"].items():
            ratio = row["wall_s"] / measured["decode"]["wall_s"]
            out.append(_at_most("L", f"plain, after 30 daily appends, {name}: at most 1.3 × decode", ratio, 1.3))
    return out
