"""What offices sign, in the app and on the recipient's page: taken over from the inbox, shown with name and day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mappe.agency.client import Agency
from mappe.formats.mark import Issued
from mappe.holder import answering, deposits, grants
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet
from playwright.sync_api import Page, expect

from tests.browser.app import test_share
from tests.browser.app.conftest import Opened, check_looks
from tests.browser.conftest import SMALLEST, VisitorFactory
from tests.support.district import DAY, District

Open = test_share.Open
town, holder = test_share.town, test_share.holder  # fixtures
EXPIRY = "residence_title.date_of_expiry"


def office_of(town: District) -> Agency:
    return next(iter(town.offices.values()))


def title_of(wallet: Wallet) -> bytes:
    return next(item.id for item in wallet.vault.items("document") if item.payload["type"] == "residence_title")


def signed(town: District, wallet: Wallet) -> None:
    """The office reads the end of the title, and puts into the wallet that it has seen it in the original."""
    office = office_of(town)
    listed = office.listed()
    key = listed.seal_key(wallet.server.now())
    assert key is not None
    to, picks = (
        grants.To(listed.name, listed.address, listed.id, key.public),
        [Pick(title_of(wallet), field="date_of_expiry")],
    )
    prepared = grants.prepare(wallet.vault, to, picks, grants.Conditions("Antrag", life=DAY, opens=0, language="de"))
    grants.release(wallet.vault, prepared)
    answering.send_notice(wallet.vault, listed, prepared)
    office.inbox()
    link = deposits.new_code(wallet.vault, label="Amt")
    read = office.redeem(grants.link_of(wallet.vault, prepared))
    office.sign_values(read, [EXPIRY], link)


def take(page: Page, words: str) -> None:
    page.locator("main ul.list a[href*='inbox-item']").click()
    expect(page.locator("dl.facts")).to_be_visible()
    check_looks(page)
    page.get_by_role("button", name=words).click()


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Take over"), ("de", "Übernehmen"), ("ar", "أخذ")], ids=["en", "de", "ar"]
)
def test_a_mark_is_taken_over_and_stands_at_its_value(
    holder: Open,
    town: District,
    visitor: VisitorFactory,
    language: str,
    words: str,
    tmp_path: Path,
) -> None:
    phone: Opened = holder(language=language, viewport=SMALLEST)
    signed(town, phone.wallet)
    name = office_of(town).listed().name
    page = phone.page
    phone.visit("/app#/inbox")
    take(page, words)
    expect(page.locator(".origin li.mark")).to_contain_text(name)
    check_looks(page)
    phone.wallet.vault.sync()
    record = phone.wallet.vault.item(title_of(phone.wallet)).payload["fields"]["date_of_expiry"][0]
    assert record["assurance"] == "seen-in-original"
    assert deposits.inbox(phone.wallet.vault) == []

    # whoever gets a link without any software reads it too, and is told where a mark does not hold
    stale = {**record, "value": "2099-12-31"}
    payload = phone.wallet.vault.item(title_of(phone.wallet)).payload
    shown: list[Any] = []
    for values in ([record], [stale], [{**record, "evidence": []}]):
        changed = {**payload, "fields": {**payload["fields"], "date_of_expiry": values}}
        phone.wallet.vault.put(changed, title_of(phone.wallet))
        prepared = grants.prepare(
            phone.wallet.vault,
            grants.To("Vermieter"),
            [Pick(title_of(phone.wallet), field="date_of_expiry")],
            grants.Conditions("Wohnen"),
        )
        grants.release(phone.wallet.vault, prepared)
        reader = visitor(language="en", viewport=SMALLEST).visit(grants.link_of(phone.wallet.vault, prepared))
        reader.locator("main button.main").click()
        reader.locator("main button.main").click()
        expect(reader.locator(".origin")).to_be_visible()
        expect(
            reader.locator(".origin li")
            .filter(has_text="office")
            .or_(reader.locator(".origin .mark"))
            .or_(reader.locator(".bad-mark"))
        ).to_be_visible()
        check_looks(reader)
        shown.append(reader.locator(".origin").inner_text())
    assert f"Seen in the original by {name}" in shown[0]
    assert "does not hold" in shown[1] and name not in shown[1]
    assert "No office has signed it." in shown[2] and name not in shown[2]


def test_a_paper_of_an_office_and_one_that_does_not_fit(holder: Open, town: District) -> None:
    phone: Opened = holder(viewport=SMALLEST)
    office, wallet = office_of(town), phone.wallet
    link = deposits.new_code(wallet.vault, label="Amt")
    fields = {"reference": {"value": "Z-12", "as_of": "2026-11-01"}}
    office.issue(Issued("course_admission", "Zulassung zum Kurs", fields), link)
    page = phone.page
    phone.visit("/app#/inbox")
    take(page, "Take over")
    expect(page.get_by_text("Z-12")).to_be_visible()
    expect(page.locator(".origin li.mark")).to_contain_text("Issued and signed by")
    check_looks(page)

    signed(town, wallet)
    wallet.vault.sync()
    payload = wallet.vault.item(title_of(wallet)).payload
    other = {**payload["fields"]["date_of_expiry"][0], "value": "2040-01-01"}
    changed = {**payload, "fields": {**payload["fields"], "date_of_expiry": [other]}}
    wallet.vault.put(changed, title_of(wallet))
    phone.visit("/app#/inbox")
    page.locator("main ul.list a[href*='inbox-item']").click()
    expect(page.get_by_text("This does not fit your papers.")).to_be_visible()
    expect(page.get_by_role("button", name="Take over")).to_have_count(0)
    check_looks(page)
