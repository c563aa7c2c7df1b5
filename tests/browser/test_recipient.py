"""The page of whoever gets a link: look, open, read, take along; and every way in which that ends."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from mappe.formats.encoding import b64u, unb64u
from mappe.holder import grants
from mappe.holder.wallet import value
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PHONE, SMALLEST, Sharer, VisitorFactory, check_looks

DESKTOP = {"width": 1280, "height": 900}
LOOKS = [("de-DE", None, PHONE), ("en-GB", None, DESKTOP), ("de-DE", "de-x-plain", SMALLEST)]


def main_button(page: Page) -> Any:
    return page.locator("main button.main")


def look(page: Page) -> None:
    main_button(page).click()
    expect(page.locator("dl.facts")).to_be_visible()


def opened(page: Page) -> None:
    expect(page.locator("p.good")).to_be_visible()


def test_the_secret_leaves_the_address_bar_at_once(sharer: Sharer, visitor: VisitorFactory) -> None:
    link = sharer.link()
    page = visitor().visit(link)
    assert page.url == f"{sharer.server.origin}/g"
    assert page.evaluate("[location.hash, JSON.stringify(history.state), history.length]") == ["", "null", 2]
    secret = link.partition("#")[2]
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, window.name])")
    assert secret not in stored
    assert secret not in page.content()


def test_looking_is_free_and_an_open_counts_once_even_after_a_reload(sharer: Sharer, visitor: VisitorFactory) -> None:
    link = sharer.link(opens=1)
    page = visitor().visit(link)
    look(page)
    expect(page.get_by_text("Nachweis für die Wohnung")).to_be_visible()
    expect(page.get_by_text("Hausverwaltung Beispiel")).to_be_visible()
    expect(page.get_by_text("Aufenthaltserlaubnis")).to_have_count(0)
    assert sharer.log()[-1] == "grant-looked-at"

    main_button(page).click()
    opened(page)
    expect(page.get_by_text("Aufenthaltserlaubnis")).to_be_visible()
    expect(page.get_by_text("1 May 2027")).to_be_visible()
    name = page.locator(".value bdi", has_text="محمد نور العلي")
    assert name.evaluate("node => getComputedStyle(node).direction") == "rtl"

    page.reload()
    expect(page.get_by_text("incomplete")).to_be_visible()
    page.goto(link)
    main_button(page).click()  # the same open, though it was the only one
    opened(page)
    assert sharer.log().count("grant-opened") == 1

    stranger = visitor().visit(link)
    look(stranger)  # the last open still runs
    main_button(stranger).click()
    expect(stranger.locator("h1")).to_have_text("It was already opened")


def test_a_lost_answer_costs_no_second_open(sharer: Sharer, visitor: VisitorFactory) -> None:
    page = visitor().visit(sharer.link(opens=1))
    look(page)
    lost: list[int] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch().status)  # it reached the server
            route.abort()

    page.route("**/open", lose)
    main_button(page).click()
    expect(page.locator(".bad")).to_be_visible()
    main_button(page).click()
    opened(page)
    assert lost == [200]
    assert sharer.log().count("grant-opened") == 1


def test_files_come_whole_and_are_painted_or_saved(sharer: Sharer, visitor: VisitorFactory, tmp_path: Any) -> None:
    page = visitor().visit(sharer.link())
    look(page)
    main_button(page).click()
    opened(page)
    page.get_by_role("button", name=re.compile("Fetch")).click()
    expect(page.get_by_role("img", name="Mietvertrag Seite 1.jpg")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name=re.compile("^Save “")).click()
    assert saved.value.suggested_filename == "Mietvertrag Seite 1.jpg"
    saved.value.save_as(tmp_path / "got.jpg")
    with Image.open(tmp_path / "got.jpg") as picture:
        picture.load()
        assert picture.format == "JPEG"
    assert sharer.log()[-1] == "file-delivered"


def test_what_was_received_goes_into_other_software(sharer: Sharer, visitor: VisitorFactory, tmp_path: Any) -> None:
    page = visitor().visit(sharer.link())
    look(page)
    main_button(page).click()
    opened(page)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as JSON").click()
    saved.value.save_as(tmp_path / "got.json")
    got = json.loads((tmp_path / "got.json").read_text())
    values = {field["name"]: field["value"] for field in got["fields"]}
    assert values["residence_title.date_of_expiry"] == "2027-05-01"
    assert values["rental_contract.landlord"] == "محمد نور العلي"
    assert '"key"' not in json.dumps(got["fields"])
    with page.expect_download() as table:
        page.get_by_role("button", name=re.compile("CSV")).click()
    table.value.save_as(tmp_path / "got.csv")
    assert "residence_title.date_of_expiry;" in (tmp_path / "got.csv").read_text("utf-8-sig")
    page.emulate_media(media="print")
    expect(page.get_by_text("Nachweis für die Wohnung").last).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)


def test_a_passcode_in_any_digits_and_wrong_ones_with_the_tries_left(sharer: Sharer, visitor: VisitorFactory) -> None:
    page = visitor().visit(sharer.link(passcode="123456"))
    look(page)
    field = page.get_by_label("Passcode (6 digits)")
    field.fill("12345")
    main_button(page).click()
    expect(page.get_by_role("alert")).to_have_text("Please type exactly 6 digits.")
    assert "grant-refused" not in sharer.log()
    field.fill("654 321")
    main_button(page).click()
    expect(page.get_by_role("alert")).to_contain_text("4 tries left")
    field.fill("١٢٣-٤٥٦")
    main_button(page).click()
    opened(page)


def test_five_wrong_passcodes_close_it_for_everybody(sharer: Sharer, visitor: VisitorFactory) -> None:
    link = sharer.link(passcode="123456")
    page = visitor().visit(link)
    look(page)
    for left in range(4, 0, -1):
        page.get_by_label("Passcode (6 digits)").fill("000000")
        main_button(page).click()
        expect(page.get_by_role("alert")).to_contain_text(f"{left} tr")
    page.get_by_label("Passcode (6 digits)").fill("000000")
    main_button(page).click()
    expect(page.get_by_role("alert")).to_contain_text("0 tries")
    page.get_by_label("Passcode (6 digits)").fill("123456")
    main_button(page).click()
    expect(page.locator("h1")).to_have_text("Too many wrong passcodes")


def test_withdrawn_expired_unknown_and_cut_off_each_say_so(passing: Sharer, visitor: VisitorFactory) -> None:
    one = visitor()
    link = passing.link()
    grants.end(passing.wallet.vault, [passing.last.locator.grant])
    page = one.visit(link)
    main_button(page).click()
    expect(page.locator("h1")).to_have_text("The person has withdrawn it")
    check_looks(page)

    short = passing.link(life=3600)
    passing.server.advance(3601)
    page = one.visit(short)
    main_button(page).click()
    expect(page.locator("h1")).to_have_text("The time is over")

    page = one.visit(f"{passing.server.origin}/g#{b64u(bytes(32))}")
    main_button(page).click()
    expect(page.locator("h1")).to_have_text("There is nothing here")

    for cut in (link[:-1], f"{passing.server.origin}/g#", f"{passing.server.origin}/g"):
        page = one.visit(cut)
        expect(page.locator("h1")).to_have_text("The link is incomplete")


def test_a_second_link_pasted_into_the_same_tab_counts(sharer: Sharer, visitor: VisitorFactory) -> None:
    page = visitor().visit(sharer.link())
    look(page)
    page.goto(sharer.link())  # only the fragment differs: nothing is loaded
    expect(page.locator("h1")).to_have_text("Somebody shares papers with you")
    assert "#" not in page.url


def test_renewed_between_looking_and_opening(sharer: Sharer, visitor: VisitorFactory) -> None:
    page = visitor().visit(sharer.link(standing=True, opens=1))
    look(page)
    item = sharer.wallet.vault.item(sharer.title)
    fields = {**item.payload["fields"], "x_title_type": [value("Niederlassungserlaubnis", as_of="2026-11-20")]}
    sharer.wallet.vault.put({**item.payload, "fields": fields}, sharer.title)
    grants.republish(sharer.wallet.vault, sharer.last.locator.grant)
    main_button(page).click()
    opened(page)
    expect(page.get_by_text("Niederlassungserlaubnis")).to_be_visible()
    assert sharer.log().count("grant-opened") == 1


Lie = Callable[[dict[str, Any]], None]


def _flip(token: str, at: int) -> str:
    return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]


def _slot(answer: dict[str, Any]) -> None:
    name = next(iter(answer["slots"]))
    answer["slots"][name] = _flip(answer["slots"][name], 320)


def _swap(answer: dict[str, Any]) -> None:
    one, two, *_ = answer["slots"]
    slots = answer["slots"]
    slots[one], slots[two] = slots[two], slots[one]


def _drop(answer: dict[str, Any]) -> None:
    answer["slots"].popitem()


def _widen(answer: dict[str, Any]) -> None:
    policy = json.loads(answer["policy"])
    policy["opens"] = 1000
    answer["policy"] = json.dumps(policy)


def _terms(answer: dict[str, Any]) -> None:
    answer["terms"] = _flip(answer["terms"], 200)


def _keybox(answer: dict[str, Any]) -> None:
    answer["keybox"] = _flip(answer["keybox"], 400)


def _record(answer: dict[str, Any]) -> None:
    answer["record"] = _flip(answer["record"], len(answer["record"]) - 30)


def _suite(answer: dict[str, Any]) -> None:
    head, rest = answer["record"].split(".", 1)
    answer["record"] = f"{b64u(unb64u(head).replace(b'mappe/1/', b'mappe/2/'))}.{rest}"


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        (_slot, "record-mismatch"),
        (_swap, "record-mismatch"),
        (_drop, "record-mismatch"),
        (_widen, "record-mismatch"),
        (_terms, "record-mismatch"),
        (_keybox, "record-mismatch"),
        (_record, "bad-signature"),
        (_suite, None),
    ],
)
def test_a_lying_server_gets_nothing_shown(sharer: Sharer, visitor: VisitorFactory, lie: Lie, code: str | None) -> None:
    page = visitor().visit(sharer.link())
    look(page)

    def answer(route: Route) -> None:
        real = route.fetch()
        body = real.json()
        lie(body)
        route.fulfill(response=real, json=body)

    page.route("**/open", answer)
    main_button(page).click()
    expect(page.locator("h1.alarm")).to_have_text("Stop: this was altered")
    if code is not None:
        expect(page.get_by_text(f"Code: {code}")).to_be_visible()
    expect(page.get_by_text("Aufenthaltserlaubnis")).to_have_count(0)
    check_looks(page)


@pytest.mark.parametrize("receipt", [{"event": "{}"}, {"promise": "e30.e30.AA"}], ids=["event", "promise"])
def test_a_false_receipt_is_said(sharer: Sharer, visitor: VisitorFactory, receipt: dict[str, str]) -> None:
    """The papers are the holder's own word; what the server promised about this opening is another matter."""
    page = visitor().visit(sharer.link())
    look(page)

    def answer(route: Route) -> None:
        real = route.fetch()
        route.fulfill(response=real, json=real.json() | receipt)

    page.route("**/open", answer)
    main_button(page).click()
    opened(page)
    expect(page.get_by_role("alert").filter(has_text="receipt for this opening is not right")).to_be_visible()


def test_an_altered_file_is_not_shown(sharer: Sharer, visitor: VisitorFactory) -> None:
    page = visitor().visit(sharer.link())
    look(page)
    main_button(page).click()
    opened(page)

    def answer(route: Route) -> None:
        real = route.fetch()
        stored = bytearray(real.body())
        stored[100] ^= 1
        route.fulfill(response=real, body=bytes(stored))

    page.route("**/files/*", answer)
    page.get_by_role("button", name=re.compile("Fetch")).click()
    expect(page.get_by_text("This file was altered")).to_be_visible()
    expect(page.locator("canvas")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("^Save “"))).to_have_count(0)


@pytest.mark.parametrize(("locale", "language", "viewport"), LOOKS)
def test_every_screen_reads_well(
    sharer: Sharer, visitor: VisitorFactory, locale: str, language: str | None, viewport: dict[str, int]
) -> None:
    page = visitor(locale=locale, language=language, viewport=viewport).visit(sharer.link(passcode="123456"))
    assert page.evaluate("document.documentElement.lang") == (language or locale[:2])
    assert page.evaluate("document.activeElement.tagName") == "H1"
    check_looks(page)
    look(page)
    check_looks(page)
    page.locator("#passcode").fill("1")
    main_button(page).click()
    expect(page.locator("#passcode-error")).to_be_visible()
    check_looks(page)
    page.locator("#passcode").fill("123456")
    page.keyboard.press("Enter")
    opened(page)
    assert page.evaluate("document.activeElement.tagName") == "H1"
    check_looks(page)
    page.locator(".field button.second").click()
    expect(page.locator("canvas")).to_be_visible()
    check_looks(page)
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("The papers")
    small = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(node => parseFloat(getComputedStyle(node).fontSize) < 17.9)"
        ".map(node => node.outerHTML)"
    )
    assert small == []


@pytest.mark.parametrize("path", ["", "a", "r", "d", "g"])
def test_the_other_pages_send_the_secret_nowhere(sharer: Sharer, visitor: VisitorFactory, path: str) -> None:
    one = visitor()
    page = one.page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url} {request.post_data or ''}"))
    secret = b64u(bytes(range(32)))
    page.goto(f"{sharer.server.origin}/{path}#{secret}")
    expect(page.locator("h1")).to_be_visible()
    assert page.url == f"{sharer.server.origin}/{path}"
    check_looks(page)
    assert {line.split()[0] for line in asked} == {"GET"}
    # the browser itself never sends a fragment; this sees whether the page does
    assert not any(secret in line.partition("#")[0] for line in asked)
