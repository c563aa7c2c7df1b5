"""The generated part of the specification: OpenAPI and the error catalogue."""

from __future__ import annotations

import json
from typing import Any

from app.main import create_app
from app.settings import Settings
from kit.errors import catalogue


def documents() -> dict[str, str]:
    """File name to content, the same bytes for the same program."""
    return {"openapi.json": _text(_openapi()), "errors.json": _text(_errors())}


def _openapi() -> dict[str, Any]:
    document = create_app(Settings()).openapi()
    document["components"] = document.get("components", {})
    schemas = document["components"].setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path in document["paths"].values():
        for operation in path.values():
            responses = operation.setdefault("responses", {})
            responses.pop("422", None)
            responses["default"] = {
                "description": "A problem; errors.json lists every code.",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
    return document


def _errors() -> list[dict[str, Any]]:
    create_app(Settings())  # imports every slice, and with it its errors
    return [
        {"code": kind.code, "status": kind.status, "title": kind.title, "next": kind.next_step, "retry": kind.retry}
        for kind in catalogue()
    ]


def _text(document: object) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=False) + "\n"


_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457. Members beside these depend on the code.",
    "required": ["type", "title", "status", "code", "detail", "next", "retry"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "next": {"type": "string"},
        "retry": {"enum": ["never", "later", "after-change", "same-request"]},
    },
}
