"""The report of validation, from what the proofs kept: `python -m tests.proofs.report prove-out`.

Writes `validation.md` into that folder, under the headings of FSR-G-218, and ends with 1 unless every criterion was
measured, in one state of the source, and met. `--of matcher` makes it of that part alone. `--keep FILE` writes it to a
second place, for readers of the repository; refused where it would not be the record of one committed state.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template
from typing import Any

from tests.proofs.bounds import Reported
from tests.proofs.outcome import MET, MISSING, NOT_MET, SHOWN, Kept, Outcome, Results, read
from tests.proofs.recorder import DRAWN
from tests.proofs.requirements import PARTS, REQUIREMENTS
from tests.proofs.risks import RISKS
from tests.proofs.tables import found, linked, number, table

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = Path(__file__).with_name("validation.template.md")


def report(results: Results, at: Path) -> str:
    """The whole report, its links as seen from the folder `at`."""
    root = Path(os.path.relpath(ROOT, at)).as_posix()
    run = results.runs[-1] if results.runs else {}
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        root=root,
        version=run.get("version", "(not run)"),
        algorithm=run.get("algorithm", "(not run)"),
        summary=_summary(results),
        scope=_scope(results),
        requirements=_requirements(results, root),
        risks=_risks(results, root),
        criteria=_criteria(results),
        material=_material(results, root),
        results=_results(results),
        figures=_figures(results, root),
        outside=_outside(results),
        missing=_missing(results),
        lost=_tables(one for one in results.outcomes if one.criterion.limits),
        reported=_tables(one for one in results.outcomes if one.verdict == SHOWN),
        statement=_statement(results),
        every=_every(results),
        proofs=_proofs(results, root),
    )


def _summary(results: Results) -> str:
    counted = Counter(one.verdict for one in results.outcomes)
    asked = len(results.outcomes) - counted[SHOWN]
    counts = f"{counted[MET]} of {asked} criteria met, {counted[NOT_MET]} failed, {counted[MISSING]} not run"
    if results.complete:
        state = "**Every criterion is met.**"
    elif results.faults or counted[MISSING]:
        state = "**The validation is not complete.**"
    else:
        state = "**Not every criterion is met.**"
    faults = "".join(f" Also: {fault}." for fault in results.faults)
    return f"{state} {counts}.{faults} Nobody has signed this report."


def _scope(results: Results) -> str:
    """Which needs a report of a part leaves out; nothing where it is of all."""
    left = [f"{each.key}: {each.need}" for each in REQUIREMENTS.values() if each.key not in results.needs]
    if not left:
        return ""
    out = "\n".join(f"* {each}" for each in left)
    return f"\n\nThis report is of a part of the program. Not in it, and not said to be met or failed:\n\n{out}"


def _requirements(results: Results, root: str) -> str:
    return table(
        ("requirement", "need", "from", "described in", "also held by tests of every change"),
        (
            (each.key, each.need, each.source, linked(root, [each.described]), linked(root, each.also))
            for each in map(REQUIREMENTS.__getitem__, results.needs)
        ),
    )


def _risks(results: Results, root: str) -> str:
    verdicts = {one.criterion.key: one.verdict for one in results.outcomes}
    return table(
        ("risk", "effect", "control", "tested by"),
        (
            (
                risk.what,
                risk.effect,
                risk.control,
                "; ".join(
                    [
                        *(f"`{key}` {verdicts.get(key, 'not in this report')}" for key in risk.criteria),
                        *([linked(root, risk.also)] * bool(risk.also)),
                    ]
                ),
            )
            for risk in RISKS
            if not risk.criteria or verdicts.keys() & set(risk.criteria)
        ),
    )


def _bound(one: Outcome) -> str:
    each = one.criterion
    allowed = (
        f"; {each.cases_outside} case may be outside, by {each.outside_by:g} at most" if each.cases_outside else ""
    )
    return f"{each.bound}{allowed}"


def _criteria(results: Results) -> str:
    return table(
        ("criterion", "requirement", "what is asked", "bound", "changed after measuring"),
        (
            (
                f"`{one.criterion.key}`",
                one.criterion.requirement,
                one.criterion.asks,
                _bound(one),
                one.criterion.changed,
            )
            for one in results.outcomes
        ),
    )


def _material(results: Results, root: str) -> str:
    rows = []
    for kept in results.proofs:
        rows += [
            (f"[{kept.name}]({root}/{kept.file})", each["what"], number(each["n"]) if each["n"] else "", each["seeds"])
            for each in kept.material
        ]
    return table(("proof", "tried on", "number", "seeds"), rows)


def _results(results: Results) -> str:
    parts = []
    for need in map(REQUIREMENTS.__getitem__, results.needs):
        outcomes = [one for one in results.outcomes if one.criterion.requirement == need.key]
        rows = [
            (
                f"`{one.criterion.key}`",
                one.criterion.asks,
                _bound(one),
                f"{found(one.worst)} ({one.worst.case})" if one.worst else _held(one),
                len(one.rows) or len(one.proofs),
                f"**{one.verdict}**" + (f": {one.why}" if one.why else ""),
            )
            for one in outcomes
        ]
        heads = ("criterion", "what is asked", "bound", "measured, of the case with the least room", "cases", "verdict")
        held = table(heads, rows) if rows else "Not measured here: held by tests of every change (section 1)."
        parts.append(f"### {need.key}\n\n{need.need}\n\n{held}")
    return "\n\n".join(parts)


def _held(one: Outcome) -> str:
    if isinstance(one.criterion.bound, Reported):
        return "see section 7"
    if one.verdict != MET:
        return ""
    drawn = sum(each["n"] for kept in one.proofs for each in kept.material if each["what"] == DRAWN)
    return f"held, in {drawn:,} cases drawn" if drawn else "held"


def _figures(results: Results, root: str) -> str:
    names = sorted({name for kept in results.proofs for name in kept.figures if name.endswith(".svg")})
    return "\n\n".join(f"![{name.removesuffix('.svg')}]({root}/matcher/figures/{name})" for name in names)


def _outside(results: Results) -> str:
    rows: list[Sequence[object]] = []
    for one in results.outcomes:
        rows += [
            (f"`{one.criterion.key}`", row.case, found(row), _bound(one), f"**{one.verdict}**") for row in one.outside
        ]
        if one.verdict == NOT_MET and not one.outside:
            rows.append((f"`{one.criterion.key}`", one.why, "", _bound(one), f"**{one.verdict}**"))
    return table(("criterion", "case", "measured", "bound", "verdict"), rows)


def _missing(results: Results) -> str:
    rows = [
        (f"`{one.criterion.key}`", one.criterion.asks, one.why) for one in results.outcomes if one.verdict == MISSING
    ]
    return table(("criterion", "what is asked", "why"), rows)


def _tables(outcomes: Iterable[Outcome]) -> str:
    """Each case of some criteria."""
    parts = []
    for one in outcomes:
        if one.rows:
            rows = [(row.case, found(row), row.note) for row in one.rows]
            asks = f"*{one.criterion.asks}*: {_bound(one)} (`{one.criterion.key}`)"
            parts.append(f"{asks}\n\n{table(('case', 'measured', 'note'), rows)}")
    return "\n\n".join(parts) or "None."


def _statement(results: Results) -> str:
    parts = [_summary(results)]
    if results.is_of_one_state:
        parts += [_state(results.runs[0], "of all runs"), _runs(results.runs)] if results.runs else []
    else:
        parts += [_state(run, f"of run {n}") for n, run in enumerate(results.runs, 1)] + [_runs(results.runs)]
    digests = {name: digest for kept in results.proofs for name, digest in kept.figures.items()}
    rows = [("all figures measured but memory taken", results.digest), *sorted(digests.items())]
    parts.append(table(("output", "sha256"), rows))
    parts.append("Other seeds stand with the material in section 5.")
    return "\n\n".join(parts)


def _state(run: dict[str, Any], title: str) -> str:
    commit = run["commit"] or "none: run outside a repository"
    if run["uncommitted"]:
        commit += ", with changes that were not committed"
    rows = [
        ("version", f"{run['version']}, algorithm {run['algorithm']}"),
        ("commit", commit),
        ("digest of the product's source", run["product"]),
        ("digest of the proofs", run["proofs"]),
        ("digest of the criteria", run["criteria"]),
        *((f"digest of {name}", digest) for name, digest in run["locks"].items()),
        ("Python, libraries", _versions(run)),
        ("machine", f"{run['system']}, {run['machine']}, compiled for {run['compiled_for']}"),
        ("seed of what hypothesis draws", run["hypothesis_seed"] or "not set"),
    ]
    return table((title, ""), rows)


def _runs(runs: Sequence[dict[str, Any]]) -> str:
    """When each run was; appendix B says which proof was in which."""
    rows = ((n, run["at"], run.get("ended", "did not end")) for n, run in enumerate(runs, 1))
    return table(("run", "begun", "ended"), rows)


def _versions(run: dict[str, Any]) -> str:
    return ", ".join(f"{name} {version}" for name, version in {"Python": run["python"], **run["libraries"]}.items())


def _every(results: Results) -> str:
    parts = []
    for one in results.outcomes:
        if one.rows and one.verdict != SHOWN:
            beyond = {row.case for row in one.outside}
            rows = [(r.case, found(r), "outside" if r.case in beyond else "inside", r.note) for r in one.rows]
            parts.append(
                f"`{one.criterion.key}`, {_bound(one)}\n\n{table(('case', 'measured', 'bound', 'note'), rows)}"
            )
    return "\n\n".join(parts) or "None."


def _proofs(results: Results, root: str) -> str:
    numbers = {run["run"]: n for n, run in enumerate(results.runs, 1)}

    def row(kept: Kept) -> Sequence[object]:
        name = f"[{kept.name}]({root}/{kept.file})"
        return (
            name,
            ", ".join(f"`{key}`" for key in kept.criteria),
            kept.state,
            kept.why[:300],
            f"{kept.seconds:,.0f} s",
            numbers.get(kept.run, ""),
        )

    return table(("proof", "criteria", "how it ended", "why", "took", "in run"), map(row, results.proofs))


def why_not_kept(results: Results) -> str | None:
    """Why a report must not stand in the repository as the record of a state of it."""
    if not results.runs or any(not run["commit"] or run["uncommitted"] for run in results.runs):
        return "the source that was run was not committed, so nobody could find it again"
    if not results.is_of_one_state:
        return "the results are of several states of the source"
    # One that was interrupted says so, and what was not run.
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the report of validation from what the proofs kept.")
    parser.add_argument("folder", type=Path, help="the folder whose results/ the proofs wrote")
    parser.add_argument("--of", choices=PARTS, help="a report of this part of the program alone")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="write it there too, if it is of one committed state")
    given = parser.parse_args(arguments)
    results = read(given.folder / "results", given.of)
    given.folder.mkdir(parents=True, exist_ok=True)
    at = given.folder / "validation.md"
    at.write_text(report(results, given.folder.resolve()), encoding="utf-8")
    print(f"{at}: {_summary(results).replace('**', '')}")
    for one in results.outcomes:
        if one.verdict not in (MET, SHOWN):
            print(f"  {one.criterion.key}: {one.verdict}; {one.why}")
    if given.keep and (why := why_not_kept(results)):
        print(f"not kept at {given.keep}: {why}")
        return 1
    if given.keep:
        given.keep.write_text(report(results, given.keep.resolve().parent), encoding="utf-8")
    return 0 if results.complete else 1


if __name__ == "__main__":
    sys.exit(main())
