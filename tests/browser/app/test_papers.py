"""Papers in the app: adding by camera, form, machine-readable lines; looking; people; trash; reminders."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from secrets import token_bytes
from typing import Any

import pytest
from mappe.formats.encoding import b64u
from mappe.holder import deposits, files
from mappe.holder.cleaning import Clean, cleaned
from mappe.holder.vault import Write
from mappe.holder.wallet import Wallet, value
from mappe.net.server import Server as Connection
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Page, expect

from tests.browser.conftest import SMALLEST
from tests.support.papers import page as sheet
from tests.support.papers import phone_photo, scanned_pdf
from tests.support.server import Server

from .conftest import Opened, Phone, check_looks

Open = Callable[..., Opened]
SHOTS = os.environ.get("MAPPE_SHOTS")


def shot(page: Page, name: str) -> None:
    """For whoever wants to look: MAPPE_SHOTS=folder."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def looks(page: Page, name: str) -> None:
    page.wait_for_timeout(150)
    shot(page, name)
    check_looks(page)


def some_papers(wallet: Wallet) -> None:
    child = wallet.add_person("Sami", "child")
    wallet.add_paper(
        "residence_title",
        {
            "x_title_type": [
                value("aufenthaltserlaubnis", as_of="2026-11", source="residence title, City of Erlangen")
            ],
            "date_of_issuance": [value("2024-05-01", as_of="2026-11-01")],
            "date_of_expiry": [value("2026-05-01", as_of="2026-11-01", assurance="seen-in-original")],
            "issuing_authority": [value("Stadt Erlangen", as_of="2026-11-01")],
        },
        title="Aufenthaltstitel",
    )
    wallet.add_paper(
        "person",
        {
            "family_name": [value("Haddad", as_of="2026"), value("Hadad", as_of="2025", source="passport")],
            "x_name_original_script": [value({"family_name": "حداد", "given_name": "نور"}, as_of="2026")],
            "birthdate": [value("1990", as_of="2026")],
            "place_of_birth": [value({"country": "SY", "locality": "Aleppo"}, as_of="2026")],
            "x_of_the_future": [value({"a": [1]}, as_of="2026")],
        },
        title="Meine Daten",
    )
    wallet.add_paper(
        "civil_status",
        {},
        title="Geburtsurkunde",
        not_obtainable={"reason": "not_issued_there", "substitute": "affidavit"},
    )
    wallet.add_paper("person", {"birthdate": [value("2009-03-01", as_of="2026")]}, title="Sami", person=child)


def at_home(phone: Opened) -> Page:
    phone.page.locator("nav.app-nav a[href='#/papers']").click()
    expect(phone.page.locator("h1")).to_be_visible()
    return phone.page


def test_lists_papers_by_person_with_their_states(opened: Open) -> None:
    phone = opened(prepare=some_papers)
    page = at_home(phone)
    expect(page.get_by_text("Aufenthaltstitel").first).to_be_visible()
    expect(page.get_by_text("Expired", exact=True)).to_be_visible()
    expect(page.get_by_text("Cannot be obtained", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Sami")).to_be_visible()
    looks(page, "home")
    page.get_by_role("link", name="Aufenthaltstitel").click()
    expect(page.get_by_text("No office has signed it.")).to_be_visible()
    looks(page, "paper")


def test_values_stand_side_by_side_and_an_edit_is_ones_own_statement(opened: Open) -> None:
    phone = opened(prepare=some_papers)
    page = at_home(phone)
    page.get_by_role("link", name="Meine Daten").click()
    expect(page.get_by_text("Differs elsewhere")).to_be_visible()
    page.get_by_role("link", name="Change: Family name").click()
    looks(page, "value")
    page.get_by_role("button", name="Show this one").click()
    expect(page.locator(".value-one").first).to_have_text("Hadad")
    page.get_by_role("button", name="Change", exact=True).first.click()
    page.get_by_label("Family name").fill("Haddād")
    looks(page, "value-edit")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".value-one").first).to_have_text("Haddād")
    synced(phone)
    (mine,) = [one for one in phone.wallet.vault.items("document") if one.payload["title"] == "Meine Daten"]
    first, second = mine.payload["fields"]["family_name"]
    assert (first["value"], first["assurance"], first["source"]) == ("Haddād", "self-declared", "passport")
    assert second["value"] == "Haddad"
    assert mine.payload["fields"]["x_of_the_future"][0]["value"] == {"a": [1]}


def test_fills_a_form_and_says_what_does_not_fit(opened: Open) -> None:
    phone = opened(prepare=some_papers)
    page = at_home(phone)
    page.get_by_role("link", name="Aufenthaltstitel").click()
    page.get_by_role("button", name="Fill in or change").click()
    expires = page.locator("#field-date_of_expiry")
    expires.get_by_label("Year").fill("2023")
    expect(page.get_by_text("It ends before it was issued")).to_be_visible()
    expires.get_by_label("Month").fill("13")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("This is no date.")).to_be_visible()
    looks(page, "fill")
    expires.get_by_label("Year").fill("2027")
    expires.get_by_label("Month").fill("٠٥")
    remarks = page.locator("#field-x_remarks")
    remarks.get_by_role("button", name="Add one").click()
    remarks.locator("select").select_option("work_allowed")
    page.get_by_label("Whose paper is it?").select_option(label="Sami")
    page.get_by_label("Notes for yourself").fill("Ordner 3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 May 2027")).to_be_visible()
    synced(phone)
    (title,) = [one for one in phone.wallet.vault.items("document") if one.payload["type"] == "residence_title"]
    (expiry,) = title.payload["fields"]["date_of_expiry"]
    assert (expiry["value"], expiry["assurance"]) == ("2027-05-01", "self-declared")
    (child,) = phone.wallet.vault.items("person")
    assert (title.payload["notes"], title.payload["person"]) == ("Ordner 3", b64u(child.id))
    assert title.payload["fields"]["x_remarks"][0]["value"] == [{"kind": "work_allowed"}]
    assert title.payload["fields"]["x_title_type"][0]["source"] == "residence title, City of Erlangen"


def test_machine_readable_lines_fill_the_form(opened: Open) -> None:
    phone = opened(prepare=lambda wallet: wallet.add_paper("passport", {}, title="Pass"))
    page = at_home(phone)
    page.get_by_role("link", name="Pass").click()
    page.get_by_role("button", name="Machine-readable lines").click()
    lines = page.get_by_label("The two or three lines")
    lines.fill("P<UTOERIKSSON<<ANNA<MARIA")
    expect(page.get_by_text("25 characters so far")).to_be_visible()
    lines.fill("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C86UTO7408122F1204159ZE184226B<<<<<10")
    expect(page.get_by_text("A check digit does not fit")).to_be_visible()
    looks(page, "zone-doubt")
    lines.fill("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10")
    expect(page.get_by_text("A check digit does not fit")).to_have_count(0)
    page.get_by_role("checkbox", name="Also fill in name and birthday").check()
    looks(page, "zone")
    page.get_by_role("button", name="Fill in", exact=True).click()
    expect(page.get_by_text("L898902C3")).to_be_visible()
    at_home(phone)
    expect(page.get_by_role("link", name="Person")).to_be_visible()


def test_a_helper_reads_along_in_two_languages_and_sees_no_value(opened: Open) -> None:
    phone = opened(prepare=some_papers)
    page = at_home(phone)
    page.evaluate("location.hash = '#/settings'")
    page.get_by_role("group", name="Two languages at once").get_by_text("Deutsch").click()
    page = at_home(phone)
    expect(page.get_by_role("heading", name="Meine Papiere")).to_be_visible()
    page.locator("a", has_text="Aufenthaltstitel").first.click()
    expect(page.get_by_text("Gültig bis", exact=True)).to_be_visible()
    expect(page.get_by_text("1 May 2026")).to_have_count(0)
    looks(page, "helper")
    page.get_by_role("button", name="Show: Valid until").click()
    expect(page.get_by_text("1 May 2026", exact=True)).to_be_visible()


def many_papers(wallet: Wallet) -> None:
    now = int(time.time())
    rest: dict[str, Any] = {"created": now, "state": "present", "fields": {}, "attachments": []}
    paper = {"v": 1, "kind": "document", "type": "letter", **rest}
    # the larger the number, the older: 179 stands last
    writes = [Write(token_bytes(16), {**paper, "title": f"Brief {n}", "updated": now - n}) for n in range(180)]
    wallet.vault.commit(writes)


def test_a_long_list_comes_whole_and_the_way_back_finds_its_place(opened: Open) -> None:
    phone = opened(prepare=many_papers)
    page = at_home(phone)
    rows = page.locator("main a[href^='#/paper/']")
    expect(rows).to_have_count(180)
    assert [rows.nth(n).inner_text().split("\n")[0] for n in (0, 79, 80, 179)] == [
        "Brief 0",
        "Brief 79",
        "Brief 80",
        "Brief 179",
    ]
    rows.nth(150).click()
    expect(page.locator("h1")).to_contain_text("Brief 150")
    page.go_back()
    expect(page.locator("h1")).to_have_text("My papers")
    expect(rows.nth(150)).to_be_in_viewport()
    page.get_by_role("searchbox").fill("Brief 17")
    expect(rows).to_have_count(11)


# -- adding ------------------------------------------------------------------------------------------------------------


def film(path: Path) -> Path:
    """A sheet on a dark table, at an angle, as a phone's camera sees it: one frame of y4m."""
    size = (1280, 960)
    table = Image.new("RGB", size, (74, 66, 58))
    paper = sheet(1).convert("RGB")
    ImageDraw.Draw(paper).rectangle((0, 0, paper.width - 1, paper.height - 1), outline=(210, 210, 205), width=3)
    corners = [(420, 90), (900, 130), (960, 870), (360, 830)]
    width, height = paper.size
    warped = paper.transform(
        size, Image.Transform.PERSPECTIVE, _coefficients(corners, width, height), Image.Resampling.BICUBIC
    )
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    table.paste(warped, mask=mask)
    picture = table.filter(ImageFilter.GaussianBlur(0.8))
    luma, blue, red = picture.convert("YCbCr").split()
    half = (size[0] // 2, size[1] // 2)
    planes = luma.tobytes() + blue.resize(half).tobytes() + red.resize(half).tobytes()
    frame = b"FRAME\n" + planes
    path.write_bytes(f"YUV4MPEG2 W{size[0]} H{size[1]} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 10)
    return path


def _coefficients(corners: list[tuple[int, int]], width: int, height: int) -> list[float]:
    """Where each point of the picture comes from on the sheet (eight equations with eight unknowns)."""
    rows: list[list[float]] = []
    target = [(0, 0), (width, 0), (width, height), (0, height)]
    for (x, y), (u, v) in zip(corners, target, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for at in range(8):
        pivot = max(range(at, 8), key=lambda row: abs(rows[row][at]))
        rows[at], rows[pivot] = rows[pivot], rows[at]
        rows[at] = [one / rows[at][at] for one in rows[at]]
        for other in range(8):
            if other != at:
                factor = rows[other][at]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[at], strict=True)]
    return [row[8] for row in rows]


def synced(phone: Opened) -> None:
    """What the phone has written is with the server and here: nothing waits, and nothing new comes any more."""
    expect(phone.page.get_by_text("for the network.")).to_have_count(0)
    before = -1
    for _ in range(20):
        phone.wallet.vault.sync()
        if phone.wallet.vault.state.number == before:
            return
        before = phone.wallet.vault.state.number
        phone.page.wait_for_timeout(1500)


def test_photographs_two_pages_into_one_pdf(opened: Open, tmp_path: Path) -> None:
    phone = opened(camera=film(tmp_path / "film.y4m"))
    page = at_home(phone)
    expect(page.get_by_text("No paper yet.")).to_be_visible()
    looks(page, "empty")
    page.get_by_role("button", name="Add a paper").click()
    looks(page, "add")
    page.get_by_role("button", name="Take a photo").click()
    expect(page.get_by_text("Paper found. Hold still.")).to_be_visible()
    looks(page, "camera")
    page.get_by_role("button", name="Take the photo").click()
    corner = page.get_by_role("button", name="Corner at the top left")
    expect(corner).to_be_visible()
    looks(page, "adjust")
    before = corner.evaluate("one => one.style.left")
    corner.focus()
    page.keyboard.press("ArrowRight")
    assert corner.evaluate("one => one.style.left") != before
    page.get_by_role("button", name="Use", exact=True).click()
    page.get_by_role("button", name="One more page").click()
    expect(page.get_by_text("Paper found. Hold still.")).to_be_visible()
    page.get_by_role("button", name="Take the photo").click()
    page.get_by_role("button", name="Use", exact=True).click()
    expect(page.get_by_role("heading", name="2 pages")).to_be_visible()
    looks(page, "pages")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("heading", name="What is it?")).to_be_visible()
    looks(page, "kind")
    page.get_by_role("button", name="Rental contract").first.click()
    expect(page.get_by_role("heading", name="Fill in")).to_be_visible()
    synced(phone)
    (paper,) = phone.wallet.vault.items("document")
    assert paper.payload["type"] == "rental_contract"
    (kept,) = paper.payload["attachments"]
    assert kept["media"] == "application/pdf"
    import pikepdf

    with pikepdf.open(files.fetch(phone.wallet.vault, kept, tmp_path / "kept.pdf")) as pdf:
        assert len(pdf.pages) == 2
        box = [float(one) for one in pdf.pages[0].MediaBox]
        # an upright sheet: cut out of a picture that lies, about as long as A4 is
        assert 1.3 < box[3] / box[2] < 1.55


def test_a_photo_loses_its_place_and_a_pdf_its_author(opened: Open, tmp_path: Path) -> None:
    phone = opened()
    page = at_home(phone)
    page.get_by_role("button", name="Add a paper").click()
    with page.expect_file_chooser() as asked:
        page.get_by_role("button", name="From my pictures").click()
    asked.value.set_files(phone_photo(tmp_path / "IMG_GPS.jpg", megapixels=3))
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_role("button", name="Letter").first.click()
    at_home(phone)
    leave(page)
    page.get_by_role("button", name="Add a paper").click()
    with page.expect_file_chooser() as asked:
        page.get_by_role("button", name="A file").click()
    asked.value.set_files(scanned_pdf(tmp_path / "scan.pdf"))
    expect(page.get_by_role("heading", name="What is it?")).to_be_visible()
    synced(phone)
    kept = [file for one in phone.wallet.vault.items("document") for file in one.payload["attachments"]]
    assert sorted(one["media"] for one in kept) == ["application/pdf", "image/jpeg"]
    for one in kept:
        content = files.fetch(phone.wallet.vault, one, tmp_path / one["id"]).read_bytes()
        assert b"Exif" not in content and b"Selam Yemane" not in content and b"geheim" not in content
        if one["media"] == "image/jpeg":
            # turned upright by its orientation
            with Image.open(tmp_path / one["id"]) as picture:
                assert picture.height > picture.width


def test_a_photo_turned_by_hand_is_kept_turned(opened: Open, tmp_path: Path) -> None:
    """The page is made while the photo is looked at; what is wished otherwise afterwards counts."""
    phone = opened()
    page = at_home(phone)
    page.get_by_role("button", name="Add a paper").click()
    with page.expect_file_chooser() as asked:
        page.get_by_role("button", name="From my pictures").click()
    asked.value.set_files(phone_photo(tmp_path / "IMG_1.jpg", megapixels=3))
    shown = page.locator(".page-picture img")
    expect(shown).to_be_visible()
    # what the screen shows is small, whatever the camera took
    assert (
        shown.evaluate("async (one) => { await one.decode(); return Math.max(one.naturalWidth, one.naturalHeight) }")
        <= 1280
    )
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Page 1: turn").click()
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_role("button", name="Letter").first.click()
    synced(phone)
    (kept,) = [file for one in phone.wallet.vault.items("document") for file in one.payload["attachments"]]
    with Image.open(files.fetch(phone.wallet.vault, kept, tmp_path / "kept.jpg")) as picture:
        assert picture.width > picture.height
        assert max(picture.size) > 1500  # the page itself is not made of the small one


def leave(page: Page) -> None:
    """Whatever was open may have something unsaved."""
    button = page.get_by_role("button", name="Leave without saving")
    if button.is_visible():
        button.click()


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_asks_before_it_keeps_what_cannot_be_cleaned(opened: Open, tmp_path: Path, answer: str) -> None:
    phone = opened()
    page = at_home(phone)
    page.get_by_role("button", name="Add a paper").click()
    page_ = tmp_path / "letter.html"
    page_.write_text("<script>alert(1)</script><h1>Notice</h1>")
    with page.expect_file_chooser() as asked:
        page.get_by_role("button", name="A file").click()
    asked.value.set_files(page_)
    expect(page.get_by_text("does not know this kind of file")).to_be_visible()
    looks(page, "asis")
    if answer == "no":
        page.get_by_role("button", name="No, do not keep it").click()
        at_home(phone)
        expect(page.get_by_text("No paper yet.")).to_be_visible()
        return
    page.get_by_role("button", name="Keep it as it is").click()
    expect(page.get_by_role("heading", name="What is it?")).to_be_visible()
    page.get_by_role("button", name="Letter").first.click()
    at_home(phone)
    page.get_by_role("link", name="Letter").first.click()
    page.get_by_role("link", name="letter.html").click()
    # text, never markup
    expect(page.get_by_text("<script>alert(1)</script>")).to_be_visible()
    assert page.locator("iframe").count() == 0
    looks(page, "file-text")


# -- looking -----------------------------------------------------------------------------------------------------------


def test_a_file_is_saved_as_what_it_is_and_never_as_a_program(opened: Open, tmp_path: Path) -> None:
    source = tmp_path / "Bescheid.html"
    source.write_text("<script>alert(1)</script>")

    def prepare(wallet: Wallet) -> None:
        named = Clean(source, "Bescheid\u202efdp.html", "text/html", source.stat().st_size, cleaned=True)
        wallet.add_paper("benefit_notice", {}, title="Vom Amt", attachments=[files.upload(wallet.vault, named)])

    page = at_home(opened(prepare=prepare))
    page.get_by_role("link", name="Vom Amt").click()
    page.get_by_role("link", name="Bescheid").click()
    page.get_by_role("button", name="Save on this device").click()
    with page.expect_download() as saved:
        page.get_by_role("dialog").get_by_role("button", name="Save on this device").click()
    assert saved.value.suggested_filename == "Bescheidfdp.html.txt"


def with_scans(folder: Path) -> Callable[[Wallet], None]:
    def prepare(wallet: Wallet) -> None:
        kept = []
        scans = (scanned_pdf(folder / "notice.pdf", pages=3), phone_photo(folder / "photo.jpg", megapixels=1))
        for source in (*scans, fax_pdf(folder / "fax.pdf")):
            with cleaned(source) as clean:
                kept.append(files.upload(wallet.vault, clean))
        wallet.add_paper("benefit_notice", {}, title="Bescheid", attachments=kept)

    return prepare


def ink(page: Page) -> float:
    """The share of dark pixels of the first page in the frame."""
    frame = page.frame_locator("iframe")
    canvas = frame.locator("canvas").first
    expect(canvas).to_be_visible()
    return float(
        canvas.evaluate(
            """(one) => {
              const { data } = one.getContext('2d').getImageData(0, 0, one.width, one.height);
              let dark = 0;
              for (let i = 0; i < data.length; i += 4) if (data[i] < 90) dark++;
              return dark / (data.length / 4);
            }"""
        )
    )


def fax_pdf(path: Path) -> Path:
    """One page as an office's scanner makes it: CCITT group 4 (Pillow asks libtiff), no other font or picture."""
    import pikepdf
    from pikepdf import Dictionary, Name, Stream

    picture = sheet(1).convert("1", dither=Image.Dither.NONE)
    tiff = path.with_suffix(".tif")
    picture.save(tiff, compression="group4", strip_size=1 << 24)
    with Image.open(tiff) as read:
        (start,), (length,) = read.tag_v2[273], read.tag_v2[279]  # type: ignore[attr-defined]
    data = tiff.read_bytes()[start : start + length]
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        image = Stream(pdf, data)
        image.Type, image.Subtype, image.ColorSpace = Name.XObject, Name.Image, Name.DeviceGray
        image.Width, image.Height, image.BitsPerComponent = picture.width, picture.height, 1
        image.Filter = Name.CCITTFaxDecode
        image.DecodeParms = Dictionary(K=-1, Columns=picture.width, Rows=picture.height, BlackIs1=True)
        pdf.pages[0].Resources = Dictionary(XObject=Dictionary(P=image))
        pdf.pages[0].Contents = Stream(pdf, b"q 595 0 0 842 0 0 cm /P Do Q")
        pdf.save(path)
    return path


@pytest.mark.parametrize("name", ["notice.pdf", "photo.jpg", "fax.pdf"])
def test_paints_pages_in_a_frame_that_reaches_nothing(opened: Open, tmp_path: Path, name: str) -> None:
    phone = opened(prepare=with_scans(tmp_path))
    page = at_home(phone)
    page.get_by_role("link", name="Bescheid").click()
    asked: list[str] = []
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("button", name="Larger")).to_be_visible()
    page.on("request", lambda request: asked.append(request.url))
    assert 0.01 < ink(page) < 0.4
    looks(page, f"file-{name[:3]}")
    frame = page.frames[-1]
    assert frame.evaluate("origin") == "null"
    reached = frame.evaluate("fetch('/v1/meta').then(() => 'yes', () => 'no')")
    assert reached == "no"
    assert frame.evaluate("(() => { try { return parent.document.title } catch { return 'no' } })()") == "no"
    assert [url for url in asked if "/v1/" in url] == []
    phone.complaints[:] = [one for one in phone.complaints if "/v1/meta" not in one]


def test_a_frame_that_is_no_sandbox_gets_no_byte(opened: Open, tmp_path: Path) -> None:
    """A server that leaves out the frame's policy: the page of the frame would be the app's own origin."""
    phone = opened(prepare=with_scans(tmp_path))
    page = at_home(phone)
    page.evaluate("navigator.serviceWorker.ready.then((one) => one.unregister())")
    heard = "addEventListener('message', (event) => { top.heard = event.data.kind });"
    heard += "parent.postMessage({kind: 'ready'}, '*')"
    answer: dict[str, Any] = {
        "status": 200,
        "headers": {"content-type": "text/html"},
        "body": f"<script>{heard}</script>",
    }
    page.route("**/app/viewer", lambda route: route.fulfill(**answer))
    page.get_by_role("link", name="Bescheid").click()
    page.get_by_role("link", name="photo.jpg").click()
    expect(page.locator("iframe")).to_be_visible()
    frame = page.frames[-1]
    assert frame.evaluate("origin") == phone.server.origin
    page.wait_for_timeout(1500)
    assert page.evaluate("window.heard === undefined")
    expect(page.get_by_role("button", name="Larger")).to_have_count(0)


def test_papers_are_added_and_looked_at_without_a_network(
    opened: Open, own_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = own_server()
    phone = opened(server=server, prepare=with_scans(tmp_path))
    page = at_home(phone)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_timeout(4500)
    keys = "caches.keys().then((all) => caches.open(all[0])).then((one) => one.keys())"
    assert page.evaluate(f"{keys}.then((all) => all.some((one) => one.url.includes('pdf-viewer')))")
    server.stop()
    for source in (scanned_pdf(tmp_path / "mine.pdf", pages=2), phone_photo(tmp_path / "mine.jpg", megapixels=1)):
        page.evaluate("location.hash = '#/paper-add'")
        picture = source.suffix == ".jpg"
        with page.expect_file_chooser() as asked:
            page.get_by_role("button", name="From my pictures" if picture else "A file").click()
        asked.value.set_files(source)
        if picture:
            page.get_by_role("button", name="Keep", exact=True).click()
        page.get_by_role("button", name="Letter").first.click()
        page.get_by_role("button", name="Save").click()
        at_home(phone)
        page.get_by_role("link", name="Letter").filter(has_text="Not sent yet").first.click()
        page.locator("a[href*='paper-file']").click()
        expect(page.get_by_role("button", name="Larger")).to_be_visible()
        assert ink(page) > 0.01
        assert page.frames[-1].evaluate("origin") == "null"
    looks(page, "offline")
    phone.complaints.clear()


# -- people, trash, reminders ------------------------------------------------------------------------------------------


def test_children_have_papers_here_until_they_are_eighteen(opened: Open) -> None:
    phone = opened(prepare=some_papers)
    page = at_home(phone)
    page.get_by_role("link", name="People").click()
    expect(page.get_by_text("18 on 1 March 2027")).to_be_visible()
    looks(page, "people")
    page.get_by_role("link", name="Sami").click()
    expect(page.get_by_text("18 years old on 1 March 2027")).to_be_visible()
    looks(page, "person")
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Add a person").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Write a name.")).to_be_visible()
    page.get_by_label("Name").fill("لينا")
    page.get_by_label("Year").fill("2015")
    looks(page, "person-new")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="لينا")).to_be_visible()
    synced(phone)
    lina = next(one for one in phone.wallet.vault.items("person") if one.payload["label"] == "لينا")
    theirs = [one for one in phone.wallet.vault.items("document") if one.payload.get("person")]
    assert any(one.payload["fields"]["birthdate"][0]["value"] == "2015" for one in theirs) and lina


def test_a_copy_goes_into_another_wallet_and_nowhere_else(opened: Open, tmp_path: Path) -> None:
    phone = opened(prepare=with_scans(tmp_path))
    other, _ = Wallet.create(Connection(phone.server.origin), tmp_path / "other", small_memory=True)
    code = deposits.new_code(other.vault, label="Sami")
    page = at_home(phone)
    page.get_by_role("link", name="Bescheid").click()
    page.get_by_role("link", name="Copy for another Mappe").click()
    link = page.get_by_label("Or paste the link")
    link.fill(code.replace("/d#", "/g#"))
    page.get_by_role("button", name="Open the link").click()
    expect(page.get_by_text("This is another kind of code.")).to_be_visible()
    link.fill(code)
    page.get_by_role("button", name="Open the link").click()
    expect(page.get_by_text("photo.jpg")).to_be_visible()
    looks(page, "copy")
    page.get_by_role("button", name="Send the copy").click()
    expect(page.get_by_role("heading", name="Bescheid")).to_be_visible()
    came = deposits.inbox(other.vault)
    assert sorted(one.name for one in came) == ["Bescheid.txt", "fax.pdf", "notice.pdf", "photo.jpg"]
    (text,) = [one for one in came if one.name == "Bescheid.txt"]
    assert deposits.look(other.vault, text, tmp_path / "text").read_text().startswith("Benefit notice")


def test_what_is_thrown_away_can_be_brought_back(opened: Open) -> None:
    phone = opened(prepare=some_papers)
    page = at_home(phone)
    for undo in (True, False):
        page.get_by_role("link", name="Aufenthaltstitel").click()
        page.get_by_role("button", name="Throw away").click()
        if undo:
            page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Aufenthaltstitel")).to_have_count(0)
    synced(phone)
    (gone,) = [one for one in phone.wallet.vault.items("document") if "trashed" in one.payload]
    assert gone.payload["fields"]["date_of_issuance"]
    page.get_by_role("link", name="Trash").click()
    expect(page.get_by_text("30 days left")).to_be_visible()
    looks(page, "trash")
    page.get_by_role("button", name="Empty the trash").click()
    looks(page, "trash-sure")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_role("button", name="Bring back: Aufenthaltstitel").click()
    expect(page.get_by_text("The trash is empty.")).to_be_visible()
    at_home(phone)
    expect(page.get_by_role("link", name="Aufenthaltstitel")).to_be_visible()


def test_reminds_here_and_in_the_calendar_without_naming_the_paper(opened: Open, tmp_path: Path) -> None:
    def prepare(wallet: Wallet) -> None:
        expiry = {"date_of_expiry": [value("2027-12-31", as_of="2026-11-01")]}
        wallet.add_paper("residence_title", expiry, title="Geheimer Titel")

    phone = opened(prepare=prepare)
    page = at_home(phone)
    page.get_by_role("link", name="Reminders").click()
    looks(page, "reminders")
    page.get_by_role("link", name="Geheimer Titel").click()
    page.get_by_role("radio", name="6 months").check()
    expect(page.get_by_text("30 June 2027")).to_be_visible()
    looks(page, "remind")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Put into my calendar").click()
    text = Path(saved.value.path()).read_text("utf-8")
    assert "DTSTART;VALUE=DATE:20270630" in text and "Geheim" not in text
    page.get_by_role("checkbox").check()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Put into my calendar").click()
    assert "Geheimer Titel" in Path(saved.value.path()).read_text("utf-8")


def test_a_state_has_its_reason_and_a_newer_paper_its_older_one(opened: Open) -> None:
    def prepare(wallet: Wallet) -> None:
        some_papers(wallet)
        wallet.add_paper("interim_paper", {}, title="Fiktionsbescheinigung")

    phone = opened(prepare=prepare)
    page = at_home(phone)
    page.get_by_role("link", name="Fiktionsbescheinigung").click()
    page.get_by_role("link", name="State").click()
    page.get_by_label("Does it replace an older paper?").select_option(label="Aufenthaltstitel")
    looks(page, "state")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="See the older paper").click()
    expect(page.get_by_text("Replaced by a newer one").first).to_be_visible()
    page.get_by_role("link", name="State").click()
    page.get_by_role("radio", name="Cannot be obtained").check()
    page.get_by_label("Why?").select_option("withheld")
    looks(page, "state-missing")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Kept by an authority")).to_be_visible()


def test_a_timeline_and_a_search_in_any_script(opened: Open) -> None:
    def prepare(wallet: Wallet) -> None:
        some_papers(wallet)
        for n in range(4):
            wallet.add_paper("letter", {"subject": [value(f"رسالة {n}", as_of="2026")]}, title=f"Brief {n}")

    phone = opened(prepare=prepare)
    page = at_home(phone)
    page.get_by_label("Search").fill("رساله ٢")
    expect(page.get_by_text("1 paper found")).to_be_visible()
    expect(page.get_by_role("link", name="Brief 2")).to_be_visible()
    page.get_by_label("Search").fill("aleppo")
    expect(page.get_by_role("link", name="Meine Daten")).to_be_visible()
    page.get_by_role("link", name="Timeline").click()
    expect(page.get_by_role("heading", name="2024")).to_be_visible()
    looks(page, "timeline")


# -- every screen, both directions, the smallest phone -----------------------------------------------------------------


@pytest.mark.parametrize("language", ["de-x-plain", "ar"])
def test_every_screen_holds_on_the_smallest_phone(opened: Open, tmp_path: Path, language: str) -> None:
    def prepare(wallet: Wallet) -> None:
        some_papers(wallet)
        with_scans(tmp_path)(wallet)

    phone = opened(prepare=prepare, viewport=SMALLEST, language=language)
    if language == "ar":
        # the texts are translated later: the direction is what is looked at here
        phone.page.evaluate("document.documentElement.dir = 'rtl'")
    rows = {one.payload.get("title") or one.payload["label"]: one for one in phone.wallet.vault.items()}
    title, mine, notice = (b64u(rows[name].id) for name in ("Aufenthaltstitel", "Meine Daten", "Bescheid"))
    scan = rows["Bescheid"].payload["attachments"][0]["id"]
    (child,) = [b64u(one.id) for one in phone.wallet.vault.items("person")]
    screens = [
        "papers", "paper-add", f"paper-kind/{title}", f"paper/{title}", f"paper/{mine}", f"paper-fill/{mine}",
        f"paper-value/{mine}/family_name", f"paper-zone/{title}", f"paper-state/{title}", f"paper-remind/{title}",
        f"paper-file/{notice}/{scan}", f"paper-copy/{notice}", "paper-timeline", "paper-reminders", "paper-trash",
        "people", f"person/{child}", "person/new", "paper-scan", "paper/AAAAAAAAAAAAAAAAAAAAAA",
    ]  # fmt: skip
    for screen in screens:
        phone.page.evaluate(f"location.hash = '#/{screen}'")
        expect(phone.page.locator("h1")).to_be_visible()
        phone.page.wait_for_timeout(400)
        looks(phone.page, f"{language}-{screen.split('/')[0]}-{screen[-3:]}")
    assert isinstance(phone, Phone)
