"""The ways in: finger or face, the number, another device; and a phone that is lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mappe.errors import MappeError
from mappe.holder.wallet import Wallet
from mappe.net.server import Server as Connection
from playwright.sync_api import expect

from tests.browser.app.conftest import Newcomer, Opened, check_looks, say_mine
from tests.browser.app.test_assisted import digits_on, one_paper, read_code
from tests.browser.app.test_devices import prove_by_sheet, take_new_sheet

Open = Callable[..., Opened]
NUMBER = "482915"
# How long a person takes who reads slowly and types with one finger, in seconds.
A_TAP, A_KEY = 3, 1
LOST_PHONE = 180


def kinds(phone: Opened) -> set[str]:
    phone.wallet.vault.sync()
    return {str(one["kind"]) for one in phone.wallet.profile.methods}


def test_finger_or_face_is_set_up_and_taken_away(opened: Open, tmp_path: Path) -> None:
    phone = opened(passkey="prf")
    phone.visit("/app#/methods")
    check_looks(phone.page)
    phone.tap("Set up finger or face")
    expect(phone.page.get_by_role("button", name="Remove finger or face")).to_be_visible()
    assert kinds(phone) == {"passphrase", "recovery", "passkey"}
    check_looks(phone.page)
    phone.tap("Remove finger or face")
    prove_by_sheet(phone)
    phone.tap("Remove finger or face")
    sheet = take_new_sheet(phone)
    again = Wallet.adopt(
        Connection(phone.server.origin), tmp_path / "new", handle=phone.handle, passphrase=sheet.passphrase
    )
    assert {str(one["kind"]) for one in again.profile.methods} == {"passphrase", "recovery"}


def test_a_phone_that_cannot_says_so_and_changes_nothing(opened: Open) -> None:
    phone = opened(passkey="no-prf")
    phone.visit("/app#/methods")
    phone.tap("Set up finger or face")
    expect(phone.page.get_by_role("alert")).to_contain_text("This device cannot do it safely.")
    assert kinds(phone) == {"passphrase", "recovery"}


def test_the_number_is_set_used_and_taken_away(opened: Open) -> None:
    phone = opened(prepare=one_paper)
    phone.visit("/app#/pin")
    for box in phone.page.locator(".blocks input").all():
        box.fill(NUMBER)
    phone.tap("Set the number")
    expect(phone.page.locator("h1")).to_have_text("Ways to open")
    phone.page.reload()
    phone.type_digits(NUMBER)
    expect(phone.page.locator("nav.app-nav")).to_be_visible()
    phone.visit("/app#/pin")
    phone.tap("Remove the number")
    expect(phone.page.get_by_role("button", name="Set the number")).to_be_visible()


def test_another_phone_comes_in_and_is_told_apart(opened: Open, newcomer: Newcomer) -> None:
    phone = opened(prepare=one_paper)
    other = newcomer(path="/app#/join")
    link = read_code(other.page)
    phone.visit("/app#/device-add")
    phone.page.locator("input[type=url]").fill(link)
    phone.page.locator(".scanner-paste button").click()
    expect(phone.page.locator("h1")).to_have_text("Does the new device show the same number?")
    assert digits_on(phone.page) == digits_on(other.page)
    phone.tap("Yes, the same")
    phone.page.get_by_label("Mine. It stays.").check()
    phone.tap("Next")
    expect(phone.page.get_by_text("The new device is in.")).to_be_visible()
    say_mine(other.page)
    expect(other.page.locator("nav.app-nav")).to_be_visible()
    other.page.locator("a[href='#/papers']").click()
    expect(other.page.get_by_text("Brief vom Amt")).to_be_visible()
    phone.visit("/app#/notices")
    expect(phone.page.get_by_text("Nothing new.")).to_be_visible()  # it was let in from here


@pytest.mark.parametrize(
    "text", ["https://example.org/", "https://mappe.example/j#AAAA", "https://mappe.example/g#AAAA"]
)
def test_what_is_no_device_is_not_let_in(opened: Open, text: str) -> None:
    phone = opened()
    phone.visit("/app#/device-add")
    phone.page.locator("input[type=url]").fill(text)
    phone.page.locator(".scanner-paste button").click()
    expect(phone.page.get_by_text("This is not the code of a new device.")).to_be_visible()


def test_new_digits_replace_the_old_ones(opened: Open, tmp_path: Path) -> None:
    phone = opened(prepare=one_paper)
    phone.visit("/app#/method-renew")
    phone.page.get_by_label("24 digits", exact=True).check()
    phone.type_digits(phone.passphrase)
    phone.tap("Make new digits")
    sheet = take_new_sheet(phone)
    at = Connection(phone.server.origin)
    with pytest.raises(MappeError):
        Wallet.adopt(at, tmp_path / "old", handle=phone.handle, passphrase=phone.passphrase)
    again = Wallet.adopt(at, tmp_path / "new", handle=phone.handle, passphrase=sheet.passphrase)
    assert len(list(again.vault.items("document"))) == 1


def test_a_lost_phone_costs_three_minutes(opened: Open, newcomer: Newcomer) -> None:
    """From a new phone's first screen to the papers, everything typed: no camera, no passkey."""
    lost = opened(prepare=one_paper)
    phone = newcomer()
    begun = time.monotonic()
    phone.tap("English")
    phone.tap("I have one")
    phone.taps += 1
    phone.page.locator("a[href='#/recover']").click()
    phone.taps += 1
    phone.page.get_by_label("Account name").fill(lost.handle)
    phone.taps += 1
    phone.type_digits(lost.recovery_code)
    phone.taps += 1
    phone.page.locator(".blocks input").last.fill(lost.sheet_pin)
    phone.tap("Open")
    phone.tap("Yes, mine")
    expect(phone.page.locator("nav.app-nav")).to_be_visible()
    phone.taps += 1
    phone.page.locator("a[href='#/papers']").click()
    expect(phone.page.get_by_text("Brief vom Amt")).to_be_visible()
    machine = time.monotonic() - begun
    keys = len(lost.handle) + len(lost.recovery_code) + len(lost.sheet_pin)
    person = phone.taps * A_TAP + keys * A_KEY
    assert phone.taps <= 10
    assert keys == 64
    assert person + machine <= LOST_PHONE, (
        f"{phone.taps} taps, {keys} keys, {person} s of a person, {machine:.0f} s here"
    )
