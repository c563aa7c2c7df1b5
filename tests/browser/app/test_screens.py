"""Every screen of the router: nothing that axe can find, nothing wider than the screen, in both directions, on the
smallest phone and at twice the size of text. A screen without a run fails."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.app.tour import WEB, Tour, World, screens, world
from tests.browser.conftest import AXE, PATIENCE, check_looks

# at 200 % a phone of 360 has 180 CSS pixels; WCAG 1.4.10 asks for 320 = a desktop window of 1280 at 400 %
WAYS = {
    "en-320": ("en", 320, 640, 1),
    "ar-320": ("ar", 320, 640, 1),
    "de-twice": ("de", 640, 900, 2),
    "ti-desktop": ("ti", 1280, 800, 1),
}
ENGLISH = r"January|February|April|June|July|August|October|November|December|\bmonths?\b|\bdays?\b|[AP]M\b"


@pytest.fixture(scope="module")
def amina(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("tour")) as one:
        yield one


def test_every_address_in_the_code_is_a_screen() -> None:
    """A way to a screen that does not exist ends at home, and nobody knows why."""
    called = re.compile(r"\b(?:go|replace|href)\(\s*'([a-z-]+)'")
    sources = list((WEB / "app").rglob("*.ts*"))
    addresses = {name for path in sources for name in called.findall(path.read_text())}
    assert len(addresses) > 40
    assert addresses - screens() == set()


@pytest.mark.slow
@pytest.mark.parametrize("way", list(WAYS))
def test_every_screen(chromium: Browser, amina: World, way: str) -> None:
    language, width, height, zoom = WAYS[way]
    context = chromium.new_context(
        viewport={"width": width // zoom, "height": height // zoom}, device_scale_factor=zoom, has_touch=True
    )
    context.set_default_timeout(PATIENCE)
    context.add_init_script(AXE.read_text())
    context.add_init_script(f"try {{ sessionStorage.setItem('mappe-language', '{language}') }} catch (nothing) {{}}")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    seen: set[str] = set()

    def stop(name: str) -> None:
        seen.add(name)
        try:
            check_looks(page)
            assert page.evaluate("document.documentElement.lang") == language
            if language == "ti":  # a language that Chromium has no dates for: it would take the browser's
                assert re.findall(ENGLISH, page.locator("body").inner_text()) == []
        except AssertionError as error:
            complaints.append(f"{name}: {str(error)[:600]}")

    try:
        Tour(page, amina, language).walk(stop)
    finally:
        context.close()
    assert complaints == []
    assert screens() - seen == set(), "screens that the tour does not visit"
