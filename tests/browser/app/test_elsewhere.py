"""The same paper changed on two devices: nothing is overwritten unasked, and all see what the person decides."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from mappe.formats.encoding import b64u
from mappe.holder.vault import Write
from mappe.holder.wallet import Wallet, value
from playwright.sync_api import Locator, Page, expect

from tests.browser.app.conftest import Opened, check_looks, shell_ready

Open = Callable[..., Opened]
BEFORE, HERE, THERE = "Mietvertrag", "Mietvertrag Marktstraße", "Mietvertrag alte Wohnung"


def one_lease(wallet: Wallet) -> None:
    wallet.add_paper("rental_contract", {"landlord": [value("Familie Brandstetter", as_of="2026")]}, title=BEFORE)


def titles(phone: Opened) -> list[str]:
    """As the other device has them, once it has asked."""
    phone.wallet.vault.sync()
    return [str(item.payload["title"]) for item in phone.wallet.vault.items("document")]


def change_there(phone: Opened, title: str = THERE) -> None:
    (item,) = phone.wallet.vault.items("document")
    phone.wallet.vault.commit([Write(item.id, {**item.payload, "title": title})])


def name_of_the_paper(page: Page) -> Locator:
    """The first box of the form."""
    return page.locator("main input[type=text]").first


def change_here(page: Page, title: str = HERE) -> None:
    name_of_the_paper(page).fill(title)
    page.locator(".screen-foot button").click()
    page.wait_for_url(re.compile(r"/app(#/(?!paper-fill).*)?$"))


def without_network(phone: Opened, paper: bytes) -> None:
    """The form is open already: its code may not have been kept yet."""
    phone.page.evaluate(f"location.hash = '#/paper-fill/{b64u(paper)}'")
    expect(name_of_the_paper(phone.page)).to_have_value(BEFORE)
    shell_ready(phone.page)
    phone.context.set_offline(True)
    phone.page.evaluate("dispatchEvent(new Event('offline'))")


def with_network(phone: Opened) -> None:
    phone.context.set_offline(False)
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    # the browser's own word, when it looked for a newer service worker meanwhile
    phone.complaints[:] = [one for one in phone.complaints if "when fetching the script" not in one]


def both_changed(opened: Open, **how: Any) -> Opened:
    """Here without a network, there with one; then it comes back."""
    phone = opened(prepare=one_lease, **how)
    page = phone.page
    (item,) = phone.wallet.vault.items("document")
    without_network(phone, item.id)
    change_here(page)
    change_there(phone)
    with_network(phone)
    return phone


def bar(phone: Opened) -> Any:
    return phone.page.get_by_role("status").filter(has_text="This paper was also changed on another device:")


@pytest.mark.parametrize(("answer", "kept"), [("Keep mine", HERE), ("Keep the other", THERE)])
def test_the_person_decides_and_nothing_before(opened: Open, answer: str, kept: str) -> None:
    phone = both_changed(opened)
    page = phone.page
    expect(bar(phone)).to_be_visible()
    expect(bar(phone)).to_contain_text(HERE)  # which paper: as it is called here
    check_looks(page)
    assert titles(phone) == [THERE]  # there nothing was overwritten
    # it stays until it is answered, also after locking
    page.evaluate("location.hash = '#/papers'")
    expect(bar(phone)).to_be_visible()
    page.reload()
    phone.type_digits(phone.passphrase)
    page.locator("main button[type=submit]").click()
    expect(bar(phone)).to_be_visible()

    page.get_by_role("button", name=answer).click()
    expect(bar(phone)).to_have_count(0)
    page.evaluate("location.hash = '#/papers'")
    expect(page.get_by_role("link", name=kept)).to_be_visible()
    expect(page.locator(".bar")).to_have_count(0)
    assert titles(phone) == [kept]


def test_two_different_papers_are_no_conflict(opened: Open) -> None:
    def two(wallet: Wallet) -> None:
        one_lease(wallet)
        wallet.add_paper("letter", {}, title="Brief")

    phone = opened(prepare=two)
    page = phone.page
    lease = next(item for item in phone.wallet.vault.items("document") if item.payload["title"] == BEFORE)
    letter = next(item for item in phone.wallet.vault.items("document") if item.payload["title"] == "Brief")
    without_network(phone, lease.id)
    change_here(page)
    phone.wallet.vault.commit([Write(letter.id, {**letter.payload, "title": "Brief vom Amt"})])
    with_network(phone)
    expect(page.locator(".bar")).to_have_count(0)
    page.evaluate("location.hash = '#/papers'")
    expect(page.get_by_text("Brief vom Amt")).to_be_visible()
    expect(bar(phone)).to_have_count(0)
    for _ in range(100):  # what was written here is on its way
        if HERE in titles(phone):
            break
        page.wait_for_timeout(100)
    assert sorted(titles(phone)) == ["Brief vom Amt", HERE]


def test_it_fits_the_smallest_phone(opened: Open) -> None:
    phone = both_changed(opened, language="ar", viewport={"width": 320, "height": 640})
    expect(phone.page.locator(".bar-warn button").last).to_be_visible()
    check_looks(phone.page)
