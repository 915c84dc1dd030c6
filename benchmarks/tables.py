"""Results as people read them: one table a size, the hard inputs, and each target beside what was reached."""

from typing import Any

from benchmarks.hard import HARD
from benchmarks.sizes import SIZES
from benchmarks.targets import targets

Told = dict[str, Any]

BEGIN, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"


def tables(results: dict[str, Told]) -> str:
    """Markdown of everything measured."""
    lines: list[str] = []
    for name, told in results.items():
        lines += _size(name, told)
    for name, told in results.items():
        if "deeper" in told:
            lines += _deeper(name, told)
        if "hard" in told:
            lines += _hard(name, told["hard"])
        if "grown" in told:
            lines += _grown(name, told)
    rows = targets(results)
    if rows:
        lines += ["| size | asked | reached | |", "|---|---|---|---|"]
        lines += [f"| {t.size} | {t.asked} | {t.reached} | {'met' if t.met else '**missed**'} |" for t in rows]
        lines.append("")
    return "\n".join(lines)


def _size(name: str, told: Told) -> list[str]:
    found, turn = told["answers"], told["in_turn"]
    size = SIZES[name]
    lines = [
        f"**{name}: {size.words}** ({turn['decode']['rows'] / 1e6:.2f} M fixes; {found['points']:,} candidates by "
        f"points, {found['path']:,} by points or path; the published world has {size.points or 0:,} and "
        f"{size.path or 0:,})",
        "",
        "| | median s, whole process (least–most) | × decode | peak MiB |",
        "|---|---|---|---|",
    ]
    decode = turn["decode"]["wall_s"]
    names = {
        "decode": "decoding wearer, t, x, y of the reference file",
        "plain": "**TagPilot**: points, path, closest approach, dwell, visits; run kept",
        **{engine: f"{_rival(best)}: points only" for engine, best in found["best"].items()},
    }
    for key, words in names.items():
        row = turn[key]
        low, high = row["wall_range_s"]
        lines.append(
            f"| {words} | {row['wall_s']:.2f} ({low:.2f}–{high:.2f}) | {row['wall_s'] / decode:.2f} "
            f"| {row['peak_mib']:.0f} |"
        )
    warm = turn["plain"]
    lines.append(
        f"| **TagPilot**, again in the warm process | {warm['warm_s']:.2f} | {warm['warm_s'] / decode:.2f} | |"
    )
    others = ", ".join(f"{_rival(rival)} {s:.2f}" for rival, s in sorted(found["once_s"].items(), key=lambda x: x[1]))
    return [*lines, "", f"Rivals once each, s: {others}.", ""]


def _rival(name: str) -> str:
    job, source = name.split()
    engine, key = job.split("-")
    keys = {"cell": "key cell", "cellhour": "key cell and hour"}
    return f"{ {'polars': 'Polars', 'duckdb': 'DuckDB'}[engine] } ({keys[key]}, {source})"


def _deeper(name: str, told: Told) -> list[str]:
    deep = told["deeper"]
    lines = [f"| {name}, median s | fresh process | warm | peak MiB |", "|---|---|---|---|"]
    for key, words in (
        ("everything", "with p, 57 days compared, strength, q"),
        ("verdicts", "plain with all five verdicts"),
        ("all", "all of it"),
        ("one thread", "plain, one thread"),
        ("everything, one thread", "with p, 57 days, strength, q, one thread"),
    ):
        row = deep[key]
        lines.append(f"| {words} | {row['wall_s']:.2f} | {row['warm_s']:.2f} | {row['peak_mib']:.0f} |")
    for engine in ("polars", "duckdb"):
        row = deep[f"{engine}, 57 days"]
        best = _rival(told["answers"]["best"][engine])
        lines.append(f"| {best} asked for each of 57 days | {row['wall_s']:.1f} | | {row['peak_mib']:.0f} |")
    loops = deep["loops"]
    return [
        *lines,
        "",
        f"Stream, t, x, y read once in memory on two threads: {loops['stream_s'] * 1000:.1f} ms. The loops alone, "
        f"points, segments and dwell: {loops['two'] * 1000:.1f} ms on two threads, {loops['one'] * 1000:.1f} ms "
        "on one.",
        "",
    ]


def _hard(name: str, hard: dict[str, Told]) -> list[str]:
    lines = [
        f"| {name}, hard inputs | plain s | MiB | everything s | MiB | candidates |",
        "|---|---|---|---|---|---|",
    ]
    for key in ("base", *(each.name for each in HARD)):
        plain, full = hard[key]["plain"], hard[key].get("everything")
        more = f"{full['wall_s']:.2f} | {full['peak_mib']:.0f}" if full else " | "
        lines.append(f"| {key} | {plain['wall_s']:.2f} | {plain['peak_mib']:.0f} | {more} | {plain['pairs']:,} |")
    return [*lines, ""]


def _grown(name: str, told: Told) -> list[str]:
    lines = [f"| {name} after 30 daily appends, 1 % of rows a day late | s | peak MiB |", "|---|---|---|"]
    for key, row in told["grown"].items():
        lines.append(f"| {key} | {row['wall_s']:.2f} | {row['peak_mib']:.0f} |")
    return [*lines, ""]


def put_into(readme: str, table: str) -> str:
    """The README with what stands between the marks replaced.

    Raises
    ------
    ValueError
        The marks are not there.
    """
    if BEGIN not in readme or END not in readme:
        raise ValueError(f"README has no place for the table: {BEGIN} ... {END}")
    before, rest = readme.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    return f"{before}{BEGIN}\n\n{table}\n{END}{after}"
