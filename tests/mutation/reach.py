"""Which tests reach a mutated line: those are asked first, the quick ones before the slow ones."""

import ast
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256

from tests.mutation.targets import ROOT

_QUICK_S = 0.3
"""Tests that take less are kept together by file, so that what a file sets up once is set up once."""


@dataclass(frozen=True)
class Reached:
    """What was measured of the tests of a target as the files are."""

    took_s: Mapping[str, float]
    """How long each test takes, by its name."""
    lines: Mapping[str, Mapping[int, Sequence[str]]] = field(default_factory=dict)
    """By file and line, the tests that reach it; "" for what is run as the file is imported."""

    def tests_of(self, path: str, source: str, line: int) -> list[str]:
        """The tests that reach the statement which the line stands in; all of them if it is run on import."""
        of_file = self.lines.get(path, {})
        names = {name for each in statement_lines(source, line) for name in of_file.get(each, ())}
        chosen = set(self.took_s) if "" in names else names & set(self.took_s)
        return self.in_order(chosen)

    def in_order(self, names: set[str]) -> list[str]:
        quick, slow = defaultdict(list), []
        for name in sorted(names, key=lambda name: (self.took_s[name], name)):
            if self.took_s[name] < _QUICK_S:
                quick[name.partition("::")[0]].append(name)
            else:
                slow.append(name)
        files = sorted(quick.values(), key=lambda of_file: sum(self.took_s[name] for name in of_file))
        return [name for of_file in files for name in of_file] + slow


def statement_lines(source: str, line: int) -> range:
    """Lines of the innermost statement that holds the line: of one with a body, those before the body."""
    found = range(line, line + 1)
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            continue
        body = getattr(node, "body", None)
        first = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
        last = body[0].lineno - 1 if body else (getattr(node, "end_lineno", None) or first)
        if first <= line <= max(first, last):
            # `ast.walk` goes from the outside inwards.
            found = range(first, max(first, last) + 1)
    return found


@cache
def digest_of(*paths: str) -> str:
    """Of files, and of all the Python below folders."""
    digest = sha256()
    for path in (ROOT / each for each in paths):
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            content = file.read_bytes() if file.exists() else b""
            digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + content + b"\0")
    return digest.hexdigest()[:16]
