"""The OpenAPI document as a page for people, without a script: nothing is fetched from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from litestar import MediaType, Request, Response, Router, get
from litestar.datastructures import State

from hawk.auth.permission import Permission, needs

Document = Mapping[str, Any]

_METHODS = ("get", "post", "put", "patch", "delete")
_REFERENCE = "#/components/schemas/"
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h1 small { font-weight: normal; color: #666 }
details { border-top: 1px solid #ddd; padding: .4rem 0 }
summary { cursor: pointer }
code { font: 13px ui-monospace, monospace; background: #f4f4f4; padding: 0 .2rem }
b.method { display: inline-block; width: 4.5rem; text-transform: uppercase; font-size: 13px }
table { border-collapse: collapse; margin: .5rem 0 .8rem 4.5rem }
td, th { text-align: left; padding: .1rem .8rem .1rem 0; vertical-align: top }
p { margin: .4rem 0 .4rem 4.5rem }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd } code { background: #2a2a2a } }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'; base-uri 'none'"


@get("/docs", media_type=MediaType.HTML, include_in_schema=False, opt=needs(Permission.PUBLIC))
async def documentation(request: Request[None, None, State]) -> Response[str]:
    """What the API has, for a browser."""
    page = "".join(_page(request.app.openapi_schema.to_schema()))
    return Response(page, media_type=MediaType.HTML, headers={"Content-Security-Policy": _POLICY})


documentation_router = Router(path="/api", route_handlers=[documentation])


def _page(document: Document) -> Iterator[str]:
    info = document["info"]
    title = f"{escape(info['title'])}'s API"
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    yield f"<style>{_STYLE}</style>"
    yield f"<h1>{title} <small>{escape(info['version'])}</small></h1>"
    yield '<p>For programs: <a href="/api/schema/openapi.json">openapi.json</a></p><h2>Requests</h2>'
    for path, operations in sorted(document["paths"].items()):
        for method in _METHODS:
            if method in operations:
                yield from _operation(path, method, operations[method])
    yield "<h2>Shapes</h2>"
    for name, schema in sorted(document.get("components", {}).get("schemas", {}).items()):
        yield from _shape(name, schema)
    yield "</html>"


def _operation(path: str, method: str, operation: Document) -> Iterator[str]:
    summary = escape(operation.get("summary", ""))
    yield f'<details><summary><b class="method">{method}</b><code>{escape(path)}</code> {summary}</summary>'
    if text := operation.get("description"):
        yield f"<p>{escape(text)}</p>"
    yield "<table>"
    for one in operation.get("parameters", ()):
        place = one["in"] + (", required" if one.get("required") else "")
        yield _row(one["name"], f"{place}: {_kind(one.get('schema', {}))}", one.get("description", ""))
    for kind, body in operation.get("requestBody", {}).get("content", {}).items():
        yield _row("body", f"{escape(kind)}: {_kind(body.get('schema', {}))}", "")
    for status, answer in sorted(operation["responses"].items()):
        kinds = (_kind(one.get("schema", {})) for one in answer.get("content", {}).values())
        yield _row(status, ", ".join(kinds), answer.get("description", ""))
    yield "</table></details>"


def _shape(name: str, schema: Document) -> Iterator[str]:
    yield f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
    if text := schema.get("description"):
        yield f"<p>{escape(text)}</p>"
    required = schema.get("required", ())
    yield "<table>"
    for field, kind in schema.get("properties", {}).items():
        yield _row(field, _kind(kind), "required" if field in required else "")
    if "enum" in schema:
        yield _row("", _kind(schema), "")
    yield "</table></details>"


def _row(name: str, kind: str, text: str) -> str:
    """``kind`` is HTML already."""
    return f"<tr><td><code>{escape(name)}</code><td>{kind}<td>{escape(text)}</tr>"


def _kind(schema: Document) -> str:
    """What a schema lets through, in a few words of HTML."""
    if (reference := schema.get("$ref", "")).startswith(_REFERENCE):
        name = escape(reference.removeprefix(_REFERENCE))
        return f'<a href="#{name}">{name}</a>'
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return " or ".join(map(_kind, schema[key]))
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    told: str | list[str] = schema.get("type", "anything")
    return escape(told if isinstance(told, str) else " or ".join(told))
