"""Results as Markdown: one table a size, one for hard inputs, and each target with what was reached."""

from typing import Any

from benchmarks.matching.hard_inputs import HARD
from benchmarks.matching.sizes import SIZES
from benchmarks.matching.spatial_rivals import SPATIAL
from benchmarks.tables.cost_tables import cost_tables
from benchmarks.tables.targets import targets

Result = dict[str, Any]

BEGIN, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"
"""The marks between which benchmarks/README.md keeps these tables."""


def tables(results: dict[str, Result]) -> str:
    """Markdown of everything that was measured, by size."""
    lines: list[str] = []
    for name, result in results.items():
        if "answers" in result:
            lines += _size(name, result)
        if "spatial" in result:
            lines += _spatial(name, result["spatial"])
    for name, result in results.items():
        if "deeper" in result:
            lines += _full(name, result)
        if "hard" in result:
            lines += _hard(name, result["hard"])
        if "grown" in result:
            lines += _grown(name, result)
    lines += _growth(results)
    lines += cost_tables(results)
    rows = targets(results)
    if rows:
        lines += ["| size | target | reached | |", "|---|---|---|---|"]
        lines += [f"| {t.size} | {t.target} | {t.reached} | {'met' if t.met else '**missed**'} |" for t in rows]
        lines.append("")
    return "\n".join(lines)


def _size(name: str, result: Result) -> list[str]:
    found, measured = result["answers"], result["in_turn"]
    size = SIZES[name]
    lines = [
        f"**{name}: {size.description}** ({measured['decode']['rows'] / 1e6:.2f} M fixes; "
        f"{found['points']:,} candidates by points, {found['path']:,} by points or path; "
        f"the published world has {size.points or 0:,} and {size.path or 0:,})",
        "",
        "| | median s, whole process (least–most) | × decode | peak MiB |",
        "|---|---|---|---|",
    ]
    decode = measured["decode"]["wall_s"]
    labels = {
        "decode": "decode wearer, t, x, y of the reference file",
        "plain": "**TagPilot**: points, path, closest approach, dwell, visits; writes the run",
        **{engine: f"{_rival(best)}: points only" for engine, best in found["best"].items()},
    }
    for key, label in labels.items():
        row = measured[key]
        low, high = row["wall_range_s"]
        lines.append(
            f"| {label} | {row['wall_s']:.2f} ({low:.2f}–{high:.2f}) | {row['wall_s'] / decode:.2f} "
            f"| {row['peak_mib']:.0f} |"
        )
    warm = measured["plain"]
    lines.append(
        f"| **TagPilot**, again in the same (warm) process | {warm['warm_s']:.2f} | {warm['warm_s'] / decode:.2f} | |"
    )
    others = ", ".join(f"{_rival(rival)} {s:.2f}" for rival, s in sorted(found["once_s"].items(), key=lambda x: x[1]))
    return [*lines, "", f"Each rival once, in seconds: {others}.", ""]


def _spatial(name: str, spatial: dict[str, Result]) -> list[str]:
    lines = [
        f"| {name}, spatial packages | median s, whole process (least–most) | × TagPilot | peak MiB "
        "| pairs that differ |",
        "|---|---|---|---|---|",
    ]
    plain = spatial["plain"]
    for key, label in (("plain", "**TagPilot**, in turn with these"), *((key, r.label) for key, r in SPATIAL.items())):
        row = spatial[key]
        if "not_installed" in row:
            lines.append(f"| {label}: not installed (`{row['not_installed']}`) | | | | |")
            continue
        low, high = row["wall_range_s"]
        differ = "" if key == "plain" else f"{row['differ']:.1%} of {plain['points']:,}" if row["differ"] else "none"
        lines.append(
            f"| {label} | {row['wall_s']:.2f} ({low:.2f}–{high:.2f}) | {row['wall_s'] / plain['wall_s']:.1f} "
            f"| {row['peak_mib']:.0f} | {differ} |"
        )
    return [*lines, ""]


def _growth(results: dict[str, Result]) -> list[str]:
    measured = {name: result for name, result in results.items() if "one_crime" in result}
    if not measured:
        return []
    lines = [
        "| growth | fixes | crimes | candidates | fresh, s | warm, s | warm, ns a fix | peak MiB "
        "| one crime by hand, warm, ms |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, result in measured.items():
        plain = result["in_turn"]["plain"]
        lines.append(
            f"| {name} | {plain['fixes']:,.0f} | {plain['crimes']:,.0f} | {plain['pairs']:,.0f} "
            f"| {plain['wall_s']:.2f} | {plain['warm_s']:.3f} | {plain['warm_s'] / plain['fixes'] * 1e9:.1f} "
            f"| {plain['peak_mib']:.0f} "
            f"| {result['one_crime']['warm_s'] * 1000:.0f} |"
        )
    return [*lines, ""]


def _rival(name: str) -> str:
    job, source = name.split()
    engine, key = job.split("-")
    keys = {"cell": "key cell", "cellhour": "key cell and hour"}
    return f"{ {'polars': 'Polars', 'duckdb': 'DuckDB'}[engine] } ({keys[key]}, {source})"


def _full(name: str, result: Result) -> list[str]:
    full = result["deeper"]
    lines = [f"| {name}, median s | fresh process | warm | peak MiB |", "|---|---|---|---|"]
    for key, label in (
        ("everything", "with p, 57 days compared, strength, q"),
        ("verdicts", "plain with all five verdicts"),
        ("all", "everything"),
        ("one thread", "plain, one thread"),
        ("everything, one thread", "with p, 57 days compared, strength, q, one thread"),
    ):
        row = full[key]
        lines.append(f"| {label} | {row['wall_s']:.2f} | {row['warm_s']:.2f} | {row['peak_mib']:.0f} |")
    for engine in ("polars", "duckdb"):
        row = full[f"{engine}, 57 days"]
        best = _rival(result["answers"]["best"][engine])
        lines.append(f"| {best} asked for each of 57 days | {row['wall_s']:.1f} | | {row['peak_mib']:.0f} |")
    loops = full["loops"]
    if "imports" in full:
        lines.append(
            f"| for comparison: a process that imports numba and polars | {full['imports']['wall_s']:.2f} | | |"
        )
    return [
        *lines,
        "",
        f"Stream (t, x, y read once in memory on two threads): {loops['stream_s'] * 1000:.1f} ms. The loops alone "
        f"(points, segments and dwell): {loops['two'] * 1000:.1f} ms on two threads, {loops['one'] * 1000:.1f} ms "
        "on one.",
        "",
    ]


def _hard(name: str, hard: dict[str, Result]) -> list[str]:
    lines = [
        f"| {name}, hard inputs | plain, s | MiB | with p, q, s | MiB | candidates |",
        "|---|---|---|---|---|---|",
    ]
    for key in ("base", *(hard_input.name for hard_input in HARD)):
        plain, full = hard[key]["plain"], hard[key].get("everything")
        more = f"{full['wall_s']:.2f} | {full['peak_mib']:.0f}" if full else " | "
        lines.append(f"| {key} | {plain['wall_s']:.2f} | {plain['peak_mib']:.0f} | {more} | {plain['pairs']:,} |")
    return [*lines, ""]


def _grown(name: str, result: Result) -> list[str]:
    lines = [f"| {name} after 30 daily appends, 1 % of rows a day late | s | peak MiB |", "|---|---|---|"]
    for key, row in result["grown"].items():
        lines.append(f"| {key} | {row['wall_s']:.2f} | {row['peak_mib']:.0f} |")
    return [*lines, ""]
