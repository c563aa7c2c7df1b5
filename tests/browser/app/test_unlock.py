"""The door: every way in, every mistake that people make there, and a server that lies."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from mappe.holder.wallet import Wallet
from mappe.net.server import Server as Connection
from playwright.sync_api import Page, Route, expect

from tests.browser.app.conftest import Newcomer, Opened, Phone, bring_in, check_looks, looks, say_mine
from tests.support.server import Server

HOURS = 3600
OpenedFactory = Callable[..., Opened]


def locked(phone: Phone) -> None:
    """As after closing the app: a fresh page, nothing in memory."""
    phone.page.goto("about:blank")
    phone.visit()
    expect(phone.page.locator("nav.app-nav")).to_have_count(0)


def at_home(page: Page) -> None:
    expect(page.locator("nav.app-nav")).to_be_visible()


def by_passphrase(phone: Opened, passphrase: str | None = None) -> None:
    phone.type_digits(passphrase or phone.passphrase)
    phone.page.locator("main button[type=submit]").click()


def test_the_digits_open_it_again(opened: OpenedFactory) -> None:
    phone = opened()
    locked(phone)
    looks(phone)
    by_passphrase(phone)
    at_home(phone.page)


def test_wrong_digits_stay_and_are_called_wrong(opened: OpenedFactory) -> None:
    phone = opened()
    locked(phone)
    wrong = f"{(int(phone.passphrase[:4]) + 1) % 10000:04}{phone.passphrase[4:]}"
    by_passphrase(phone, wrong)
    expect(phone.page.locator(".notice-warn")).to_be_visible()
    check_looks(phone.page)
    assert phone.page.locator(".blocks input").first.input_value() == wrong[:4]
    phone.page.locator(".blocks input").first.fill(phone.passphrase[:4])
    phone.page.locator("main button[type=submit]").click()
    at_home(phone.page)


def to_recover(phone: Phone) -> Page:
    page = phone.page
    page.goto("about:blank")
    page.goto(f"{phone.server.origin}/app#/recover")
    expect(page.locator(".blocks")).to_have_count(2)
    return page


def type_sheet(phone: Phone, handle: str, code: str, pin: str | None) -> None:
    page = phone.page
    page.locator("main input[type=text]").first.fill(handle)
    page.locator(".blocks").first.locator("input").first.click()
    page.keyboard.type(code)
    if pin is None:
        page.locator("input[type=checkbox]").check()
    else:
        page.locator(".blocks").nth(1).locator("input").click()
        page.keyboard.type(pin)


def test_a_new_phone_from_the_sheet(opened: OpenedFactory, newcomer: Newcomer) -> None:
    lost = opened()
    fresh = newcomer()
    page = to_recover(fresh)
    looks(fresh)
    type_sheet(fresh, lost.handle, lost.recovery_code, lost.sheet_pin)
    page.locator("main button[type=submit]").click()
    say_mine(page)
    at_home(page)


def test_a_mistyped_block_is_named_at_once(opened: OpenedFactory, newcomer: Newcomer) -> None:
    lost = opened()
    fresh = newcomer()
    page = to_recover(fresh)
    code = lost.recovery_code
    wrong = code[:12] + f"{(int(code[12:18]) + 1) % 1_000_000:06}" + code[18:]
    type_sheet(fresh, lost.handle, wrong, lost.sheet_pin)
    expect(page.locator(".error")).to_contain_text("3")
    expect(page.locator("main button[type=submit]")).to_be_disabled()
    check_looks(page)
    page.locator(".blocks").first.locator("input").nth(2).fill(code[12:18])
    expect(page.locator(".error")).to_have_count(0)
    page.locator("main button[type=submit]").click()
    say_mine(page)
    at_home(page)


def test_a_wrong_sheet_number_counts_down(opened: OpenedFactory, newcomer: Newcomer) -> None:
    lost = opened()
    fresh = newcomer()
    page = to_recover(fresh)
    type_sheet(fresh, lost.handle, lost.recovery_code, f"{(int(lost.sheet_pin) + 1) % 1_000_000:06}")
    page.locator("main button[type=submit]").click()
    expect(page.locator(".notice-warn")).to_contain_text("4")
    check_looks(page)
    page.locator(".blocks").nth(1).locator("input").click()
    page.keyboard.type(lost.sheet_pin)
    page.locator("main button[type=submit]").click()
    say_mine(page)
    at_home(page)


def test_without_the_number_it_takes_72_hours(
    opened: OpenedFactory, newcomer: Newcomer, own_server: Callable[..., Server]
) -> None:
    server = own_server()
    lost = opened(server=server)
    fresh = newcomer(server=server)
    page = to_recover(fresh)
    type_sheet(fresh, lost.handle, lost.recovery_code, None)
    page.locator("main button[type=submit]").click()
    expect(page.locator(".notice-info")).to_be_visible()
    looks(fresh)
    # The old phone says so, and can stop it.
    lost.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(lost.page.locator(".bar-alarm").first).to_be_visible()
    server.advance(73 * HOURS)

    def later(route: Route) -> None:
        """The server's own clock stands in its answers; a test may move it, but not the web server's below it."""
        answer = route.fetch()
        now = datetime.now(UTC) + timedelta(hours=73)
        route.fulfill(response=answer, headers={**answer.headers, "date": format_datetime(now, usegmt=True)})

    fresh.page.route("**/v1/**", later)
    page = to_recover(fresh)
    type_sheet(fresh, lost.handle, lost.recovery_code, None)
    page.locator("main button[type=submit]").click()
    say_mine(page)
    at_home(page)
    fresh.page.unroute_all(behavior="ignoreErrors")  # the server goes before the phones do


def test_an_unknown_account_looks_like_a_wrong_code(opened: OpenedFactory, newcomer: Newcomer) -> None:
    lost = opened()
    fresh = newcomer()
    page = to_recover(fresh)
    other = ("A" if lost.handle[0] != "A" else "B") + lost.handle[1:]
    type_sheet(fresh, other, lost.recovery_code, lost.sheet_pin)
    page.locator("main button[type=submit]").click()
    expect(page.locator(".notice-warn")).to_be_visible()


def test_several_wallets_on_one_phone(opened: OpenedFactory, home: Server, tmp_path: Any) -> None:
    phone = opened()
    wallet, secrets = Wallet.create(Connection(home.origin), tmp_path / "second", small_memory=True)
    locked(phone)
    second = Opened(phone.server, phone.context, phone.complaints)
    second.page, second.wallet = phone.page, wallet
    second.handle, second.passphrase = secrets.handle, secrets.passphrase
    bring_in(second)
    locked(phone)
    rows = phone.page.locator(".list .row-main")
    expect(rows).to_have_count(2)
    looks(phone)
    rows.filter(has_text=phone.handle[:5]).click()
    expect(phone.page.locator(".blocks")).to_be_visible()
    by_passphrase(phone)
    at_home(phone.page)


def test_it_locks_when_nobody_is_there(opened: OpenedFactory) -> None:
    phone = opened()
    page = phone.page
    page.clock.install()
    locked(phone)
    by_passphrase(phone)
    at_home(page)
    page.clock.fast_forward("04:00")
    page.mouse.click(5, 300)
    page.clock.fast_forward("04:00")
    at_home(page)
    page.clock.fast_forward("02:00")
    expect(page.locator("nav.app-nav")).to_have_count(0)
    assert page.url == f"{phone.server.origin}/app"


def test_hiding_leaves_a_clock_and_no_name(opened: OpenedFactory) -> None:
    phone = opened()
    page = phone.page
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("nav.app-nav")).to_have_count(0)
    expect(page.locator("body")).not_to_contain_text("Mappe")
    assert "Mappe" not in page.title()
    check_looks(page)


def test_a_lying_server_raises_the_alarm_and_nothing_more_is_sent(opened: OpenedFactory) -> None:
    phone = opened()
    page = phone.page
    sent: list[str] = []

    def lie(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        head = body["head"]["change"]
        body["head"]["change"] = head[:-6] + ("A" if head[-6] != "A" else "B") + head[-5:]
        route.fulfill(response=answer, body=json.dumps(body), headers={"content-type": "application/json"})

    page.route("**/v1/sync", lie)
    for _ in range(40):  # a synchronisation that is still running when the lie begins is an honest one
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_timeout(500)
        if page.locator("h1.alarm").is_visible():
            break
    expect(page.locator("h1.alarm")).to_be_visible()
    looks(phone)
    expect(page.locator("nav.app-nav")).to_have_count(0)
    page.unroute("**/v1/sync")
    page.on("request", lambda request: sent.append(request.url))
    for event in ("visibilitychange", "online"):
        page.evaluate(f"(document.dispatchEvent(new Event('{event}')), window.dispatchEvent(new Event('{event}')))")
    page.wait_for_timeout(500)
    assert [url for url in sent if "/v1/" in url] == []
    page.locator(".screen-foot .button").click()
    expect(page.locator("h1.alarm")).to_have_count(0)
    expect(page.locator(".blocks")).to_be_visible()


def test_removing_from_the_device_asks_and_then_forgets(opened: OpenedFactory) -> None:
    phone = opened()
    locked(phone)
    page = phone.page
    page.locator(".list button.row-main").last.click()
    expect(page.locator("dialog[open]")).to_be_visible()
    check_looks(page)
    page.locator("dialog[open] .button.quiet").click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.locator(".list button.row-main").last.click()
    page.locator("dialog[open] .button.danger").click()
    expect(page.locator(".tongues")).to_be_visible()


def test_the_ways_in_are_all_to_be_found(newcomer: Newcomer) -> None:
    phone = newcomer()
    page = phone.page
    page.locator(".tongue.first").click()
    page.locator(".screen-foot .button.quiet").click()
    looks(phone)
    for name in ("join", "recover", "adopt", "first", "stop"):
        expect(page.locator(f'a[href="#/{name}"]')).to_be_visible()


def test_another_phone_lets_this_one_in(opened: OpenedFactory, newcomer: Newcomer) -> None:
    old = opened()
    fresh = newcomer()
    links: list[str] = []
    fresh.page.goto(f"{fresh.server.origin}/app#/join")
    expect(fresh.page.locator(".qr svg[role=img]")).to_be_visible()
    looks(fresh)
    shown = re.sub(r"\D", "", fresh.page.locator(".shown-digits").inner_text())
    links.append(read_qr(fresh.page))
    # The old phone's own camera app opens the address; the wallet is locked then, and opened first.
    old.page.goto(links[0])
    expect(old.page.locator(".blocks")).to_be_visible()
    assert "#" not in old.page.url
    by_passphrase(old)
    expect(old.page.locator(".shown-digits")).to_be_visible()
    expect(old.page.get_by_role("alert")).to_be_visible()  # it may have been sent by somebody: that is said
    assert re.sub(r"\D", "", old.page.locator(".shown-digits").inner_text()) == shown
    old.page.locator(".screen-foot .button.primary").click()
    old.page.locator("input[type=radio][value=device]").check()
    old.page.locator(".screen-foot .button.primary").click()
    say_mine(fresh.page)
    at_home(fresh.page)


def read_qr(page: Page) -> str:
    """What a camera would read from the screen."""
    import io

    import zxingcpp
    from PIL import Image

    picture = Image.open(io.BytesIO(page.locator(".qr svg[role=img]").screenshot()))
    found = zxingcpp.read_barcodes(picture)
    return str(found[0].text)


def test_addresses_that_are_not_ours_do_not_stay(opened: OpenedFactory) -> None:
    phone = opened()
    page = phone.page
    page.evaluate("location.hash = 'S=secret'")
    expect(page.locator("nav.app-nav")).to_be_visible()
    page.wait_for_function("() => !location.href.includes('secret')") if False else page.wait_for_timeout(300)
    assert "secret" not in page.url
    page.evaluate("location.hash = '#/../../etc'")
    page.wait_for_timeout(300)
    at_home(page)
