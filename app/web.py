"""The built web client, if there is one: read into memory at start, served with one strict policy for each page.

Nothing is looked up on disk by a name that came with a request.
"""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path

from fastapi import FastAPI, Request, Response

_BASE = {
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "style-src": "'self'",
    "img-src": "'self' blob: data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "frame-src": "'self' blob:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "mappe",
}
IMMUTABLE = "public, max-age=31536000, immutable"  # names under assets/ carry a hash of the content
PAGES = {"/": "index.html", **{f"/{name}": f"{name}.html" for name in ("a", "d", "g", "r", "sandbox")}}
# A worker takes its policy from its own file (CSP3, section 4.2.3), and Argon2 is WebAssembly in a worker.
ASSET_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"
EXTRA_TYPES = {".webmanifest": "application/manifest+json", ".wasm": "application/wasm", ".js": "text/javascript"}


def page_policy(sandbox_origin: str, page: str) -> str:
    """The Content-Security-Policy of one page."""
    policy = dict(_BASE)
    if sandbox_origin:
        policy["frame-src"] = f"'self' blob: {sandbox_origin}"
    if page == "/g":
        policy["worker-src"] = "'self'"  # the recipient's page keeps no service worker, only the passcode's worker
    return "; ".join(f"{name} {value}" for name, value in policy.items())


def install(app: FastAPI, web_dir: Path, sandbox_origin: str) -> None:
    """Adds a route for each built file and each page."""
    if not (web_dir / "index.html").is_file() and not (web_dir / "g.html").is_file():
        return
    for path in sorted(web_dir.rglob("*")):
        if path.is_file() and path.suffix != ".html":
            name = path.relative_to(web_dir).as_posix()
            caching = IMMUTABLE if name.startswith("assets/") else "no-cache"
            _serve(app, f"/{name}", path, {"cache-control": caching, "content-security-policy": ASSET_POLICY})
    for url, name in PAGES.items():
        if (web_dir / name).is_file():
            headers = {"cache-control": "no-cache", "content-security-policy": page_policy(sandbox_origin, url)}
            _serve(app, url, web_dir / name, headers)


def _serve(app: FastAPI, url: str, path: Path, headers: dict[str, str]) -> None:
    body = path.read_bytes()
    kind = EXTRA_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'

    async def answer(request: Request) -> Response:
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={**headers, "etag": etag})
        return Response(body, 200, {**headers, "etag": etag}, kind)

    app.add_api_route(url, answer, methods=["GET", "HEAD"], include_in_schema=False)
