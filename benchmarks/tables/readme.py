"""Writes a table between its two marks in benchmarks/README.md."""

from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def put_between(text: str, begin: str, end: str, table: str) -> str:
    """`text` with what stands between the marks `begin` and `end` replaced by `table`.

    Raises
    ------
    ValueError
        A mark is missing.
    """
    if begin not in text or end not in text:
        raise ValueError(f"the README has no place for the table: it needs the two marks {begin} and {end}")
    before, rest = text.split(begin, 1)
    after = rest.split(end, 1)[1]
    return f"{before}{begin}\n\n{table.strip()}\n\n{end}{after}"


def replace_between(readme: Path, begin: str, end: str, table: str) -> None:
    """The same in a file."""
    readme.write_text(put_between(readme.read_text(encoding="utf-8"), begin, end, table), encoding="utf-8")
