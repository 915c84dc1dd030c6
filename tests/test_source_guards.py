"""What the source does nowhere, or in the one file that is named: run text as code, read others' objects, start
other programs, copy its own process, speak to other machines, make SQL of values."""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("geo", "matcher", "tracker", "api")

READS_OBJECTS = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "yaml", "jsonpickle"}
READS_XML = {"xml", "lxml", "defusedxml", "xmltodict", "bs4", "html5lib"}
STARTS_PROGRAMS = {"subprocess", "pty", "commands", "sh", "pexpect"}
SPEAKS = {
    "urllib.request",
    "http.client",
    "httpx",
    "requests",
    "aiohttp",
    "ftplib",
    "smtplib",
    "socket",
    "ssl",
    "ldap3",
}
TEMPLATES = {"jinja2", "mako", "chameleon", "markdown", "cairosvg"}
MAY_IMPORT = {
    # Rows of an import between two passes, in a file without a name, which nothing else can open.
    "pickle": {"tracker/imports/source_file_service.py"},
    # The outside issuer that the settings name.
    "urllib.request": {"api/http/outside_issuer.py"},
    # The mail server that the settings name, which is told a number and an address to open.
    "smtplib": {"api/usecases/desk/mail.py"},
    "ssl": {"api/usecases/desk/mail.py"},
    # The server's own socket; the name of this machine.
    "socket": {"api/cli/commands/serve.py", "api/usecases/operation/worker.py"},
    # The server's own workers, and the demo's own server: this program, with words of its own alone. npm, by hand.
    "subprocess": {"api/usecases/operation/worker_processes.py", "api/cli/commands/demo.py", "api/web/vendor.py"},
    # Templates of our own, from the package.
    "jinja2": {"api/web/rendering.py"},
    # Made-up people of the demo, from a fixed seed.
    "random": {"api/demo/evaluation.py", "api/demo/year_later.py"},
}
COPIES_THE_PROCESS = {"fork", "forkpty", "forkserver", "multiprocessing", "ProcessPoolExecutor", "preexec_fn"}
"""A copy has polars' pool without its threads: the first frames that it joins wait for them forever. `preexec_fn` makes
a started program begin as a copy."""
RUNS_TEXT = {"eval", "exec", "system", "popen", "__import__", "execfile"}
WEAK = {"md5", "sha1", "DES", "TripleDES", "ARC4", "Blowfish", "ECB", "CBC", "uuid1", "uuid3", "uuid5"}
STATEMENTS = {"text", "exec_driver_sql", "execute", "literal_column"}
STATEMENTS_OF_CONSTANTS = ("tracker/migrations/", "tracker/record/")
"""Where SQL is put together from names of tables and settings, none of which a user gives."""


Sources = list[tuple[str, str]]
"""Paths and texts."""


@pytest.fixture(scope="module")
def sources() -> Sources:
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in paths]


def _nodes(sources: Sources, words: Iterable[str]) -> Iterator[tuple[str, list[ast.AST]]]:
    """Of each file in which one of the words stands at all."""
    asked = re.compile("|".join(rf"\b{re.escape(word.partition('.')[0])}\b" for word in sorted(words)))
    for path, text in sources:
        if asked.search(text):
            yield path, list(ast.walk(ast.parse(text)))


def imports(nodes: list[ast.AST]) -> set[str]:
    """Names of modules that a file imports, and of the packages that they are in."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found | {name.partition(".")[0] for name in found}


def calls(nodes: list[ast.AST]) -> Iterator[tuple[str, ast.Call]]:
    """Each call by the last part of its name."""
    for node in nodes:
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield node.func.id, node
            elif isinstance(node.func, ast.Attribute):
                yield node.func.attr, node


def _importing(modules: set[str], sources: Sources) -> list[tuple[str, str]]:
    return [
        (path, name)
        for path, nodes in _nodes(sources, modules)
        for name in sorted(modules & imports(nodes))
        if path not in MAY_IMPORT.get(name, ())
    ]


def _weak(sources: Sources) -> list[tuple[str, str]]:
    named = [
        (path, node.attr if isinstance(node, ast.Attribute) else node.id)
        for path, nodes in _nodes(sources, WEAK)
        for node in nodes
        if isinstance(node, ast.Attribute | ast.Name)
    ]
    return [each for each in named if each[1] in WEAK]


def _copies_the_process(sources: Sources) -> list[tuple[str, str]]:
    """Among imports, names, attributes and arguments."""
    return [
        (path, name)
        for path, nodes in _nodes(sources, COPIES_THE_PROCESS)
        for name in sorted(COPIES_THE_PROCESS & (imports(nodes) | set(_named(nodes))))
    ]


def _named(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg


def _runs_text(sources: Sources) -> list[tuple[str, str]]:
    return [(path, name) for path, nodes in _nodes(sources, RUNS_TEXT) for name, _ in calls(nodes) if name in RUNS_TEXT]


def _sql_of_values(sources: Sources) -> list[tuple[str, str]]:
    return [
        (path, ast.unparse(call)[:80])
        for path, nodes in _nodes(sources, STATEMENTS)
        if not path.startswith(STATEMENTS_OF_CONSTANTS)
        for name, call in calls(nodes)
        if name in STATEMENTS and call.args and isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
    ]


def _formats(sources: Sources) -> list[tuple[str, str]]:
    """Calls of `format` on what is neither a text of the source, a name in capitals, nor a module."""
    return [
        (path, ast.unparse(call.func))
        for path, nodes in _nodes(sources, {"format"})
        if not path.startswith("tracker/migrations/")
        for name, call in calls(nodes)
        if name == "format"
        and isinstance(call.func, ast.Attribute)
        and not isinstance(call.func.value, ast.Constant)
        and not re.fullmatch(r"_?[A-Z_]+(\[\w+\])?|pl|msgspec\.json", ast.unparse(call.func.value))
    ]


def test_nothing_that_is_sent_or_stored_is_run_as_code(sources: Sources) -> None:
    assert _runs_text(sources) == []
    assert _importing(TEMPLATES, sources) == []


def test_no_objects_and_no_xml_of_others_are_read(sources: Sources) -> None:
    assert _importing(READS_OBJECTS | READS_XML, sources) == []
    # The one use of pickle is of a file that has no name.
    text = (ROOT / "tracker/imports/source_file_service.py").read_text(encoding="utf-8")
    assert "tempfile.TemporaryFile(" in text
    assert "NamedTemporaryFile" not in text


def test_no_other_program_is_started_and_none_by_a_shell(sources: Sources) -> None:
    assert _importing(STARTS_PROGRAMS, sources) == []
    assert [path for path, text in sources if "shell=True" in text] == []


def test_no_process_is_a_copy_of_one_with_polars_threads(sources: Sources) -> None:
    assert _copies_the_process(sources) == []


def test_no_other_machine_is_spoken_to_but_the_issuer_and_the_mail_server_that_are_set(sources: Sources) -> None:
    assert _importing(SPEAKS, sources) == []


def test_what_must_not_be_guessed_comes_from_the_systems_generator(sources: Sources) -> None:
    assert _importing({"random"}, sources) == []


def test_no_weak_cipher_hash_or_guessable_identifier_is_used(sources: Sources) -> None:
    assert _weak(sources) == []


def test_no_sql_is_made_of_values(sources: Sources) -> None:
    assert _sql_of_values(sources) == []


def test_formats_are_constants_of_the_source(sources: Sources) -> None:
    assert _formats(sources) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import pickle", lambda sources: _importing(READS_OBJECTS, sources)),
        ("from xml.etree import ElementTree", lambda sources: _importing(READS_XML, sources)),
        ("import urllib.request", lambda sources: _importing(SPEAKS, sources)),
        ("import subprocess", lambda sources: _importing(STARTS_PROGRAMS, sources)),
        ("import os\nos.fork()", _copies_the_process),
        ("import multiprocessing\nmultiprocessing.Process(target=work)", _copies_the_process),
        ("from concurrent.futures import ProcessPoolExecutor", _copies_the_process),
        ("subprocess.Popen(words, preexec_fn=work)", _copies_the_process),
        ("from random import choice", lambda sources: _importing({"random"}, sources)),
        ("import os\nos.system(name)", _runs_text),
        ("import hashlib\nhashlib.md5(x)", _weak),
        ("connection.execute(text(f'SELECT {name}'))", _sql_of_values),
        ("words.format(name=1)", _formats),
        ("connection.exec_driver_sql('SELECT ' + name)", _sql_of_values),
    ],
)
def test_the_guards_see_what_they_are_for(source: str, found: object) -> None:
    assert callable(found)
    assert found([("api/somewhere.py", source)])


def test_no_secret_stands_in_the_source_and_no_file_of_keys_is_kept() -> None:
    secret = re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY|(?:password|secret|api_?key)\s*=\s*[\"'][^\"'{\s]{8,}[\"']", re.IGNORECASE
    )
    texts = {
        path: path.read_text(encoding="utf-8", errors="ignore")
        for folder in (*PACKAGES, ".oci", ".ci")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".md", ".toml", ".json", ".sh", "") and path.is_file()
    }
    assert [(str(path), match[0][:30]) for path, text in texts.items() if (match := secret.search(text))] == []
    assert [path for folder in PACKAGES for path in (ROOT / folder).rglob("*.key")] == []


def test_each_dependency_comes_with_its_digest_from_a_lock() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.findall(
        r"^([A-Za-z0-9_.-]+)(?:\[[^\]]+\])?==[^\n]*\\\n((?:\s+--hash=sha256:[0-9a-f]{64}[ \\]*\n)+)", lock, re.MULTILINE
    )
    named = re.findall(r"^[A-Za-z0-9_.-]+(?:\[[^\]]+\])?==", lock, re.MULTILINE)
    assert len(pinned) == len(named) > 30
    assert "--require-hashes -r requirements.lock" in (ROOT / "Makefile").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert not [each for each in project["dependencies"] if "@" in each or "://" in each]
