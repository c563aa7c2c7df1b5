"""Every answer, good or bad, carries the headers that keep pages and caches honest."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.migrate import upgrade
from app.settings import Settings


@pytest.mark.parametrize("path", ["/v1/meta", "/healthz", "/nothing", "/v1/test/broken"])
def test_api_answers_are_stored_and_framed_nowhere(client: httpx2.Client, path: str) -> None:
    headers = client.get(path, headers={"origin": "https://evil.example"}).headers
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert not [name for name in headers if name.startswith("access-control-")]
    assert "server" not in headers


def test_no_cors_preflight(client: httpx2.Client) -> None:
    answer = client.options(
        "/v1/meta", headers={"origin": "https://evil.example", "access-control-request-method": "GET"}
    )
    assert answer.status_code == 405


def test_https_is_remembered_only_where_it_is_used(tmp_path: Path) -> None:
    env = {"MAPPE_DATA_DIR": str(tmp_path / "d"), "MAPPE_PUBLIC_ORIGIN": "https://mappe.example"}
    settings = Settings.from_env(env)
    upgrade(settings.database_url.reveal())
    with TestClient(create_app(settings)) as client:
        assert "max-age=63072000" in client.get("/healthz").headers["strict-transport-security"]


def test_pages_have_their_own_policy(settings: Settings) -> None:
    web = settings.web_dir
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html>")
    (web / "g.html").write_text("<!doctype html><p>recipient")
    (web / "assets" / "main-abc.js").write_text("1")
    (web / "secret.txt").write_text("not asked for by any page, but built: public")
    with TestClient(create_app(settings)) as client:
        page = client.get("/g")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self' 'wasm-unsafe-eval';" in policy
        assert "unsafe-inline" not in policy
        assert "require-trusted-types-for 'script'" in policy
        assert "frame-ancestors 'none'" in policy
        script = client.get("/assets/main-abc.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert "immutable" in script.headers["cache-control"]
        assert client.get("/g", headers={"if-none-match": page.headers["etag"]}).status_code == 304
        assert client.get("/assets/../../data/keys.json").status_code == 404
        assert client.get("/assets/%2e%2e/index.html").status_code == 404
