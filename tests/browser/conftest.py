"""A real browser before a real server. Whoever shares uses the holder's library; whoever receives has only the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mappe.holder import files, grants, journal
from mappe.holder.cleaning import cleaned
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet, value
from mappe.net.server import Server as Connection
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from app.migrate import upgrade
from tests.conftest import ServerFactory
from tests.support.papers import phone_photo
from tests.support.server import ROOT, Server

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AXE = ROOT / "clients" / "web" / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE = 20_000  # milliseconds: Argon2id on a machine that runs eight other tests
PHONE = {"width": 360, "height": 740}
SMALLEST = {"width": 320, "height": 640}

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Visitor:
    """One browser profile: nobody's in particular. `complaints` must stay empty: CSP, Trusted Types, script errors."""

    context: BrowserContext
    complaints: list[str]

    def page(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def visit(self, url: str) -> Page:
        page = self.page()
        page.goto(url)
        expect(page.locator("h1")).to_be_visible()
        return page

    def _note(self, message: ConsoleMessage) -> None:
        # the network's own "status of 4xx" is no complaint of the page
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


VisitorFactory = Callable[..., Visitor]


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[VisitorFactory]:
    """`visitor(locale="de-DE", viewport=PHONE, language="de-x-plain")`"""
    made: list[Visitor] = []

    def make(*, language: str | None = None, locale: str = "en-GB", viewport: dict[str, int] = PHONE) -> Visitor:
        options: Any = {"locale": locale, "viewport": viewport, "accept_downloads": True}
        context = chromium.new_context(**options)
        context.add_init_script(AXE.read_text())
        if language is not None:
            context.add_init_script(
                f"try {{ sessionStorage.setItem('mappe-language', '{language}') }} catch (nothing) {{}}"
            )
        made.append(Visitor(context, []))
        return made[-1]

    yield make
    for one in made:
        one.context.close()
    assert [one.complaints for one in made if one.complaints] == []


def check_looks(page: Page) -> None:
    """No violation that axe can find, and nothing wider than the screen."""
    found: Any = []
    for _ in range(3):
        expect(page.locator("h1").first).to_be_visible()
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        if not found:
            break
        page.wait_for_timeout(500)  # between two screens there is none; what is wrong with a screen stays
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@dataclass
class Sharer:
    """Somebody with a wallet and two papers in it, one of them with a scan."""

    server: Server
    wallet: Wallet
    title: bytes
    contract: bytes
    scan: Path

    def link(self, *, opens: int = 3, passcode: str | None = None, life: int = 86400, standing: bool = False) -> str:
        picks = [
            Pick(self.title, field="x_title_type"),
            Pick(self.title, field="date_of_expiry"),
            Pick(self.contract, field="landlord"),
            Pick(self.contract, file=0),
        ]
        conditions = grants.Conditions(
            "Nachweis für die Wohnung", language="de", opens=opens, passcode=passcode, life=life, standing=standing
        )
        prepared = grants.prepare(self.wallet.vault, grants.To("Hausverwaltung Beispiel"), picks, conditions)
        grants.release(self.wallet.vault, prepared)
        self.last = prepared
        return grants.link_of(self.wallet.vault, prepared)

    def log(self) -> list[str]:
        return [entry.event.kind for entry in journal.read(self.wallet.vault).entries]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all pages; each test has a wallet of its own."""
    folder = tmp_path_factory.mktemp("browser")
    url = f"sqlite:///{folder / 'mappe.db'}"
    upgrade(url)
    one = Server(folder, {"MAPPE_DATABASE_URL": url}).start()
    yield one
    one.remove()


@pytest.fixture
def sharer(running: Server, tmp_path: Path) -> Sharer:
    return somebody(running, tmp_path)


@pytest.fixture
def passing(server: ServerFactory, tmp_path: Path) -> Sharer:
    """On a server of their own, whose clock the test may move."""
    return somebody(server(), tmp_path)


def somebody(running: Server, tmp_path: Path) -> Sharer:
    wallet, _ = Wallet.create(Connection(running.origin), tmp_path / "wallet", small_memory=True)
    title = wallet.add_paper(
        "residence_title",
        {
            "x_title_type": [value("Aufenthaltserlaubnis", as_of="2026-11", source="eAT")],
            "date_of_expiry": [value("2027-05-01", as_of="2026-11-01", source="eAT")],
        },
        title="Aufenthaltstitel",
    )
    photo = phone_photo(tmp_path / "Mietvertrag Seite 1.jpg", megapixels=1)
    with cleaned(photo) as clean:
        described = files.upload(wallet.vault, clean)
    contract = wallet.add_paper(
        "rental_contract",
        {"landlord": [value("محمد نور العلي", as_of="2024", source="own statement")]},
        title="Mietvertrag",
        attachments=[described],
    )
    return Sharer(running, wallet, title, contract, photo)
