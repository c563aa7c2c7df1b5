"""New secrets are covered when nobody touches the device any more, and come back for the holder: none is lost."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app.conftest import Newcomer, Opened, Phone, check_looks
from tests.browser.app.test_devices import prove_by_sheet
from tests.browser.app.test_first_use import begin, number, print_sheet

Open = Callable[..., Opened]
COVERED = "Still there?"
SHORT, LONG = "09:30", "01:00"  # together more than CURTAIN_MINUTES


def beginning(phone: Phone) -> Page:
    """At the language, with a clock that can be moved."""
    phone.page.clock.install()
    phone.visit()
    begin(phone)
    return phone.page


def digits(page: Page) -> str:
    shown = page.locator(".card .shown-digits")
    expect(shown).to_be_visible()
    return re.sub(r"\D", "", shown.inner_text())


def nobody_is_there(page: Page) -> None:
    """For a little less than it takes, and then the rest."""
    page.wait_for_timeout(500)  # the screen has been drawn, and counts from now
    page.clock.fast_forward(SHORT)
    page.wait_for_timeout(200)
    expect(page.get_by_role("heading", name=COVERED)).to_have_count(0)
    page.clock.fast_forward(LONG)
    expect(page.get_by_role("heading", name=COVERED)).to_be_focused()


def nothing_is_seen(page: Page, *secrets: str) -> None:
    """Not on the screen, not on paper."""
    for media in ("print", "screen"):
        page.emulate_media(media=media)
        seen = re.sub(r"[^\d]", "", page.locator("body").inner_text())
        assert [secret for secret in secrets if secret in seen] == []
    expect(page.locator(".sheet")).not_to_be_visible()


def test_what_nobody_has_in_use_comes_back_by_a_tap(newcomer: Newcomer) -> None:
    phone = newcomer()
    page = beginning(phone)
    passphrase = digits(page)
    nobody_is_there(page)
    nothing_is_seen(page, passphrase)
    check_looks(page)
    phone.tap("Show it again")
    assert digits(page) == passphrase
    # a touch begins the time anew
    page.clock.fast_forward(SHORT)
    page.keyboard.press("Shift")
    page.clock.fast_forward(SHORT)
    assert digits(page) == passphrase


def test_after_a_long_time_the_first_number_can_still_be_set(newcomer: Newcomer) -> None:
    phone = newcomer()
    page = beginning(phone)
    digits(page)
    page.wait_for_timeout(500)
    page.clock.fast_forward("40:00")
    phone.tap("Show it again")
    phone.tap("I have it")
    number(phone)
    expect(page.get_by_role("heading", name="Phone lost? Your sheet helps.")).to_be_visible()


def test_what_somebody_may_have_seen_is_thrown_away(newcomer: Newcomer) -> None:
    phone = newcomer()
    page = beginning(phone)
    passphrase = digits(page)
    nobody_is_there(page)
    phone.tap("Begin anew")
    expect(page.get_by_role("heading", name="Write this down")).to_be_visible()
    assert digits(page) != passphrase
    kept = page.evaluate(
        "new Promise((done) => { const asked = indexedDB.open('mappe'); asked.onsuccess = () => {"
        " const all = asked.result.transaction('shelf').objectStore('shelf').getAll();"
        " all.onsuccess = () => done(all.result.filter((one) => one && one.handle).length) } })"
    )
    assert kept == 1  # of the first one nothing stays on the device


def to_the_sheet(phone: Phone) -> tuple[str, str]:
    """The number, and the sheet on the screen to be copied by hand."""
    page = beginning(phone)
    phone.tap("I have it")
    pin = number(phone)
    phone.tap("By hand")
    return pin, re.sub(r"\D", "", page.locator(".sheet-blocks").first.inner_text())


def type_number(page: Page, digits: str) -> None:
    page.get_by_role("textbox", name="Your number").click()
    page.keyboard.type(digits)


def test_the_sheet_comes_back_for_whoever_knows_the_number(newcomer: Newcomer) -> None:
    phone = newcomer()
    pin, code = to_the_sheet(phone)
    page = phone.page
    nobody_is_there(page)
    nothing_is_seen(page, code[:6])
    check_looks(page)
    type_number(page, f"{(int(pin) + 1) % 1_000_000:06}")
    expect(page.get_by_text("The number is wrong.")).to_be_visible()
    nothing_is_seen(page, code[:6])
    type_number(page, pin)
    expect(page.locator(".sheet")).to_be_visible()
    assert re.sub(r"\D", "", page.locator(".sheet-blocks").first.inner_text()) == code


def test_the_number_cannot_be_guessed(newcomer: Newcomer) -> None:
    phone = newcomer()
    pin, _ = to_the_sheet(phone)
    page = phone.page
    nobody_is_there(page)
    for n in range(1, 6):
        type_number(page, f"{(int(pin) + n) % 1_000_000:06}")
    expect(page.get_by_text("Wrong too often. Wait a minute.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Your number")).to_be_disabled()
    page.wait_for_timeout(500)  # from now on
    page.clock.fast_forward("01:01")
    type_number(page, pin)
    expect(page.locator(".sheet")).to_be_visible()


def test_a_finger_that_is_not_recognised_uncovers_nothing(newcomer: Newcomer) -> None:
    phone = newcomer(passkey="prf")
    page = beginning(phone)
    phone.page.locator(".screen-foot .button.primary").click()
    pin = digits(page)
    nobody_is_there(page)
    nothing_is_seen(page, pin)
    assert phone.cdp is not None
    phone.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": phone.authenticator, "isUserVerified": False})
    phone.tap("Open with finger or face")
    expect(page.get_by_role("alert")).to_be_visible()
    nothing_is_seen(page, pin)


def test_finger_or_face_uncovers(newcomer: Newcomer) -> None:
    phone = newcomer(passkey="prf")
    page = beginning(phone)
    phone.page.locator(".screen-foot .button.primary").click()
    number(phone)
    blocks = print_sheet(phone)
    expect(page.get_by_role("heading", name="Type from the sheet")).to_be_visible()
    first = page.locator(".blocks input").first
    first.click()
    page.keyboard.type("123")  # what was typed stays
    nobody_is_there(page)
    nothing_is_seen(page, *blocks)
    phone.tap("Open with finger or face")
    expect(page.get_by_role("heading", name="Type from the sheet")).to_be_visible()
    assert first.input_value() == "123"


def test_a_new_sheet_of_an_open_wallet_is_covered_and_not_locked_away(opened: Open) -> None:
    """The idle lock (five minutes) would lose it: the old sheet has stopped working already."""
    phone = opened(prepare=lambda wallet: wallet.add_paper("letter", {}, title="Brief vom Amt"))
    page = phone.page
    page.clock.install()
    page.goto("about:blank")
    phone.visit("/app")
    phone.type_digits(phone.passphrase)
    page.locator("main button[type=submit]").click()
    expect(page.get_by_text("Brief vom Amt")).to_be_visible()
    page.evaluate("location.hash = '#/new-sheet'")
    prove_by_sheet(phone)
    phone.tap("Make a new sheet")
    expect(page.get_by_role("heading", name="Write this down")).to_be_visible()
    passphrase = digits(page)
    nobody_is_there(page)
    nothing_is_seen(page, passphrase)
    check_looks(page)
    # the rest of the wallet is behind it as well, and stays there
    expect(page.get_by_role("navigation")).to_have_count(0)
    page.clock.fast_forward("30:00")
    for away in ("history.back()", "location.hash = '#/papers'"):
        page.evaluate(away)
        page.wait_for_timeout(200)
        expect(page.get_by_role("heading", name=COVERED)).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_text("Brief vom Amt")).to_have_count(0)
    # the sheet with which the holder has just begun
    code = phone.recovery_code
    page.locator(".blocks input").first.click()
    page.keyboard.type(code[:-6] + ("000011" if code[-6:] != "000011" else "000022"))
    expect(page.get_by_role("alert")).to_contain_text("That does not open it.")
    page.locator(".blocks input").last.fill(code[-6:])
    assert digits(page) == passphrase
    phone.tap("I have it")
    pin = digits(page)
    phone.type_digits(pin)
    phone.tap("Next")  # whoever has just uncovered it is the holder: no further proof is asked for
    phone.tap("By hand")
    nobody_is_there(page)
    type_number(page, pin)
    expect(page.locator(".sheet")).to_be_visible()


@pytest.mark.parametrize("language", ["de", "ar"])
def test_it_looks_right(newcomer: Newcomer, language: str) -> None:
    phone = newcomer(language=language, viewport={"width": 320, "height": 640})
    page = phone.page
    page.clock.install()
    phone.visit()
    begin(phone)
    digits(page)
    page.clock.fast_forward("10:06")
    expect(page.get_by_role("button").filter(has=page.locator(".icon")).last).to_be_visible()
    expect(page.locator(".card")).not_to_be_visible()
    check_looks(page)
