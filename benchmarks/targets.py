"""What was asked for, what was reached, and whether it was met: from the numbers alone."""

from dataclasses import dataclass
from typing import Any

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """One row of the table."""

    size: str
    asked: str
    reached: str
    met: bool


def targets(results: dict[str, Told]) -> list[Target]:
    """Every target whose measurement is there."""
    out: list[Target] = []
    if "M" in results:
        out += _at_m(results["M"])
    if "L" in results:
        out += _at_l(results["L"])
    return out


def _best(told: Told, key: str = "wall_s") -> float:
    return min(float(told["in_turn"][engine][key]) for engine in ("polars", "duckdb"))


def _over(size: str, asked: str, value: float, limit: float, unit: str = "×") -> Target:
    """At most `limit`."""
    return Target(size, asked, f"{value:.2f} {unit}", value <= limit)


def _at_least(size: str, asked: str, value: float, limit: float) -> Target:
    return Target(size, asked, f"{value:.2f} ×", value >= limit)


def _at_m(told: Told) -> list[Target]:
    turn, deep = told["in_turn"], told.get("deeper")
    out = [
        _over("M", "plain, fresh process: no slower than the best rival", turn["plain"]["wall_s"] / _best(told), 1.0),
    ]
    if deep is None:
        return out
    stream = deep["loops"]["stream_s"]
    warm = turn["plain"]["warm_s"]
    asked_57 = min(deep[f"{engine}, 57 days"]["wall_s"] for engine in ("polars", "duckdb"))
    one, two = deep["one thread"]["warm_s"], deep["two threads"]["warm_s"]
    out += [
        _over("M", "plain, warm: at most 12 × stream", warm / stream, 12.0),
        _at_least("M", "plain, warm: at least 4 × faster than the best rival's whole job", _best(told) / warm, 4.0),
        _over("M", "loops alone, points, segments and dwell: at most 6 × stream", deep["loops"]["two"] / stream, 6.0),
        _at_least(
            "M",
            "p, ± 28 reference days, strength, q: at least 10 × faster than asking the best rival 57 times, as jobs",
            57 * _best(told) / deep["everything"]["wall_s"],
            10.0,
        ),
        _at_least(
            "M",
            "the same, the rival asked 57 times in one process, ours in a warm one",
            asked_57 / deep["everything"]["warm_s"],
            10.0,
        ),
        _over(
            "M",
            "all five verdicts: under 10 × the plain job",
            deep["verdicts"]["wall_s"] / turn["plain"]["wall_s"],
            10.0,
        ),
        _at_least("M", "2 threads, plain, warm: at least 1.7 × one", one / two, 1.7),
        _at_least(
            "M",
            "2 threads, everything, warm: at least 1.7 × one",
            deep["everything, one thread"]["warm_s"] / deep["everything"]["warm_s"],
            1.7,
        ),
        _at_least("M", "2 threads, loops alone: at least 1.7 × one", deep["loops"]["one"] / deep["loops"]["two"], 1.7),
    ]
    if "hard" in told:
        out += _hard(told["hard"])
    return out


def _hard(hard: dict[str, Told]) -> list[Target]:
    out = []
    for kind in ("plain", "everything"):
        base = hard["base"][kind]
        rows = {name: told[kind] for name, told in hard.items() if name != "base" and kind in told}
        slowest = max(rows, key=lambda name: float(rows[name]["wall_s"]))
        ratio = rows[slowest]["wall_s"] / base["wall_s"]
        output = rows[slowest]["pairs"] / max(1, base["pairs"])
        out.append(
            Target(
                "M",
                f"hard inputs, {kind}: none over 10 × its base unless its output is",
                f"{ratio:.1f} × ({slowest}; its output {output:.1f} ×)",
                all(row["wall_s"] <= 10 * base["wall_s"] or row["pairs"] > 10 * base["pairs"] for row in rows.values()),
            )
        )
        largest = max(rows, key=lambda name: float(rows[name]["peak_mib"]))
        peak = rows[largest]["peak_mib"]
        out.append(Target("M", f"hard inputs, {kind}: none over 2 GiB", f"{peak:,.0f} MiB ({largest})", peak <= 2048))
    return out


def _at_l(told: Told) -> list[Target]:
    turn = told["in_turn"]
    plain = turn["plain"]
    out = [
        _over("L", "plain, whole job: at most 1.3 × decode", plain["wall_s"] / turn["decode"]["wall_s"], 1.3),
        Target("L", "plain: under 1 GiB resident", f"{plain['peak_mib']:,.0f} MiB", plain["peak_mib"] < 1024),
        _at_least("L", "plain: at least 1.6 × faster than the best rival", _best(told) / plain["wall_s"], 1.6),
    ]
    if "grown" in told:
        for name, row in told["grown"].items():
            ratio = row["wall_s"] / turn["decode"]["wall_s"]
            out.append(_over("L", f"plain, after 30 daily appends, {name}: at most 1.3 × decode", ratio, 1.3))
    return out
