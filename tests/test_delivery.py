"""What is handed to whoever runs it: the bill of materials, the container's recipe, the settings in the README."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from api.settings import NAMES, read_settings

ROOT = Path(__file__).parents[1]


@pytest.fixture
def sbom() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sbom", ROOT / ".oci" / "sbom.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_bill_of_materials_has_each_line_of_the_lock(sbom: ModuleType) -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]+\])?==([^\s;\\]+)", lock, flags=re.MULTILINE)
    bill = json.loads(sbom.text_of())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert [(each["name"], each["version"]) for each in bill["components"]] == [(n.lower(), v) for n, v in pinned]
    digests = [h["content"] for each in bill["components"] for h in each["externalReferences"][0]["hashes"]]
    assert sorted(digests) == sorted(re.findall(r"--hash=sha256:([0-9a-f]{64})", lock))
    references = [each["bom-ref"] for each in bill["components"]]
    assert len(set(references)) == len(references)
    assert {ref for each in bill["dependencies"] for ref in each["dependsOn"]} <= set(references)


def test_the_bill_says_what_the_program_itself_asks_for(sbom: ModuleType) -> None:
    bill = json.loads(sbom.text_of())
    mine = next(each for each in bill["dependencies"] if each["ref"].startswith("pkg:pypi/tagpilot@"))
    names = {ref.removeprefix("pkg:pypi/").split("@")[0] for ref in mine["dependsOn"]}
    assert {"litestar", "sqlalchemy", "numba", "polars", "argon2-cffi"} <= names
    assert sbom.text_of() == sbom.text_of()


def test_the_container_has_no_right_and_installs_from_the_lock() -> None:
    recipe = (ROOT / ".oci" / "Containerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER 10001:10001$", recipe, flags=re.MULTILINE)
    assert "--require-hashes -r requirements.lock" in recipe
    assert "--read-only --cap-drop=all" in recipe
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", recipe, flags=re.MULTILINE)
    assert let_in[0] == "*"
    assert {name for line in copied for name in line.split()} == {each[1:] for each in let_in if each[0] == "!"}
    assert all((ROOT / name).exists() for line in copied for name in line.split())


def test_every_change_is_linted_typed_and_tried_whole() -> None:
    runs = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in runs if line.startswith("make ")] == ["make check", "make test"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (check,) = re.findall(r"^check:.*\n((?:\t.+\n)+)", makefile, flags=re.MULTILINE)
    assert check.split()[-2:] == ["check-code", "check-schema"]
    done = "".join(re.findall(r"^check-(?:code|schema):.*\n((?:\t.+\n)+)", makefile, flags=re.MULTILINE))
    for step in ("ruff check .", "ruff format --check .", "mypy", "lint-imports", "pytest -q -m fuzz"):
        assert step in done, step
    (outdated,) = re.findall(r"^outdated:.*\n((?:\t.+\n)+)", makefile, flags=re.MULTILINE)
    assert "pip list --outdated" in outdated


def test_the_readme_has_every_setting_with_its_default(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`TAGPILOT_[^|]+) \| ([^|]*) \|", text, flags=re.MULTILINE)
    named = {
        name: default
        for names, defaults in rows
        for name, default in zip(re.findall(r"TAGPILOT_\w+", names), defaults.split(","), strict=False)
    }
    assert set(named) == set(NAMES)
    made = read_settings({}, home=tmp_path)
    for name, default in named.items():
        value = getattr(made, name.removeprefix("TAGPILOT_").lower(), None)
        if type(value) is int and name not in ("TAGPILOT_THREADS", "TAGPILOT_WORKERS"):
            assert int(default) == value, name
