"""The built web client, if there is one: read into memory at start, served with one strict policy for each page.

Nothing is looked up on disk by a name that came with a request.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from fastapi import FastAPI, Request, Response

from app.hints import VARIES, hint, texts_of
from kit.context import Config

_BASE: Mapping[str, str] = {
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
# The holder's app frames the viewer of papers alone, and registers one service worker under a policy of its own.
_APP: Mapping[str, str] = {**_BASE, "frame-src": "'self'", "trusted-types": "mappe mappe-sw"}
# Papers are painted here: an opaque origin without storage, without network, without frames, without any script but
# those whose digests its own page names (`script_digests`): the one within it, and the one that the app hands over.
_SANDBOX: Mapping[str, str] = {
    "sandbox": "allow-scripts",
    "default-src": "'none'",
    "script-src": "'wasm-unsafe-eval'",
    "img-src": "blob: data:",
    "font-src": "blob: data:",  # those that a PDF brings with it
    "connect-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'self'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "mappe",
}
# A request that is opened on a phone with a wallet goes on as the app, under the policy of the page it came in by.
_POLICIES: Mapping[str, Mapping[str, str]] = {
    "/app": _APP,
    "/j": _APP,
    "/r": _APP,
    "/sandbox": _SANDBOX,
    "/app/viewer": _SANDBOX,
}
IMMUTABLE = "public, max-age=31536000, immutable"  # names under assets/ carry a hash of the content
PAGES = {
    "/": "index.html",
    **{f"/{name}": f"{name}.html" for name in ("a", "app", "d", "e", "g", "r", "sandbox")},
    "/j": "app.html",  # what a device shows that wants to join: the app reads the fragment
    "/app/viewer": "sandbox.html",  # the viewer, where the app's service worker answers for it without a network
}
_VIEWERS = ("/sandbox", "/app/viewer")
# A worker takes its policy from its own file (CSP3, section 4.2.3), and Argon2 is WebAssembly in a worker.
ASSET_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"
SERVICE_WORKER = "sw.js"
# It fetches the shell that it keeps, from here only, and imports nothing.
SERVICE_WORKER_POLICY = (
    "default-src 'none'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_DIGESTS = re.compile(r'<meta name="script-digests" content="((?:sha256-[A-Za-z0-9+/]{43}= ?)+)"')
_NO_DEVICES = {"permissions-policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()"}
WORTH_PACKING = 0.95  # pictures and fonts are packed already
EXTRA_TYPES = {".webmanifest": "application/manifest+json", ".wasm": "application/wasm", ".js": "text/javascript"}


def script_digests(html: str) -> str:
    """The scripts that a page says it runs, as sources of a policy."""
    found = _DIGESTS.search(html)
    return "" if found is None else " ".join(f"'{one}'" for one in found[1].split())


def page_policy(page: str, config: Config, html: str = "") -> str:
    """The Content-Security-Policy of one page."""
    policy = dict(_POLICIES.get(page, _BASE))
    if page in _VIEWERS:
        policy["script-src"] = f"{script_digests(html)} {policy['script-src']}".strip()
    if config.sandbox_origin:
        if page in _VIEWERS:
            policy["frame-ancestors"] = config.public_origin
        else:
            policy["frame-src"] += f" {config.sandbox_origin}"
    return "; ".join(f"{name} {value}" for name, value in policy.items())


def install(app: FastAPI, web_dir: Path, config: Config) -> None:
    """Adds a route for each built file and each page; a page that is not built is not there."""
    if not (web_dir / "index.html").is_file() and not (web_dir / "g.html").is_file():
        return
    for path in sorted(web_dir.rglob("*")):
        if path.is_file() and path.suffix != ".html":
            name = path.relative_to(web_dir).as_posix()
            _serve(app, f"/{name}", path, _asset_headers(name))
    for url, name in PAGES.items():
        if (web_dir / name).is_file():
            html = (web_dir / name).read_text("utf-8")
            headers = {"cache-control": "no-cache", "content-security-policy": page_policy(url, config, html)}
            _serve(app, url, web_dir / name, {**headers, **(_NO_DEVICES if url in _VIEWERS else {})}, texts_of(html))


def _asset_headers(name: str) -> dict[str, str]:
    if name.startswith("assets/"):
        return {"cache-control": IMMUTABLE, "content-security-policy": ASSET_POLICY}
    policy = SERVICE_WORKER_POLICY if name == SERVICE_WORKER else ASSET_POLICY
    return {"cache-control": "no-cache", "content-security-policy": policy}


def _serve(
    app: FastAPI, url: str, path: Path, headers: dict[str, str], texts: Mapping[str, str] = MappingProxyType({})
) -> None:
    body = path.read_bytes()
    kind = EXTRA_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    # Files are the same for everybody and hold no secret, so their length tells nothing (BREACH, CVE-2013-3587);
    # answers of the API are never compressed.
    small = gzip.compress(body, 9, mtime=0)
    packed = small if len(small) < len(body) * WORTH_PACKING else None
    weak = f"W/{etag}"  # one name for both forms (RFC 9110, section 8.8.1)
    vary = [*(["accept-encoding"] if packed is not None else []), *(VARIES if texts else [])]
    always = {**headers, "etag": weak, **({"vary": ", ".join(vary)} if vary else {})}

    async def answer(request: Request) -> Response:
        link = hint(texts, request.headers)
        told = always if link is None else {**always, "link": link}
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=told)
        if packed is not None and _takes_gzip(request.headers.get("accept-encoding", "")):
            return Response(packed, 200, {**told, "content-encoding": "gzip"}, kind)
        return Response(body, 200, told, kind)

    app.add_api_route(url, answer, methods=["GET", "HEAD"], include_in_schema=False)


def _takes_gzip(accepted: str) -> bool:
    """RFC 9110, section 12.5.3, as far as browsers use it: named, and not with the weight 0."""
    for part in accepted.split(","):
        name, _, weight = part.strip().partition(";")
        if name.strip().lower() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
