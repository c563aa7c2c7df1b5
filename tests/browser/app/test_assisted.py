"""Helping at an office's computer: let in from the phone or by the sheet, half an hour, and nothing stays there."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zxingcpp
from mappe.holder import journal
from mappe.holder.wallet import Wallet
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.app.conftest import Newcomer, Opened, Phone, check_looks, say_mine

Open = Callable[..., Opened]
DESK = {"width": 1280, "height": 800}
HALF_AN_HOUR = 30 * 60

# Everything that a browser keeps of a page, but for the language of the page itself.
LEFT = """async () => ({
  databases: (await indexedDB.databases()).map((one) => one.name),
  caches: await caches.keys(),
  local: Object.keys(localStorage),
  session: Object.keys(sessionStorage).filter((key) => key !== 'mappe-language'),
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  cookies: document.cookie,
})"""
NOTHING: dict[str, Any] = {"databases": [], "caches": [], "local": [], "session": [], "workers": 0, "cookies": ""}


def one_paper(wallet: Wallet) -> None:
    wallet.add_paper("letter", {}, title="Brief vom Amt")


def read_code(page: Page) -> str:
    """What a camera sees on the screen."""
    code = page.locator("figure.qr svg[role=img]")
    expect(code).to_be_visible()
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(code.screenshot())))
    return str(found.text)


def at_a_desk(newcomer: Newcomer, **how: Any) -> Phone:
    return newcomer(viewport=DESK, path="/app#/assist", **how)


def digits_on(page: Page) -> str:
    return "".join(re.findall(r"\d", page.locator(".shown-digits").inner_text()))


def paste(phone: Opened, link: str) -> None:
    phone.page.locator("input[type=url]").fill(link)
    phone.page.locator(".scanner-paste button").click()


def let_in(phone: Opened, office: Phone, whose: str) -> None:
    """The phone reads the code on the desk's screen, and says yes."""
    office.tap("With the phone")
    link = read_code(office.page)
    phone.visit("/app#/device-add")
    paste(phone, link)
    expect(phone.page.locator("h1")).to_have_text("Does the new device show the same number?")
    assert digits_on(phone.page) == digits_on(office.page)
    check_looks(phone.page)
    phone.tap("Yes, the same")
    phone.page.get_by_label(whose).check()
    phone.tap("Next")
    if whose == "An office's":
        say_mine(office.page)


def history_of(page: Page) -> list[str]:
    cdp = page.context.new_cdp_session(page)
    entries = cdp.send("Page.getNavigationHistory")["entries"]
    return [str(one["url"]) for one in entries if one["url"] != "about:blank"]


def test_a_phone_lets_an_office_in_and_nothing_stays(opened: Open, newcomer: Newcomer) -> None:
    phone = opened(prepare=one_paper)
    methods = len(phone.wallet.profile.methods)
    office = at_a_desk(newcomer)
    check_looks(office.page)
    let_in(phone, office, "An office's")
    expect(phone.page.get_by_text("may help for 30 minutes")).to_be_visible()
    page = office.page
    countdown = page.get_by_role("timer")
    expect(countdown).to_contain_text(re.compile(r"(29:\d\d|30:00)"))
    expect(page.get_by_text("Brief vom Amt")).to_be_visible()
    page.get_by_text("Brief vom Amt").click()
    expect(page.locator("h1")).to_contain_text("Brief vom Amt")
    check_looks(page)
    page.locator("a[href='#/more']").click()
    expect(page.locator("h1")).to_have_text("More")
    for name in ("devices", "methods", "new-sheet", "export", "delete", "wallets", "move"):
        expect(page.locator(f"a[href='#/{name}']")).to_have_count(0)
    page.get_by_role("button", name="End", exact=True).click()
    expect(page.get_by_text("Ended. Nothing stayed on this computer.")).to_be_visible()
    expect(page.get_by_text("Printed something?")).to_be_visible()
    check_looks(page)
    assert page.evaluate(LEFT) == NOTHING
    assert {url.split("#")[1] for url in history_of(page)} <= {"/assist", "/assist/ended"}
    page.go_back()
    assert "Brief vom Amt" not in page.locator("body").inner_text()

    phone.wallet.vault.sync()
    assert len(phone.wallet.profile.methods) == methods
    kinds = [entry.event.kind for entry in journal.read(phone.wallet.vault).entries]
    assert kinds.count("assisted-started") == 1
    assert "assisted-ended" in kinds
    assert len(phone.wallet.server.get("/v1/devices")["devices"]) == 2  # the phone, and this test


def test_who_says_another_number_lets_nobody_in(opened: Open, newcomer: Newcomer) -> None:
    phone = opened(prepare=one_paper)
    office = at_a_desk(newcomer)
    office.tap("With the phone")
    link = read_code(office.page)
    phone.visit("/app#/device-add")
    paste(phone, link)
    phone.tap("No, another")
    expect(phone.page.get_by_role("alert")).to_contain_text("Nothing was added.")
    office.page.wait_for_timeout(3000)
    expect(office.page.get_by_text("Waiting for the phone")).to_be_visible()
    assert len(phone.wallet.server.get("/v1/devices")["devices"]) == 2


def test_a_device_that_would_stay_is_sent_away_from_an_office(opened: Open, newcomer: Newcomer) -> None:
    phone = opened(prepare=one_paper)
    office = at_a_desk(newcomer)
    let_in(phone, office, "Mine. It stays.")
    expect(office.page.get_by_text("Not let in.")).to_be_visible()
    assert "Brief vom Amt" not in office.page.locator("body").inner_text()
    assert office.page.evaluate(LEFT) == NOTHING
    assert len(phone.wallet.server.get("/v1/devices")["devices"]) == 2


def test_the_phone_ends_it_at_any_time(opened: Open, newcomer: Newcomer) -> None:
    phone = opened(prepare=one_paper)
    office = at_a_desk(newcomer)
    let_in(phone, office, "An office's")
    expect(office.page.get_by_text("Brief vom Amt")).to_be_visible()
    phone.tap("Next")
    row = phone.page.locator("main ul.list > li", has_text="Office computer")
    check_looks(phone.page)
    row.get_by_role("button", name="End").click()
    expect(row).to_have_count(0)
    phone.wallet.vault.sync()  # everybody else stays


def by_sheet(office: Phone, person: Opened) -> None:
    office.tap("With the sheet")
    office.page.get_by_label("Account name").fill(person.handle)
    office.type_digits(person.recovery_code)
    office.page.locator(".blocks input").last.fill(person.sheet_pin)
    check_looks(office.page)
    office.tap("Start")
    say_mine(office.page)
    expect(office.page.get_by_role("timer")).to_be_visible()


def test_clients_in_a_row_see_nothing_of_each_other(opened: Open, newcomer: Newcomer) -> None:
    first = opened(prepare=one_paper)
    second = opened(prepare=lambda wallet: wallet.add_paper("letter", {}, title="Ganz anderes"))
    office = at_a_desk(newcomer)
    page = office.page
    by_sheet(office, first)
    expect(page.get_by_text("Brief vom Amt")).to_be_visible()
    page.get_by_role("button", name="End", exact=True).click()
    expect(page.get_by_text("Next person")).to_be_visible()
    office.tap("With the sheet")
    assert [box.input_value() for box in page.locator("main input").all()] == [""] * 11
    office.page.get_by_role("button", name="Back").click()
    by_sheet(office, second)
    expect(page.get_by_text("Ganz anderes")).to_be_visible()
    assert "Brief vom Amt" not in page.locator("body").inner_text()
    page.get_by_role("button", name="End", exact=True).click()
    expect(page.get_by_text("Next person")).to_be_visible()
    assert page.evaluate(LEFT) == NOTHING


def test_the_sheet_is_covered_and_a_wrong_one_opens_nothing(opened: Open, newcomer: Newcomer) -> None:
    person = opened(prepare=one_paper)
    office = at_a_desk(newcomer)
    office.tap("With the sheet")
    veiled = office.page.locator(".blocks input.veiled")
    expect(veiled).to_have_count(9)
    office.page.get_by_label("Account name").fill(person.handle)
    office.type_digits(person.recovery_code)
    wrong = f"{(int(person.sheet_pin) + 1) % 1_000_000:06d}"
    office.page.locator(".blocks input").last.fill(wrong)
    office.tap("Start")
    expect(office.page.get_by_role("alert")).to_contain_text("That is not right.")
    expect(office.page.get_by_role("timer")).to_have_count(0)
    assert office.page.evaluate(LEFT) == NOTHING


def test_after_half_an_hour_it_ends_by_itself(opened: Open, newcomer: Newcomer) -> None:
    person = opened(prepare=one_paper)
    office = at_a_desk(newcomer)
    office.page.clock.install()
    by_sheet(office, person)
    # Without the server's word on the time, and without one from it that the session has ended.
    office.page.route("**/v1/**", lambda route: route.abort())
    for _ in range(HALF_AN_HOUR // 120):
        office.page.mouse.click(640, 500)  # somebody is there: it is not the lock for an empty chair
        office.page.clock.run_for(120_000)
    office.page.clock.run_for(10_000)
    expect(office.page.get_by_text("Next person")).to_be_visible()
    assert office.page.evaluate(LEFT) == NOTHING


def test_a_server_that_does_not_answer_keeps_no_paper_on_the_screen(opened: Open, newcomer: Newcomer) -> None:
    person = opened(prepare=one_paper)
    office = at_a_desk(newcomer)
    by_sheet(office, person)
    expect(office.page.get_by_text("Brief vom Amt")).to_be_visible()
    office.page.route("**/v1/**", lambda route: None)  # neither an answer nor an error
    office.page.get_by_role("button", name="End", exact=True).click()
    expect(office.page.get_by_text("Brief vom Amt")).to_have_count(0, timeout=1000)
    expect(office.page.get_by_text("Next person")).to_be_visible()
    assert office.page.evaluate(LEFT) == NOTHING


def test_hiding_at_an_office_is_the_end(opened: Open, newcomer: Newcomer) -> None:
    person = opened(prepare=one_paper)
    office = at_a_desk(newcomer)
    by_sheet(office, person)
    office.page.get_by_role("button", name="Hide at once").click()
    expect(office.page.get_by_role("timer")).to_have_count(0)
    expect(office.page.get_by_text("Brief vom Amt")).to_have_count(0)
    office.page.reload()
    expect(office.page.get_by_role("button", name="With the sheet")).to_be_visible()
    assert office.page.evaluate(LEFT) == NOTHING


def test_from_the_door_of_an_ordinary_page_it_begins_anew(newcomer: Newcomer, tmp_path: Path) -> None:
    desk = newcomer(viewport=DESK)
    desk.page.goto(f"{desk.server.origin}/app#/enter")
    desk.page.locator("a[href='#/assist']").click()
    expect(desk.page.get_by_role("button", name="With the phone")).to_be_visible()
    assert desk.page.evaluate("performance.getEntriesByType('navigation')[0].type") == "reload"
