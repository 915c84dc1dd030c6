"""A purpose that somebody states stands in the audit for good: it may name nobody."""

import ast
from pathlib import Path

import pytest

import api.usecases

ROOT = Path(api.usecases.__file__).parent


def _asked_for_a_purpose() -> list[tuple[str, ast.FunctionDef]]:
    """Use-cases that are handed the purpose that somebody typed."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or not node.args.args or node.args.args[0].arg != "context":
                continue
            if any(each.arg == "purpose" for each in (*node.args.args, *node.args.kwonlyargs)):
                found.append((f"{path.stem}.{node.name}", node))
    return found


ASKED = _asked_for_a_purpose()


def test_there_are_such_use_cases() -> None:
    assert {"trails.open_trail", "audit.opened", "movements.day_summary"} <= {name for name, _ in ASKED}


def _called(node: ast.AST) -> set[str]:
    functions = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    return {each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "") for each in functions}


def test_the_purpose_of_what_is_taken_away_is_asked_by_the_one_function_that_they_call() -> None:
    tree = ast.parse((ROOT / "taking_away.py").read_text(encoding="utf-8"))
    [taken] = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == "taken"]
    assert "names_nobody" in _called(taken)


@pytest.mark.parametrize(("name", "node"), ASKED, ids=[name for name, _ in ASKED])
def test_a_purpose_that_names_somebody_is_refused(name: str, node: ast.FunctionDef) -> None:
    # What evaluators are shown depends on a purpose here; nothing of it is kept.
    if name != "cohorts.list_columns":
        assert {"names_nobody", "taken"} & _called(node)
