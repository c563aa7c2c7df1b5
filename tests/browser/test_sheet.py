"""The sheet of the command line, printed by a real browser: one page, and a picture of it opens the wallet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pikepdf
from playwright.sync_api import Browser, expect

from tests.browser.conftest import AXE, SMALLEST, check_looks
from tests.clients.holder.conftest import Hand
from tests.conftest import ServerFactory


def test_the_sheet_prints_on_one_page_and_is_read_back(
    server: ServerFactory, chromium: Browser, tmp_path: Path
) -> None:
    hand, sheet = Hand(tmp_path / "phone", server().origin), tmp_path / "sheet.html"
    secrets = hand.ok("create", "--small-memory", "--sheet", str(sheet))
    options: Any = {"viewport": SMALLEST}
    page = chromium.new_context(**options).new_page()
    page.add_init_script(AXE.read_text())
    page.goto(sheet.as_uri())
    expect(page.locator("h1")).to_be_visible()
    check_looks(page)
    page.pdf(path=tmp_path / "sheet.pdf", prefer_css_page_size=True)
    with pikepdf.open(tmp_path / "sheet.pdf") as printed:
        assert len(printed.pages) == 1
    page.emulate_media(media="print")
    page.screenshot(path=tmp_path / "photo.png", full_page=True)
    page.context.close()
    new = Hand(tmp_path / "new", hand.origin)
    pin = {"MAPPE_SHEET_PIN": secrets["sheet_pin"]}
    come = new.ok("unlock", "--yes", "--sheet", str(tmp_path / "photo.png"), **pin)
    assert (come["number"], come["papers"]) == (1, 0)
