"""The generated part of the specification: OpenAPI, and the error catalogue as JSON and as a page.

The program says most of it; what it cannot know about itself stands in the tables here: who calls (RFC 9449 has no
OpenAPI scheme), which answers are bytes, and what handlers write as ready text (`spec_answers`). The problems of each
call come from `spec_problems`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from app.main import create_app
from app.settings import Settings
from app.spec_answers import ANSWERS
from app.spec_problems import Call, calls
from kit.errors import ProblemKind, catalogue

REFERENCE = "#/components/schemas/{model}"
PROBLEM_TYPE = "application/problem+json"
BYTES = "application/octet-stream"

SCHEMES: dict[str, Any] = {
    "holder": {
        "type": "http",
        "scheme": "DPoP",
        "description": "Session token of a holder's device (`mst_…`), bound to the device key; always with `proof`.",
    },
    "agency": {
        "type": "http",
        "scheme": "DPoP",
        "bearerFormat": "JWT",
        "description": "Access token of `POST /v1/agency/token`, bound to the login key; always with `proof`.",
    },
    "proof": {
        "type": "apiKey",
        "in": "header",
        "name": "DPoP",
        "description": "Proof of possession for this one request (RFC 9449; members in formats/sign_in.md).",
    },
    "device": {
        "type": "apiKey",
        "in": "header",
        "name": "DPoP",
        "description": "A proof alone, by the key of the device that is being enrolled.",
    },
    "link": {
        "type": "apiKey",
        "in": "header",
        "name": "DPoP",
        "description": "A proof alone, by a key made for this one open; `auth` in the body proves the link.",
    },
    "login": {
        "type": "apiKey",
        "in": "header",
        "name": "DPoP",
        "description": "A proof alone, by an agency's login key.",
    },
}
Security = dict[str, list[str]]
HOLDER: Security = {"holder": [], "proof": []}
AGENCY: Security = {"agency": [], "proof": []}
DEPENDENCIES: dict[str, Security] = {"_holder": HOLDER, "_device": {"device": []}, "agency_caller": AGENCY}
# who calls where the handler itself tells callers apart
CALLERS: dict[str, list[Security]] = {
    "peek_grant": [{"link": []}, AGENCY, {}],
    "open_grant": [{"link": []}, AGENCY],
    "read_file": [{"link": []}, AGENCY],
    "sign_in_agency": [{"login": []}],
}
RANGED = ("read_attachment", "read_deposit", "read_file")  # stored bytes, or one range of them
RAW = ("append_attachment", "send_deposit")  # bodies of bytes
MEDIA = {
    "read_checkpoint": "text/plain",
    "read_witnessed_checkpoint": "text/plain",
    "read_tile": BYTES,
    "read_registry": "application/jose+json",
}
RETRY = {
    "never": "The same request can never succeed. Tell the person what `title` and `next` say.",
    "later": "The same request can succeed later; wait as long as `Retry-After` says, where it is there.",
    "after-change": "Change what `next` names (a value, a proof, a version), then send it again.",
    "same-request": "Send the very same request again, byte for byte; what was done is not done twice.",
}


def documents() -> dict[str, str]:
    """File name to content, the same bytes for the same program."""
    create_app(Settings())  # imports every slice, and with it its errors
    errors = _errors()
    return {"openapi.json": _text(_openapi()), "errors.json": _text(errors), "errors.md": _page(errors)}


def _openapi() -> dict[str, Any]:
    document = create_app(Settings()).openapi()
    document["info"] |= {"license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}}
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    components["securitySchemes"] = SCHEMES
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    known = calls()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _complete(path, operation, known[operation["operationId"]], schemas)
    return document


def _complete(path: str, operation: dict[str, Any], call: Call, schemas: dict[str, Any]) -> None:
    name = operation["operationId"]
    operation["security"] = CALLERS.get(name) or [DEPENDENCIES[one] for one in call.callers if one in DEPENDENCIES]
    operation["x-problems"] = [kind.code for kind in call.problems]
    responses = {status: said for status, said in operation.get("responses", {}).items() if status not in ("422",)}
    responses |= _answers(name, responses, schemas)
    responses |= _refusals(call.problems)
    operation["responses"] = responses
    _parameters(path, operation)
    if name in RAW:
        operation["requestBody"] = {"required": True, "content": {BYTES: {}}}


def _answers(name: str, said: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status, models in ANSWERS.get(name, {}).items():
        references = []
        for model in models:
            schema = model.model_json_schema(ref_template=REFERENCE)
            schemas.update(schema.pop("$defs", {}))
            schemas[model.__name__] = schema
            references.append({"$ref": REFERENCE.format(model=model.__name__)})
        schema = references[0] if len(references) == 1 else {"oneOf": references}
        answers[str(status)] = {
            "description": said.get(str(status), {}).get("description", models[0].__doc__),
            "content": {"application/json": {"schema": schema}},
        }
    if name in RANGED:
        ranges = {"Accept-Ranges": _header("bytes"), "Content-Length": _header("of this answer")}
        logged = {"Mappe-Event": _header("b64u; the first time in a lease"), "Mappe-Promise": _header("b64u, as above")}
        headers = ranges | (logged if name == "read_file" else {})
        answers["200"] = {"description": "All stored bytes.", "headers": headers, "content": {BYTES: {}}}
        answers["206"] = {
            "description": "The range asked for.",
            "headers": {**headers, "Content-Range": _header("bytes first-last/size")},
            "content": {BYTES: {}},
        }
    if name in MEDIA:
        answers["200"] = {"description": said["200"]["description"], "content": {MEDIA[name]: {}}}
    return answers


def _refusals(problems: Iterable[ProblemKind]) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for kind in problems:
        by_status.setdefault(kind.status, []).append(kind.code)
    reference = {"$ref": REFERENCE.format(model="Problem")}
    return {
        str(status): {
            "description": f"{HTTPStatus(status).phrase}: {', '.join(f'`{code}`' for code in codes)}.",
            "content": {
                PROBLEM_TYPE: {"schema": {"allOf": [reference, {"properties": {"code": {"enum": codes}}}]}},
            },
        }
        for status, codes in sorted(by_status.items())
    }


def _parameters(path: str, operation: dict[str, Any]) -> None:
    parameters = operation.setdefault("parameters", [])
    named = {(one["in"], one["name"]) for one in parameters}
    for name in re.findall(r"{(\w+)", path):
        if ("path", name) not in named:
            parameters.append({"name": name, "in": "path", "required": True, "schema": {"type": "string"}})
    if operation["operationId"] in RANGED and ("header", "Range") not in named:
        parameters.append({"name": "Range", "in": "header", "required": False, "schema": {"type": "string"}})
    if not parameters:
        del operation["parameters"]


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}


def _errors() -> list[dict[str, Any]]:
    where: dict[str, list[str]] = {}
    for name, call in calls().items():
        for kind in call.problems:
            where.setdefault(kind.code, []).append(name)
    return [
        {
            "code": kind.code,
            "status": kind.status,
            "title": kind.title,
            "next": kind.next_step,
            "retry": kind.retry,
            "calls": sorted(where.get(kind.code, [])),
        }
        for kind in catalogue()
    ]


def _page(errors: list[dict[str, Any]]) -> str:
    lines = [
        "# Errors",
        "",
        "Generated by `make spec` from the program; `errors.json` is the same for machines, with the calls that can",
        "answer each code. Every refusal is `application/problem+json` (RFC 9457) with `type`, `title`, `status`,",
        "`code`, `detail`, `next`, `retry`; some codes have more members (api.md). Decide by `code`; one that a client",
        "does not know is treated by its `status` and `retry`.",
        "",
        "| retry | What a client does |",
        "|---|---|",
        *(f"| `{name}` | {text} |" for name, text in RETRY.items()),
        "",
        "| Code | Status | Says | Next | Retry |",
        "|---|---|---|---|---|",
        *(
            f"| `{one['code']}` | {one['status']} | {one['title']} | {one['next']} | `{one['retry']}` |"
            for one in errors
        ),
    ]
    return "\n".join(lines) + "\n"


def _text(document: object) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


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
        "retry": {"enum": list(RETRY)},
    },
}
