"""The schema as a page for people: no script, nothing from anywhere else."""

import base64
import hashlib
from html import escape
from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.enums import MediaType

from api.http.auth import public
from api.http.dependencies import rights_of

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#0b0c0c}"
    "h2{border-bottom:2px solid #1d70b8;margin-top:2.5rem}code{background:#f3f2f1;padding:.1rem .3rem}"
    "table{border-collapse:collapse;margin:.5rem 0 1.5rem}td,th{text-align:left;vertical-align:top;"
    "border-bottom:1px solid #b1b4b6;padding:.2rem 1rem .2rem 0}.method{font-weight:700}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'; base-uri 'none'"


@get("/docs", opt=public(), include_in_schema=False, media_type=MediaType.HTML, sync_to_thread=False)
def docs(request: Request[Any, Any, Any]) -> Response[str]:
    """Every address, what it takes and answers, and which right it needs; the whole schema is /schema/openapi.json."""
    headers = {"content-security-policy": _POLICY}
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
    links = ", ".join(f'<a href="#{escape(group)}">{escape(group)}</a>' for group in groups)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>TagPilot: the API</title>'
        f"<style>{_STYLE}</style></head><body><h1>TagPilot: the API</h1>"
        f'<p>{links}. To the letter: <a href="/schema/openapi.json">openapi.json</a>.</p>{"".join(parts)}</body></html>'
    )


def _operation(path: str, method: str, operation: dict[str, Any], rights: dict[tuple[str, str], str]) -> str:
    rows = [
        f"<tr><td><code>{escape(p['name'])}</code></td><td>{escape(p['in'])}</td>"
        f"<td>{escape(p.get('description') or '')}</td></tr>"
        for p in operation.get("parameters", [])
    ]
    body = operation.get("requestBody")
    if body:
        kinds = [_reference(held.get("schema", {})) for held in body["content"].values()]
        rows.append(f"<tr><td>body</td><td></td><td><code>{escape(', '.join(kinds))}</code></td></tr>")
    statuses = ", ".join(operation.get("responses", {}))
    table = f"<table>{''.join(rows)}</table>" if rows else ""
    return (
        f'<h3><span class="method">{method}</span> <code>{escape(path)}</code></h3>'
        f"<p>{escape(operation.get('description') or operation.get('summary') or '')}</p>"
        f"<p>{escape(rights.get((method, path), ''))}. Answers {escape(statuses)}.</p>{table}"
    )


def _reference(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", schema.get("type", "object"))).rsplit("/", 1)[-1]


def _rights(app: Litestar) -> dict[tuple[str, str], str]:
    out = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            wanted = rights_of(handler)
            words = "Nobody has to log in" if wanted is None else "Needs a login"
            if wanted:
                words = "Needs the right to " + ", or to ".join(right.value for right in wanted)
            for method in handler.http_methods:
                out[str(method), getattr(route, "path_format", "")] = words
    return out


HANDLERS = (docs,)
