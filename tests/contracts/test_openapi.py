"""The generated contract: up to date, complete, and saying the same as the pages beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.spec import documents
from tests.support.server import ROOT

SPEC = ROOT / "mobile_api_spec"
CALL = re.compile(r"`(GET|POST|PUT|PATCH) (/[^`?…]*)(…?)`")
ROW = re.compile(r"^\| (`(?:GET|POST|PUT|PATCH) .*?) \| (.*?) \|", re.MULTILINE)
CALLERS: dict[str, list[dict[str, list[str]]]] = {
    "public": [],
    "holder": [{"holder": [], "proof": []}],
    "device": [{"device": []}],
    "agency": [{"agency": [], "proof": []}],
    "agency key": [{"login": []}],
    "link": [{"link": []}],
}
OUTSIDE_THE_TABLE = {("GET", "/log/checkpoint/witnessed")}  # formats/log.md says it


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SPEC / "openapi.json").read_text("utf-8"))
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def rows() -> Iterator[tuple[str, str, str]]:
    """Method, path and caller of each call in api.md."""
    for calls, caller in ROW.findall((SPEC / "api.md").read_text("utf-8")):
        for method, path, more in CALL.findall(calls):
            yield method, path + ("{path}" if more else ""), caller


@pytest.mark.parametrize("name", ["openapi.json", "errors.json", "errors.md"])
def test_what_is_committed_is_what_the_program_generates(name: str) -> None:
    assert (SPEC / name).read_text("utf-8") == documents()[name], "run `make spec`"


def test_the_page_and_openapi_name_the_same_calls(document: dict[str, Any]) -> None:
    told = {(method, re.sub(r"{\w+}", "{}", path)) for method, path, _ in rows()}
    made = {(method, re.sub(r"{\w+}", "{}", path)) for method, path, _ in operations(document)}
    assert made - told == OUTSIDE_THE_TABLE
    assert told - made == set()


def test_the_page_and_openapi_name_the_same_callers(document: dict[str, Any]) -> None:
    made = {
        (method, re.sub(r"{\w+}", "{}", path)): [one for one in operation["security"] if one]
        for method, path, operation in operations(document)
    }
    for method, path, caller in rows():
        told = [scheme for one in caller.split(" / ") for scheme in CALLERS[one]]
        assert made[method, re.sub(r"{\w+}", "{}", path)] == told, f"{method} {path}"


def test_every_answer_is_described(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    for method, path, operation in operations(document):
        successes = [one for status, one in operation["responses"].items() if status < "300"]
        assert successes, path
        for status, answer in operation["responses"].items():
            assert status in ("204", "304") or answer["content"], f"{method} {path} {status}"
            for media, content in answer.get("content", {}).items():
                assert media != "application/json" or content["schema"], f"{method} {path} {status}"
        if method in ("POST", "PUT", "PATCH"):
            assert operation["requestBody"]["required"], f"{method} {path}"


def test_every_code_has_a_call_or_belongs_to_all() -> None:
    """A code that no handler reaches is either the shell's (app.headers, app.errors) or dead."""
    everywhere = {"method-not-allowed"}
    errors = json.loads((SPEC / "errors.json").read_text("utf-8"))
    assert {one["code"] for one in errors if not one["calls"]} <= everywhere


def test_every_reference_resolves(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    for name in set(re.findall(r'"#/components/schemas/([^"]+)"', text)):
        assert name in document["components"]["schemas"]
