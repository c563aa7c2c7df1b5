"""Whatever goes wrong, the answer is problem+json with a code, and never repeats what was sent."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from kit.errors import catalogue, problem
from kit.limits import BODY_BYTES

MEMBERS = ["type", "title", "status", "code", "detail", "next", "retry"]
CANARY = "canary-7c1d"


def check(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert list(document)[: len(MEMBERS)] == MEMBERS
    assert (document["status"], document["code"]) == (status, code)
    assert CANARY not in answer.text
    assert CANARY not in str(answer.headers)
    return document


def test_unknown_address(client: httpx2.Client) -> None:
    check(client.get(f"/v1/{CANARY}"), 404, "not-found")
    check(client.get(f"/v1/meta/{CANARY}/"), 404, "not-found")
    check(client.get("/v1/meta/"), 404, "not-found")  # no redirect that repeats the path


def test_wrong_method(client: httpx2.Client) -> None:
    answer = client.post("/v1/meta")
    check(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (f'{{"number": "{CANARY}"}}', ["body.number"]),
        (f'{{"number": 1, "{CANARY}": 2}}', ["body.(unknown member)"]),
        ("{}", ["body.number"]),
        (f'{{"number": 1, "inner": [1, "{CANARY}"]}}', ["body.inner.(item)"]),
        ("{" + CANARY, ["body.(item)"]),
        ("[" * 50_000, None),
    ],
)
def test_invalid_bodies(client: httpx2.Client, body: str, where: list[str] | None) -> None:
    answer = client.post("/v1/test/body", content=body, headers={"content-type": "application/json"})
    document = check(answer, 422, "invalid-request")
    assert document.get("where") == where


def test_a_refusal_carries_its_members_and_headers(client: httpx2.Client) -> None:
    answer = client.get("/v1/test/refused")
    document = check(answer, 418, "test")
    assert (document["retry"], document["next"], document["n"]) == ("later", "Another.", 1)
    assert answer.headers["retry-after"] == "9"


def test_our_own_mistakes_tell_nothing(client: httpx2.Client) -> None:
    answer = client.get("/v1/test/broken")
    check(answer, 500, "internal")
    assert "secret-in-the-message" not in answer.text


def test_declared_size_is_refused_before_it_is_read(client: httpx2.Client) -> None:
    answer = client.post("/v1/test/raw", content=b"x" * (BODY_BYTES + 1))
    assert check(answer, 413, "too-large")["limit"] == BODY_BYTES
    assert client.post("/v1/test/raw", content=b"x" * BODY_BYTES).json() == {"bytes": BODY_BYTES}


def test_undeclared_size_is_counted(client: httpx2.Client) -> None:
    answer = client.post("/v1/test/raw", content=(b"x" * 1024 for _ in range(BODY_BYTES // 1024 + 1)))
    check(answer, 413, "too-large")


def test_compressed_bodies_are_refused(client: httpx2.Client) -> None:
    answer = client.post("/v1/test/raw", content=b"\x1f\x8b", headers={"content-encoding": "gzip"})
    check(answer, 415, "unsupported-media-type")


def test_every_code_is_declared_once_and_says_what_to_do() -> None:
    for kind in catalogue():
        assert kind.title.endswith(".")
        assert kind.next_step.endswith(".")
        assert 400 <= kind.status < 600
    with pytest.raises(ValueError, match="declared twice"):
        problem("not-found", 404, "Another sentence.", "Another step.")
