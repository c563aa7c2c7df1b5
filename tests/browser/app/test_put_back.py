"""The operator brings a backup back, with the real commands: the phone says so, gives back what is missing, and tells
its holder what has gone from the log until it is answered."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from mappe.holder.wallet import Wallet
from playwright.sync_api import expect

from tests.browser.app.conftest import Opened, looks
from tests.support.server import Server


def two_papers(wallet: Wallet) -> None:
    for title in ("Mietvertrag", "Zeugnis"):
        wallet.add_paper("other_paper", {}, title=title)


def restored(server: Server, backup: Path) -> None:
    """With the keys and the newest ledger, into an empty place."""
    server.stop()
    server.run("run-jobs")
    lost = server.folder / "lost"
    lost.mkdir()
    for path in (server.data, *server.folder.glob("mappe.db*")):
        path.rename(lost / path.name)
    server.data.mkdir(mode=0o700)
    shutil.copy(lost / "data" / "keys.json", server.data / "keys.json")
    shutil.copytree(lost / "data" / "ledger", server.data / "ledger")
    server.run("restore", str(backup))
    server.start()


def test_a_restored_server_gets_back_what_it_lacks_and_the_holder_is_told(
    opened: Callable[..., Opened], own_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = own_server()
    phone = opened(server=server, prepare=two_papers)
    page = phone.page
    page.locator("nav.app-nav a[href='#/papers']").click()
    server.run("backup", str(tmp_path / "backup"))
    page.get_by_role("link", name="Zeugnis").click()
    phone.tap("Throw away")
    expect(page.get_by_role("link", name="Zeugnis")).to_have_count(0)
    page.locator("nav.app-nav a[href='#/audit']").click()  # reads the log: what happened since the backup is known
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_text("Checked on this phone")).to_be_visible()
    time.sleep(3)  # the ledger has everything
    restored(server, tmp_path / "backup")

    page.reload()
    phone.type_digits(phone.passphrase)
    page.locator("main button[type=submit]").click()
    page.locator(".bar button", has_text="Open again").or_(
        page.locator(".bar button", has_text="Sign in")
    ).first.click()
    phone.type_digits(phone.passphrase)
    page.locator("main button[type=submit]").click()
    expect(page.locator("h1.alarm, .alarm h1").first).to_be_visible()
    expect(page.get_by_text("The server was put back")).to_be_visible()
    expect(page.get_by_text("Changes of yours that it lacks: 1.")).to_be_visible()
    looks(phone)
    phone.tap("Send my changes again")
    expect(page.get_by_text("Sent again: 1.")).to_be_visible()
    expect(page.get_by_role("link", name="Mietvertrag")).to_be_visible()
    page.locator(".bar button", has_text="Look").click()
    expect(page.get_by_text("Entries of your log that are gone")).to_be_visible()
    looks(phone)
    phone.tap("Yes, that was me")
    expect(page.locator(".bar-alarm")).to_have_count(0)
