"""The same paper, changed on two devices: both versions side by side, one choice for each part, nothing lost before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from mappe.formats.encoding import b64u
from mappe.holder.vault import Item
from mappe.holder.wallet import Wallet, value
from playwright.sync_api import Page, expect

from tests.browser.app.conftest import Opened, check_looks
from tests.browser.app.test_papers import shot
from tests.browser.conftest import SMALLEST

Open = Callable[..., Opened]


def title_paper(wallet: Wallet) -> None:
    wallet.add_paper(
        "residence_title",
        {
            "date_of_expiry": [value("2027-05-01", as_of="2026-11-01", source="eAT")],
            "number": [value("X1", as_of="2026")],
        },
        title="Titel",
    )


def the_paper(phone: Opened) -> Item:
    phone.wallet.vault.sync()
    (item,) = phone.wallet.vault.items("document")
    return item


def type_offline(phone: Opened, paper: str) -> None:
    """A day and a note, kept on this phone because there is no network."""
    page = phone.page
    phone.visit(f"/app#/paper-fill/{paper}")
    page.route("**/v1/**", lambda route: route.abort())
    expiry = page.locator("#field-date_of_expiry")
    expiry.locator("input").nth(0).fill("7")
    page.locator("main textarea").last.fill("hier")
    page.locator(".screen-foot .button").first.click()
    expect(page.locator(".bars .bar")).to_have_count(1)  # something waits for the network


def write_elsewhere(phone: Opened, **more: Any) -> None:
    item = the_paper(phone)
    fields = {
        **item.payload["fields"],
        "date_of_expiry": [value("2028-02-02", as_of="2026-11-20", source="Stadt Erlangen")],
    }
    phone.wallet.vault.put({**item.payload, "fields": fields, **more}, item.id)


def network_is_back(page: Page) -> None:
    page.unroute_all(behavior="ignoreErrors")
    page.evaluate("dispatchEvent(new Event('online'))")


@pytest.mark.parametrize("language", ["en", "ar", "de"])
def test_both_are_shown_and_both_may_stay(opened: Open, language: str) -> None:
    phone = opened(prepare=title_paper, language=language, viewport=SMALLEST)
    page = phone.page
    paper = b64u(the_paper(phone).id)
    type_offline(phone, paper)
    write_elsewhere(phone, notes="dort")
    network_is_back(page)
    page.locator(".bar-warn button").first.click()
    parts = page.locator("main fieldset")
    expect(parts).to_have_count(2)
    check_looks(page)
    shot(page, f"conflict-{language}")
    keep = page.locator(".screen-foot .button").first
    expect(keep).to_be_disabled()
    page.locator("main input[value=both]").check()
    expect(page.locator("main input[value=both]")).to_have_count(1)  # a note is one text
    expect(keep).to_be_disabled()
    # what was not chosen yet is still there, on both sides
    assert the_paper(phone).payload["notes"] == "dort"
    page.locator("main fieldset").first.locator("input[value=mine]").check()
    keep.click()
    page.wait_for_url("**#/papers")
    expect(page.locator(".bar-warn")).to_have_count(0)
    left = the_paper(phone).payload
    assert left["notes"] == "hier"
    assert [one["value"] for one in left["fields"]["date_of_expiry"]] == ["2027-05-07", "2028-02-02"]
    assert left["fields"]["number"][0]["value"] == "X1"


def test_all_from_one_device_in_one_tap(opened: Open) -> None:
    phone = opened(prepare=title_paper)
    page = phone.page
    paper = b64u(the_paper(phone).id)
    type_offline(phone, paper)
    write_elsewhere(phone, title="Neuer Titel")
    network_is_back(page)
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("h1")).to_have_text("Changed on two devices")
    page.locator(".wide-buttons .button").last.click()
    phone.tap("Keep it so")
    page.wait_for_url("**#/papers")
    expect(page.locator(".bar-warn")).to_have_count(0)
    left = the_paper(phone).payload
    assert (left["title"], "notes" in left) == ("Neuer Titel", False)
    expect(page.get_by_text("Neuer Titel").first).to_be_visible()


def test_covered_values_are_compared_covered(opened: Open) -> None:
    phone = opened(prepare=title_paper, viewport=SMALLEST)
    page = phone.page
    paper = b64u(the_paper(phone).id)
    phone.visit("/app#/settings")
    page.get_by_label("Cover values until tapped").check()
    type_offline(phone, paper)
    write_elsewhere(phone)
    network_is_back(page)
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("main button.masked")).to_have_count(2)
    assert "2028" not in page.locator("main").inner_text()
    check_looks(page)


def test_an_old_address_of_it_says_that_nothing_is_to_decide(opened: Open) -> None:
    phone = opened(prepare=title_paper)
    phone.visit(f"/app#/paper-conflict/{b64u(the_paper(phone).id)}")
    expect(phone.page.get_by_text("There is nothing to decide here.")).to_be_visible()
