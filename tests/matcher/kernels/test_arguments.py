"""Kernels stay readable: few arguments each, and the tuples they take stand where their cache sees an edit."""

import ast
from pathlib import Path

import matcher.kernels
import matcher.kernels.arrays as arrays
import matcher.questions.kernels as of_questions

KERNELS = sorted(
    path for package in (matcher.kernels, of_questions) for path in Path(package.__file__ or "").parent.rglob("*.py")
)


def compiled_functions(by: tuple[str, ...] = ("compiled", "called", "inlined")) -> dict[str, ast.FunctionDef]:
    """Every function of the kernels under one of these decorators of `geo.jit`, by module and name."""
    return {
        f"{path.stem}.{node.name}": node
        for path in KERNELS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(mark, ast.Name) and mark.id in by for mark in node.decorator_list)
    }


def test_no_kernel_takes_more_than_eight_arguments() -> None:
    functions = compiled_functions()
    assert len(functions) > 80
    assert {"search.candidates", "presence.of_pairs", "verdict.verdicts", "cover.covered"} <= functions.keys()
    counted = {name: len([*node.args.posonlyargs, *node.args.args]) for name, node in functions.items()}
    assert {name: n for name, n in counted.items() if n > 8} == {}
    assert [name for name, node in functions.items() if node.args.vararg or node.args.kwonlyargs] == []


def test_every_function_of_the_kernels_is_compiled() -> None:
    functions = compiled_functions()
    plain = [
        f"{path.stem}.{node.name}"
        for path in KERNELS
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and f"{path.stem}.{node.name}" not in functions
    ]
    assert plain == []


def test_what_is_inlined_makes_no_array_and_gives_none_back() -> None:
    """Nobody counts the users of what it gives back: an array would be freed while it is in use."""
    functions = compiled_functions(("inlined",))
    assert len(functions) > 40
    holds_arrays = {name for name, kind in vars(arrays).items() if "[" in str(getattr(kind, "__annotations__", ""))}
    assert {"TrailArrays", "BlockArrays", "PathArrays"} <= holds_arrays
    assert "Target" not in holds_arrays
    made = ("empty", "zeros", "ones", "full", "arange", "array", "concatenate", "copy", "empty_like", "zeros_like")
    faults = []
    for name, node in functions.items():
        parts = list(ast.walk(node))
        looked_into = {
            part.value.id
            for part in parts
            if isinstance(part, ast.Subscript | ast.Attribute)
            if isinstance(part.value, ast.Name)
        }
        given = [part.value for part in parts if isinstance(part, ast.Return) and part.value is not None]
        for value in given:
            whole = value.elts if isinstance(value, ast.Tuple) else [value]
            faults += [name for each in whole if isinstance(each, ast.Name) and each.id in looked_into]
            faults += [name for each in whole if isinstance(each, ast.Attribute) and ast.unparse(each) != "np.nan"]
            faults += [name for part in ast.walk(value) if isinstance(part, ast.Slice)]
        called = {
            part.func.attr if isinstance(part.func, ast.Attribute) else getattr(part.func, "id", "")
            for part in parts
            if isinstance(part, ast.Call)
        }
        faults += [name for _ in called & ({*made} | holds_arrays)]
    assert faults == []


def test_files_of_kernels_fit_in_three_hundred_lines() -> None:
    lines = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in KERNELS}
    # One list of definitions, read a tuple at a time.
    assert {name: n for name, n in lines.items() if n > 300 and name != "arrays.py"} == {}


def test_tuples_of_arrays_say_what_they_hold() -> None:
    tuples = [kind for kind in vars(arrays).values() if isinstance(kind, type) and hasattr(kind, "_fields")]
    assert len(tuples) > 20
    assert [kind.__name__ for kind in tuples if not kind.__doc__ or kind.__doc__.startswith(f"{kind.__name__}(")] == []
