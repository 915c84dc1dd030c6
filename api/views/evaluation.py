"""Tables, exports, power and quality of matches: for a person at a terminal, and for another program."""

from collections.abc import Sequence
from typing import Any

from api.wording.text import table
from tracker.evaluation.disclosure.space import Cell
from tracker.evaluation.releases.queries import Export, Linkage, Tables
from tracker.evaluation.releases.service import Released, shares
from tracker.evaluation.statistics.accrual import Accrual, Detectable
from tracker.evaluation.statistics.match_quality import Quality, Share

WITHHELD = "withheld"


def count(n: int | None) -> str:
    return WITHHELD if n is None else f"{n:,}"


def _of(cell: Cell) -> str:
    return ", ".join(f"{name}: {' or '.join(sorted(levels))}" for name, levels in cell.limits) or "all"


def tables_in_words(found: Released) -> list[str]:
    told = found.prepared.protected
    lines = [f"Release {found.number}, people as at {found.prepared.as_at}: {told.words()}."]
    for measure in dict.fromkeys(cell.measure for cell in told.cells):
        rows = [[_of(cell), count(n)] for cell, n in told.cells.items() if cell.measure == measure]
        lines += ["", table([measure, "people"], rows)]
    rates = shares(found.prepared)
    if rates:
        rows = [[f"{r['of']} among {r['among']}", _of(r["cell"]), f"{r['share']:.1%}"] for r in rates]
        lines += ["", table(["rate", "of", "share"], rows)]
    return lines


def tables_plain(found: Released) -> dict[str, Any]:
    told = found.prepared.protected
    return {
        "release": found.number,
        "kind": found.kind,
        "asAt": found.prepared.as_at.isoformat(),
        "k": told.k,
        "sha256": found.sha256,
        "words": told.words(),
        "cells": [cell_out(cell, n) for cell, n in told.cells.items()],
        "rates": [
            {"of": r["of"], "among": r["among"], **_limits(r["cell"]), "share": round(r["share"], 6)}
            for r in shares(found.prepared)
        ],
    }


def cell_out(cell: Cell, n: int | None) -> dict[str, Any]:
    return {
        "measure": cell.measure,
        "asAt": cell.as_at.isoformat(),
        **_limits(cell),
        "people": n,
        "withheld": n is None,
    }


def _limits(cell: Cell) -> dict[str, Any]:
    return {"where": {name: sorted(levels) for name, levels in cell.limits}}


def ledger_plain(held: Tables) -> dict[str, Any]:
    return {
        "release": held.number,
        "kind": held.kind,
        "asAt": held.as_at.isoformat(),
        "k": held.k,
        "asked": dict(held.asked),
        "words": held.words,
        "sha256": held.sha256,
        "recordedAt": held.recorded_at.isoformat(),
        "recordedBy": held.recorded_by,
    }


def export_plain(export: Export, linkage: Linkage | None = None) -> dict[str, Any]:
    files = {**export.manifest["files"], "manifest.json": {"sha256": export.sha256}}
    return {
        "id": export.number,
        "state": "destroyed" if export.destroyed_at else "kept",
        "asAt": export.as_at.isoformat(),
        "knownAt": export.known_at.isoformat(),
        "definition": dict(export.definition),
        "people": export.manifest["people"],
        "comparison": export.manifest["comparison"],
        "risk": dict(export.risk),
        "flow": export.manifest["flow"],
        "equality": export.manifest["equality"],
        "tableRelease": export.manifest["tableRelease"],
        "files": {name: dict(told) for name, told in files.items()},
        "sha256": export.sha256,
        "expiresOn": export.expires_on.isoformat(),
        "recordedAt": export.recorded_at.isoformat(),
        "recordedBy": export.recorded_by,
        "linkage": None if linkage is None else linkage_plain(linkage),
    }


def linkage_plain(linkage: Linkage) -> dict[str, Any]:
    return {
        "state": linkage.state.value,
        "linker": linkage.linker,
        "organisation": linkage.organisation,
        "words": linkage.words,
        "by": linkage.by,
    }


def exports_in_words(held: Sequence[Export]) -> list[str]:
    rows = [
        [
            str(e.number),
            str(e.definition["purpose"]),
            str(e.as_at),
            f"{e.manifest['people']:,}",
            f"{e.manifest['comparison']:,}",
            str(e.risk["smallestClass"]),
            f"destroyed {e.destroyed_at:%Y-%m-%d}" if e.destroyed_at else f"until {e.expires_on}",
        ]
        for e in held
    ]
    if not rows:
        return ["No cohort was exported."]
    return [table(["export", "purpose", "as at", "people", "comparison", "smallest class", "kept"], rows)]


def power_in_words(told: Accrual) -> list[str]:
    plan = "no maximum is stated" if told.planned is None else f"{told.planned} expected at most by now"
    lines = [
        f"{told.fitted} people fitted by {told.as_at} ({plan}); {told.exposure_days:,.0f} days monitored; "
        f"{told.boroughs} boroughs live",
        "",
        table(["fitted in", "people"], [[month, str(n)] for month, n in told.by_month.items()]),
        "",
    ]
    rows = [_detectable(d) for d in (told.now, told.at_end) if d is not None]
    lines.append(table(["", "day", "tagged", "against", "power", "smallest drop found"], rows))
    return [*lines, "", *told.words]


def _detectable(d: Detectable) -> list[str]:
    drop = "none" if d.smallest_drop is None else f"{d.smallest_drop * 100:.1f} points"
    return [d.when, str(d.on), str(d.tagged), str(d.untagged), f"{d.power:.0%}", drop]


def power_plain(told: Accrual) -> dict[str, Any]:
    def at(d: Detectable | None) -> dict[str, Any] | None:
        if d is None:
            return None
        return {
            "on": d.on.isoformat(),
            "tagged": d.tagged,
            "untagged": d.untagged,
            "power": round(d.power, 6),
            "smallestDrop": None if d.smallest_drop is None else round(d.smallest_drop, 6),
        }

    return {
        "fitted": told.fitted,
        "planned": told.planned,
        "byMonth": dict(told.by_month),
        "rateADay": round(told.rate_a_day, 4),
        "boroughs": told.boroughs,
        "exposureDays": told.exposure_days,
        "now": at(told.now),
        "atEnd": at(told.at_end),
        "taggedNeeded": told.needed,
        "words": list(told.words),
    }


def quality_in_words(told: Quality) -> list[str]:
    lines: list[str] = []
    for name, held in _qualities(told):
        rows = [
            [
                s.name,
                count(s.matches),
                count(s.decided),
                count(s.confirmed),
                "-" if s.share is None else f"{s.share:.0%} ({s.low:.0%} to {s.high:.0%})",
                "-" if s.said is None else f"{s.said:.0%}",
                count(s.released),
                count(s.outcomes),
                count(s.upheld),
            ]
            for s in held
        ]
        titles = [name, "matches", "decided", "confirmed", "share (95 %)", "p_present said", "released", "outcomes"]
        lines += [table([*titles, "borne out"], rows), ""]
    brier = "too few decided to say" if told.brier is None else f"{told.brier:.3f}"
    return [*lines, f"Brier score of p_present: {brier} (0 is best, a coin's is 0.25)", *told.words]


def quality_plain(told: Quality) -> dict[str, Any]:
    out: dict[str, Any] = {name: [_share(s) for s in held] for name, held in _qualities(told, plain=True)}
    return {**out, "brier": told.brier, "words": list(told.words)}


def _qualities(told: Quality, *, plain: bool = False) -> list[tuple[str, tuple[Share, ...]]]:
    names = ("byStrength", "byMonth", "byPPresent", "byEValue") if plain else ("strength", "month", "p_present", "e")
    return list(zip(names, (told.by_strength, told.by_month, told.by_p_present, told.by_e_value), strict=True))


def _share(s: Share) -> dict[str, Any]:
    return {
        "name": s.name,
        "matches": s.matches,
        "decided": s.decided,
        "confirmed": s.confirmed,
        "released": s.released,
        "outcomes": s.outcomes,
        "upheld": s.upheld,
        "share": s.share,
        "low": s.low,
        "high": s.high,
        "said": s.said,
    }
