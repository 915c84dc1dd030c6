"""Files in the schema, which Litestar would describe as text in JSON: a body that is a file, an answer that is one."""

from dataclasses import dataclass

from litestar import Response
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

_BINARY = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
_TEXT = Schema(type=OpenAPIType.STRING)
_FEATURES = Schema(type=OpenAPIType.OBJECT, required=["type", "features"])
"""Of GeoJSON, by RFC 7946."""


@dataclass
class FileBody(Operation):
    """An operation whose body is a file as it is; its handler reads the stream."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody({"application/octet-stream": OpenAPIMediaType(_BINARY)}, required=True)


def file_answer(*media_types: str) -> type[Operation]:
    """An operation that answers a file of one of these media types."""

    @dataclass
    class FileAnswer(Operation):
        def __post_init__(self) -> None:
            for status, response in (self.responses or {}).items():
                if status.startswith("2") and isinstance(response, OpenAPIResponse):
                    response.content = {each: OpenAPIMediaType(_content(each)) for each in media_types}

    return FileAnswer


def _content(media_type: str) -> Schema:
    if media_type == "application/geo+json":
        return _FEATURES
    return _TEXT if media_type.startswith("text/") else _BINARY


def file_response(content: bytes, media_type: str, name: str) -> Response[bytes]:
    """A file to be stored under a plain name."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    return Response(content, media_type=f"{media_type}{charset}", headers=headers)
