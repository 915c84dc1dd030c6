"""Writes a bill of materials in CycloneDX 1.6 from `requirements.lock`: `make sbom`.

Each distribution that is installed, with its version, the digests of its files and which others ask for it. The same
lock gives the same file.
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
OUT = ROOT / "sbom.cdx.json"
_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)\s*(?:;\s*([^\\]+?))?\s*\\?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def packages(lock: str) -> list[dict[str, Any]]:
    """Name, version, marker, digests and those that ask for it, of each distribution of a lock, in its order."""
    found: list[dict[str, Any]] = []
    for line in lock.splitlines():
        if pinned := _PINNED.match(line):
            name, version, marker = pinned.groups()
            found.append({"name": name.lower(), "version": version, "marker": marker, "hashes": [], "via": []})
        elif digest := _HASH.search(line):
            found[-1]["hashes"].append(digest[1])
        elif line.startswith("    #"):
            asking = line.strip("# ").removeprefix("via").strip()
            if asking:
                found[-1]["via"].append(asking.split()[0].lower())
    return found


def bill(lock: str, project: dict[str, Any]) -> dict[str, Any]:
    """The bill of materials of a lock."""
    name, version = project["name"], project["version"]
    root = f"pkg:pypi/{name}@{version}"
    held = packages(lock)
    # One name may be pinned twice, for different versions of Python.
    by_name: dict[str, list[str]] = {name: [root]}
    for each in held:
        by_name.setdefault(each["name"], []).append(_reference(each))
    needs: dict[str, list[str]] = {reference: [] for several in by_name.values() for reference in several}
    for each in held:
        for reference in (found for asking in each["via"] for found in by_name.get(asking, ())):
            needs[reference].append(_reference(each))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": name,
                "version": version,
                "purl": root,
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": [_component(each) for each in held],
        "dependencies": [{"ref": ref, "dependsOn": sorted(set(asked))} for ref, asked in sorted(needs.items())],
    }


def _reference(package: dict[str, Any]) -> str:
    return f"pkg:pypi/{package['name']}@{package['version']}"


def _component(package: dict[str, Any]) -> dict[str, Any]:
    component = {
        "type": "library",
        "bom-ref": _reference(package),
        "name": package["name"],
        "version": package["version"],
        "purl": _reference(package),
        # One digest a file that the index offers; which of them is installed depends on the machine.
        "externalReferences": [
            {
                "type": "distribution",
                "url": _reference(package),
                "hashes": [{"alg": "SHA-256", "content": digest} for digest in sorted(package["hashes"])],
            }
        ],
    }
    if package["marker"]:
        component["properties"] = [{"name": "tagpilot:marker", "value": package["marker"]}]
    return component


def text_of(root: Path = ROOT) -> str:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = bill((root / "requirements.lock").read_text(encoding="utf-8"), project)
    return json.dumps(found, indent=1) + "\n"


if __name__ == "__main__":
    OUT.write_text(text_of(), encoding="utf-8")
