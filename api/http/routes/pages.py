"""The schema as a page for people: every address, every field of what it takes and answers. No script, and nothing from
any other server."""

from collections.abc import Iterator
from html import escape
from inspect import cleandoc
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, get
from litestar.enums import MediaType

from api.http.auth import public
from api.http.dependencies import rights_of
from api.http.middleware import page_policy

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#0b0c0c}"
    "h2{border-bottom:2px solid #1d70b8;margin-top:2.5rem}code{background:#f3f2f1;padding:.1rem .3rem}"
    "table{border-collapse:collapse;margin:.5rem 0 1.5rem}td,th{text-align:left;vertical-align:top;"
    "border-bottom:1px solid #b1b4b6;padding:.2rem 1rem .2rem 0}.method{font-weight:700}"
)
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
    "object": "object",
}
_FORMATS = {"date": "date", "date-time": "time with its zone", "binary": "file"}


@get("/docs", opt=public(), include_in_schema=False, media_type=MediaType.HTML, sync_to_thread=False)
def docs(request: Request[Any, Any, Any]) -> Response[str]:
    """Every address, what it takes and answers, and which right it needs; the whole schema is /schema/openapi.json."""
    headers = {"content-security-policy": page_policy(_STYLE)}
    return Response(_page(request.app), media_type=MediaType.HTML, headers=headers)


def _page(app: Litestar) -> str:
    schema = app.openapi_schema.to_schema()
    rights = _rights(app)
    groups: dict[str, list[str]] = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            group = (operation.get("tags") or ["other"])[0]
            groups.setdefault(group, []).append(_operation(path, method.upper(), operation, rights))
    parts = [f'<h2 id="{escape(group)}">{escape(group)}</h2>{"".join(held)}' for group, held in groups.items()]
    links = ", ".join(f'<a href="#{escape(group)}">{escape(group)}</a>' for group in (*groups, "objects"))
    # The framework leaves out what a struct says of itself.
    words = {each.__name__: cleandoc(each.__doc__ or "") for each in _structs(msgspec.Struct)}
    objects = schema.get("components", {}).get("schemas", {})
    parts.append(
        '<h2 id="objects">objects</h2>'
        + "".join(_object(name, objects[name], words.get(name, "")) for name in sorted(objects))
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>TagPilot: the API</title>'
        f"<style>{_STYLE}</style></head><body><h1>TagPilot: the API</h1>"
        f'<p>{links}. For programs: <a href="/schema/openapi.json">openapi.json</a>.</p>{"".join(parts)}</body></html>'
    )


def _structs(of: type[Any]) -> Iterator[type[Any]]:
    """The product's structs, whatever they derive from."""
    for each in of.__subclasses__():
        if each.__module__.startswith("api."):
            yield each
        yield from _structs(each)


def _operation(path: str, method: str, operation: dict[str, Any], rights: dict[tuple[str, str], str]) -> str:
    rows = [
        _row(p["name"], f"{kind_of(p.get('schema', {}))}, in the {p['in']}{_required(p.get('required'))}", p)
        for p in operation.get("parameters", [])
    ]
    rows += [_row("body", kinds, {}) for kinds in _contents(operation.get("requestBody"))]
    responses = operation.get("responses", {})
    answers = [(status, each) for status, each in responses.items() if status.startswith("2")]
    rows += [_row(f"answer {status}", kinds, {}) for status, each in answers for kinds in _contents(each)]
    problems = ", ".join(status for status in responses if not status.startswith("2"))
    return (
        f'<h3><span class="method">{method}</span> <code>{escape(path)}</code></h3>'
        f"<p>{escape(operation.get('description') or operation.get('summary') or '')}</p>"
        f"<p>{escape(rights.get((method, path), ''))}. Problems: {escape(problems)}.</p>{_table(rows)}"
    )


def _contents(of: dict[str, Any] | None) -> list[str]:
    """The kind of a body or of an answer; its media type too, where that is not JSON."""
    return [
        kind_of(held.get("schema", {})) + ("" if media == "application/json" else f" ({escape(media)})")
        for media, held in ((of or {}).get("content") or {}).items()
    ]


def _object(name: str, schema: dict[str, Any], words: str) -> str:
    """One struct: an anchor, its description, and a row for each field."""
    required = schema.get("required", ())
    fields = schema.get("properties", {})
    rows = [_row(field, kind_of(kind) + _required(field in required), kind) for field, kind in fields.items()]
    values = "" if fields else f"<p>{kind_of(schema)}</p>"
    return (
        f'<h4 id="{escape(_anchor(name))}">{escape(name)}</h4><p>{escape(schema.get("description") or words)}</p>'
        f"{values}{_table(rows)}"
    )


def _table(rows: list[str]) -> str:
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _row(name: str, kind: str, described: dict[str, Any]) -> str:
    words = escape(described.get("description") or "")
    return f"<tr><td><code>{escape(name)}</code></td><td>{kind}</td><td>{words}</td></tr>"


def _required(required: bool | None) -> str:
    return "" if required else ", optional"


def _anchor(name: str) -> str:
    return f"object-{name}"


def kind_of(schema: dict[str, Any]) -> str:
    """A type in words, as HTML: a struct is a link to its fields."""
    if reference := schema.get("$ref"):
        name = str(reference).rsplit("/", 1)[-1]
        return f'<a href="#{escape(_anchor(name))}">{escape(name)}</a>'
    for several in ("oneOf", "anyOf", "allOf"):
        if schema.get(several):
            return " or ".join(dict.fromkeys(kind_of(each) for each in schema[several]))
    if values := schema.get("enum", [schema["const"]] if "const" in schema else None):
        named = ", ".join(f"<code>{escape(str(each))}</code>" for each in values if each is not None)
        return f"one of {named}" + (" or null" if None in values else "")
    kinds = schema.get("type", "object")
    if isinstance(kinds, list):
        return " or ".join(kind_of({**schema, "type": each}) for each in kinds)
    if kinds == "array":
        return f"list of {kind_of(schema.get('items', {}))}"
    if kinds == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of names, each with {kind_of(schema['additionalProperties'])}"
    return _FORMATS.get(schema.get("format", ""), _WORDS.get(str(kinds), str(kinds))) + _limits(schema)


def _limits(schema: dict[str, Any]) -> str:
    """Range, length and pattern, in words."""
    low = schema.get("minimum", schema.get("minLength"))
    high = schema.get("maximum", schema.get("maxLength"))
    unit = " characters" if {"minLength", "maxLength"} & schema.keys() else ""
    words = ""
    if low is not None and high is not None:
        words = f" of {low:,} to {high:,}{unit}"
    elif low is not None:
        words = f" of at least {low:,}{unit}"
    elif high is not None:
        words = f" of at most {high:,}{unit}"
    pattern = schema.get("pattern")
    return words + (f" in the form <code>{escape(pattern)}</code>" if pattern else "")


def _rights(app: Litestar) -> dict[tuple[str, str], str]:
    out = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            wanted = rights_of(handler)
            words = "No login needed" if wanted is None else "Needs a login"
            if wanted:
                words = "Needs the right to " + ", or to ".join(right.value for right in wanted)
            for method in handler.http_methods:
                out[str(method), getattr(route, "path_format", "")] = words
    return out


HANDLERS = (docs,)
