"""Whatever is sent, the program answers as its contract says: no 5xx, no other status, always a known problem.

The real application in this process, on a real database, without a network; a few seconds of generated requests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from starlette.testclient import TestClient

from app.main import create_app
from app.migrate import upgrade
from app.settings import Settings
from tests.support.server import ROOT

SPEC = ROOT / "mobile_api_spec"
EXAMPLES = 5  # requests for each call beside the schema's own examples; there are 55 calls
NOT_STARTED = {"log-not-started", "registry-unavailable"}  # a fresh server without a registry says so
WORDS = {"type", "title", "status", "code", "detail", "next", "retry"}

CODES = {one["code"]: one for one in json.loads((SPEC / "errors.json").read_text("utf-8"))}
# "all": also what the schema refuses
config = schemathesis.Config.from_dict({"generation": {"mode": "all", "allow-x00": True}})
schema = schemathesis.openapi.from_path(str(SPEC / "openapi.json"), config=config)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("contract")
    url = f"sqlite:///{folder / 'mappe.db'}"
    upgrade(url)
    app = create_app(
        Settings.from_env({"MAPPE_DATA_DIR": str(folder), "MAPPE_DATABASE_URL": url, "MAPPE_WEB_DIR": str(folder)})
    )
    with TestClient(app, raise_server_exceptions=False) as one:
        yield one


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_in_the_contract(case: Any, client: TestClient) -> None:
    arguments = case.as_transport_kwargs(base_url="http://127.0.0.1:8000")
    if isinstance(arguments.get("data"), bytes):
        arguments["content"] = arguments.pop("data")
    answer = client.request(**{name: value for name, value in arguments.items() if value})
    told = case.operation.definition.raw["responses"]
    where = f"{case.method} {case.path}: {answer.status_code} {answer.text[:300]}"
    if answer.status_code == 405:  # a path made of "." or "" leads to another call
        return
    assert str(answer.status_code) in told, where
    if answer.status_code < 400:
        return
    assert answer.headers["content-type"] == "application/problem+json", where
    problem = answer.json()
    assert problem.keys() >= WORDS, where
    assert problem["code"] in CODES, where
    assert problem["status"] == answer.status_code == CODES[problem["code"]]["status"], where
    assert problem["retry"] == CODES[problem["code"]]["retry"], where
    assert answer.status_code < 500 or problem["code"] in NOT_STARTED, where
    assert problem["code"] in case.operation.definition.raw["x-problems"], where
