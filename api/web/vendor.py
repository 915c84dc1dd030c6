"""Other people's styles and scripts, taken from npm by hand: `make vendor`. Each package's tarball has to be the one
whose digest stands here. Nobody who installs or runs TagPilot needs npm: the files are in the repository.

The typeface GDS Transport and the royal crest are for services on gov.uk. Neither is taken: pages are set in Arial.
"""

import base64
import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "static" / "vendor"
MANIFEST = FOLDER / "VENDORED.json"


class Package(NamedTuple):
    """`files`: path in the package to name here."""

    name: str
    version: str
    sha512: str
    licence: str
    files: dict[str, str]


PACKAGES = (
    Package(
        "govuk-frontend",
        "6.3.0",
        "cXIQxm5PHCsbic47GXZrVBZhAeeshTLRL6ZBKilLsR6rMCjJuWb7Fruq0VUNMBJFlJk/srsRj/q8d5bM9cgKoA==",
        "MIT",
        {
            "dist/govuk/govuk-frontend.min.css": "govuk-frontend.min.css",
            "dist/govuk/govuk-frontend.min.js": "govuk-frontend.min.js",
        },
    ),
    Package(
        "leaflet",
        "1.9.4",
        "nxS1ynzJOmOlHp+iL3FyWqK89GtNL8U8rvlMOsQdTTssxZwCXh8N2NB3GDQOL+YR3XnWyZAxwQixURb+FA74PA==",
        "BSD-2-Clause",
        {"dist/leaflet.css": "leaflet.css", "dist/leaflet.js": "leaflet.js", "LICENSE": "leaflet.LICENSE"},
    ),
)
CHANGED = {
    "govuk-frontend.min.css": "without @font-face, GDS Transport, the crest and the source map",
    "govuk-frontend.min.js": "without the source map",
    "leaflet.css": "without images of markers and layers, which no page uses",
    "leaflet.js": "without the source map",
}


def changed(text: str) -> str:
    """What is not ours to show, or asks for files that there are not, goes."""
    text = re.sub(r"@font-face\{[^}]*\}", "", text)
    text = text.replace("GDS Transport,arial", "arial")
    text = re.sub(r"(?:-webkit-)?(?:background(?:-image)?|mask(?:-image)?):\s*url\([^)]*\)[^;}]*;?", "", text)
    text = re.sub(r"behavior:\s*url\([^)]*\);?", "", text)
    return re.sub(r"(?:/\*|//)# sourceMappingURL=\S+(?: \*/)?", "", text).rstrip() + "\n"


def _taken(package: Package, folder: Path) -> dict[str, bytes]:
    """The package's files, once its tarball has the digest that is expected."""
    wanted = f"{package.name}@{package.version}"
    subprocess.run(["npm", "pack", "--silent", "--pack-destination", str(folder), wanted], check=True)
    tarball = folder / f"{package.name}-{package.version}.tgz"
    found = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if found != package.sha512:
        raise SystemExit(f"{wanted} has the sha512 {found}, not {package.sha512}: nothing was taken.")
    files = {}
    with tarfile.open(tarball) as held:
        for path, name in package.files.items():
            member = held.extractfile(f"package/{path}")
            assert member is not None
            content = member.read()
            files[name] = changed(content.decode()).encode() if name in CHANGED else content
    return files


def main() -> None:
    manifest = []
    with tempfile.TemporaryDirectory() as folder:
        for package in PACKAGES:
            files = _taken(package, Path(folder))
            for name, content in files.items():
                (FOLDER / name).write_bytes(content)
            told = [
                {"name": name, "sha256": hashlib.sha256(content).hexdigest(), "changed": CHANGED.get(name)}
                for name, content in files.items()
            ]
            pinned = {"package": package.name, "version": package.version, "sha512": package.sha512}
            manifest.append({**pinned, "licence": package.licence, "files": told})
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
