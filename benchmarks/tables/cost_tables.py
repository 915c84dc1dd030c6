"""Measured costs beside those of the model, bytes on disk, and what 10^11 fixes would take."""

from typing import Any

from benchmarks.matching.cost_model import FEWEST_RUNS, WHAT, Measured, Shares, carried, fit, runs_of

Result = dict[str, Any]
ON_PAPER_FIXES = 1e11
MACHINES = (1, 10, 100)
UNITS = {"processor_ns": "processor, ns", "read_bytes": "bytes read", "written_bytes": "bytes written"}
PARTS = {"table": "Parquet", "index": "index", "withdrawals": "kept for withdrawals", "log": "log"}


def cost_tables(results: dict[str, Result]) -> list[str]:
    """Markdown of the model where enough runs were measured, and of bytes on disk."""
    lines = _stored(results)
    runs = runs_of(results)
    if len(runs) < FEWEST_RUNS:
        return lines
    shares = {what: fit(runs, what) for what in WHAT}
    return [
        *lines,
        *_shares(shares, _ns_of_a_number(results)),
        *_beside(runs, shares),
        *_on_paper(shares, max(runs, key=lambda run: (run.fixes, run.crimes, -run.pairs)), results),
    ]


def _ns_of_a_number(results: dict[str, Result]) -> float | None:
    """Processor time in which *stream* reads one number, on two threads."""
    for result in results.values():
        if "stream" in result:
            return float(2e9 * result["stream"]["stream_s"] / (3 * result["stream"]["rows"]))
    return None


def _shares(shares: dict[str, Shares], number_ns: float | None) -> list[str]:
    lines = ["| cost of a match, fitted | a run | a fix | a crime | a pair |", "|---|---|---|---|---|"]
    rows = {UNITS[what]: share for what, share in shares.items()}
    if number_ns:
        one = shares["processor_ns"]
        rows["operations"] = Shares(*(part / number_ns for part in (one.run, one.fix, one.crime, one.pair)))
    for name, share in rows.items():
        lines.append(f"| {name} | {_n(share.run)} | {_n(share.fix)} | {_n(share.crime)} | {_n(share.pair)} |")
    if number_ns:
        lines += [
            "",
            f"An operation is the time in which *stream* reads one number: {number_ns:.2f} ns of processor time.",
        ]
    return [*lines, ""]


def _beside(runs: list[Measured], shares: dict[str, Shares]) -> list[str]:
    head = " | ".join(f"{UNITS[what]}, measured | model" for what in WHAT)
    lines = [f"| run | fixes | crimes | pairs | {head} |", "|---|---|---|---|" + "---|---|" * len(WHAT)]
    for run in runs:
        cells = (
            f"{_n(run.costs[what])} | {_n(share.of(run.fixes, run.crimes, run.pairs))}"
            for what, share in shares.items()
        )
        lines.append(f"| {run.name} | {run.fixes:,} | {run.crimes:,} | {run.pairs:,} | {' | '.join(cells)} |")
    return [*lines, ""]


def _on_paper(shares: dict[str, Shares], largest: Measured, results: dict[str, Result]) -> list[str]:
    paper = carried(shares, largest, ON_PAPER_FIXES, MACHINES)
    costs = paper.costs
    lines = [
        f"10^11 fixes on paper, as {paper.fixes / largest.fixes:,.0f} runs like *{largest.name}*: "
        f"{_n(paper.crimes)} crimes, {_n(paper.pairs)} pairs; "
        f"{costs['processor_ns'] / 3.6e12:,.1f} hours of one processor, "
        f"{costs['read_bytes'] / 1e12:,.2f} TB read, {costs['written_bytes'] / 1e9:,.1f} GB written.",
    ]
    stored = _largest_stored(results)
    if stored is not None:
        rows, parts = stored
        sizes = ", ".join(f"{PARTS[part]} {n / rows * ON_PAPER_FIXES / 1e12:,.2f} TB" for part, n in parts.items() if n)
        lines.append(f"Stored: {sizes}.")
    appended = [result["append"] for result in results.values() if "append" in result]
    if appended:
        a_fix_s = appended[-1]["append_processor_s"] / appended[-1]["rows"]
        lines.append(f"Appended once, day by day: {a_fix_s * ON_PAPER_FIXES / 3600:,.0f} hours of one processor.")
    hours = ", ".join(f"{n} {'machine' if n == 1 else 'machines'} {h:,.2f} h" for n, h in paper.hours.items())
    return [*lines, f"Read from object storage by machines of two processors (`cost_model.Machines`): {hours}.", ""]


def _largest_stored(results: dict[str, Result]) -> tuple[int, dict[str, int]] | None:
    found = [(result["stored"]["rows"], result["stored"]["parts"]) for result in results.values() if "stored" in result]
    return max(found, key=lambda each: each[0], default=None)


def _stored(results: dict[str, Result]) -> list[str]:
    measured = {name: result for name, result in results.items() if "stored" in result}
    if not measured:
        return []
    lines = [
        f"| bytes a fix on disk | fixes stored | {' | '.join(PARTS.values())} | all | Polars's Parquet of a day |",
        "|---|---|" + "---|" * (len(PARTS) + 2),
    ]
    for name, result in measured.items():
        rows, parts = result["stored"]["rows"], result["stored"]["parts"]
        cells = " | ".join(f"{parts[part] / rows:.1f}" for part in PARTS)
        append = result.get("append")
        polars = f"{append['polars_bytes'] / append['rows']:.1f}" if append else ""
        lines.append(f"| {name} | {rows:,} | {cells} | {sum(parts.values()) / rows:.1f} | {polars} |")
    appended = {name: result["append"] for name, result in measured.items() if "append" in result}
    if appended:
        lines += [
            "",
            "| a day appended | rows | TagPilot, s | processor, s | first of a process, s "
            "| Polars writes it, s | processor, s |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {name} | {row['rows']:,} | {row['append_s']:.2f} | {row['append_processor_s']:.2f} "
            f"| {row['first_append_s']:.2f} | {row['polars_s']:.2f} | {row['polars_processor_s']:.2f} |"
            for name, row in appended.items()
        ]
    return [*lines, ""]


def _n(value: float) -> str:
    """Three digits: 0.0123, 12.3, 12,300."""
    if value == 0:
        return "0"
    digits = max(0, 2 - int(f"{value:e}".split("e")[1]))
    return f"{float(f'{value:.3g}'):,.{min(digits, 6)}f}"
