"""Every answer, good or bad, carries the headers that keep pages and caches honest."""

from __future__ import annotations

import os
from dataclasses import replace
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


@pytest.fixture
def built(settings: Settings) -> Settings:
    """A web client with every page; only the headers matter."""
    web = settings.web_dir
    (web / "assets").mkdir(parents=True)
    for page in ("index", "app", "sandbox"):
        (web / f"{page}.html").write_text(f"<!doctype html><p>{page}")
    for name in ("assets/viewer-abc.js", "sw.js", "manifest.webmanifest", "icon.svg"):
        (web / name).write_text("1")
    return settings


def policy_of(answer: httpx2.Response) -> dict[str, str]:
    parts = [part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";")]
    return {name: value for name, _, value in parts}


def test_the_app_frames_its_viewer_only(built: Settings) -> None:
    with TestClient(create_app(built)) as client:
        for path in ("/app", "/j"):
            page = client.get(path)
            assert page.text.endswith("<p>app")
            assert page.headers["cache-control"] == "no-cache"
            assert page.headers["permissions-policy"].startswith("camera=(self),")
            policy = policy_of(page)
            assert policy["frame-src"] == policy["worker-src"] == policy["connect-src"] == "'self'"
            assert policy["img-src"] == "'self' blob: data:"
            assert policy["trusted-types"] == "mappe mappe-sw"
            assert policy["frame-ancestors"] == "'none'"
            assert "unsafe-inline" not in str(policy)
            assert "'unsafe-eval'" not in str(policy)


def test_the_viewer_reaches_nothing(built: Settings) -> None:
    with TestClient(create_app(built)) as client:
        page = client.get("/sandbox")
        policy = policy_of(page)
        assert policy == policy_of(client.get("/app/viewer"))
        assert policy["sandbox"] == "allow-scripts"
        assert policy["default-src"] == policy["connect-src"] == policy["form-action"] == "'none'"
        assert not {"frame-src", "child-src", "worker-src", "object-src", "media-src"} & policy.keys()
        assert policy["script-src"] == "'wasm-unsafe-eval'"
        assert policy["img-src"] == "blob: data:"
        assert policy["frame-ancestors"] == "'self'"
        assert page.headers["permissions-policy"].startswith("camera=(),")


def test_a_viewer_on_its_own_origin_is_framed_by_the_app_alone(built: Settings) -> None:
    config = replace(built.config, public_origin="https://mappe.example", sandbox_origin="https://papers.example")
    with TestClient(create_app(replace(built, config=config))) as client:
        assert policy_of(client.get("/app"))["frame-src"] == "'self' https://papers.example"
        assert policy_of(client.get("/sandbox"))["frame-ancestors"] == "https://mappe.example"


def test_the_viewer_runs_the_scripts_that_its_page_names(built: Settings) -> None:
    one, other = f"sha256-{'a' * 42}8=", f"sha256-{'+/' * 21}0="
    named = f'<meta name="script-digests" content="{one} {other}" />'
    (built.web_dir / "sandbox.html").write_text(f"<!doctype html>{named}")
    (built.web_dir / "app.html").write_text(f"<!doctype html>{named}")
    with TestClient(create_app(built)) as client:
        assert policy_of(client.get("/sandbox"))["script-src"] == f"'{one}' '{other}' 'wasm-unsafe-eval'"
        assert policy_of(client.get("/app"))["script-src"] == "'self' 'wasm-unsafe-eval'"
    for odd in ("'unsafe-inline'", "sha256-short=", f"{one}; img-src *", "https://else.example"):
        (built.web_dir / "sandbox.html").write_text(named.replace(other, odd))
        with TestClient(create_app(built)) as client:
            assert policy_of(client.get("/sandbox"))["script-src"] == "'wasm-unsafe-eval'"


def test_nothing_is_open_to_an_opaque_origin(built: Settings) -> None:
    with TestClient(create_app(built)) as client:
        paths = (
            "/assets/viewer-abc.js",
            "/app",
            "/sandbox",
            "/sw.js",
            "/manifest.webmanifest",
            "/icon.svg",
            "/v1/meta",
        )
        for path in paths:
            headers = client.get(path, headers={"origin": "null"}).headers
            assert "access-control-allow-origin" not in headers, path
            assert headers["cross-origin-resource-policy"] == "same-origin", path


def test_the_service_worker_is_asked_for_anew_and_fetches_from_here_only(built: Settings) -> None:
    with TestClient(create_app(built)) as client:
        worker = client.get("/sw.js")
        assert worker.headers["content-type"].startswith("text/javascript")
        assert worker.headers["cache-control"] == "no-cache"
        assert policy_of(worker)["default-src"] == "'none'"
        assert policy_of(worker)["connect-src"] == "'self'"
        assert "script-src" not in policy_of(worker)
        manifest = client.get("/manifest.webmanifest")
        assert manifest.headers["content-type"].startswith("application/manifest+json")
        assert manifest.headers["cache-control"] == "no-cache"


def test_a_page_that_is_not_built_is_not_there(built: Settings) -> None:
    (built.web_dir / "app.html").unlink()
    (built.web_dir / "sw.js").unlink()
    with TestClient(create_app(built)) as client:
        for path in ("/app", "/j", "/g", "/sw.js"):
            answer = client.get(path)
            assert answer.status_code == 404
            assert answer.json()["code"] == "not-found"


@pytest.mark.parametrize(
    ("asked", "packed"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("*", True),
        ("", False),
        ("identity", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
        ("xgzip", False),
    ],
)
def test_files_are_packed_for_who_can_unpack_them(settings: Settings, asked: str, packed: bool) -> None:
    web = settings.web_dir
    (web / "assets").mkdir(parents=True)
    (web / "g.html").write_text("<!doctype html>")
    (web / "assets" / "main-abc.js").write_text("export {};" * 500)
    (web / "assets" / "noise-abc.bin").write_bytes(os.urandom(4_000))
    with TestClient(create_app(settings)) as client:
        script = client.get("/assets/main-abc.js", headers={"accept-encoding": asked})
        assert script.text == "export {};" * 500
        assert ("content-encoding" in script.headers) is packed
        assert script.headers["vary"] == "accept-encoding"
        again = {"accept-encoding": asked, "if-none-match": script.headers["etag"]}
        assert client.get("/assets/main-abc.js", headers=again).status_code == 304
        noise = client.get("/assets/noise-abc.bin", headers={"accept-encoding": asked})
        assert "content-encoding" not in noise.headers
        # answers of the API never: beside a secret, their length would tell
        assert "content-encoding" not in client.get("/v1/meta", headers={"accept-encoding": asked}).headers
