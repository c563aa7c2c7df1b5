"""Devices and locks: who can open the wallet, who cannot any more, and what a device is told about the others."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mappe.errors import MappeError, ServerProblem
from mappe.holder.wallet import Wallet
from mappe.net.server import Server as Connection
from playwright.sync_api import Route, expect

from tests.browser.app.conftest import Newcomer, Opened, check_looks, say_mine
from tests.browser.conftest import SMALLEST

Open = Callable[..., Opened]
BLOCK = re.compile(r"\d{6}")


def fresh(phone: Opened, folder: Path, **typed: Any) -> Wallet:
    """The same wallet on one device more, in Python."""
    return Wallet.adopt(Connection(phone.server.origin), folder, handle=phone.handle, **typed)


def prove_by_sheet(phone: Opened, code: str | None = None) -> None:
    """Chooses "Sheet" and types its code."""
    phone.page.get_by_label("Sheet", exact=True).check()
    phone.type_digits(code or phone.recovery_code)


def digits_of(text: str) -> str:
    return "".join(re.findall(r"\d", text))


@dataclass
class Sheet:
    """What the screens after a change of locks show, in the order in which they show it."""

    passphrase: str
    pin: str
    code: str


def take_new_sheet(phone: Opened, *, digits: bool = True) -> Sheet:
    """Through the screens up to the sheet, written by hand; the proof of it comes next."""
    page, passphrase = phone.page, ""
    shown = page.locator(".shown-digits").first
    if digits:
        expect(page.locator("h1")).to_have_text("Write this down")
        passphrase = digits_of(shown.inner_text())
        phone.tap("I have it")
    expect(page.locator("h1")).to_have_text("Your number")
    pin = digits_of(shown.inner_text())
    phone.type_digits(pin)
    phone.tap("Next")
    without = page.get_by_role("button", name="Go on without a number on this phone")
    by_hand = page.get_by_role("button", name="By hand")
    expect(without.or_(by_hand)).to_be_visible()
    if without.is_visible():
        without.click()
    by_hand.click()
    code = digits_of(page.locator(".sheet-blocks").first.inner_text())
    phone.tap("Next")
    expect(page.locator("h1")).to_have_text("Type from the sheet")
    return Sheet(passphrase, pin, code)


def prove_new_sheet(phone: Opened, code: str) -> None:
    for box in phone.page.locator(".blocks input").all():
        number = int(digits_of(box.get_attribute("aria-label") or ""))
        box.fill(BLOCK.findall(code)[number - 1])
    phone.tap("Check")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_list_names_each_device_and_marks_this_one(opened: Open, language: str) -> None:
    phone = opened(language=language, viewport=SMALLEST)
    phone.visit("/app#/devices")
    rows = phone.page.locator("main ul.list > li")
    expect(rows).to_have_count(2)
    expect(rows.nth(0).get_by_role("button")).to_have_count(0)  # nobody locks out the device in the hand
    expect(rows.nth(1).get_by_role("button")).to_have_count(1)
    check_looks(phone.page)


def test_a_locked_out_device_is_out_and_the_new_sheet_is_the_only_one(opened: Open, tmp_path: Path) -> None:
    phone = opened(prepare=lambda wallet: wallet.add_paper("letter", {}, title="Brief"))
    phone.visit("/app#/devices")
    phone.tap("Lock out")
    expect(phone.page.locator("h1")).to_contain_text("Lock out “")
    check_looks(phone.page)
    prove_by_sheet(phone)
    phone.tap("Lock out")
    sheet = take_new_sheet(phone)
    check_looks(phone.page)
    with pytest.raises(ServerProblem):
        phone.wallet.vault.sync()
    with pytest.raises(MappeError):
        fresh(phone, tmp_path / "old", recovery_code=phone.recovery_code, sheet_pin=phone.sheet_pin)
    prove_new_sheet(phone, sheet.code)
    expect(phone.page.locator("h1")).to_have_text("My devices")
    expect(phone.page.locator("main ul.list > li")).to_have_count(1)
    again = fresh(phone, tmp_path / "new", recovery_code=sheet.code, sheet_pin=sheet.pin)
    assert [item.payload["title"] for item in again.vault.items("document")] == ["Brief"]


def test_a_sheet_that_is_not_there_is_not_believed(opened: Open) -> None:
    phone = opened()
    phone.visit("/app#/new-sheet")
    prove_by_sheet(phone)
    phone.tap("Make a new sheet")
    sheet = take_new_sheet(phone)
    prove_new_sheet(phone, phone.recovery_code)
    expect(phone.page.get_by_text("mistyped")).to_be_visible()
    prove_new_sheet(phone, sheet.code)
    expect(phone.page.locator("h1")).to_have_text("Ways to open")


def test_who_cannot_prove_to_be_the_holder_changes_nothing(opened: Open, tmp_path: Path) -> None:
    phone = opened()
    other = "055000" * 8
    phone.visit("/app#/devices")
    phone.tap("Lock out")
    phone.tap("Lock out")  # nothing typed
    expect(phone.page.get_by_text("Some digits of the code are missing.")).to_be_visible()
    prove_by_sheet(phone, other)
    phone.tap("Lock out")
    expect(phone.page.get_by_text("That is not right.")).to_be_visible()
    assert phone.page.locator(".blocks input").first.input_value() == "055000"  # nothing typed is lost
    phone.wallet.vault.sync()
    fresh(phone, tmp_path / "third", recovery_code=phone.recovery_code, sheet_pin=phone.sheet_pin)


def test_a_new_device_is_told_until_it_is_seen_here(opened: Open, tmp_path: Path) -> None:
    phone = opened()
    phone.visit("/app#/notices")
    expect(phone.page.get_by_text("Nothing new.")).to_be_visible()  # its own coming in is no news to it
    third = fresh(phone, tmp_path / "third", passphrase=phone.passphrase)
    third.vault.sync()
    phone.visit("/app#/more")
    phone.page.locator("a[href='#/notices']").click()
    expect(phone.page.get_by_text("A new device can open your Mappe.")).to_be_visible()
    check_looks(phone.page)
    bar = phone.page.get_by_text("Something changed the locks of your Mappe.")
    phone.page.locator("a[href='#/papers']").click()
    expect(bar).to_be_visible()
    phone.page.locator(".bar button", has_text="Look").click()
    phone.tap("Yes, that was me")
    expect(bar).to_have_count(0)
    phone.visit("/app#/notices")
    expect(phone.page.get_by_text("Nothing new.")).to_be_visible()


def test_what_one_device_has_seen_another_must_still_see(opened: Open, newcomer: Newcomer, tmp_path: Path) -> None:
    phone = opened()
    phone.visit("/app#/notices")
    expect(phone.page.get_by_text("Nothing new.")).to_be_visible()
    tablet = newcomer(path="/app#/adopt")
    tablet.page.locator("input[type=text]").first.fill(phone.handle)
    tablet.type_digits(phone.passphrase)
    tablet.page.locator("main button[type=submit]").click()
    say_mine(tablet.page)
    expect(tablet.page.locator("nav.app-nav")).to_be_visible()
    tablet.visit("/app#/notices")
    expect(tablet.page.get_by_text("Nothing new.")).to_be_visible()
    fresh(phone, tmp_path / "third", passphrase=phone.passphrase)
    phone.visit("/app#/more")
    phone.visit("/app#/notices")
    expect(phone.page.get_by_text("A new device can open your Mappe.")).to_have_count(2)  # the tablet, and the third
    phone.tap("Yes, that was me")
    tablet.visit("/app#/more")
    tablet.visit("/app#/notices")
    expect(tablet.page.get_by_text("A new device can open your Mappe.")).to_have_count(1)


def test_a_log_that_hides_the_new_device_is_the_alarm(opened: Open, tmp_path: Path) -> None:
    """The server leaves the entry out of the log, and shows the rest: the chain does not close over the gap."""
    phone = opened()
    phone.visit("/app#/notices")
    expect(phone.page.get_by_text("Nothing new.")).to_be_visible()
    fresh(phone, tmp_path / "third", passphrase=phone.passphrase)
    phone.wallet.add_paper("letter", {}, title="Danach")

    def hide(route: Route) -> None:
        real = route.fetch()
        body = real.json()
        body["entries"] = [*body["entries"][:-2], *body["entries"][-1:]]
        route.fulfill(response=real, json=body)

    phone.page.route("**/v1/log/entries", hide)
    phone.visit("/app#/more")
    phone.page.locator("a[href='#/notices']").click()
    expect(phone.page.locator("h1.alarm")).to_be_visible()
    expect(phone.page.get_by_text("log-broken")).to_be_visible()


def test_not_me_leads_to_locking_out(opened: Open, tmp_path: Path) -> None:
    phone = opened()
    phone.visit("/app#/notices")
    expect(phone.page.get_by_text("Nothing new.")).to_be_visible()
    fresh(phone, tmp_path / "third", passphrase=phone.passphrase)
    phone.visit("/app#/more")  # the same address again would show the same screen, not look anew
    phone.visit("/app#/notices")
    phone.tap("No, not me")
    expect(phone.page.locator("h1")).to_have_text("My devices")
    expect(phone.page.locator("main ul.list > li")).to_have_count(3)


def test_a_waiting_recovery_is_stopped_in_one_tap(opened: Open, tmp_path: Path) -> None:
    phone = opened()
    with pytest.raises(MappeError) as waits:
        fresh(phone, tmp_path / "thief", recovery_code=phone.recovery_code)
    assert waits.value.code == "recovery-waits"
    phone.visit("/app#/notices")
    alarm = phone.page.get_by_role("alert").filter(has_text="Somebody has your recovery code")
    expect(alarm).to_be_visible()
    check_looks(phone.page)
    alarm.get_by_role("button", name="Stop it now").click()
    expect(phone.page.get_by_text("Stopped. Now make a new sheet")).to_be_visible()
    assert phone.wallet.server.get("/v1/wallet/status")["recovery_pending_until"] is None
