"""The mutants of a file: every change that cosmic-ray's operators make in it, but for those that could say nothing.

Left out are changes in annotations, docstrings and decorators, and mutants that are no Python: none of them is a fault
that a test of behaviour could find. What does not start is left out later, when it is tried.
"""

import ast
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = re.compile(
    r"RemoveDecorator$|VariableReplacer$|VariableInserter$"
    r"|Binary\w*_(Add|Sub|Mul|Div|FloorDiv|Mod|Pow)_(BitOr|BitAnd|BitXor|LShift|RShift)$"
)
"""Of cosmic-ray's operators: the first takes a kernel's compiling away and nothing else, the next two want names given;
operators of bits in the place of arithmetic fail on any number that is not whole, which makes a share look good."""
Position = tuple[int, int]


@dataclass(frozen=True, order=True)
class Mutant:
    path: str
    """Of the file, from the root."""
    line: int
    column: int
    operator: str
    occurrence: int

    @property
    def code(self) -> str:
        """The whole file with the change."""
        made = mutate_code((ROOT / self.path).read_text(encoding="utf-8"), _operator(self.operator), self.occurrence)
        if made is None:
            raise ValueError(f"{self.path} has no mutant {self.occurrence} of {self.operator}")
        return str(made)

    @property
    def change(self) -> tuple[str, str]:
        """The lines before and after, without their indent."""
        before = (ROOT / self.path).read_text(encoding="utf-8").splitlines()
        lines = list(difflib.ndiff(before, self.code.splitlines()))
        return tuple(  # type: ignore[return-value]
            " ".join(line[2:].strip() for line in lines if line.startswith(sign)) for sign in ("- ", "+ ")
        )


def mutants_of(path: str) -> list[Mutant]:
    """In the order of the file; the same each time."""
    source = (ROOT / path).read_text(encoding="utf-8")
    tree = ast.parse(source)
    nodes, quiet, sums = list(ast_nodes(get_ast(source))), list(_says_nothing(tree)), list(_sums(tree))
    found = []
    for name in _operators():
        positions = (place for node in nodes for place in _operator(name).mutation_positions(node))
        for occurrence, (start, _) in enumerate(positions):
            # The star of a signature or a call is not the one of a product.
            is_star = "BinaryOperator_" in name and not any(since <= start < until for since, until in sums)
            if not is_star and not any(since <= start < until for since, until in quiet):
                found.append(Mutant(path, *start, name, occurrence))
    return sorted(found)


def is_python(mutant: Mutant) -> bool:
    """Whether it can be compiled, and says something else than the file."""
    try:
        return ast.dump(ast.parse(mutant.code)) != ast.dump(ast.parse((ROOT / mutant.path).read_text(encoding="utf-8")))
    except SyntaxError:
        return False


def _says_nothing(tree: ast.Module) -> Iterator[tuple[Position, Position]]:
    for node in ast.walk(tree):
        quiet: list[ast.expr | None] = []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            given = node.args
            every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
            quiet = [node.returns, *(each.annotation for each in every if each is not None), *node.decorator_list]
        elif isinstance(node, ast.ClassDef):
            quiet = list(node.decorator_list)
        elif isinstance(node, ast.AnnAssign):
            quiet = [node.annotation]
        for each in quiet:
            if each is not None:
                yield (each.lineno, each.col_offset), (each.end_lineno or 0, each.end_col_offset or 0)


def _sums(tree: ast.Module) -> Iterator[tuple[Position, Position]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp | ast.AugAssign):
            yield (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)


@cache
def _operators() -> list[str]:
    return [name for name in sorted(operator_names()) if not LEFT_OUT.search(name)]


@cache
def _operator(name: str) -> Any:
    return get_operator(name)()
