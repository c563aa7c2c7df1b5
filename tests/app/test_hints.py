"""The page's header names the texts that its visitor reads, and nothing that the visitor could choose."""

from __future__ import annotations

import httpx2
import pytest
from starlette.testclient import TestClient

from app.hints import MOST_CHARACTERS, hint, texts_of, wanted
from app.main import create_app
from app.settings import Settings

TEXTS = {"de": "/assets/de-1.js", "de-x-plain": "/assets/plain-1.js", "en": "/assets/en-1.js", "ar": "/assets/ar-1.js"}
META = f'<meta name="texts" content="{" ".join(f"{tag}={file}" for tag, file in TEXTS.items())}">'


@pytest.mark.parametrize(
    ("accepted", "tag"),
    [
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("AR-sy", "ar"),
        ("xx,ar;q=0.8,en;q=0.7", "ar"),
        ("en;q=0.2, ar;q=0.9", "ar"),
        ("de-x-plain", "de-x-plain"),
        ("de-AT", "de"),
        ("en;q=0, ar", "ar"),
        ("en;q=0.000", "de"),
        ("", "de"),
        ("*", "de"),
        ("xx", "de"),
        (",;,;q=", "de"),
        ("en;q=2", "de"),
        ("en;q=-1", "de"),
        ("en;level=1", "de"),
        ("en;q=nan,ar;q=inf", "de"),
        ("a" * 300 + ",en", "de"),
        ("</assets/evil.js>; rel=modulepreload", "de"),
    ],
)
def test_the_first_language_that_there_is(accepted: str, tag: str) -> None:
    found = hint(TEXTS, {"accept-language": accepted, "sec-fetch-dest": "document"})
    assert found == f"<{TEXTS[tag]}>; rel=modulepreload"


@pytest.mark.parametrize("place", [None, "empty", "script", "iframe", "Document"])
def test_only_what_becomes_a_page_gets_it(place: str | None) -> None:
    headers = {"accept-language": "en"} | ({} if place is None else {"sec-fetch-dest": place})
    assert hint(TEXTS, headers) is None


@pytest.mark.parametrize(
    "html",
    ["", "<p>", '<meta name="texts">', '<meta name="texts" content="en=/a>;b">', '<meta name="other" content="x">'],
)
def test_a_page_without_texts_has_no_hint(html: str) -> None:
    assert hint(texts_of(html), {"accept-language": "en", "sec-fetch-dest": "document"}) is None


def test_a_long_list_is_not_read_to_its_end() -> None:
    assert len(wanted("en," * 10_000)) <= MOST_CHARACTERS


def pages(settings: Settings) -> None:
    (settings.web_dir / "assets").mkdir(parents=True)
    (settings.web_dir / "index.html").write_text("<!doctype html>")
    (settings.web_dir / "app.html").write_text(f"<!doctype html>{META}")
    (settings.web_dir / "sandbox.html").write_text("<!doctype html>")


def told(answer: httpx2.Response) -> str | None:
    link: str | None = answer.headers.get("link")
    return link


def test_the_page_says_it_and_what_it_depends_on(settings: Settings) -> None:
    pages(settings)
    visit = {"accept-language": "ar,en;q=0.5", "sec-fetch-dest": "document"}
    with TestClient(create_app(settings)) as client:
        page = client.get("/app", headers=visit)
        assert told(page) == "</assets/ar-1.js>; rel=modulepreload"
        varies = {one.strip() for one in page.headers["vary"].split(",")}
        assert {"accept-language", "sec-fetch-dest"} <= varies
        again = client.get("/app", headers={**visit, "if-none-match": page.headers["etag"]})
        assert (again.status_code, told(again)) == (304, told(page))
        # the copy that the service worker keeps is the same for every language
        kept = client.get("/app", headers={**visit, "sec-fetch-dest": "empty"})
        assert (told(kept), kept.content) == (None, page.content)
        viewer = client.get("/app/viewer", headers=visit)
        assert told(viewer) is None
        assert "accept-language" not in viewer.headers.get("vary", "")
