"""What api/README.md shows people typing: each address is one of the API's, with parameters and fields that it has,
and each command is one that the command line takes."""

import json
import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import click
import pytest

from api.cli.main import cli
from api.http.app import routes

README = Path(__file__).parents[2] / "api" / "README.md"
_PROGRAMME = "/programmes/gps-knife-licence"
"""What `$P` stands for."""


def typed() -> list[str]:
    """Each command of the examples, one a line, as a shell would read it."""
    blocks = re.findall(r"```\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = []
    for block in blocks:
        lines = block.splitlines()
        for at, line in enumerate(lines):
            if line.startswith("$ "):
                command, rest = line[2:], iter(lines[at + 1 :])
                while command.endswith("\\") or command.count("'") % 2:
                    command = f"{command.removesuffix(chr(92))}{next(rest).strip()}"
                found.append(command)
    return found


ASKED = [line for line in typed() if re.search(r"\$[BP]/", line) and re.match(r"(?:as|send|curl|E=)", line)]
COMMANDS = [line for line in typed() if line.startswith("tagpilot ")]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return routes().openapi_schema.to_schema()


def operation(schema: dict[str, Any], method: str, path: str) -> dict[str, Any] | None:
    """The one whose address this is; one without variables comes first."""
    fitting = [
        each for each in schema["paths"] if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", each), path) and each != "/"
    ]
    fitting = [each for each in fitting if method in schema["paths"][each]]
    return schema["paths"][min(fitting, key=lambda each: each.count("{"))][method] if fitting else None


def test_there_are_examples_to_ask() -> None:
    assert len(ASKED) > 50
    assert len(COMMANDS) >= 3


@pytest.mark.parametrize("line", ASKED)
def test_an_address_of_an_example_is_one_of_the_api_with_what_it_takes(schema: dict[str, Any], line: str) -> None:
    found = re.search(r"\$([BP])(/[^\s\"|;)]+)", line)
    assert found is not None
    address = urlsplit(
        (_PROGRAMME if found[1] == "P" else "") + found[2].replace("$f", "cohort.csv").replace("...", "")
    )
    body = re.search(r"-d '(\{.*\})'", line)
    sends = line.startswith("send ") or " -d '{" in line or "-X POST" in line
    # By what it accepts, an address leads to the one with that suffix.
    path = f"{address.path}.csv" if "accept: text/csv" in line else address.path
    asked = operation(schema, "post" if sends else "get", path)
    assert asked is not None, f"nothing answers {path}"
    known = {each["name"] for each in asked.get("parameters", []) if each["in"] == "query"}
    assert {name for name, _ in parse_qsl(address.query, keep_blank_values=True)} <= known
    if body is not None and "..." not in body[1] and "'" not in body[1]:
        wanted = asked["requestBody"]["content"]["application/json"]["schema"]
        if "$ref" in wanted:
            wanted = schema["components"]["schemas"][wanted["$ref"].rpartition("/")[2]]
        if "properties" in wanted:
            assert set(json.loads(body[1])) <= set(wanted["properties"])


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_an_example_is_one_that_the_command_line_takes(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line)[1:]
    for word in words:
        if word.endswith(".csv"):
            Path(word).write_text("x\n", encoding="utf-8")
    command: Any = cli
    while isinstance(command, click.Group):
        _, command, words = command.resolve_command(click.Context(command), words)
    command.make_context("example", words)
