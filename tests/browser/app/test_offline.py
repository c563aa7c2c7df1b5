"""Without a network, without storage, in two windows, with a wrong clock, and when a newer version comes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.app.conftest import Newcomer, Opened, Phone, check_looks, looks, shell_ready
from tests.browser.app.test_unlock import at_home, by_passphrase, locked
from tests.support.server import ROOT, Server

DIST = ROOT / "clients" / "web" / "dist"
OpenedFactory = Callable[..., Opened]
ServerMaker = Callable[..., Server]


def kept(page: Page) -> list[str]:
    """Everything that any cache of this origin holds."""
    found: list[str] = page.evaluate(
        """async () => {
          const names = await caches.keys();
          const all = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
          return all.flat().map((one) => new URL(one.url).pathname);
        }"""
    )
    return found


def test_it_opens_with_the_server_switched_off(opened: OpenedFactory, own_server: ServerMaker) -> None:
    server = own_server()
    phone = opened(server=server)
    shell_ready(phone.page)
    server.stop()
    locked(phone)
    looks(phone)
    by_passphrase(phone)
    at_home(phone.page)
    expect(phone.page.locator(".bar").first).to_be_visible()
    check_looks(phone.page)
    for name in ("share", "audit", "more"):
        phone.page.locator(f'.app-nav a[href="#/{name}"]').click()
        expect(phone.page.locator("h1")).to_be_visible()
    server.start()
    phone.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(phone.page.locator(".bar")).to_have_count(0)


def test_only_the_shell_is_kept(opened: OpenedFactory) -> None:
    phone = opened()
    shell_ready(phone.page)
    phone.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    phone.page.wait_for_timeout(500)
    listed = json.loads((DIST / "sw.js").read_text().removeprefix("const MAPPE_SHELL=").split(";", 1)[0])
    allowed = {url for url, _ in [*listed["first"], *listed["later"]]}
    names = kept(phone.page)
    assert names
    assert set(names) <= allowed
    assert [name for name in names if name.startswith(("/v1", "/log"))] == []


def test_whatever_the_page_begins_with_is_kept_at_once() -> None:
    """An update that is installed and then tapped without a network must have all of it."""
    listed = json.loads((DIST / "sw.js").read_text().removeprefix("const MAPPE_SHELL=").split(";", 1)[0])
    first = {url for url, _ in listed["first"]}
    named = re.findall(r'(?:src|href)="(/assets/[^"]+)"', (DIST / "app.html").read_text())
    assert len(named) >= 2
    assert set(named) <= first


def copy_of_the_app(folder: Path) -> Path:
    target = folder / "dist"
    shutil.copytree(DIST, target)
    return target


def renew(dist: Path) -> None:
    """The same app under another version: what a release looks like to a browser."""
    worker = dist / "sw.js"
    worker.write_text(re.sub(r'"version":"[0-9a-f]+"', '"version":"newer"', worker.read_text(), count=1))


def test_a_newer_version_is_announced_and_comes_only_by_a_tap(
    newcomer: Newcomer, own_server: ServerMaker, tmp_path: Path
) -> None:
    dist = copy_of_the_app(tmp_path)
    server = own_server(MAPPE_WEB_DIR=str(dist))
    phone = newcomer(server=server)
    shell_ready(phone.page)
    server.stop()
    renew(dist)
    server.start()
    phone.page.evaluate("window.stays = 1")
    phone.page.evaluate("navigator.serviceWorker.getRegistration('/app').then((one) => one.update())")
    bar = phone.page.locator(".bar button")
    expect(bar).to_be_visible()
    check_looks(phone.page)
    assert phone.page.evaluate("window.stays") == 1
    with phone.page.expect_navigation():
        bar.click()
    expect(phone.page.locator("h1")).to_be_visible()
    assert phone.page.evaluate("window.stays") is None
    expect(phone.page.locator(".bar")).to_have_count(0)


def test_an_altered_file_is_not_kept(newcomer: Newcomer, own_server: ServerMaker, tmp_path: Path) -> None:
    dist = copy_of_the_app(tmp_path)
    altered = next((dist / "assets").glob("recover-*.js"))
    altered.write_text(altered.read_text() + "\n")
    phone = newcomer(server=own_server(MAPPE_WEB_DIR=str(dist)))
    state = phone.page.evaluate(
        """async () => {
          let began = false;
          for (let n = 0; n < 400; n++) {
            const one = await navigator.serviceWorker.getRegistration('/app');
            if (one === undefined && began) return 'none';
            began ||= one !== undefined;
            if (one?.active) return 'active';
            await new Promise((wait) => setTimeout(wait, 50));
          }
          return 'waits';
        }"""
    )
    assert state == "none"
    # The browser says on the console that the digest differs; that is what it should do.
    assert all("integrity" in one or "digest" in one for one in phone.complaints), phone.complaints
    phone.complaints.clear()


def clear_storage(phone: Phone) -> None:
    session = phone.context.new_cdp_session(phone.page)
    session.send("Storage.clearDataForOrigin", {"origin": phone.server.origin, "storageTypes": "indexeddb"})


def test_evicted_storage_is_named_and_leads_to_the_sheet(opened: OpenedFactory) -> None:
    phone = opened()
    phone.page.goto("about:blank")
    clear_storage(phone)
    phone.visit()
    looks(phone)
    phone.page.locator(".screen-foot .button.primary").click()
    expect(phone.page.locator(".blocks")).to_have_count(2)


def test_a_wallet_that_was_removed_is_not_called_lost(opened: OpenedFactory) -> None:
    phone = opened()
    locked(phone)
    phone.page.locator(".list button.row-main").last.click()
    phone.page.locator("dialog[open] .button.danger").click()
    expect(phone.page.locator(".tongues")).to_be_visible()


def test_only_one_window_works(opened: OpenedFactory) -> None:
    phone = opened()
    first = phone.page
    phone.page = phone.new_page()
    phone.visit()
    by_passphrase(phone)
    at_home(phone.page)
    expect(first.locator("nav.app-nav")).to_have_count(0)
    expect(first.locator(".notice-info")).to_be_visible()
    check_looks(first)
    at_home(phone.page)


def test_a_wrong_clock_is_named(opened: OpenedFactory, newcomer: Newcomer) -> None:
    phone = opened()
    page = phone.page
    page.clock.install(time="2020-01-01T08:00:00Z")
    locked(phone)
    by_passphrase(phone)
    at_home(page)
    expect(page.locator(".bar-warn")).to_be_visible()
    check_looks(page)


def test_a_full_disk_is_named(newcomer: Newcomer) -> None:
    phone = newcomer()
    # Chromium's own override of the quota lets small records through: the browser's answer is given in its place.
    phone.page.add_init_script(
        "IDBObjectStore.prototype.put = () => { throw new DOMException('no room', 'QuotaExceededError') }"
    )
    phone.page.reload()
    phone.page.locator(".tongue.first").click()
    phone.page.locator(".screen-foot .button.primary").click()
    expect(phone.page.locator(".notice-warn")).to_contain_text("full")
    check_looks(phone.page)
