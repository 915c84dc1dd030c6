"""Tables and figures of the report of validation, in Markdown."""

from collections.abc import Iterable, Sequence

from tests.proofs.measured import Measured


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [" | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) for row in rows]
    if not lines:
        return "None."
    return "\n".join(f"| {line} |" for line in (" | ".join(heads), " | ".join("---" for _ in heads), *lines))


def number(value: float | None) -> str:
    if value is None:
        return "no number"
    return f"{round(value):,}" if abs(value) >= 10_000 and float(value).is_integer() else f"{value:.4g}"


def found(row: Measured) -> str:
    """A figure with what says how sure it is."""
    of = f" of {row.of:,}" if row.of else ""
    return f"{number(row.found)}{of}{f'; {row.interval()}' if row.interval() else ''}"


def linked(root: str, paths: Iterable[str]) -> str:
    return ", ".join(f"[{path}]({root}/{path})" for path in paths)
