"""The holder's app in a real browser before a real server: somebody new with a cheap phone, and wallets that exist.

    newcomer(passkey="prf" | "none" | "no-prf", locale=…, camera=…, viewport=…)   a phone of its own
    opened(locale=…)                                                               the same, with a wallet open in it

Passkeys need a name: the app's server is called `localhost` here, never 127.0.0.1.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from mappe.holder.wallet import Wallet
from mappe.net.server import Server as Connection
from playwright.sync_api import Browser, BrowserContext, CDPSession, ConsoleMessage, Page, expect

from app.migrate import upgrade
from tests.browser.conftest import AXE, CHROMIUM, FLAGS, PATIENCE, PHONE, check_looks
from tests.support.server import Server

__all__ = ["Opened", "Phone", "check_looks", "looks", "say_mine"]

Passkey = Literal["prf", "no-prf", "none"]
# Words of these lists are looked through for one's own, not read: counted apart.
CHOSEN = ".tongues, .list, .choices"


def shell_ready(page: Page) -> None:
    """The service worker has kept the app: from now on it can do without a network."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.evaluate(
        """async () => {
          for (let n = 0; n < 200; n++) {
            const names = await caches.keys();
            const keys = names.length ? await (await caches.open(names[0])).keys() : [];
            if (keys.some((one) => one.url.endsWith('/app')) && navigator.serviceWorker.controller) return;
            await new Promise((wait) => setTimeout(wait, 50));
          }
        }"""
    )
    page.wait_for_timeout(300)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the app's screens; each test has wallets of its own."""
    one = app_server(tmp_path_factory.mktemp("app"))
    yield one
    one.remove()


def app_server(folder: Path, **env: str) -> Server:
    url = f"sqlite:///{folder / 'mappe.db'}"
    upgrade(url)
    one = Server(folder, {"MAPPE_DATABASE_URL": url, **env})
    one.origin = f"http://localhost:{one.port}"
    one.env["MAPPE_PUBLIC_ORIGIN"] = one.origin
    return one.start()


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """A measured count: on the terminal, and in the report (`-o junit_logging=all`, `--junitxml`)."""
    record: Callable[[str, object], None] = request.getfixturevalue("record_property")
    terminal = request.config.pluginmanager.get_plugin("terminalreporter")

    def write(text: str) -> None:
        record("measured", text)
        if terminal is not None:
            terminal.write_line(text)

    return write


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """A server of the test's own: it may be stopped, its clock moved."""
    made: list[Server] = []

    def make(**env: str) -> Server:
        folder = tmp_path / f"server{len(made)}"
        folder.mkdir()
        made.append(app_server(folder, **env))
        return made[-1]

    yield make
    for one in made:
        one.remove()


@dataclass
class Phone:
    """One browser profile with the app in it. `complaints` (CSP, Trusted Types, script errors) must stay empty."""

    server: Server
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)
    cdp: CDPSession | None = None
    authenticator: str = ""
    taps: int = 0
    read: list[tuple[str, int]] = field(default_factory=list)
    among: int = 0
    page: Page = field(init=False)

    def visit(self, path: str = "/app") -> Page:
        self.page.goto(f"{self.server.origin}{path}")
        expect(self.page.locator("h1")).to_be_visible()
        return self.page

    def new_page(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def give_authenticator(self, passkey: Passkey) -> None:
        """To the page that is open: a platform authenticator with fingerprint, with or without PRF."""
        if passkey == "none":
            return
        self.cdp = self.context.new_cdp_session(self.page)
        self.cdp.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
            "hasPrf": passkey == "prf",
        }
        made = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.authenticator = str(made["authenticatorId"])

    # -- as a person does it, counted

    def tap(self, name: str | re.Pattern[str], role: Any = "button") -> None:
        self.taps += 1
        self.page.get_by_role(role, name=name, exact=isinstance(name, str)).click()

    def looked(self) -> str:
        """The heading of the screen, once it is there; how many words stand on it is noted."""
        heading = self.page.locator("h1")
        expect(heading).to_be_visible()
        words = self.page.evaluate(
            """(chosen) => {
              const main = document.querySelector('main').cloneNode(true);
              document.body.append(main);
              for (const one of main.querySelectorAll('.unseen, .printed, svg, input')) one.remove();
              let among = '';
              for (const one of main.querySelectorAll(chosen)) {
                among += ` ${one.innerText}`;
                one.remove();
              }
              const text = main.innerText;
              main.remove();
              return [text, among];
            }""",
            CHOSEN,
        )
        read, among = ([word for word in text.split() if re.search(r"[^\W\d]", word)] for text in words)
        self.read.append((heading.inner_text(), len(read)))
        self.among += len(among)
        return heading.inner_text()

    def type_digits(self, digits: str, first: str | None = None) -> None:
        """Into the block that has this name (the only one: no name), running on from there."""
        boxes = self.page.locator(".blocks input")
        box = boxes.first if first is None else self.page.get_by_label(first, exact=True)
        box.click()
        self.page.keyboard.type(digits)

    def _note(self, message: ConsoleMessage) -> None:
        # the network's own "status of 4xx" is no complaint of the page, nor is a server that was stopped
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


Newcomer = Callable[..., Phone]


@pytest.fixture
def newcomer(chromium: Browser, home: Server) -> Iterator[Newcomer]:
    """`newcomer(passkey="prf", locale="de-DE", server=…, camera=Path("film.y4m"))`: a phone, the app open in it."""
    made: list[Phone] = []
    browsers: list[Browser] = []

    def filming(film: Path) -> Browser:
        fake = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
        flags = [*FLAGS, *fake, f"--use-file-for-fake-video-capture={film}"]
        browsers.append(chromium.browser_type.launch(executable_path=CHROMIUM, args=flags))
        return browsers[-1]

    def make(
        *,
        passkey: Passkey = "none",
        locale: str = "en-GB",
        language: str | None = None,
        viewport: dict[str, int] = PHONE,
        server: Server | None = None,
        camera: Path | None = None,
        path: str = "/app",
    ) -> Phone:
        browser = chromium if camera is None else filming(camera)
        options: Any = {"locale": locale, "viewport": viewport, "accept_downloads": True, "has_touch": True}
        context = browser.new_context(**options)
        context.add_init_script(AXE.read_text())
        if language is not None:
            context.add_init_script(
                f"try {{ sessionStorage.setItem('mappe-language', '{language}') }} catch (nothing) {{}}"
            )
        phone = Phone(server or home, context)
        made.append(phone)
        phone.page = phone.new_page()
        phone.give_authenticator(passkey)
        phone.visit(path)
        return phone

    yield make
    for one in made:
        one.context.close()
    for browser in browsers:
        browser.close()
    assert [one.complaints for one in made if one.complaints] == []


@dataclass
class Opened(Phone):
    """A phone with a wallet open in it; `wallet` is the same wallet in Python, as on a second device."""

    wallet: Wallet = field(init=False)
    handle: str = ""
    passphrase: str = ""
    recovery_code: str = ""
    sheet_pin: str = ""
    stop_code: str = ""


@pytest.fixture
def opened(newcomer: Newcomer, home: Server, tmp_path: Path) -> Callable[..., Opened]:
    """`opened(…)`: as `newcomer`, then a wallet that Python has made is brought in with its 24 digits.

    `prepare=function` is called with the Python wallet before, to put papers into it.
    """
    count = itertools.count()

    def make(*, prepare: Callable[[Wallet], object] | None = None, **how: Any) -> Opened:
        server: Server = how.get("server") or home
        wallet, secrets = Wallet.create(Connection(server.origin), tmp_path / f"wallet{next(count)}", small_memory=True)
        if prepare is not None:
            prepare(wallet)
        phone = newcomer(**how)
        one = Opened(phone.server, phone.context, phone.complaints, phone.cdp, phone.authenticator)
        one.page, one.wallet, one.handle = phone.page, wallet, secrets.handle
        one.passphrase, one.recovery_code = secrets.passphrase, secrets.recovery_code
        one.sheet_pin, one.stop_code = secrets.sheet_pin, secrets.stop_code
        bring_in(one)
        return one

    return make


def bring_in(phone: Opened) -> None:
    """Account name and 24 digits on a device that does not know the wallet."""
    page = phone.page
    page.goto(f"{phone.server.origin}/app#/adopt")
    page.locator("input[type=text]").first.fill(phone.handle)
    phone.type_digits(phone.passphrase)
    page.locator("main button[type=submit]").click()
    say_mine(page)
    expect(page.locator("nav.app-nav")).to_be_visible()


def say_mine(page: Page) -> None:
    """On a device that is new to the wallet: yes, that is mine."""
    expect(page.locator("main .yours")).to_be_visible()
    page.locator(".screen-foot .button").first.click()


def looks(phone: Phone) -> None:
    """No violation in both directions, at twice the text size, nothing wider than the screen."""
    page = phone.page
    expect(page.locator("h1")).to_be_visible()
    check_looks(page)
    before = page.evaluate("document.documentElement.dir")
    page.evaluate("document.documentElement.dir = 'rtl'")
    check_looks(page)
    page.evaluate(f"document.documentElement.dir = '{before}'")
    if page.evaluate("innerWidth") < PHONE["width"]:
        return  # one or the other: nobody asks for twice the text on the smallest screen (WCAG 1.4.4, 1.4.10)
    page.evaluate("document.documentElement.style.fontSize = '225%'")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.evaluate("document.documentElement.style.fontSize = ''")
