"""The first minutes: how many screens, words and taps until a wallet, a number and a proved sheet are there."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from mappe.holder.wallet import Wallet
from mappe.net.server import Server as Connection
from playwright.sync_api import Locator, Page, expect

from tests.browser.app.conftest import Newcomer, Passkey, Phone, check_looks, looks
from tests.browser.app.test_papers import film
from tests.browser.conftest import PHONE, SMALLEST
from tests.support.server import Server

# The bars are for everything up to the first share; this part may take at most these of them.
SCREENS, WORDS, TAPS = 8, 90, 12
MOST_SCREENS, MOST_TAPS = 12, 25
MOST_WORDS = {"en": 150, "de": 150}  # plain German says the same in whole sentences: reported, not bounded
FIRST_SCREEN_FILES = 6  # script, style and texts: what a browser fetches at once over HTTP/1.1
FIRST_SCREEN_BYTES = 90 * 1024  # script and style, gzipped, without the chosen language's texts
CODE_BLOCKS = 8


def begin(phone: Phone) -> None:
    phone.looked()
    phone.taps += 1
    phone.page.locator(".tongue.first").click()
    phone.looked()
    phone.taps += 1
    phone.page.locator(".screen-foot .button.primary").click()


def number(phone: Phone) -> str:
    """Remembers the number, types it back while it is covered."""
    shown = phone.page.locator(".card .shown-digits")
    expect(shown).to_be_visible()
    phone.looked()
    digits = re.sub(r"\D", "", shown.inner_text())
    phone.taps += 1
    phone.type_digits(digits)
    expect(shown).to_be_hidden()
    phone.taps += 1
    phone.page.locator("main button[type=submit]").click()
    return digits


def print_sheet(phone: Phone) -> list[str]:
    """Prints, and reads the eight blocks off the paper, which the screen never shows."""
    page = phone.page
    expect(page.locator(".sheet")).to_be_attached()
    phone.looked()
    expect(page.locator(".sheet")).to_be_hidden()
    phone.taps += 1
    page.locator(".screen-foot .button.primary").click()
    page.emulate_media(media="print")
    expect(page.locator(".sheet")).to_be_visible()
    expect(page.locator(".app-top")).to_be_hidden()
    expect(page.locator(".screen-foot")).to_be_hidden()
    blocks = page.locator(".sheet-blocks").first.locator("li").all_inner_texts()
    page.emulate_media(media="screen")
    expect(page.locator(".sheet")).to_be_hidden()
    phone.taps += 1
    page.locator(".screen-foot .button.primary").click()
    return [re.sub(r"\D", "", block) for block in blocks]


def prove(phone: Phone, blocks: list[str]) -> None:
    page = phone.page
    expect(page.locator(".blocks input")).to_have_count(2)
    phone.looked()
    asked = [int(text) for text in page.locator(".block > span").all_inner_texts()]
    phone.taps += 1
    phone.type_digits("".join(blocks[place - 1] for place in asked))
    phone.taps += 1
    page.locator("main button[type=submit]").click()
    expect(page.locator("nav.app-nav")).to_be_visible()


def first_use(phone: Phone, passkey: Passkey) -> tuple[str, list[str]]:
    begin(phone)
    if passkey == "prf":
        expect(phone.page.locator(".screen-foot .button")).to_have_count(2)
        phone.looked()
        phone.taps += 1
        phone.page.locator(".screen-foot .button.primary").click()
    else:
        expect(phone.page.locator(".card .shown-digits span")).to_have_count(6)
        phone.looked()
        phone.taps += 1
        phone.page.locator(".screen-foot .button.primary").click()
    pin = number(phone)
    blocks = print_sheet(phone)
    prove(phone, blocks)
    return pin, blocks


@pytest.mark.parametrize(("passkey", "locale"), [("prf", "en-GB"), ("none", "en-GB"), ("prf", "de-DE")])
def test_a_newcomer_has_a_wallet_in_few_screens_words_and_taps(
    newcomer: Newcomer, passkey: Passkey, locale: str, say: Callable[[str], None]
) -> None:
    phone = newcomer(passkey=passkey, locale=locale)
    first_use(phone, passkey)
    screens, words = len(phone.read), sum(count for _, count in phone.read)
    say(f"first use, {locale}, passkey {passkey}: {screens} screens, {words} words, {phone.taps} taps: {phone.read}")
    assert screens <= SCREENS
    assert words <= WORDS
    assert phone.taps <= TAPS


@pytest.mark.parametrize("language", ["en", "de", "de-x-plain"])
def test_from_nothing_to_the_first_share(
    newcomer: Newcomer, language: str, tmp_path: Path, say: Callable[[str], None]
) -> None:
    """Wallet, number, sheet, a paper by camera, and its code on the screen: the whole first visit, counted."""
    phone = newcomer(passkey="prf", language=language, camera=film(tmp_path / "film.y4m"))
    page = phone.page
    first_use(phone, "prf")

    def step(button: Locator) -> None:
        expect(button).to_be_enabled()
        page.wait_for_timeout(200)
        phone.looked()
        phone.taps += 1
        button.click()

    main = page.locator(".screen-foot .button.primary")
    step(main)  # home: take a photo
    expect(page.locator("figure.camera")).to_be_visible()
    step(main)  # the camera
    expect(page.locator("figure.camera")).to_have_count(0)
    step(main)  # the corners
    kinds = page.locator("main .list .row-main")
    expect(kinds.first).to_be_visible()
    step(kinds.first)  # what it is
    purposes = page.locator("main .pick")
    expect(purposes.first).to_be_visible()
    phone.taps += 1
    purposes.first.click()
    step(main)  # what it is for
    # What must be known before stands there, and nothing covers the "no" (test_share.py has the rest).
    expect(page.locator(".lines dd")).to_have_count(6)
    expect(page.locator("main .notice li")).to_have_count(3)  # the picture of a residence card shows more
    page.locator(".screen-foot .button.quiet").click(trial=True)
    step(main)  # exactly this
    expect(page.locator(".qr svg[role=img]")).to_be_visible()
    page.wait_for_timeout(300)
    phone.looked()
    screens, words = len(phone.read), sum(count for _, count in phone.read)
    say(
        f"to the first share, {language}: {screens} screens, {words} words to read, {phone.among} to choose among,"
        f" {phone.taps} taps, one number typed: {phone.read}"
    )
    assert screens - 1 <= MOST_SCREENS  # the choice of the language comes before
    assert phone.taps <= MOST_TAPS
    assert words <= MOST_WORDS.get(language, words)


def test_the_sheet_and_the_number_open_the_wallet_elsewhere(newcomer: Newcomer, home: Server, tmp_path: Path) -> None:
    phone = newcomer()
    pin, blocks = first_use(phone, "none")
    handle = phone.page.evaluate(
        "new Promise((done) => { const asked = indexedDB.open('mappe'); asked.onsuccess = () => {"
        " const all = asked.result.transaction('shelf').objectStore('shelf').getAll();"
        " all.onsuccess = () => done(all.result.find((one) => one && one.handle).handle) } })"
    )
    wallet = Wallet.adopt(
        Connection(home.origin),
        tmp_path / "other",
        handle=handle,
        recovery_code="".join(blocks),
        sheet_pin=pin,
    )
    assert list(wallet.vault.items()) == []


def test_a_phone_whose_passkey_has_no_secret_goes_the_other_way(newcomer: Newcomer) -> None:
    phone = newcomer(passkey="no-prf")
    begin(phone)
    page = phone.page
    foot = page.locator(".screen-foot .button.primary")
    digits = page.locator(".card .shown-digits span")
    expect(foot.or_(digits.first)).to_be_visible()
    if page.locator(".screen-foot .button.quiet").is_visible():  # the browser did not say before that it cannot
        foot.click()
        expect(page.locator(".notice-warn")).to_be_visible()
        check_looks(page)
        foot.click()
    expect(digits).to_have_count(6)


def test_a_wrong_number_and_a_wrong_block_are_named_and_nothing_is_lost(newcomer: Newcomer) -> None:
    phone = newcomer()
    begin(phone)
    phone.page.locator(".screen-foot .button.primary").click()
    page = phone.page
    shown = page.locator(".card .shown-digits")
    expect(shown.locator("span")).to_have_count(2)
    right = re.sub(r"\D", "", shown.inner_text())
    phone.type_digits(f"{(int(right) + 1) % 1_000_000:06}")
    page.locator("main button[type=submit]").click()
    expect(page.locator(".error")).to_be_visible()
    page.locator(".card .round").click()
    expect(shown).to_be_visible()
    page.locator(".blocks input").fill("")
    phone.type_digits(right)
    page.locator("main button[type=submit]").click()
    blocks = print_sheet(phone)
    asked = [int(text) for text in page.locator(".block > span").all_inner_texts()]
    wrong = f"{(int(blocks[asked[1] - 1]) + 11) % 720_885:06}"
    phone.type_digits(blocks[asked[0] - 1] + wrong)
    page.locator("main button[type=submit]").click()
    expect(page.locator(".error")).to_contain_text(str(asked[1]))
    assert page.locator(".blocks input").nth(0).input_value() == blocks[asked[0] - 1]
    page.locator(".blocks input").nth(1).fill(blocks[asked[1] - 1])
    page.locator("main button[type=submit]").click()
    expect(page.locator("nav.app-nav")).to_be_visible()


# Another tab holds the place where the app tries whether keys are kept: its writing is never answered, as in WebKitGTK
# without a secret service.
NEVER = """() => new Promise((done) => {
  const asked = indexedDB.open('mappe-probe', 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore('shelf');
  asked.onsuccess = () => {
    const store = asked.result.transaction('shelf', 'readwrite').objectStore('shelf');
    const again = () => { store.get('nothing').onsuccess = again; };
    again();
    done();
  };
})"""


@pytest.mark.parametrize("way", ["first", "adopt"])
def test_a_browser_that_keeps_no_key_says_so_and_nothing_is_begun(newcomer: Newcomer, home: Server, way: str) -> None:
    phone = newcomer(path="/app#/adopt" if way == "adopt" else "/app")
    other = phone.new_page()
    other.goto(f"{home.origin}/healthz")
    other.evaluate(NEVER)
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url))
    if way == "first":
        begin(phone)
    else:
        phone.page.locator("input[type=text]").first.fill("ABCDE-FGHJK")
        phone.type_digits("1234" * 6)
        phone.page.locator("main button[type=submit]").click()
    expect(phone.page.get_by_role("alert")).to_contain_text("This browser cannot keep keys. Nothing was changed.")
    check_looks(phone.page)
    assert [url for url in asked if "/v1/" in url and not url.endswith("/v1/meta")] == []


def test_leaving_in_between_asks_first(newcomer: Newcomer) -> None:
    phone = newcomer()
    begin(phone)
    expect(phone.page.locator(".card .shown-digits span")).to_have_count(6)
    phone.page.evaluate("history.back()")
    dialog = phone.page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    check_looks(phone.page)
    dialog.locator(".button.primary").click()
    expect(phone.page.locator(".card .shown-digits span")).to_have_count(6)


def test_digits_of_every_script_are_taken(newcomer: Newcomer) -> None:
    phone = newcomer()
    begin(phone)
    phone.page.locator(".screen-foot .button.primary").click()
    shown = phone.page.locator(".card .shown-digits")
    expect(shown.locator("span")).to_have_count(2)
    right = re.sub(r"\D", "", shown.inner_text())
    phone.type_digits("".join(chr(ord("٠") + int(digit)) for digit in right))
    assert phone.page.locator(".blocks input").input_value() == right


def test_the_first_screen_is_small(newcomer: Newcomer, home: Server, say: Callable[[str], None]) -> None:
    phone = newcomer()
    names = phone.page.evaluate(
        "performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname)"
        ".filter((name) => /\\.(js|css)$/.test(name) && name !== '/sw.js')"
    )
    sizes = {}
    for name in set(names):
        body = phone.page.request.get(f"{home.origin}{name}").body()
        if not re.match(rb"(export default|const \w+=)?.{0,40}JSON\.parse", body):  # the texts of the language
            sizes[name] = len(gzip.compress(body, 9))
    say(f"first screen: {sum(sizes.values()) / 1024:.1f} KiB gzipped in {len(sizes)} files")
    assert sum(sizes.values()) <= FIRST_SCREEN_BYTES


def test_the_first_screen_takes_two_round_trips(newcomer: Newcomer) -> None:
    """The page; then everything else at once, the texts of the visitor's language too."""
    phone = newcomer(locale="ar-SY")
    rows = phone.page.evaluate(
        "performance.getEntriesByType('resource').filter((one) => /\\.(js|css)$/.test(new URL(one.name).pathname))"
        ".map((one) => [new URL(one.name).pathname, one.startTime, one.responseEnd])"
    )
    assert len(rows) <= FIRST_SCREEN_FILES, rows
    assert [name for name, *_ in rows if name.startswith("/assets/ar-")], rows
    # the last one is asked for before the first script could have run: nothing waits for anything
    scripts = [end for name, _, end in rows if name.endswith(".js") and not name.startswith("/assets/ar-")]
    assert max(start for _, start, _ in rows) <= min(scripts), rows


def test_a_language_tapped_before_the_settings_are_known_stays(newcomer: Newcomer) -> None:
    phone = newcomer()
    page = phone.page
    tap(page, "Français")
    page.wait_for_timeout(500)
    # A shelf that answers only after the next tap.
    page.add_init_script(
        "const real = IDBFactory.prototype.open;"
        "window.late = new Promise((go) => { window.answer = go });"
        "IDBFactory.prototype.open = function (...args) {"
        "  const asked = real.apply(this, args); const hear = asked.addEventListener.bind(asked);"
        "  asked.addEventListener = (kind, then) => hear(kind, (event) => window.late.then(() => then(event)));"
        "  return asked; }"
    )
    page.evaluate("sessionStorage.clear()")
    page.reload()
    tap(page, "Türkçe")
    expect(page.locator("html")).to_have_attribute("lang", "tr")
    page.evaluate("window.answer()")
    page.wait_for_timeout(500)
    expect(page.locator("html")).to_have_attribute("lang", "tr")
    page.evaluate("sessionStorage.clear()")
    page.reload()
    page.evaluate("window.answer()")
    expect(page.locator("html")).to_have_attribute("lang", "tr")


def tap(page: Page, language: str) -> None:
    page.locator(".tongue", has_text=language).click()
    expect(page.locator(".signs")).to_be_visible()


@pytest.mark.parametrize("viewport", [PHONE, SMALLEST])
def test_every_screen_of_the_beginning_looks_right(newcomer: Newcomer, viewport: dict[str, int]) -> None:
    phone = newcomer(viewport=viewport)
    page = phone.page
    looks(phone)
    page.locator(".tongue.first").click()
    looks(phone)
    page.locator(".screen-foot .button.primary").click()
    expect(page.locator(".card .shown-digits span")).to_have_count(6)
    looks(phone)
    page.locator(".screen-foot .button.primary").click()
    expect(page.locator(".card .shown-digits span")).to_have_count(2)
    looks(phone)
    number(phone)
    expect(page.locator(".sheet")).to_be_attached()
    looks(phone)
    page.locator(".screen-foot .button.quiet").first.click()  # by hand
    expect(page.locator(".sheet")).to_be_visible()
    looks(phone)
    page.locator(".screen-foot .button.primary").click()
    looks(phone)
