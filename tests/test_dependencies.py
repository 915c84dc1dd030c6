"""What the product depends on is what it imports: pyproject.toml names no package too many and none too few."""

import ast
import re
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("geo", "matcher", "tracker", "api")
STARTS = re.compile(r"^dependencies = \[\n(?P<lines>.*?)^\]", re.MULTILINE | re.DOTALL)
EXTRAS = re.compile(r"^\[project.optional-dependencies\]\n(?P<lines>.*?)^\[", re.MULTILINE | re.DOTALL)


def _name(requirement: str) -> str:
    """`argon2_cffi[x]>=25` as `argon2-cffi`."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement.strip())[0]).lower()


def _dependencies() -> dict[str, str]:
    """Distribution to the comment above it, "" where there is none."""
    found = STARTS.search((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert found is not None
    dependencies, comment = {}, ""
    for line in map(str.strip, found["lines"].splitlines()):
        if line.startswith("#"):
            comment = f"{comment} {line.strip('# ')}".strip()
        else:
            dependencies[_name(line.strip('",'))], comment = comment, ""
    return dependencies


def _extras() -> set[str]:
    found = EXTRAS.search((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert found is not None
    return {_name(text) for text in re.findall(r'"([^"]+)"', found["lines"])}


@cache
def _imported() -> dict[str, set[str]]:
    """Distributions that each name imported by the product may come from. `shapely` comes from one, a namespace from
    several."""
    names = set()
    for file in (file for package in PACKAGES for file in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    installed = packages_distributions()
    return {
        name: {_name(distribution) for distribution in installed.get(name, [])}
        for name in names - set(PACKAGES) - sys.stdlib_module_names
    }


def test_each_dependency_is_imported_or_a_comment_says_whose_it_is() -> None:
    imported = set().union(*_imported().values())
    assert [name for name, comment in _dependencies().items() if name not in imported and not comment] == []


def test_each_import_is_of_a_dependency() -> None:
    declared = _dependencies().keys() | _extras()
    assert {name: of for name, of in _imported().items() if not of & declared} == {}


def test_the_locks_have_each_dependency_and_name_no_host() -> None:
    for lock in ("requirements.lock", "requirements-cluster.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text(encoding="utf-8")
        locked = {_name(line) for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)}
        assert _dependencies().keys() <= locked, lock
        assert "://" not in text, lock
        assert "index-url" not in text, lock
        assert "find-links" not in text, lock
