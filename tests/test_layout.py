"""The house rules that can be held by looking at files and imports: where SQLAlchemy may be used, no circles, no
helper imported from another test module, revisions of the tables in a row."""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tracker.record.revision import HEAD

ROOT = Path(__file__).parents[1]
PACKAGES = ("geo", "matcher", "tracker", "api")
READS_OR_WRITES = re.compile(r"(^|_)(tables?|queries|service|importer)$")


def _modules(*folders: str) -> dict[str, Path]:
    """Dotted name to file."""
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    return {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


def _imports(file: Path) -> Iterator[tuple[str, str]]:
    """Module and name of each import, wherever it stands in the file; "" for a module imported whole."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def test_sql_is_written_only_where_the_file_name_says_so() -> None:
    elsewhere = []
    for name, file in _modules("tracker", "api").items():
        if name.startswith(("tracker.record.", "tracker.migrations")) or READS_OR_WRITES.search(file.stem):
            continue
        # A type to hand on, or an error to answer, is no query.
        used = {what for module, what in _imports(file) if module.partition(".")[0] == "sqlalchemy"}
        if used - {"Engine", "Connection", "SQLAlchemyError"}:
            elsewhere.append((name, sorted(used)))
    assert elsewhere == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_file_imports_in_a_circle(package: str) -> None:
    modules = _modules(package)
    graph = {
        name: {
            found
            for module, what in _imports(file)
            if (found := f"{module}.{what}" if f"{module}.{what}" in modules else module) in modules and found != name
        }
        for name, file in modules.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))


def test_no_test_imports_from_another_test() -> None:
    wrong = [
        (name, module)
        for name, file in _modules("tests").items()
        for module, what in _imports(file)
        if module.startswith("tests.")
        and any(part.startswith(("test_", "conftest")) for part in f"{module}.{what}".split("."))
    ]
    assert wrong == []


def test_no_folder_of_the_product_is_crowded() -> None:
    crowded = {
        str(folder.relative_to(ROOT)): count
        for package in PACKAGES
        for folder in [ROOT / package, *(p for p in (ROOT / package).rglob("*") if p.is_dir())]
        if not folder.match("migrations/versions")
        and not folder.match("cli/commands")
        and (count := sum(1 for file in folder.glob("*.py") if file.name != "__init__.py")) > 20
    }
    assert crowded == {}


def test_revisions_are_numbered_in_a_row_each_upon_the_one_before() -> None:
    """Two that were written side by side and have one number, or follow the same one, would leave no way up."""
    files = sorted((ROOT / "tracker/migrations/versions").glob("[0-9]*.py"))
    numbers = [f"{n:04}" for n in range(1, len(files) + 1)]
    named = [file.name.partition("_")[0] for file in files]
    assert named == numbers, f"each of 0001 to {numbers[-1]} once: {[file.name for file in files]}"
    said = [_assigned(file, "revision", "down_revision") for file in files]
    assert said == [[number, before] for number, before in zip(numbers, [None, *numbers], strict=False)]
    assert numbers[-1] == HEAD


def _assigned(file: Path, *names: str) -> list[object]:
    """What a file gives these names at its top."""
    found: dict[str, object] = {}
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {each.id: node.value.value for each in targets if isinstance(each, ast.Name)}
    return [found.get(name) for name in names]
