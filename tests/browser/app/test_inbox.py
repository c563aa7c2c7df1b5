"""The inbox: a code lets others put papers in and see nothing; what came in waits, is painted, kept or thrown away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from mappe.agency.client import Agency
from mappe.formats.encoding import unb64u
from mappe.formats.locator import DepositLocator, link, parse_link
from mappe.holder import deposits
from mappe.holder.cleaning import cleaned
from mappe.net.server import Server as Connection
from playwright.sync_api import expect

from tests.browser.app.conftest import Newcomer, Opened, app_server, check_looks, shell_ready
from tests.browser.conftest import SMALLEST
from tests.journeys.conftest import ADVICE, JOB_CENTRE
from tests.support.district import District
from tests.support.papers import phone_photo

Open = Callable[..., Opened]
PHOTO = "Zeugnis.jpg"


def put(phone: Opened, folder: Path, name: str = PHOTO, **how: Any) -> None:
    """A paper into the wallet, by a program, through a code of its own."""
    shown = deposits.new_code(phone.wallet.vault, label="Beratung am Markt")
    path = folder / name
    if path.suffix == ".jpg":
        phone_photo(path, megapixels=1)
    with cleaned(path) as clean:
        deposits.put_in(Connection(phone.server.origin), DepositLocator.of(parse_link(shown)[2]), clean, **how)


def test_an_advisor_scans_papers_in_and_nothing_of_the_wallet_is_seen(
    opened: Open, newcomer: Newcomer, tmp_path: Path
) -> None:
    """S11: the client's phone shows a code; the advisor's office computer puts the papers in; no access remains."""
    phone = opened(prepare=lambda wallet: wallet.add_paper("asylum_decision", {}, title="Bescheid"))
    phone.visit("/app#/more")
    phone.page.locator("a[href='#/inbox']").click()
    expect(phone.page.get_by_text("Nothing has come in.")).to_be_visible()
    phone.tap("Get papers")
    phone.page.get_by_label("Who puts papers in?").fill("Frau Demir")
    check_looks(phone.page)
    phone.tap("Make the code")
    expect(phone.page.get_by_role("img", name="QR code for putting papers in")).to_be_visible()
    expect(phone.page.get_by_text("Room for 20 files")).to_be_visible()
    expect(
        phone.page.get_by_text("Another 59 minutes").or_(phone.page.get_by_text("Another 60 minutes"))
    ).to_be_visible()
    check_looks(phone.page)
    assert "#/inbox-code/" in phone.page.url  # an id; the secret of the link stands only in the code
    phone.page.evaluate("Object.defineProperty(navigator, 'share', {value: undefined})")
    (code,) = [item.payload for item in synced(phone).vault.items("deposit-code")]
    address = link_of(phone, code)

    office = newcomer(viewport={"width": 1280, "height": 800}, path="/d")
    office.page.goto(address)
    office.page.locator("main button.main").click()
    photo = phone_photo(tmp_path / PHOTO, megapixels=1)
    office.page.set_input_files("#files", photo)
    office.page.locator("#note").fill("Ihr Zeugnis")
    office.page.locator("main button.main").click()
    expect(office.page.locator("p.good")).to_be_visible()
    assert "Bescheid" not in office.page.locator("body").inner_text()

    phone.page.get_by_role("button", name="Back").click()
    phone.page.get_by_role("button", name="Back").click()
    phone.page.locator("a", has_text="Zeugnis").click()
    expect(phone.page.get_by_text("Unknown sender")).to_be_visible()
    expect(phone.page.get_by_text("Ihr Zeugnis")).to_be_visible()
    check_looks(phone.page)
    phone.tap("Keep")
    phone.page.get_by_label("What is it?").select_option("school_certificate")
    check_looks(phone.page)
    phone.tap("Keep")
    expect(phone.page.get_by_text("Kept. It is with your papers now.")).to_be_visible()
    (paper,) = [
        item.payload for item in synced(phone).vault.items("document") if item.payload["type"] == "school_certificate"
    ]
    assert paper["title"] == "Zeugnis"
    assert len(paper["attachments"]) == 1
    assert deposits.inbox(phone.wallet.vault) == []

    phone.visit("/app#/inbox")
    phone.page.locator("a", has_text="Frau Demir").click()
    phone.tap("End the code")
    expect(phone.page.get_by_text("Ended. Nobody can put anything in any more.")).to_be_visible()
    office.page.goto("about:blank")
    office.page.goto(address)
    office.page.locator("main button.main").click()
    expect(office.page.locator("h1")).to_have_text("Nothing can be handed in here")


def synced(phone: Opened) -> Any:
    phone.wallet.vault.sync()
    return phone.wallet


def link_of(phone: Opened, code: dict[str, Any]) -> str:
    private = X25519PrivateKey.from_private_bytes(unb64u(code["private"], 32))
    made = DepositLocator.make(unb64u(code["secret"], 16), private.public_key().public_bytes_raw())
    return link(phone.server.origin, "d", made.locator)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_came_in_on_the_smallest_phone(opened: Open, tmp_path: Path, language: str) -> None:
    phone = opened(language=language, viewport=SMALLEST)
    put(phone, tmp_path, note="مرحبا")
    for name in ("inbox", "inbox-new"):
        phone.visit(f"/app#/{name}")
        check_looks(phone.page)
    phone.visit("/app#/inbox")
    phone.page.locator("main ul.list a").first.click()
    expect(phone.page.locator("dl.facts")).to_be_visible()
    check_looks(phone.page)


def test_a_stranger_never_stands_in_the_place_of_a_checked_name(opened: Open, tmp_path: Path) -> None:
    phone = opened()
    put(phone, tmp_path, sender={"type": "anonymous", "name": "Jobcenter Nürnberg"})
    phone.visit("/app#/inbox")
    row = phone.page.locator("main ul.list > li").first
    expect(row).to_contain_text("Unknown sender")
    expect(row).not_to_contain_text("Jobcenter")
    row.locator("a").click()
    expect(phone.page.get_by_text("Calls itself: Jobcenter Nürnberg")).to_be_visible()


def test_an_agency_whose_signature_nobody_can_check_is_unknown(opened: Open, tmp_path: Path) -> None:
    phone = opened()
    sender = {"type": "agency", "id": "jobcenter-nuernberg", "name": "Jobcenter Nürnberg"}
    put(phone, tmp_path, sender=sender, signing=Ed25519PrivateKey.generate())
    phone.visit("/app#/inbox")
    expect(phone.page.locator("main ul.list > li").first).to_contain_text("Unknown sender")


def test_it_is_painted_in_a_frame_of_no_origin(opened: Open, tmp_path: Path) -> None:
    phone = opened()
    put(phone, tmp_path)
    phone.visit("/app#/inbox")
    phone.page.locator("main ul.list a").first.click()
    phone.tap("Look at it")
    expect(phone.page.frame_locator("main iframe").locator("canvas")).to_be_visible()
    (frame,) = phone.page.frames[1:]
    assert frame.evaluate("self.origin") == "null"
    check_looks(phone.page)


def test_a_file_that_the_server_altered_is_not_shown(opened: Open, tmp_path: Path) -> None:
    phone = opened()
    put(phone, tmp_path)

    def alter(route: Any) -> None:
        real = route.fetch()
        body = bytearray(real.body())
        body[-20] ^= 1
        route.fulfill(response=real, body=bytes(body))

    phone.page.route("**/v1/deposits/*/*", alter)
    phone.visit("/app#/inbox")
    phone.page.locator("main ul.list a").first.click()
    phone.tap("Look at it")
    expect(
        phone.page.get_by_text("This file was changed on the way.").or_(phone.page.locator("h1.alarm"))
    ).to_be_visible()
    expect(phone.page.locator("iframe")).to_have_count(0)


def test_a_file_for_somebody_else_can_only_be_thrown_away(opened: Open, tmp_path: Path) -> None:
    phone = opened()
    put(phone, tmp_path)

    def swap(route: Any) -> None:
        real = route.fetch()
        body = json.loads(real.body())
        for one in body.get("items", []):
            one["manifest"] = one["manifest"][:-8] + ("A" * 8)
        route.fulfill(response=real, json=body)

    phone.page.route("**/v1/deposits", swap)
    phone.visit("/app#/inbox")
    row = phone.page.locator("main ul.list > li").first
    expect(row).to_contain_text("Cannot be read")
    row.locator("a").click()
    expect(phone.page.get_by_role("button", name="Keep")).to_have_count(0)
    expect(phone.page.get_by_role("button", name="Throw away")).to_be_visible()


def test_throwing_away_asks_once_and_is_for_good(opened: Open, tmp_path: Path) -> None:
    phone = opened()
    put(phone, tmp_path)
    phone.visit("/app#/inbox")
    phone.page.locator("main ul.list a").first.click()
    phone.tap("Throw away")
    phone.tap("No, leave it")
    assert len(deposits.inbox(phone.wallet.vault)) == 1
    phone.tap("Throw away")
    phone.page.get_by_role("dialog").get_by_role("button", name="Throw away").click()
    expect(phone.page.get_by_text("Nothing has come in.")).to_be_visible()
    assert deposits.inbox(phone.wallet.vault) == []


def test_the_number_of_what_waits_stands_at_the_inbox(opened: Open, tmp_path: Path) -> None:
    phone = opened()
    put(phone, tmp_path)
    text = tmp_path / "Notiz.txt"
    text.write_text("Hallo")
    put(phone, tmp_path, "Notiz.txt")
    phone.visit("/app#/inbox")
    expect(phone.page.get_by_text("2 papers wait")).to_be_visible()
    phone.page.get_by_role("button", name="Back").click()
    phone.visit("/app#/more")
    expect(phone.page.locator("a[href='#/inbox']")).to_contain_text("2")


def test_without_a_network_nothing_is_lost(opened: Open, tmp_path: Path) -> None:
    phone = opened()
    put(phone, tmp_path)
    phone.visit("/app#/inbox")
    phone.page.locator("main ul.list a").first.click()
    phone.tap("Keep")
    phone.page.get_by_label("Name of the paper").fill("Mein Zeugnis")
    shell_ready(phone.page)
    phone.context.set_offline(True)
    phone.tap("Keep")
    expect(phone.page.get_by_text("No network. Nothing was changed.")).to_be_visible()
    assert phone.page.get_by_label("Name of the paper").input_value() == "Mein Zeugnis"
    phone.context.set_offline(False)
    phone.tap("Keep")
    expect(phone.page.get_by_text("Kept. It is with your papers now.")).to_be_visible()
    titles = [item.payload["title"] for item in synced(phone).vault.items("document")]
    assert titles == ["Mein Zeugnis"]


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    """Two offices in a signed registry, on a server that is called localhost."""
    server = app_server(tmp_path_factory.mktemp("district"))
    server.stop()
    one = District(server, server.folder / "district").prepare()
    server.start()
    one.enrol(JOB_CENTRE, ADVICE)
    yield one
    server.remove()


def letter_of(office: Agency) -> dict[str, Any]:
    """How an office signs what it puts in: with the key that the registry names for its requests."""
    profile = office.profile
    sender = {"type": "agency", "id": profile.id, "name": profile.name}
    return {"sender": sender, "signing": office.keys.of("request")[0].ed25519}


def rows(phone: Opened) -> Any:
    return phone.page.locator("main ul.list > li").filter(has=phone.page.locator("a[href*='inbox-item']"))


def test_a_verified_office_is_named_and_nobody_else(opened: Open, district: District, tmp_path: Path) -> None:
    phone = opened(server=district.server)
    office = district.offices[JOB_CENTRE.id]
    put(phone, tmp_path, "Bescheid.jpg", note="Ihr Bescheid", **letter_of(office))
    put(phone, tmp_path, "Zettel.jpg")
    phone.visit("/app#/inbox")
    expect(rows(phone)).to_have_count(2)
    expect(rows(phone).filter(has_text="Bescheid")).to_contain_text("Sender checked: Jobcenter Musterstadt")
    expect(rows(phone).filter(has_text="Zettel")).to_contain_text("Unknown sender")
    check_looks(phone.page)
    rows(phone).filter(has_text="Bescheid").locator("a").click()
    checked = phone.page.locator(".notice-ok", has_text="Sender checked: Jobcenter Musterstadt")
    expect(checked).to_be_visible()
    expect(phone.page.get_by_text("Calls itself")).to_have_count(0)
    check_looks(phone.page)
    phone.tap("Look at it")
    expect(phone.page.locator(".viewer")).to_be_visible()
    phone.tap("Keep")
    phone.page.get_by_label("What is it?").select_option("benefit_notice")
    phone.tap("Keep")
    expect(phone.page.get_by_text("Kept. It is with your papers now.")).to_be_visible()
    (paper,) = [item.payload for item in synced(phone).vault.items("document")]
    assert (paper["type"], paper["title"]) == ("benefit_notice", "Bescheid")


def of_another(office: Agency, other: Agency) -> dict[str, Any]:
    """A true office that signs under another's name."""
    return {**letter_of(office), "signing": other.keys.of("request")[0].ed25519}


def with_another_key(office: Agency, other: Agency) -> dict[str, Any]:
    """The office's own key, but not the one for what it asks and hands over."""
    return {**letter_of(office), "signing": office.keys.of("login")[0].ed25519}


def not_in_the_registry(office: Agency, other: Agency) -> dict[str, Any]:
    made = letter_of(office)
    return {**made, "sender": {**made["sender"], "id": "jobcenter-anderswo"}}


@pytest.mark.parametrize("forge", [of_another, with_another_key, not_in_the_registry])
def test_a_signature_that_proves_another_proves_nothing(
    opened: Open, district: District, tmp_path: Path, forge: Callable[[Agency, Agency], dict[str, Any]]
) -> None:
    phone = opened(server=district.server)
    office, other = district.offices[JOB_CENTRE.id], district.offices[ADVICE.id]
    put(phone, tmp_path, "Bescheid.jpg", **forge(office, other))
    phone.visit("/app#/inbox")
    expect(rows(phone)).to_contain_text("Unknown sender")
    expect(rows(phone)).not_to_contain_text("Jobcenter")
    rows(phone).locator("a").click()
    expect(phone.page.locator(".notice-warn")).to_contain_text("Calls itself: Jobcenter Musterstadt")
