"""The captured flows are still what the clients do, and every real answer fits its schema."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.conftest import ServerFactory
from tests.contracts.flows import FLOWS, Exchange, capture, page, sequence
from tests.journeys.conftest import JOB_CENTRE
from tests.support.district import District
from tests.support.server import ROOT

HEADING = re.compile(r"^### (.*)$", re.MULTILINE)
CONTRACT: dict[str, Any] = json.loads((ROOT / "mobile_api_spec" / "openapi.json").read_text("utf-8"))
TEMPLATES = {re.compile(re.sub(r"{\w+}", "[^/]+", path) + r"\Z"): path for path in CONTRACT["paths"]}


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    found: dict[str, Any] = CONTRACT["components"]
    return found


def fits(one: Exchange, components: dict[str, Any]) -> None:
    """The answer is one that openapi.json describes; so is the request's body."""
    path = one.path.partition("?")[0]
    method = one.method.lower()
    fitting = [told for shape, told in TEMPLATES.items() if shape.match(path) and method in CONTRACT["paths"][told]]
    operation = CONTRACT["paths"][min(fitting, key=lambda told: told.count("{"))][method]
    answer = operation["responses"][str(one.status)]
    content = answer.get("content", {}).get(one.media.partition(";")[0])
    assert content is not None or not one.got, f"{path}: {one.media}"
    if content and content.get("schema"):
        jsonschema_rs.validate(content["schema"] | {"components": components}, json.loads(one.got))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body is not None:
        jsonschema_rs.validate(body | {"components": components}, json.loads(one.sent))


@pytest.mark.slow
def test_the_clients_still_do_what_the_flows_show(
    server: ServerFactory, tmp_path: Path, schemas: dict[str, Any]
) -> None:
    district = District(server(start=False), tmp_path / "district").prepare()
    district.server.start()
    district.enrol(JOB_CENTRE)
    captured = capture(district, tmp_path / "people")
    for name, seen in captured.items():
        shown = (FLOWS / f"{name}.md").read_text("utf-8")
        assert _calls(HEADING.findall(shown)) == _calls(sequence(seen)), (
            f"{name}: run `python -m tests.contracts.flows`"
        )
        assert page(name, seen).splitlines()[:3] == shown.splitlines()[:3]
        for one in seen:
            if one.method:
                fits(one, schemas)


def _calls(made: list[str]) -> list[str]:
    """Without the questions to the tree, whose number depends on how far it has grown in the meantime."""
    return [one for one in made if "/log/" not in one]
