"""`python -m benchmarks.app` (`make bench-app`): the holder's app on a cheap phone with a slow connection.

--rounds N   of each measurement (5); figures are medians
--fast       neither slowed nor with a slow network, to see that the script works

Needs a quiet machine. Lighthouse comes by its name and version from npm; the browser is Debian's Chromium.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes
from statistics import median

from mappe.holder.account import Secrets
from mappe.holder.vault import Write
from mappe.holder.wallet import Wallet, value
from mappe.net.server import Server as Connection
from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

from app.migrate import upgrade
from benchmarks import report
from benchmarks.result import Bar, Section
from benchmarks.slow import FACTOR, slowed
from tests.browser.app.tour import text_of
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.support.papers import phone_photo
from tests.support.server import ROOT, Server

PHONE = {"width": 360, "height": 740}
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 200_000}  # 1.6 Mbit/s
PAPERS = 200
PATIENCE = 120_000
LIGHTHOUSE = "lighthouse@13.5.0"
HEAD = ("what", "median", "all rounds")
AUTHENTICATOR = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
    "hasPrf": True,
}
LONG_TASKS = """window.longest = 0; window.gap = 0;
new PerformanceObserver((list) => { for (const one of list.getEntries())
  window.longest = Math.max(window.longest, one.duration); }).observe({type: 'longtask', buffered: true});"""


@dataclass
class Phone:
    """One browser profile with the app."""

    context: BrowserContext
    page: Page
    origin: str

    def text(self, key: str) -> str:
        return text_of("en", key)

    def button(self, key: str) -> None:
        self.page.get_by_role("button", name=self.text(key)).first.click()

    def open_app(self) -> None:
        self.page.goto(f"{self.origin}/app")
        self.page.locator("h1").wait_for()


@contextlib.contextmanager
def phone(browser: Browser, origin: str, *, slow_network: bool, worker: bool = True) -> Iterator[Phone]:
    context = browser.new_context(
        viewport={"width": PHONE["width"], "height": PHONE["height"]},
        locale="en-GB",
        has_touch=True,
        service_workers="allow" if worker else "block",
    )
    context.set_default_timeout(PATIENCE)
    context.add_init_script(LONG_TASKS)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    if slow_network:
        devtools.send("Network.enable")
        devtools.send("Network.emulateNetworkConditions", NETWORK)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    try:
        yield Phone(context, page, origin)
    finally:
        context.close()


def measured(rounds: int, once: Callable[[], float]) -> list[float]:
    return [once() for _ in range(rounds)]


def size_of_first_screen(browser: Browser, origin: str) -> tuple[int, dict[str, int]]:
    """Bytes of script and style, packed, that the first screen loads; the chosen language's texts apart."""
    sizes: dict[str, int] = {}

    def note(answer: Response) -> None:
        name = answer.url.rsplit("/", 1)[1].split("?")[0]
        if name.endswith((".js", ".css")) and not _is_text(name):
            sizes[name] = len(gzip.compress((ROOT / "clients/web/dist/assets" / name).read_bytes(), 9))

    with phone(browser, origin, slow_network=False, worker=False) as one:
        one.page.on("response", note)
        one.open_app()
        one.page.wait_for_timeout(1_000)
    return sum(sizes.values()), sizes


def _is_text(name: str) -> bool:
    return name.rpartition("-")[0].removesuffix("-x-plain") in (
        "de",
        "en",
        "ar",
        "fa",
        "ps",
        "kmr",
        "ti",
        "tr",
        "uk",
        "ru",
        "fr",
        "so",
    )


def cold_start(browser: Browser, origin: str, slow_network: bool) -> float:
    """Seconds from the address to the answer of the first tap, nothing in any cache."""
    with phone(browser, origin, slow_network=slow_network) as one:
        began = time.monotonic()
        one.page.goto(f"{origin}/app", wait_until="commit")
        one.page.locator("main button").first.click()
        one.page.locator("h1:not(:has(svg))").first.wait_for()
        return time.monotonic() - began


def full_wallet(folder: Path, origin: str) -> tuple[Wallet, Secrets]:
    wallet, secrets = Wallet.create(Connection(origin), folder / "wallet")
    for start in range(0, PAPERS, 50):
        writes = []
        for number in range(start, start + 50):
            now = int(time.time())
            fields = {"issuing_authority": [value(f"Amt {number}", as_of="2026-11-01")]}
            writes.append(
                Write(
                    token_bytes(16),
                    {
                        "v": 1,
                        "kind": "document",
                        "type": "benefit_notice",
                        "title": f"Bescheid {number}",
                        "created": now,
                        "updated": now,
                        "state": "present",
                        "fields": fields,
                        "attachments": [],
                    },
                )
            )
        wallet.vault.commit(writes)
    return wallet, secrets


def bring_in(one: Phone, secrets: Secrets) -> None:
    one.page.goto(f"{one.origin}/app#/adopt")
    one.page.locator("input[type=text]").first.fill(secrets.handle)
    one.page.locator(".blocks input").first.click()
    one.page.keyboard.type(secrets.passphrase)
    one.page.locator("main button[type=submit]").click()
    one.page.locator("main .yours").wait_for()
    one.page.locator(".screen-foot .button").first.click()
    one.page.locator("nav.app-nav").wait_for()


def add_passkey(one: Phone, secrets: Secrets) -> None:
    one.page.evaluate("location.hash = '#/methods'")
    one.button("more.passkey.add")
    one.page.get_by_text(one.text("more.passkey.remove")).first.wait_for()


def reopen(one: Phone) -> None:
    one.page.goto("about:blank")
    one.open_app()
    if one.page.locator("a[href*='#/open/']").count():
        one.page.locator("a[href*='#/open/']").first.click()


def shown(one: Phone) -> None:
    one.page.get_by_text(f"Bescheid {PAPERS - 1}", exact=True).first.wait_for(state="attached")


def unlock_by_passkey(one: Phone) -> float:
    """Seconds from the tap to the list of all papers, the app warm."""
    reopen(one)
    button = one.page.get_by_role("button", name=one.text("unlock.passkey"))
    button.wait_for()
    began = time.monotonic()
    button.click()
    shown(one)
    return time.monotonic() - began


def unlock_by_passphrase(one: Phone, secrets: Secrets) -> tuple[float, float]:
    """Seconds from the tap to the list; and the longest time that the page did not answer, in milliseconds."""
    reopen(one)
    if one.page.locator(".blocks input").count() != 6:
        one.page.get_by_text(one.text("unlock.way.passphrase")).first.click()
    one.page.locator(".blocks input").first.click()
    one.page.keyboard.type(secrets.passphrase)
    one.page.evaluate("window.longest = 0")
    began = time.monotonic()
    one.page.locator("main button[type=submit]").click()
    shown(one)
    return time.monotonic() - began, float(one.page.evaluate("window.longest"))


def photo(one: Phone, picture: Path) -> tuple[float, float]:
    """Seconds of work for a photo, from the file to sealed and queued; the longest task of the main thread in ms."""
    one.page.evaluate("location.hash = '#/paper-add'")
    one.page.evaluate("window.longest = 0")
    with one.page.expect_file_chooser() as asked:
        one.button("papers.add.gallery")
    began = time.monotonic()
    asked.value.set_files(picture)
    keep = one.page.locator(".screen-foot button").first
    one.page.wait_for_url("**#/paper-scan/pages")
    keep.wait_for()
    prepared = time.monotonic() - began
    began = time.monotonic()
    keep.click()
    one.page.wait_for_url("**#/paper-kind/**")
    return prepared + time.monotonic() - began, float(one.page.evaluate("window.longest"))


def lighthouse(origin: str, folder: Path) -> dict[str, float]:
    """Scores of 100; empty where it cannot be had."""
    out = folder / "lighthouse.json"
    flags = " ".join(FLAGS)
    command = [str(ROOT / "scripts/node.sh"), "npx", "--yes", LIGHTHOUSE, f"{origin}/app", "--quiet", "--output=json"]
    command += [f"--output-path={out}", f"--chrome-flags={flags}", "--only-categories=accessibility,best-practices"]
    done = subprocess.run(
        command, env={**os.environ, "CHROME_PATH": CHROMIUM}, capture_output=True, text=True, timeout=400, check=False
    )
    if not out.exists():
        raise RuntimeError(done.stderr[-2000:])
    return {name: one["score"] * 100 for name, one in json.loads(out.read_text())["categories"].items()}


def row(section: Section, name: str, found: list[float], unit: str, limit: float | None) -> None:
    section.rows.append((name, f"{median(found):,.2f} {unit}", " ".join(f"{one:,.2f}" for one in found)))
    section.figures[name] = found
    if limit is not None:
        section.bars.append(Bar(f"{name}, {unit}", median(found), limit, False))


def measure(rounds: int, fast: bool) -> Section:
    section = Section("The app on a cheap phone", HEAD)
    with tempfile.TemporaryDirectory(prefix="mappe-bench-app-") as where, sync_playwright() as engine:
        folder = Path(where)
        server = _server(folder)
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            size, parts = size_of_first_screen(browser, server.origin)
            row(section, "script and style to the first screen, packed", [size / 1024], "KiB", 90)
            section.figures["parts"] = parts
            picture = phone_photo(folder / "photo.jpg", megapixels=12)
            _, secrets = full_wallet(folder, server.origin)
            with phone(browser, server.origin, slow_network=not fast) as one:
                bring_in(one, secrets)
                add_passkey(one, secrets)
                blank = browser.new_page()
                with contextlib.nullcontext(1.0) if fast else slowed(blank) as factor:
                    section.notes.append(
                        f"The browser ran {factor:.1f} × slower than before (a fixed loop in a worker)."
                    )
                    section.figures["slowdown"] = factor
                    row(
                        section,
                        "cold start to the first tap answered",
                        measured(rounds, lambda: cold_start(browser, server.origin, not fast)),
                        "s",
                        3,
                    )
                    row(
                        section,
                        f"unlock by passkey to the list of {PAPERS} papers",
                        measured(rounds, lambda: unlock_by_passkey(one)),
                        "s",
                        1,
                    )
                    by_phrase = [unlock_by_passphrase(one, secrets) for _ in range(rounds)]
                    row(section, "unlock by passphrase, Argon2id 64 MiB", [a for a, _ in by_phrase], "s", 4)
                    row(section, "longest task of the page meanwhile", [b for _, b in by_phrase], "ms", None)
                    photos = [photo(one, picture) for _ in range(rounds)]
                    row(section, "12-megapixel photo to sealed and queued", [a for a, _ in photos], "s", 3)
                    row(section, "longest task of the page meanwhile, photo", [b for _, b in photos], "ms", 100)
            for name, score in lighthouse(server.origin, folder).items():
                section.rows.append((f"Lighthouse, {name}", f"{score:.0f}", "–"))
                section.bars.append(Bar(f"Lighthouse, {name}", score, 95, True))
        finally:
            browser.close()
            server.remove()
    return section


def _server(folder: Path) -> Server:
    url = f"sqlite:///{folder / 'mappe.db'}"
    upgrade(url)
    one = Server(folder, {"MAPPE_DATABASE_URL": url})
    one.origin = f"http://localhost:{one.port}"
    one.env["MAPPE_PUBLIC_ORIGIN"] = one.origin
    return one.start()


HOW = (
    f"Every process of the browser is stopped and continued so that it runs 1/{FACTOR} of the time; network 1.6 Mbit/s "
    "and 150 ms by the browser's own emulation; the server is not slowed. Figures are medians of the rounds."
)


def main() -> int:
    """0 when every bar was reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.app", description="The app on a cheap phone.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--fast", action="store_true", help="not slowed, no report")
    chosen = parser.parse_args()
    section = measure(chosen.rounds, chosen.fast)
    print(section.text())
    if not chosen.fast:
        print(f"written to {report.write('bench-app', 'The holder’s app', [section], HOW).name}")
    return 0 if all(bar.held for bar in section.bars) else 1


if __name__ == "__main__":
    sys.exit(main())
