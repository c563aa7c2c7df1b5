"""The page of whoever puts papers into somebody's wallet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from mappe.formats.encoding import b64u
from mappe.formats.locator import DepositLocator, parse_link
from mappe.holder import deposits, files
from PIL import Image
from playwright.sync_api import Route, expect

from tests.browser.conftest import Sharer, VisitorFactory, check_looks
from tests.support.papers import GPS, phone_photo

WITHOUT_MLKEM = "for (const name of ['encapsulateBits', 'encapsulateKey']) SubtleCrypto.prototype[name] = undefined;"
WITHOUT_MLKEM += "Object.defineProperty(SubtleCrypto, 'supports', { value: undefined });"


@pytest.mark.parametrize(("suite", "able"), [(1, True), (2, True), (2, False)])
def test_papers_arrive_sealed_and_without_the_place(
    sharer: Sharer, visitor: VisitorFactory, tmp_path: Path, suite: int, able: bool
) -> None:
    link = deposits.new_code(sharer.wallet.vault, label="Schule", count=2, suite=suite)
    photo = phone_photo(tmp_path / "Zeugnis.jpg", megapixels=2)
    large = tmp_path / "Heft.pdf"
    large.write_bytes(b"%PDF-1.4\n" + bytes(range(256)) * 10_000)
    someone = visitor(locale="de-DE")
    loaded: list[str] = []
    someone.context.on("request", lambda request: loaded.append(request.url))
    if not able:
        someone.context.add_init_script(WITHOUT_MLKEM)
    page = someone.visit(link)
    assert "#" not in page.url
    check_looks(page)
    page.locator("main button.main").click()
    expect(page.get_by_text("Noch frei: 2 Dateien")).to_be_visible()
    page.set_input_files("#files", [photo, large])
    page.locator("#note").fill("Von der Schule")
    page.locator("main button.main").click()
    expect(page.locator("p.good")).to_have_count(2)
    check_looks(page)
    # The script for ML-KEM comes where it is needed, and nowhere else.
    assert any("/hybrid-" in url for url in loaded) == (not able)

    code = DepositLocator.of(parse_link(link)[2]).code
    received = {one.name: one for one in deposits.inbox(sharer.wallet.vault) if one.code == code}
    assert set(received) == {"Zeugnis.jpg", "Heft.pdf"}
    assert {one.sender for one in received.values()} == {"unknown sender"}
    described = deposits.accept(sharer.wallet.vault, received["Heft.pdf"])
    assert files.fetch(sharer.wallet.vault, described, tmp_path / "back").read_bytes() == large.read_bytes()
    described = deposits.accept(sharer.wallet.vault, received["Zeugnis.jpg"])
    got = files.fetch(sharer.wallet.vault, described, tmp_path / "back")
    with Image.open(photo) as before, Image.open(got) as after:
        assert before.getexif().get_ifd(GPS) != {}
        assert after.getexif().get_ifd(GPS) == {}
        assert list(after.getexif()) == [0x0112]  # only which way is up
        assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize("suite", [1, 2])
def test_another_key_of_the_servers_is_refused_and_nothing_is_sent(
    sharer: Sharer, visitor: VisitorFactory, suite: int
) -> None:
    page = visitor().visit(deposits.new_code(sharer.wallet.vault, label="Schule", suite=suite))
    own = b64u(X25519PrivateKey.generate().public_key().public_bytes_raw())
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/items" in request.url else None)

    def answer(route: Route) -> None:
        real = route.fetch()
        body: dict[str, Any] = real.json()
        route.fulfill(response=real, json={**body, "key": own})

    page.route("**/peek", answer)
    page.locator("main button.main").click()
    expect(page.locator("h1.alarm")).to_be_visible()
    expect(page.locator("#files")).to_have_count(0)
    assert sent == []


def test_an_upload_goes_on_after_a_broken_connection(sharer: Sharer, visitor: VisitorFactory, tmp_path: Path) -> None:
    page = visitor().visit(deposits.new_code(sharer.wallet.vault, label="Schule"))
    page.locator("main button.main").click()
    expect(page.locator("#files")).to_be_visible()
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(range(256)) * 10_000)
    lost: list[int] = []

    def lose(route: Route) -> None:
        if route.request.method == "PATCH" and not lost:
            lost.append(route.fetch().status)  # the bytes arrived, the answer did not
            route.abort()
        else:
            route.continue_()

    page.route("**/items/*", lose)
    page.set_input_files("#files", large)
    page.locator("main button.main").click()
    expect(page.locator("p.good")).to_be_visible()
    assert lost == [200]
    (received,) = deposits.inbox(sharer.wallet.vault)
    described = deposits.accept(sharer.wallet.vault, received)
    assert files.fetch(sharer.wallet.vault, described, tmp_path / "back").read_bytes() == large.read_bytes()


def test_an_ended_code_says_so(passing: Sharer, visitor: VisitorFactory) -> None:
    link = deposits.new_code(passing.wallet.vault, label="Schule", life=600)
    passing.server.advance(601)
    page = visitor().visit(link)
    page.locator("main button.main").click()
    expect(page.locator("h1")).to_have_text("Nothing can be handed in here")
    check_looks(page)
