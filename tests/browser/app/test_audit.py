"""The cockpit: who saw what, checked on the phone; what can be done about it; and the alarm when it does not verify."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mappe.errors import ServerProblem
from mappe.holder import grants
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet
from mappe.recipient.link import LinkHolder
from playwright.sync_api import Page, Route, expect

from tests.browser.app.conftest import Opened, shell_ready
from tests.browser.app.test_share import NAME, fill, holder, town
from tests.browser.conftest import check_looks
from tests.support.district import District

__all__ = ["holder", "town"]

Open = Callable[..., Opened]
LANDLORD = "Familie Brandstetter"


def shared(wallet: Wallet, *, passcode: str | None = "123456", opens: int = 2) -> str:
    """A link for the landlord to the family name."""
    person = next(item for item in wallet.vault.items("document") if item.payload["type"] == "person")
    conditions = grants.Conditions("Wohnung", language="de", passcode=passcode, opens=opens)
    prepared = grants.prepare(wallet.vault, grants.To(LANDLORD), [Pick(person.id, field="family_name")], conditions)
    grants.release(wallet.vault, prepared)
    return grants.link_of(wallet.vault, prepared)


@pytest.fixture
def watched(holder: Open) -> Callable[..., tuple[Opened, str]]:
    """A phone, and the link of a share that was refused once and read once."""

    def make(**how: Any) -> tuple[Opened, str]:
        links: list[str] = []

        def prepare(wallet: Wallet) -> None:
            fill(wallet)
            links.append(shared(wallet))
            with pytest.raises(ServerProblem):
                LinkHolder(links[0]).open("654321")
            LinkHolder(links[0]).open("123456")

        return holder(prepare=prepare, **how), links[0]

    return make


def look(page: Page) -> None:
    page.locator("nav.app-nav a[href='#/audit']").click()
    expect(page.get_by_text("Checked on this phone")).to_be_visible()


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name)


def test_who_saw_what_and_what_was_refused(watched: Callable[..., tuple[Opened, str]]) -> None:
    phone, _ = watched()
    page = phone.page
    look(page)
    expect(page.get_by_text("Read 1 time")).to_be_visible()
    expect(page.get_by_text("Turned away 1 time")).to_be_visible()
    expect(page.get_by_text("wrong passcode")).to_be_visible()
    expect(page.get_by_text("Papers were changed")).to_have_count(0)
    page.get_by_text("How is that checked?").click()
    expect(page.get_by_text("No independent office watches")).to_be_visible()
    check_looks(page)
    page.get_by_role("checkbox", name="Also show what happened on my own devices").check()
    expect(page.get_by_text("Papers were changed").first).to_be_visible()

    page.get_by_role("link", name="Read it").first.click()
    expect(page.locator("dl.facts")).to_contain_text(LANDLORD)
    expect(page.locator("dl.facts")).to_contain_text("Family name")
    expect(page.locator("dl.facts")).to_contain_text("Wohnung")
    check_looks(page)
    button(page, "End it now").click()
    expect(page.get_by_text("Ended. Nobody can read it now.")).to_be_visible()
    assert [row["state"] for row in grants.listing(phone.wallet.vault)] == ["ended"]


def test_all_of_one_recipient(watched: Callable[..., tuple[Opened, str]]) -> None:
    phone, link = watched()
    shared(phone.wallet)
    page = phone.page
    look(page)
    page.get_by_role("link", name=LANDLORD).first.click()
    expect(page.get_by_text("What they have read")).to_be_visible()
    check_looks(page)
    button(page, "End all 2 with them").click()
    expect(page.get_by_text("They can read nothing any more.")).to_be_visible()
    with pytest.raises(ServerProblem) as refused:
        LinkHolder(link).open("123456")
    assert refused.value.code == "grant-withdrawn"


def test_a_letter_is_written_kept_and_answered(watched: Callable[..., tuple[Opened, str]]) -> None:
    phone, _ = watched()
    page = phone.page
    look(page)
    page.get_by_role("link", name=LANDLORD).first.click()
    page.get_by_role("link", name="What do you know about me?").click()
    letter = page.locator("article.letter")
    expect(letter).to_contain_text("Art. 15")
    expect(letter).to_contain_text(LANDLORD)
    expect(page.get_by_text("You ask what they know about you")).to_be_visible()
    check_looks(page)
    page.emulate_media(media="print")
    assert page.locator("body").inner_text().strip().startswith("Selam")  # the letter, and nothing of the screen
    page.emulate_media(media="screen")
    page.get_by_label("Your name and address").fill("Selam Weldemichael\nGartenweg 1\n12345 Musterstadt")
    expect(letter).to_contain_text("Gartenweg 1")
    with page.expect_download() as saved:
        button(page, "Save as text").click()
    assert "Gartenweg 1" in Path(saved.value.path()).read_text()
    button(page, "I have sent it").click()
    expect(page.get_by_text("Answer until")).to_be_visible()
    check_looks(page)
    page.get_by_label("Day").fill("1")
    page.get_by_label("Month").fill("12")
    page.get_by_label("Year").fill("2026")
    button(page, "An answer came").click()
    expect(page.get_by_text("Answered on")).to_be_visible()
    phone.wallet.vault.sync()
    kept = [
        item for item in phone.wallet.vault.items() if item.payload.get("type") == "letter" or item.kind == "letter"
    ]
    assert kept


def test_a_correction_names_what_is_wrong(watched: Callable[..., tuple[Opened, str]]) -> None:
    phone, _ = watched()
    page = phone.page
    look(page)
    page.get_by_role("link", name=LANDLORD).first.click()
    page.get_by_role("link", name="Correct what is wrong").click()
    check_looks(page)
    page.get_by_role("radio", name="Family name").check()
    page.get_by_label("What they have").fill("Habtu-Weldemichael")
    page.get_by_label("What is right").fill(NAME)
    button(page, "Write the letter").click()
    expect(page.locator("article.letter")).to_contain_text("Habtu-Weldemichael")
    expect(page.locator("article.letter")).to_contain_text("Art. 16")


def test_a_problem_is_reported_on_a_page(watched: Callable[..., tuple[Opened, str]]) -> None:
    phone, _ = watched()
    page = phone.page
    look(page)
    page.get_by_role("link", name="Read it").first.click()
    page.get_by_role("link", name="Report a problem").click()
    page.get_by_role("radio", name="I did not allow this").check()
    expect(page.locator("article.letter")).to_contain_text("Diesen Abruf habe ich nicht erlaubt.")
    check_looks(page)


def test_a_receipt_lies_in_the_log(watched: Callable[..., tuple[Opened, str]], tmp_path: Path) -> None:
    phone, link = watched()
    landlord = LinkHolder(link)
    landlord.open("123456")
    page = phone.page
    look(page)
    button_again = page.get_by_text("How is that checked?")
    button_again.click()
    button(page, "Check again").click()
    page.get_by_role("link", name="Check a receipt").click()
    check_looks(page)
    receipt = tmp_path / "receipt.json"
    receipt.write_text(landlord.receipts.all()[-1].for_holder())
    page.set_input_files("input[type=file]", receipt)
    expect(page.get_by_text("It stands in your log.")).to_be_visible()
    receipt.write_text('{"event": 1}')
    page.set_input_files("input[type=file]", receipt)
    expect(page.get_by_text("This file is no receipt of Mappe.")).to_be_visible()


LIES: dict[str, Callable[[dict[str, Any]], None]] = {
    "dropped": lambda body: body["entries"].pop(),
    "reordered": lambda body: body["entries"].reverse(),
    "shortened": lambda body: body.update(entries=body["entries"][:-2]),
    "altered": lambda body: body["entries"][-1].update(leaf=body["entries"][0]["leaf"]),
    "another head": lambda body: body.update(head=body["head"][:-6] + "AAAAAA"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_log_that_does_not_verify_raises_the_alarm(watched: Callable[..., tuple[Opened, str]], lie: str) -> None:
    phone, link = watched()
    page = phone.page

    def answer(route: Route) -> None:
        real = route.fetch()
        body = real.json()
        LIES[lie](body)
        route.fulfill(response=real, json=body)

    look(page)
    with pytest.raises(ServerProblem):
        LinkHolder(link).open("111111")
    LinkHolder(link).open("123456")
    page.route("**/v1/log/entries", answer)
    page.get_by_text("How is that checked?").click()
    button(page, "Check again").click()
    expect(page.locator("h1.alarm")).to_have_text("Stop")
    expect(page.get_by_text("Checked on this phone")).to_have_count(0)
    expect(page.get_by_text(LANDLORD)).to_have_count(0)
    check_looks(page)


def test_without_a_network_it_says_so(watched: Callable[..., tuple[Opened, str]], town: District) -> None:
    phone, _ = watched()
    page = phone.page
    shell_ready(page)
    phone.context.set_offline(True)
    page.locator("nav.app-nav a[href='#/audit']").click()
    expect(page.get_by_text("No network.").first).to_be_visible()
    phone.context.set_offline(False)
    # the app notices by itself; whoever is quicker taps
    again, checked = button(page, "Try again"), page.get_by_text("Checked on this phone")
    expect(again.or_(checked).first).to_be_visible()
    if not checked.is_visible():
        again.click()
    expect(checked).to_be_visible()
