"""Settings, hiding, leaving at home, stopping, taking everything along, deleting."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from mappe.errors import ServerProblem
from mappe.formats.encoding import b64u
from mappe.holder import export, grants
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet, value
from mappe.net.server import Server as Connection
from playwright.sync_api import expect

from tests.browser.app.conftest import Newcomer, Opened, check_looks
from tests.browser.app.test_devices import prove_by_sheet, prove_new_sheet, take_new_sheet
from tests.browser.conftest import SMALLEST

Open = Callable[..., Opened]
SCREENS = (
    "more",
    "settings",
    "hide",
    "about",
    "away",
    "stop",
    "export",
    "import",
    "move",
    "delete",
    "wallets",
    "methods",
    "method-renew",
    "pin",
    "new-sheet",
)
STRETCHING = 90_000  # milliseconds: age's scrypt, in JavaScript, beside other tests
# Everything that this origin keeps in IndexedDB, as texts: what a person with the phone's disk would see.
KEPT = """async () => {
  const found = [];
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((good, bad) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => good(asked.result);
      asked.onerror = () => bad(asked.error);
    });
    for (const store of db.objectStoreNames) {
      const keys = await new Promise((good) => {
        const asked = db.transaction(store).objectStore(store).getAllKeys();
        asked.onsuccess = () => good(asked.result);
      });
      found.push(...keys.map((key) => [].concat(key).join(' ')));
    }
    db.close();
  }
  return found;
}"""


def two_papers(wallet: Wallet) -> None:
    wallet.add_paper("letter", {}, title="Brief")
    wallet.add_paper("asylum_decision", {}, title="Bescheid")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_screen_holds_on_the_smallest_phone(opened: Open, language: str) -> None:
    phone = opened(language=language, viewport=SMALLEST, prepare=two_papers)
    for name in SCREENS:
        phone.page.goto(f"{phone.server.origin}/app#/{name}")
        expect(phone.page.locator("h1")).not_to_have_text("")
        check_looks(phone.page)


def test_settings_take_effect_at_once_and_stay(opened: Open) -> None:
    phone = opened()
    phone.visit("/app#/settings")
    phone.page.get_by_label("Cover values until tapped").check()
    phone.page.get_by_role("group", name="Language", exact=True).get_by_label("Deutsch").check()
    expect(phone.page.locator("h1")).to_have_text("Einstellungen")
    phone.page.get_by_role("group", name=re.compile("^Zwei Sprachen")).get_by_label("English").check()
    expect(phone.page.locator("h1")).to_contain_text("Settings")
    check_looks(phone.page)
    phone.page.reload()
    expect(phone.page.locator("html")).to_have_attribute("lang", "de")


def test_values_are_covered_until_they_are_tapped(opened: Open) -> None:
    def title(wallet: Wallet) -> None:
        wallet.add_paper("residence_title", {"number": [value("X1234567", as_of="2026")]}, title="Titel")

    phone = opened(prepare=title)
    phone.visit("/app#/settings")
    phone.page.get_by_label("Cover values until tapped").check()
    phone.visit("/app#/papers")
    phone.page.locator("a", has_text="Titel").first.click()
    expect(phone.page.locator("h1")).to_contain_text("Titel")
    covered = phone.page.locator("button.masked").first
    expect(covered).to_be_visible()
    assert "X1234567" not in phone.page.locator("main").inner_text()
    covered.click()
    expect(phone.page.get_by_text("X1234567")).to_be_visible()


def test_it_locks_after_the_minutes_that_were_chosen(opened: Open) -> None:
    phone = opened()
    phone.page.clock.install()
    phone.visit("/app#/settings")
    phone.page.get_by_label("1 minute", exact=True).check()
    phone.page.clock.run_for(50_000)
    expect(phone.page.locator("nav.app-nav")).to_be_visible()
    phone.page.clock.run_for(20_000)
    expect(phone.page.locator("nav.app-nav")).to_have_count(0)


def test_hiding_shows_a_clock_and_nothing_else(opened: Open) -> None:
    phone = opened(prepare=two_papers)
    phone.visit("/app#/hide")
    phone.tap("Try it now")
    clock = phone.page.locator(".clock button")
    expect(clock).to_be_visible()
    assert "Mappe" not in phone.page.locator("body").inner_text()
    assert "Mappe" not in phone.page.title()
    check_looks(phone.page)
    phone.page.go_back()
    assert "Brief" not in phone.page.locator("body").inner_text()
    phone.page.goto(f"{phone.server.origin}/app#/hidden")
    for _ in range(3):
        phone.page.locator(".clock button").click()
    expect(phone.page.locator(".clock")).to_have_count(0)
    expect(phone.page.locator("nav.app-nav")).to_have_count(0)  # locked: three taps are no way in


def leave_at_home(phone: Opened) -> None:
    """The paper "Bescheid", for two weeks; on the screen `away`."""
    phone.page.get_by_label("Bescheid").check()
    day = datetime.now(UTC).date() + timedelta(days=14)
    for label, number in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        phone.page.get_by_label(label, exact=True).fill(str(number))
    phone.tap("Leave at home")
    expect(phone.page.get_by_text(re.compile("1 paper is at home until"))).to_be_visible()


def test_papers_left_at_home_are_not_on_the_phone(opened: Open) -> None:
    phone = opened(prepare=two_papers)
    phone.visit("/app#/away")
    before = phone.page.evaluate(KEPT)
    (secret,) = [item for item in phone.wallet.vault.items("document") if item.payload["title"] == "Bescheid"]
    phone.tap("Leave at home")
    expect(phone.page.get_by_text("Choose papers and a day.")).to_be_visible()
    leave_at_home(phone)
    check_looks(phone.page)
    after = phone.page.evaluate(KEPT)
    assert any(b64u(secret.id) in key for key in before)
    assert not any(b64u(secret.id) in key for key in after)
    phone.visit("/app#/papers")
    expect(phone.page.get_by_text("Brief")).to_be_visible()
    expect(phone.page.get_by_text("Bescheid")).to_have_count(0)
    phone.wallet.vault.sync()
    assert {item.payload["title"] for item in phone.wallet.vault.items("document")} == {"Brief", "Bescheid"}


def test_new_locks_say_before_that_what_was_left_at_home_comes_back(opened: Open) -> None:
    """Every key is made new on the device that changes the locks, so it needs them all."""
    phone = opened(prepare=two_papers)
    warned = phone.page.get_by_text("1 paper that you left at home comes back to this device.")
    phone.visit("/app#/new-sheet")
    expect(phone.page.get_by_role("button", name="Make a new sheet")).to_be_visible()
    expect(warned).to_have_count(0)  # nothing is away
    phone.visit("/app#/away")
    leave_at_home(phone)
    for screen in ("method-renew", "new-sheet"):
        phone.visit(f"/app#/{screen}")
        expect(warned).to_be_visible()
    prove_by_sheet(phone)
    phone.tap("Make a new sheet")
    sheet = take_new_sheet(phone)
    prove_new_sheet(phone, sheet.code)
    phone.visit("/app#/papers")
    expect(phone.page.get_by_text("Bescheid")).to_be_visible()


# -- the stop code


def test_the_stop_code_ends_everything_from_a_browser_without_a_wallet(
    opened: Open, newcomer: Newcomer, tmp_path: Path
) -> None:
    def share(wallet: Wallet) -> None:
        two_papers(wallet)
        paper = wallet.add_paper("residence_title", {"x_title_type": [value("x", as_of="2026")]}, title="Titel")
        conditions = grants.Conditions("Wohnung", language="de", opens=3, life=86400)
        prepared = grants.prepare(wallet.vault, grants.To("Vermieter"), [Pick(paper, field="x_title_type")], conditions)
        grants.release(wallet.vault, prepared)

    phone = opened(prepare=share)
    stranger = newcomer()
    stranger.visit("/app#/stop")
    check_looks(stranger.page)
    stranger.tap("Stop everything")
    expect(stranger.page.get_by_text("The account name is not complete.")).to_be_visible()
    stranger.page.get_by_label("Account name (10 characters)").fill(phone.handle)
    stranger.type_digits("123456")
    expect(stranger.page.get_by_text("Block 1 is mistyped", exact=False)).to_be_visible()
    for box in range(6):
        stranger.page.locator(".blocks input").nth(box).fill("000011")
    stranger.tap("Stop everything")
    expect(stranger.page.get_by_text("do not fit together")).to_be_visible()
    phone.wallet.vault.sync()  # nothing was stopped
    stranger.page.locator(".blocks input").first.click()
    for box in range(6):
        stranger.page.locator(".blocks input").nth(box).fill(phone.stop_code[box * 6 : box * 6 + 6])
    stranger.tap("Stop everything")
    expect(stranger.page.locator("h1")).to_have_text("Everything has ended.")
    check_looks(stranger.page)
    with pytest.raises(ServerProblem):
        phone.wallet.vault.sync()
    back = Wallet.adopt(
        Connection(phone.server.origin), tmp_path / "back", handle=phone.handle, passphrase=phone.passphrase
    )
    assert {row["state"] for row in back.server.get("/v1/grants")["grants"]} == {"ended"}
    assert len(list(back.vault.items("document"))) == 3


# -- leaving


def test_everything_goes_along_and_opens_without_us(opened: Open, tmp_path: Path) -> None:
    phone = opened(prepare=two_papers)
    phone.visit("/app#/export")
    phone.tap("Make the archive")
    expect(phone.page.locator("h1")).to_contain_text("Write these 24 digits down")
    check_looks(phone.page)
    digits = "".join(re.findall(r"\d", phone.page.locator(".shown-digits").inner_text()))
    assert len(digits) == 24
    for button, name in (("Save the archive", "mappe.age"), ("Save the key", "mappe.key.age")):
        with phone.page.expect_download() as download:
            phone.tap(button)
        assert download.value.suggested_filename == name
        download.value.save_as(tmp_path / name)
    other, _ = Wallet.create(Connection(phone.server.origin), tmp_path / "other", small_memory=True)
    assert export.import_into(other.vault, tmp_path / "mappe.age", tmp_path / "mappe.key.age", digits) == 2
    assert {item.payload["title"] for item in other.vault.items("document")} == {"Brief", "Bescheid"}


def test_an_archive_of_another_program_comes_in(opened: Open, tmp_path: Path) -> None:
    phone = opened()
    source, _ = Wallet.create(Connection(phone.server.origin), tmp_path / "source", small_memory=True)
    two_papers(source)
    digits = export.export(source.vault, tmp_path / "mine")
    phone.page.set_default_timeout(STRETCHING)  # the page answers no tap while age's scrypt runs in it
    phone.visit("/app#/import")
    phone.tap("Bring it in")
    expect(phone.page.get_by_text("Choose both files and type")).to_be_visible()
    expect(phone.page.locator("input[type=file]:visible")).to_have_count(0)  # its button speaks the browser's language
    for name, file in (("The archive (.age)", "mine.age"), ("The key (.key.age)", "mine.key.age")):
        with phone.page.expect_file_chooser() as asked:
            phone.tap(name)
        asked.value.set_files(tmp_path / file)
        expect(phone.page.get_by_role("status").filter(has_text=file)).to_be_visible()
    phone.type_digits("0" * 24)
    phone.tap("Bring it in")
    expect(phone.page.get_by_text("That is not right.")).to_be_visible(timeout=STRETCHING)
    for at, box in enumerate(phone.page.locator(".blocks input").all()):
        box.fill(digits[at * 4 : at * 4 + 4])
    phone.tap("Bring it in")
    expect(phone.page.locator("h1")).to_have_text("Everything is here", timeout=STRETCHING)
    expect(phone.page.get_by_text("2 papers")).to_be_visible()
    check_looks(phone.page)
    phone.tap("To my papers")
    expect(phone.page.get_by_text("Bescheid")).to_be_visible()


def test_deleting_asks_for_digits_and_then_leaves_nothing(opened: Open) -> None:
    phone = opened(prepare=two_papers)
    phone.visit("/app#/delete")
    phone.tap("Delete for good")
    expect(phone.page.get_by_text(re.compile(r"^Type exactly"))).to_be_visible()
    phone.wallet.vault.sync()  # still there
    label = phone.page.locator("legend").inner_text()
    phone.type_digits("".join(re.findall(r"\d", label)))
    phone.tap("Delete for good")
    expect(phone.page.locator("nav.app-nav")).to_have_count(0)
    with pytest.raises(ServerProblem):
        phone.wallet.vault.sync()
    left = phone.page.evaluate(KEPT)
    assert not [key for key in left if phone.wallet.profile.wallet in key]


def test_no_is_as_easy_as_yes(opened: Open) -> None:
    phone = opened()
    phone.visit("/app#/more")
    phone.page.locator("a[href='#/delete']").click()
    phone.tap("No, keep it")
    expect(phone.page.locator("h1")).to_have_text("More")


# -- the number of this device


def test_a_number_that_is_easy_to_guess_or_typed_differently_is_not_taken(opened: Open) -> None:
    phone = opened()
    phone.visit("/app#/pin")
    first, second = (phone.page.locator(".blocks input").nth(n) for n in (0, 1))
    for typed, again, said in (
        ("123", "123", "The number has 6 digits."),
        ("123456", "123456", "Too easy to guess."),
        ("482915", "482916", "That is another number."),
    ):
        first.fill(typed)
        second.fill(again)
        phone.tap("Set the number")
        expect(phone.page.get_by_text(said)).to_be_visible()
    check_looks(phone.page)
