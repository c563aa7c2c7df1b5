"""From one server to another, with two browsers: the archive, the number that both know, the end of the old one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from mappe.errors import ServerProblem
from mappe.holder import grants
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet, value
from mappe.net.server import Server as Connection
from playwright.sync_api import expect

from tests.browser.app.conftest import Opened, check_looks
from tests.browser.app.test_papers import shot
from tests.browser.conftest import SMALLEST
from tests.support.server import Server

Open = Callable[..., Opened]
STRETCHING = 120_000  # milliseconds: age's scrypt, in JavaScript, beside other tests


def shared_paper(wallet: Wallet) -> None:
    paper = wallet.add_paper("residence_title", {"number": [value("X1", as_of="2026")]}, title="Titel")
    wallet.add_paper("letter", {}, title="Brief")
    conditions = grants.Conditions("Wohnung", language="de", opens=3, life=9 * 86400)
    prepared = grants.prepare(wallet.vault, grants.To("Frau Wirtin"), [Pick(paper, field="number")], conditions)
    grants.release(wallet.vault, prepared)


def take_out(phone: Opened, folder: Path) -> str:
    """The archive and its key as files; the 24 digits."""
    phone.visit("/app#/export")
    phone.tap("Make the archive")
    expect(phone.page.locator("h1")).to_contain_text("Write these 24 digits down", timeout=STRETCHING)
    digits = "".join(re.findall(r"\d", phone.page.locator(".shown-digits").inner_text()))
    for button, name in (("Save the archive", "mappe.age"), ("Save the key", "mappe.key.age")):
        with phone.page.expect_download() as download:
            phone.tap(button)
        download.value.save_as(folder / name)
    phone.tap("I have written them down")
    return digits


def bring_in_archive(phone: Opened, folder: Path, digits: str) -> str:
    """What the new place shows: its check number."""
    phone.visit("/app#/import")
    files = phone.page.locator("input[type=file]")
    files.nth(0).set_input_files(folder / "mappe.age")
    files.nth(1).set_input_files(folder / "mappe.key.age")
    for at, box in enumerate(phone.page.locator(".blocks input").all()):
        box.fill(digits[at * 4 : at * 4 + 4])
    phone.tap("Bring it in")
    expect(phone.page.locator("h1")).to_have_text("Everything is here", timeout=STRETCHING)
    expect(phone.page.get_by_text("2 papers")).to_be_visible()
    return "".join(re.findall(r"\d", phone.page.locator(".shown-digits").inner_text()))


def test_to_another_server_and_the_old_one_ends_last(
    opened: Open, own_server: Callable[..., Server], tmp_path: Path
) -> None:
    old = opened(prepare=shared_paper, viewport=SMALLEST)
    new = opened(server=own_server(), viewport=SMALLEST)
    digits = take_out(old, tmp_path)
    check = bring_in_archive(new, tmp_path, digits)
    check_looks(new.page)
    shot(new.page, "move-came")
    expect(new.page.get_by_text("Frau Wirtin")).to_be_visible()

    old.visit("/app#/move")
    check_looks(old.page)
    shot(old.page, "move-type")
    assert check not in re.sub(r"\s", "", old.page.locator("main").inner_text())  # it is read there, not here
    wrong = f"{(int(check) + 1) % 10**8:08}"
    old.type_digits(wrong)
    old.tap("Compare")
    expect(old.page.get_by_text("That is another number.", exact=False)).to_be_visible()
    expect(old.page.get_by_role("button", name="End the old one")).to_have_count(0)
    for at, box in enumerate(old.page.locator(".blocks input").all()):
        box.fill(check[at * 4 : at * 4 + 4])
    old.tap("Compare")
    expect(old.page.get_by_text("The new Mappe holds the same.", exact=False)).to_be_visible()
    expect(old.page.get_by_text("Frau Wirtin")).to_be_visible()  # this share ends
    shot(old.page, "move-same")
    check_looks(old.page)
    old.tap("End the old one")
    old.type_digits("".join(re.findall(r"\d", old.page.locator("legend").first.inner_text())))
    old.tap("Delete for good")
    if old.page.locator("dialog[open]").count():  # on a slow machine a minute has gone
        old.page.locator("dialog[open]").get_by_label("24 digits", exact=True).check()
        old.page.locator("dialog[open] .blocks input").first.click()
        old.page.keyboard.type(old.passphrase)
        old.page.locator("dialog[open] .dialog-foot .button").first.click()
    expect(old.page.locator("nav.app-nav")).to_have_count(0)
    with pytest.raises(ServerProblem):
        old.wallet.vault.sync()

    # the share is proposed, with all that it showed, and runs only after a look
    assert new.wallet.server.get("/v1/grants")["grants"] == []
    new.page.get_by_text("Frau Wirtin").click()
    expect(new.page).to_have_url(re.compile("#/give-end"))
    new.page.locator("main input[type=radio]").first.check()
    new.page.locator(".screen-foot .button").first.click()
    expect(new.page.get_by_text("Frau Wirtin").first).to_be_visible()
    expect(new.page.get_by_text("X1").first).to_be_visible()
    new.page.locator(".screen-foot .button").first.click()
    new.page.wait_for_url("**#/code/**")
    assert len(new.wallet.server.get("/v1/grants")["grants"]) == 1
    new.visit("/app#/import")
    expect(new.page.get_by_text("Frau Wirtin")).to_have_count(0)


def test_a_fresh_wallet_on_the_same_server_is_the_same_way(opened: Open, tmp_path: Path) -> None:
    """A key has leaked: new keys, the same papers; what was written here after the archive is not forgotten."""
    old = opened(prepare=shared_paper)
    new = opened(server=old.server)
    digits = take_out(old, tmp_path)
    check = bring_in_archive(new, tmp_path, digits)
    old.wallet.vault.sync()
    old.wallet.add_paper("letter", {}, title="Danach")
    old.visit("/app#/move")
    old.page.evaluate("dispatchEvent(new Event('online'))")
    expect(old.page.get_by_text("Something was changed here since then.", exact=False)).to_be_visible()
    expect(old.page.locator(".blocks input")).to_have_count(0)
    assert check
    again = Wallet.adopt(
        Connection(new.server.origin), tmp_path / "again", handle=new.handle, passphrase=new.passphrase
    )
    assert {item.payload["title"] for item in again.vault.items("document")} == {"Titel", "Brief"}
    assert new.wallet.profile.genesis != old.wallet.profile.genesis
