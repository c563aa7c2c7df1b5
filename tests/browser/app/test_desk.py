"""The person in front of the holder: the clerk's page and the holder's app, in two browsers, and what goes wrong."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import segno
import zxingcpp
from mappe.formats import desk as fmt
from mappe.formats.encoding import b64u
from mappe.holder import desk, grants, journal
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet, value
from mappe.net.server import Server as Connection
from mappe.recipient.desk import Desk
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.browser.app.conftest import Opened, shell_ready
from tests.browser.conftest import PHONE, SMALLEST, VisitorFactory, check_looks
from tests.support.server import Server

Open = Callable[..., Opened]
NAME = "Weldemichael-Habtu"


def fill(wallet: Wallet) -> None:
    own = {"family_name": [value(NAME, as_of="2026-01-01")], "given_name": [value("Selam", as_of="2026-01-01")]}
    wallet.add_paper("person", own, title="Ich")


@pytest.fixture
def clerk(visitor: VisitorFactory, home: Server) -> Callable[..., Page]:
    """`clerk(locale=…)`: a page that shows its code."""

    def make(**how: Any) -> Page:
        page = visitor(**{"locale": "en-GB", **how}).visit(f"{home.origin}/e")
        expect(page.locator(".desk-digits")).to_be_visible()
        return page

    return make


@pytest.fixture
def phone(opened: Open) -> Iterator[Opened]:
    yield opened(prepare=fill)


def digits(page: Page) -> str:
    return re.sub(r"\D", "", page.locator(".shown-digits").inner_text())


def code_of(page: Page, folder: Path) -> str:
    """What a camera reads from the clerk's screen."""
    picture = folder / "screen.png"
    page.locator("figure.qr").screenshot(path=str(picture))
    (found,) = zxingcpp.read_barcodes(Image.open(picture))
    return str(found.text)


def to_the_desk(page: Page, name: str = "") -> None:
    page.goto(re.sub(r"#.*", "", page.url) + "#/give")
    page.get_by_role("radio", name="The person in front of me").check()
    if name:
        page.get_by_role("textbox").fill(name)
    page.get_by_role("button", name="Next").click()
    expect(page.locator("h1")).to_have_text("Scan their page")


def type_number(page: Page, number: str) -> None:
    boxes = page.locator("fieldset.digits input")
    boxes.nth(0).fill(number[:4])
    boxes.nth(1).fill(number[4:])
    page.get_by_role("button", name="Next").click()


def choose(page: Page) -> None:
    page.get_by_role("button", name="Single things").click()
    page.get_by_role("checkbox", name="Family name").check()
    page.get_by_role("button", name="Go on with 1 thing").click()
    page.get_by_role("radio", name="Office").check()
    expect(page.get_by_text("They can open it once, within an hour.")).to_be_visible()
    page.get_by_role("button", name="Look at it first").click()


@pytest.mark.parametrize("way", ["typed", "scanned"])
def test_from_the_code_to_the_papers(
    phone: Opened, clerk: Callable[..., Page], home: Server, tmp_path: Path, way: str
) -> None:
    office, page = clerk(), phone.page
    check_looks(office)
    to_the_desk(page, "Bürgerbüro")
    if way == "typed":
        type_number(page, digits(office))
    else:  # the code is read from the picture of the clerk's screen, by another reader than ours
        url = code_of(office, tmp_path)
        assert url.startswith(f"{home.origin}/e#")
        page.get_by_label("Or paste the link").fill(url)
        page.get_by_role("button", name="Open the link").click()
    expect(page.locator("h1")).to_have_text("Do both screens show these digits?")
    expect(office.locator("h1")).to_have_text("Does the phone show the same digits?")
    assert digits(page) == digits(office) and len(digits(page)) == 6
    for button in office.locator("main button").all():
        box = button.bounding_box()
        assert box is not None and box["height"] >= 48, "a thumb finds it"
    check_looks(page)
    check_looks(office)
    phone.wallet.vault.sync()
    assert list(phone.wallet.vault.items("grant")) == [], "nothing is sealed before both have compared"
    office.get_by_role("button", name="Yes, the same").click()
    expect(office.get_by_text("The person now chooses")).to_be_visible()
    check_looks(office)
    page.get_by_role("button", name="Yes, the same").click()
    choose(page)
    expect(page.get_by_text(NAME)).to_be_visible()
    check_looks(page)
    page.get_by_role("button", name="Give it now").click()
    expect(page.locator("h1")).to_have_text("Given")
    check_looks(page)

    expect(office.locator("dl.facts")).to_contain_text("Bürgerbüro")
    assert NAME not in office.content()
    office.locator("main button.main").click()
    expect(office.get_by_text(NAME)).to_be_visible()
    check_looks(office)
    told = [entry.event.kind for entry in journal.read(phone.wallet.vault, tree=False).entries]
    assert [kind for kind in told if "grant" in kind or "desk" in kind] == [
        "grant-created",
        "desk-given",
        "grant-looked-at",
        "grant-opened",
    ]
    page.goto(f"{home.origin}/app#/audit")
    expect(page.get_by_text("Bürgerbüro").first).to_be_visible()
    # nothing is left in the clerk's browser that would open it again
    assert "#" not in office.url
    stored = office.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, history.state, document.cookie])")
    phone.wallet.vault.sync()
    (item,) = phone.wallet.vault.items("grant")
    assert item.payload["secret"] not in stored
    office.reload()
    expect(office.locator(".desk-digits")).to_be_visible()
    expect(office.get_by_text(NAME)).to_have_count(0)


def test_the_log_says_it_in_words(phone: Opened, home: Server) -> None:
    page, wallet = phone.page, phone.wallet
    waiting = Desk.begin(Connection(home.origin))

    def meanwhile(seconds: float) -> None:
        waiting.listen()

    met = desk.meet(wallet.vault, waiting.number, sleep=meanwhile)
    assert waiting.listen()
    paper = next(one.id for one in wallet.vault.items("document"))
    met.give(wallet.vault, met.prepare(wallet.vault, [Pick(paper, field="family_name")], "Anmeldung"))
    page.goto(f"{home.origin}/app#/timeline")
    page.goto(f"{home.origin}/app#/audit")
    expect(page.get_by_text(desk.NAME).first).to_be_visible()
    page.get_by_text(desk.NAME).first.click()
    expect(page.get_by_text("Given to a desk without enrolment")).to_be_visible()


def test_different_digits_end_it_on_both_sides(phone: Opened, clerk: Callable[..., Page]) -> None:
    office, page = clerk(), phone.page
    to_the_desk(page)
    type_number(page, digits(office))
    expect(office.locator("h1")).to_have_text("Does the phone show the same digits?")
    before = digits(office)
    page.get_by_role("button", name="No, another").click()
    expect(page.get_by_text("Stop. Nothing was given.")).to_be_visible()
    check_looks(page)
    office.get_by_role("button", name="No, different").click()
    expect(office.locator("h1")).to_have_text("The digits differ. Nothing was opened")
    check_looks(office)
    office.get_by_role("button", name="Begin anew").click()
    expect(office.locator("figure.qr")).to_be_visible()
    assert digits(office)[:6] != before
    phone.wallet.vault.sync()
    assert list(phone.wallet.vault.items("grant")) == []


def test_a_server_that_swaps_the_key_is_seen_in_the_digits(
    phone: Opened, clerk: Callable[..., Page], home: Server
) -> None:
    """It answers the number with a page of its own: the phone compares with that one, the clerk sees nobody."""
    office, page = clerk(), phone.page
    false = Desk.begin(Connection(home.origin))
    body = json.dumps({"public": b64u(false.code.public), "device": b64u(false.code.jkt)})
    page.route("**/v1/desks/find", lambda route: route.fulfill(body=body, content_type="application/json"))
    to_the_desk(page)
    answering = threading.Thread(target=_answer, args=(false,))
    answering.start()
    type_number(page, digits(office))
    expect(page.locator("h1")).to_have_text("Do both screens show these digits?")
    answering.join()
    expect(office.locator("h1")).to_have_text("Somebody in front of you shows you papers")
    assert digits(page) == false.digits


def _answer(page: Desk) -> None:
    end = time.monotonic() + 30
    while not page.listen() and time.monotonic() < end:
        time.sleep(0.3)


def test_the_clerks_page_opens_nothing_that_another_phone_has_signed(
    phone: Opened, clerk: Callable[..., Page], home: Server
) -> None:
    office, wallet = clerk(), phone.wallet
    met: list[desk.Meeting] = []
    meeting = threading.Thread(target=lambda: met.append(desk.meet(wallet.vault, number)))
    number = digits(office)
    meeting.start()
    expect(office.locator("h1")).to_have_text("Does the phone show the same digits?")
    meeting.join()
    assert digits(office) == met[0].digits
    paper = next(one.id for one in wallet.vault.items("document"))
    picks = [Pick(paper, field="family_name")]
    forged = grants.prepare(wallet.vault, grants.To(""), picks, grants.Conditions("x"))  # another S, another signer
    grants.release(wallet.vault, forged)
    box = fmt.seal_desk(met[0].compared, forged.locator.secret)
    met[0].give(wallet.vault, met[0].prepare(wallet.vault, picks, "y"))

    def lie(route: Route) -> None:
        route.fulfill(body=json.dumps({"box": box}), content_type="application/json")

    office.route("**/v1/desks/*/collect", lie)
    office.get_by_role("button", name="Yes, the same").click()
    expect(office.locator("h1")).to_have_text("Stop: this was altered")
    expect(office.get_by_text("wrong-record-key")).to_be_visible()
    check_looks(office)
    assert NAME not in office.content()


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("12345678", "A digit is wrong."),
        ("00000000", "This page does not wait any more."),
    ],
)
def test_a_number_that_leads_nowhere(phone: Opened, number: str, says: str) -> None:
    page = phone.page
    to_the_desk(page)
    type_number(page, number)
    expect(page.get_by_text(says)).to_be_visible()
    assert page.locator("fieldset.digits input").nth(0).input_value() == number[:4], "what was typed stays"
    check_looks(page)


def test_a_page_that_is_gone_costs_no_choice(phone: Opened, clerk: Callable[..., Page], home: Server) -> None:
    office, page = clerk(), phone.page
    to_the_desk(page)
    type_number(page, digits(office))
    page.get_by_role("button", name="Yes, the same").click()
    choose(page)
    expect(page.get_by_text(NAME)).to_be_visible()
    gone = {"code": "desk-over", "status": 404, "title": "", "type": "about:blank"}
    page.route(
        "**/v1/desks/*/give",
        lambda route: route.fulfill(status=404, body=json.dumps(gone), content_type="application/problem+json"),
    )
    page.get_by_role("button", name="Give it now").click()
    expect(page.get_by_text("This page does not wait any more.")).to_be_visible()
    assert {row["state"] for row in grants.listing(phone.wallet.vault)} == {"ended"}
    page.unroute("**/v1/desks/*/give")
    office.reload()
    expect(office.locator(".desk-digits")).to_be_visible()
    type_number(page, digits(office))
    office.get_by_role("button", name="Yes, the same").click()
    page.get_by_role("button", name="Yes, the same").click()
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_text(NAME)).to_be_visible()
    page.get_by_role("button", name="Give it now").click()
    office.locator("main button.main", has_text="Open").click()
    expect(office.get_by_text(NAME)).to_be_visible()


def test_without_a_network_both_say_so(phone: Opened, clerk: Callable[..., Page], home: Server) -> None:
    office, page = clerk(), phone.page
    shell_ready(page)  # what reads codes is kept for times without a network, too
    number = digits(office)
    office.context.set_offline(True)
    expect(office.get_by_text("No connection. It goes on by itself")).to_be_visible()
    check_looks(office)
    to_the_desk(page)
    page.context.set_offline(True)
    type_number(page, number)
    expect(page.get_by_text("No network. Nothing was sent.")).to_be_visible()
    page.context.set_offline(False)
    office.context.set_offline(False)
    expect(office.get_by_text("No connection. It goes on by itself")).to_have_count(0)
    page.get_by_role("button", name="Next").click()
    expect(page.locator("h1")).to_have_text("Do both screens show these digits?")


def test_a_code_opened_by_the_phones_own_camera_is_explained(visitor: VisitorFactory, home: Server) -> None:
    waiting = Desk.begin(Connection(home.origin))
    page = visitor(viewport=SMALLEST).visit(waiting.url)
    assert page.url == f"{home.origin}/e"
    expect(page.locator("h1")).to_have_text("This code is for the Mappe app")
    check_looks(page)
    assert waiting.listen() is False and waiting.commit is None


def test_the_code_is_read_where_any_code_is_read(phone: Opened, clerk: Callable[..., Page], tmp_path: Path) -> None:
    office, page = clerk(), phone.page
    picture = tmp_path / "code.png"
    segno.make(code_of(office, tmp_path)).save(str(picture), scale=6)
    page.goto(re.sub(r"#.*", "", page.url) + "#/scan")
    page.locator("input[type=file]").first.set_input_files(str(picture))
    expect(page.locator("h1")).to_have_text("Do both screens show these digits?")


LOOKS = [("de-DE", None, SMALLEST), ("de-DE", "de-x-plain", PHONE), ("ar", None, SMALLEST)]


@pytest.mark.parametrize(("locale", "language", "size"), LOOKS)
def test_the_clerks_page_in_other_languages(
    clerk: Callable[..., Page], locale: str, language: str | None, size: dict[str, int]
) -> None:
    page = clerk(locale=locale, language=language, viewport=size)
    check_looks(page)
