"""A device that is new to a wallet asks whose it is; weighty things ask who holds the phone; wallets are told apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from mappe.holder.wallet import Wallet
from mappe.net.server import Server as Connection
from playwright.sync_api import Page, expect

from tests.browser.app.conftest import Newcomer, Opened, Phone, check_looks, say_mine
from tests.browser.app.test_assisted import at_a_desk, one_paper, paste, read_code
from tests.browser.conftest import SMALLEST

Open = Callable[..., Opened]
NUMBER = "482915"
OLD = 61_000  # milliseconds after which a proof is no longer fresh


def set_number(phone: Opened) -> None:
    phone.visit("/app#/pin")
    for box in phone.page.locator(".blocks input").all():
        box.fill(NUMBER)
    phone.tap("Set the number")
    expect(phone.page.locator("h1")).to_have_text("Ways to open")


def grow_old(phone: Phone) -> None:
    """A minute goes by; nobody touches anything, and it does not lock yet."""
    phone.page.clock.install()
    phone.page.clock.fast_forward(OLD)


def asked(page: Page) -> None:
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    expect(dialog.locator("h2")).to_have_text("Is it you?")


def prove(phone: Opened) -> None:
    asked(phone.page)
    check_looks(phone.page)
    phone.page.locator("dialog[open]").get_by_label("Your number on this device", exact=True).last.fill(NUMBER)
    phone.page.locator("dialog[open] .dialog-foot .button").first.click()


# -- whose it is


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_new_device_shows_what_it_has_come_into(opened: Open, newcomer: Newcomer, language: str) -> None:
    lost = opened(prepare=one_paper)
    phone = newcomer(language=language, viewport=SMALLEST, path="/app#/adopt")
    page = phone.page
    page.locator("input[type=text]").first.fill(lost.handle)
    phone.type_digits(lost.passphrase)
    page.locator("main button[type=submit]").click()
    card = page.locator("main .yours")
    name = lost.handle.replace("-", "")
    expect(card).to_contain_text(f"{name[:5]}-{name[5:]}")
    expect(card).to_contain_text("1")
    check_looks(page)
    expect(page.locator("nav.app-nav")).to_have_count(0)
    page.goto(f"{phone.server.origin}/app#/paper-add")  # no other way round
    expect(card).to_be_visible()
    page.reload()  # nor by closing it: the question is asked again after unlocking
    phone.type_digits(lost.passphrase)
    page.locator("main button[type=submit]").click()
    say_mine(page)
    expect(page.locator("nav.app-nav")).to_be_visible()
    page.reload()
    phone.type_digits(lost.passphrase)
    page.locator("main button[type=submit]").click()
    expect(page.locator("nav.app-nav")).to_be_visible()


def test_a_stranger_who_let_the_device_in_gets_nothing(opened: Open, newcomer: Newcomer) -> None:
    """Somebody has photographed the code and was faster than the holder."""
    stranger = opened()
    phone = newcomer(path="/app#/join")
    link = read_code(phone.page)
    stranger.visit("/app#/device-add")
    paste(stranger, link)
    stranger.tap("Yes, the same")
    stranger.page.get_by_label("Mine. It stays.").check()
    stranger.tap("Next")
    expect(phone.page.locator("main .yours")).to_contain_text("0 papers")
    phone.tap("No, this is not mine")
    expect(phone.page.locator("h1")).to_have_text("Stop")
    expect(phone.page.get_by_role("alert")).to_contain_text("Type nothing in.")
    check_looks(phone.page)
    phone.tap("Back")
    phone.tap("No, this is not mine")
    phone.tap("Leave this Mappe")
    expect(phone.page.get_by_role("button", name="English")).to_be_visible()
    stranger.visit("/app#/more")
    stranger.visit("/app#/devices")
    expect(stranger.page.locator("main ul.list > li")).to_have_count(2)  # the stranger's phone, and this test
    stranger.wallet.vault.sync()
    assert list(stranger.wallet.vault.items("document")) == []


def test_at_an_office_a_no_leaves_nothing(opened: Open, newcomer: Newcomer) -> None:
    person = opened(prepare=one_paper)
    office = at_a_desk(newcomer)
    office.tap("With the sheet")
    office.page.get_by_label("Account name").fill(person.handle)
    office.type_digits(person.recovery_code)
    office.page.locator(".blocks input").last.fill(person.sheet_pin)
    office.tap("Start")
    expect(office.page.locator("main .yours")).to_contain_text("1 paper")
    office.tap("No, this is not mine")
    office.tap("Leave this Mappe")
    expect(office.page.get_by_text("Next person")).to_be_visible()
    assert len(person.wallet.server.get("/v1/devices")["devices"]) == 2


def test_a_number_that_the_server_does_not_reach_is_the_alarm(opened: Open, newcomer: Newcomer) -> None:
    lost = opened(prepare=one_paper)
    phone = newcomer(path="/app#/recover")
    page = phone.page
    page.get_by_label("Account name").fill(lost.handle)
    phone.type_digits(lost.recovery_code)
    page.locator(".blocks input").last.fill(lost.sheet_pin)
    page.get_by_label("Change number").fill("x")
    expect(page.get_by_text("This is no number.")).to_be_visible()
    check_looks(page)
    expect(page.locator("main button[type=submit]")).to_be_disabled()
    page.get_by_label("Change number").fill("٩٩")
    phone.tap("Open")
    expect(page.locator("h1.alarm")).to_be_visible()
    expect(page.get_by_text("rolled-back")).to_be_visible()


# -- a fresh proof


def test_changing_the_number_asks_who_holds_the_phone(opened: Open) -> None:
    phone = opened()
    set_number(phone)
    phone.visit("/app#/pin")
    grow_old(phone)
    first, second = (phone.page.locator("main .blocks input").nth(n) for n in (0, 1))
    first.fill("917364")
    second.fill("917364")
    phone.tap("Change the number")
    asked(phone.page)
    phone.page.locator("dialog[open] .dialog-foot .button").last.click()  # no
    expect(phone.page.locator("dialog[open]")).to_have_count(0)
    assert first.input_value() == "917364"  # nothing typed is lost
    phone.tap("Change the number")
    dialog = phone.page.locator("dialog[open]")
    dialog.get_by_label("Your number on this device", exact=True).last.fill("000000")
    dialog.locator(".dialog-foot .button").first.click()
    expect(dialog).to_contain_text("4 tries left")
    prove(phone)
    expect(phone.page.locator("h1")).to_have_text("Ways to open")


def test_a_device_is_not_let_in_by_whoever_holds_the_phone(opened: Open, newcomer: Newcomer) -> None:
    phone = opened()
    set_number(phone)
    other = newcomer(path="/app#/join")
    link = read_code(other.page)
    phone.visit("/app#/device-add")
    paste(phone, link)
    grow_old(phone)
    phone.tap("Yes, the same")
    phone.page.get_by_label("Mine. It stays.").check()
    phone.tap("Next")
    asked(phone.page)
    assert len(phone.wallet.server.get("/v1/devices")["devices"]) == 2
    prove(phone)
    expect(phone.page.get_by_text("The new device is in.")).to_be_visible()


def test_nothing_leaves_and_nothing_ends_without_a_proof(opened: Open) -> None:
    phone = opened(prepare=one_paper)
    set_number(phone)
    phone.visit("/app#/export")
    grow_old(phone)
    phone.tap("Make the archive")
    prove(phone)
    expect(phone.page.locator("h1")).to_contain_text("Write these 24 digits down")
    phone.page.clock.fast_forward(OLD)
    phone.page.evaluate("location.hash = '#/delete'")
    phone.page.locator("dialog[open] .button.danger").click()  # leave the digits unsaved
    digits = "".join(re.findall(r"\d", phone.page.locator("legend").inner_text()))
    phone.type_digits(digits)
    phone.tap("Delete for good")
    asked(phone.page)
    phone.wallet.vault.sync()
    prove(phone)
    expect(phone.page.locator("nav.app-nav")).to_have_count(0)


def test_finger_or_face_is_not_added_by_whoever_holds_the_phone(opened: Open) -> None:
    phone = opened(passkey="prf")
    phone.visit("/app#/methods")
    grow_old(phone)
    phone.tap("Set up finger or face")
    asked(phone.page)
    phone.page.locator("dialog[open]").get_by_label("24 digits", exact=True).check()
    phone.page.locator("dialog[open] .blocks input").first.click()
    phone.page.keyboard.type(phone.passphrase)
    phone.page.locator("dialog[open] .dialog-foot .button").first.click()
    expect(phone.page.get_by_role("button", name="Remove finger or face")).to_be_visible()


# -- several wallets


def test_a_mother_sees_from_whose_wallet_she_gives(opened: Open, tmp_path: Path) -> None:
    phone = opened(prepare=one_paper, viewport=SMALLEST)
    page = phone.page
    expect(page.locator(".app-top .signed")).to_have_count(0)  # one wallet needs no words
    child, secrets = Wallet.create(Connection(phone.server.origin), tmp_path / "child", small_memory=True)
    one_paper(child)
    page.goto("about:blank")
    page.goto(f"{phone.server.origin}/app#/adopt")
    page.locator("input[type=text]").first.fill(secrets.handle)
    phone.type_digits(secrets.passphrase)
    page.locator("main button[type=submit]").click()
    say_mine(page)
    expect(page.locator(".app-top .signed")).to_have_text("Star")  # told apart at once, without a word typed
    phone.visit("/app#/wallets")
    page.get_by_label("Name", exact=True).fill("Amal")
    page.get_by_label("Tree").check()
    expect(page.get_by_text("Another Mappe on this phone has this sign.")).to_be_visible()
    page.get_by_label("Fish").check()
    expect(page.get_by_text("Another Mappe on this phone has this sign.")).to_have_count(0)
    check_looks(page)
    phone.tap("Keep")
    expect(page.locator(".app-top .signed")).to_have_text("Amal")
    expect(page.locator(".app-top .sign-fish")).to_be_visible()
    phone.visit("/app#/give")
    expect(page.locator(".from-which")).to_have_text("From: Amal")
    check_looks(page)
    page.reload()
    rows = page.locator("main .list .row-main")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="Amal")).to_have_count(1)
    expect(rows.filter(has_text="Tree")).to_have_count(1)
    check_looks(page)
    rows.filter(has_text="Tree").click()
    expect(page.locator("h1")).to_have_text("Tree")
    phone.type_digits(phone.passphrase)
    page.locator("main button[type=submit]").click()
    expect(page.locator(".app-top .signed")).to_have_text("Tree")
