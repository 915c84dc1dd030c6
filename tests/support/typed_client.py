"""A client generated from the API's schema, as a developer of another program would make one.

`generated` writes a package of Python from the OpenAPI document; `TypedClient` calls its operations by their ids and
gives the typed answers.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

PACKAGE = "tagpilot_client"


@contextmanager
def generated(document: bytes, folder: Path) -> Iterator[ModuleType]:
    """The package made from an OpenAPI document (JSON), importable while the context lasts.

    Nothing of the document may be beyond the generator: a schema or an answer it leaves out is a failure.
    """
    source = folder / "openapi.json"
    source.write_bytes(document)
    config = Config.from_sources(
        ConfigFile(package_name_override=PACKAGE, post_hooks=[]),
        MetaType.NONE,
        document_source=source,
        file_encoding="utf-8",
        overwrite=False,
        output_path=folder / PACKAGE,
    )
    faults = [f"{each.header} {each.detail or ''}" for each in generate(config=config)]
    assert faults == []
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(PACKAGE)
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]


class TypedClient:
    """Operations of a generated package at one address, called by the names of their modules.

    `client.get_licence("gps-knife-licence", "L0001")` gives the typed answer, or fails with the problem that came
    instead. `client.models` has the classes of bodies and answers, `client.types` those of files.
    """

    def __init__(self, package: ModuleType, base_url: str, **headers: str) -> None:
        self.models = importlib.import_module(f"{package.__name__}.models")
        self.types = importlib.import_module(f"{package.__name__}.types")
        self._package, self._base_url, self._headers = package, base_url, headers
        self._seen: dict[str, str] = {}
        self._client = package.Client(base_url=base_url, headers=headers, timeout=60)
        self._modules = {
            file.stem: f"{package.__name__}.api.{file.parent.name}.{file.stem}"
            for file in (Path(package.__path__[0]) / "api").glob("*/*.py")
            if file.stem != "__init__"
        }

    def logged_in(self, name: str, password: str) -> "TypedClient":
        """A client of this user, logged in by the API's own operation."""
        tokens = self.login(body=self.models.Credentials(name=name, password=password))
        return TypedClient(self._package, self._base_url, authorization=f"Bearer {tokens.access_token}")

    def having_seen(self, response: Any) -> "TypedClient":
        """The same user, changing the thing that this response showed and nothing later."""
        client = TypedClient(self._package, self._base_url, **self._headers)
        client._seen = {"if_match": response.headers["etag"]}
        return client

    def response(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        """The whole response of an operation that must succeed: `parsed`, `headers`, `content`."""
        module = importlib.import_module(self._modules[operation])
        response = module.sync_detailed(*args, client=self._client, **self._seen, **kwargs)
        assert 200 <= response.status_code < 300, (operation, response.status_code, response.content)
        return response

    def __getattr__(self, operation: str) -> Any:
        if operation not in self._modules:
            raise AttributeError(f"no operation {operation}; there are {', '.join(sorted(self._modules))}")
        return lambda *args, **kwargs: self.response(operation, *args, **kwargs).parsed
