"""Answering, showing, ending: the holder in the app, the clerk with the Python client, the landlord with the page."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import segno
from mappe.agency import asking
from mappe.agency.asking import Question
from mappe.agency.client import Agency
from mappe.agency.keys import AgencyKeys
from mappe.errors import ServerProblem
from mappe.formats.encoding import b64u
from mappe.holder import files, grants
from mappe.holder.cleaning import cleaned
from mappe.holder.selection import Pick
from mappe.holder.vault import Write
from mappe.holder.wallet import Wallet, value
from mappe.recipient.link import LinkHolder
from playwright.sync_api import Page, Route, expect

from app.migrate import upgrade
from tests.browser.app.conftest import Opened, shell_ready
from tests.browser.app.tour import text_of
from tests.browser.conftest import SMALLEST, VisitorFactory, check_looks
from tests.journeys.conftest import ADVICE, JOB_CENTRE
from tests.support.district import District
from tests.support.film import film
from tests.support.papers import phone_photo
from tests.support.server import ROOT, Server

Open = Callable[..., Opened]
NAME, GIVEN, TITLE = "Weldemichael-Habtu", "Selam", "Aufenthaltserlaubnis"
REQUIRED = ("person.family_name", "residence_title.x_title_type")
OPTIONAL = ("person.given_name", "declaration_of_commitment.guarantor")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    """A district whose server is called localhost, as passkeys and the app want it."""
    folder = tmp_path_factory.mktemp("town")
    url = f"sqlite:///{folder / 'mappe.db'}"
    upgrade(url)
    server = Server(folder, {"MAPPE_DATABASE_URL": url})
    server.origin = f"http://localhost:{server.port}"
    server.env["MAPPE_PUBLIC_ORIGIN"] = server.origin
    one = District(server, folder / "district").prepare()
    server.start()
    one.enrol(JOB_CENTRE, ADVICE)
    one.add_hybrid(JOB_CENTRE.id)  # the app seals to this office in suite 2, to the other in suite 1
    one.publish()
    yield one
    server.remove()


def fill(wallet: Wallet) -> None:
    """A person, a title that is valid, an old one that is not, a child's paper, and a very private one."""
    own = {
        "family_name": [value(NAME, as_of="2026-01-01", source="passport")],
        "given_name": [value(GIVEN, as_of="2026-01-01", source="passport")],
        "birthdate": [value("1990-05-01", as_of="2026-01-01", source="passport")],
    }
    wallet.add_paper("person", own, title="Ich")
    title = {
        "x_title_type": [value(TITLE, as_of="2026-11-01", source="eAT")],
        "date_of_expiry": [value("2031-05-01", as_of="2026-11-01", source="eAT")],
    }
    wallet.add_paper("residence_title", title, title="Aufenthaltstitel")
    old = {"valid_until": [value("2020-05-01", as_of="2020-01-01", source="own statement")]}
    wallet.add_paper("interim_paper", old, title="Alte Fiktionsbescheinigung")
    decision = {"kind": [value("refugee", as_of="2024-01-01", source="own statement")]}
    wallet.add_paper("asylum_decision", decision, title="Bescheid vom Bundesamt")


@pytest.fixture
def holder(opened: Open, town: District) -> Open:
    """`holder(locale=…)`: a phone with the papers of `fill`."""

    def make(**how: Any) -> Opened:
        return opened(server=town.server, **{"prepare": fill, **how})

    return make


def ask(office: Agency, mode: str = "desk", **more: Any) -> Any:
    question = Question("benefit-claim", mode, REQUIRED, OPTIONAL, on_no="Bitte Papiere mitbringen.", **more)
    return office.ask(question)


def scan(page: Page, link: str) -> None:
    """Without a camera: the pasted link."""
    page.locator("nav.app-nav a[href='#/share']").click()
    page.get_by_role("button", name="Scan a code").click()
    page.get_by_label("Or paste the link").fill(link)
    page.get_by_role("button", name="Open the link").click()


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name)


def test_a_request_is_answered_and_the_clerk_reads_exactly_that(holder: Open, town: District) -> None:
    office = town.offices[JOB_CENTRE.id]
    phone = holder()
    page = phone.page
    asked = ask(office)
    scan(page, asked.link)

    expect(page.locator("h1")).to_have_text("Who asks you")
    expect(page.get_by_text("Jobcenter Musterstadt")).to_be_visible()
    expect(page.get_by_text("Am Markt 1, 12345 Musterstadt")).to_be_visible()
    expect(page.get_by_text("Can cut or stop your money.")).to_be_visible()
    expect(page.get_by_text("Are you at this office now?")).to_be_visible()
    secret = asked.link.partition("#")[2]
    assert secret not in page.url
    assert secret not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, history.state])")
    check_looks(page)
    button(page, "Yes, I am there").click()

    # the cost of a no stands before anything can be chosen, and a public task is no consent
    expect(page.get_by_text("Bitte Papiere mitbringen.")).to_be_visible()
    expect(page.get_by_text("A public task, no consent")).to_be_visible()
    expect(page.locator("input[type=checkbox]")).to_have_count(0)
    check_looks(page)
    button(page, "Choose what to show").click()

    ticks = page.locator("input[type=checkbox]")
    expect(ticks.first).to_be_visible()
    assert [tick.is_checked() for tick in ticks.all()] == [False] * ticks.count()
    expect(button(page, "Nothing chosen")).to_be_disabled()
    expect(page.get_by_text("Not in your Mappe")).to_be_visible()
    check_looks(page)
    page.get_by_role("checkbox", name="Family name").check()
    page.get_by_role("checkbox", name="Kind of residence title").or_(
        page.get_by_role("checkbox", name=TITLE)
    ).first.check()
    button(page, "Look at 2 things").click()

    expect(page.locator("h1")).to_have_text("Exactly this")
    expect(page.locator(".value")).to_have_count(2)
    expect(page.get_by_text(NAME)).to_be_visible()
    expect(page.get_by_text(GIVEN)).to_have_count(0)
    expect(page.locator(".legal")).to_contain_text("Notice")
    check_looks(page)
    button(page, "Show it").click()

    expect(page.locator("h1")).to_have_text("Tell the clerk")
    digits = page.locator(".clerk-digits").inner_text().replace("\n", "").replace(" ", "")
    check_looks(page)
    wrong = f"{(int(digits) + 1) % 1_000_000:06}"
    with pytest.raises(ServerProblem):
        office.collect(asked, wrong)
    collected = office.collect(asked, digits)
    redeemed = office.redeem(b64u(collected.answers[0].grant))
    read = {slot.name: slot.content["value"] for slot in redeemed.opened.grant.slots.values()}
    assert read == {"person.family_name": NAME, "residence_title.x_title_type": TITLE}
    assert redeemed.opened.grant.terms.text_kind == "notice"
    assert redeemed.opened.grant.terms.language == "en"
    assert redeemed.opened.grant.policy.suite == 2
    phone.wallet.vault.sync()
    (own,) = phone.wallet.vault.items("grant")
    assert own.payload["recipient"] == "Jobcenter Musterstadt"


def test_a_request_is_scanned_by_the_camera(holder: Open, town: District, tmp_path: Path) -> None:
    asked = ask(town.offices[JOB_CENTRE.id], "link")
    phone = holder(camera=film(tmp_path / "code.y4m", asked.link))
    page = phone.page
    page.locator("nav.app-nav a[href='#/share']").click()
    third: list[str] = []
    page.on("request", lambda request: third.append(request.url) if town.server.origin not in request.url else None)
    button(page, "Scan a code").click()
    expect(page.locator("h1")).to_have_text("Who asks you")
    assert asked.link.partition("#")[2] not in page.url
    assert third == []  # the reader comes from our own server


def test_the_scanner_waits_for_a_code_and_lets_the_camera_go(holder: Open, tmp_path: Path) -> None:
    page = holder(camera=film(tmp_path / "desk.y4m", None)).page
    page.locator("nav.app-nav a[href='#/share']").click()
    button(page, "Scan a code").click()
    expect(page.get_by_text("Looking for a code …")).to_be_visible()
    track = page.evaluate_handle("document.querySelector('video').srcObject.getVideoTracks()[0]")
    check_looks(page)
    page.go_back()
    expect(page.locator("h1")).to_have_text("Show papers")
    assert track.evaluate("track => track.readyState") == "ended"


def test_a_code_in_a_picture_is_read(holder: Open, town: District, tmp_path: Path) -> None:
    asked = ask(town.offices[JOB_CENTRE.id], "link")
    page = holder().page
    page.locator("nav.app-nav a[href='#/share']").click()
    button(page, "Scan a code").click()
    expect(page.get_by_text("There is no camera here")).to_be_visible()
    page.set_input_files("input[type=file]", phone_photo(tmp_path / "desk.jpg", megapixels=1))
    expect(page.get_by_text("There is no code in this picture.")).to_be_visible()
    page.set_input_files("input[type=file]", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"no picture"})
    expect(page.get_by_text("This file is no picture.")).to_be_visible()
    segno.make(asked.link, error="l", micro=False).save(str(tmp_path / "screenshot.png"), scale=4, border=4)
    page.set_input_files("input[type=file]", tmp_path / "screenshot.png")
    expect(page.locator("h1")).to_have_text("Who asks you")


def test_a_no_sends_nothing(holder: Open, town: District) -> None:
    office = town.offices[JOB_CENTRE.id]
    phone = holder()
    page = phone.page
    asked = ask(office, "link")
    scan(page, asked.link)
    expect(page.locator("h1")).to_have_text("Who asks you")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method != "GET" else None)
    button(page, "See what they ask").click()
    button(page, "Choose what to show").click()
    page.get_by_role("checkbox", name="Family name").check()
    yes, no = button(page, "Look at 1 thing").bounding_box(), button(page, "No, show nothing").bounding_box()
    assert yes is not None and no is not None
    assert (no["width"], no["height"]) == pytest.approx((yes["width"], yes["height"]), rel=0.02)
    button(page, "No, show nothing").click()
    expect(page.get_by_text("Nothing was sent. Nobody learns of it.")).to_be_visible()
    assert [url for url in sent if "/v1/sync" not in url] == []
    assert office.state(asked) == {"state": "open", "answers": 0}
    assert list(phone.wallet.vault.items("grant")) == []
    page.go_back()
    expect(page.get_by_text(NAME)).to_have_count(0)


def test_a_request_that_is_over_says_so(holder: Open, town: District) -> None:
    office = town.offices[JOB_CENTRE.id]
    page = holder().page
    asked = ask(office, "link", seconds=6)
    time.sleep(6.5)
    scan(page, asked.link)
    expect(page.get_by_text("The request has ended.")).to_be_visible()
    check_looks(page)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/g", "Somebody shows you papers with this code."),
        ("/a", "This code is for the software of an office."),
        ("/d", "With this code one puts papers"),
        ("/x", "This is no code of Mappe."),
    ],
)
def test_other_codes_are_named(holder: Open, town: District, path: str, says: str) -> None:
    page = holder(prepare=None).page
    scan(page, f"{town.server.origin}{path}#{'A' * 43}")
    expect(page.get_by_text(says)).to_be_visible()
    expect(page.get_by_text("This is no request of an office.")).to_be_visible()


def test_another_servers_code_is_named(holder: Open) -> None:
    page = holder(prepare=None).page
    scan(page, f"https://other.example/r#{'A' * 43}")
    expect(page.get_by_text("https://other.example")).to_be_visible()


def overreaching(
    office: Agency, folder: Path, required: tuple[str, ...], optional: tuple[str, ...] = (), purpose: str | None = None
) -> asking.Asked:
    """A request beyond what the registry allows: the office's own software refuses it, so the office has bent that."""
    listed = office.listed()
    known = next(one for one in listed.purposes if one.fields >= set(REQUIRED))
    wider = replace(known, id=purpose or known.id, fields=frozenset({*known.fields, *required, *optional}))
    key = office.keys.listed("request", [one.kid for one in listed.active_keys("request", office.server.now())])
    question = Question(wider.id, "link", required, optional, on_no="Bitte Papiere mitbringen.")
    return asking.ask(office.server, replace(listed, purposes=(wider,)), key, question, folder)


def test_what_an_office_may_not_ask_is_named_and_stays(holder: Open, town: District, tmp_path: Path) -> None:
    """D15: named in red, never to be ticked; the rest can be answered, and arrives alone."""
    office = town.offices[JOB_CENTRE.id]
    phone = holder(viewport=SMALLEST)
    page = phone.page
    asked = overreaching(office, tmp_path, (REQUIRED[0], "asylum_decision.kind"), ("person.birthdate",))
    scan(page, asked.link)
    button(page, "See what they ask").click()

    alarm = page.get_by_role("alert").filter(has_text="They may not ask this")
    expect(alarm.get_by_role("listitem")).to_have_text([re.compile("^Kind of decision"), re.compile("^Date of birth")])
    expect(alarm).to_contain_text("It stays with you. Mappe does not show it to them.")
    expect(page.locator("ul.names li")).to_have_text([re.compile("^Family name")])  # the forbidden are not "needed"
    check_looks(page)
    button(page, "Choose what to show").click()

    expect(alarm).to_be_visible()
    expect(page.get_by_role("checkbox", name="Kind of decision")).to_have_count(0)
    expect(page.get_by_role("checkbox", name="Date of birth")).to_have_count(0)
    check_looks(page)
    page.get_by_role("checkbox", name="Family name").check()
    button(page, "Look at 1 thing").click()
    expect(page.locator(".value")).to_have_text([NAME])
    button(page, "Show it").click()
    expect(page.locator("h1")).to_have_text("It is sent")
    redeemed = office.redeem(b64u(office.collect(asked).answers[0].grant))
    assert {slot.name for slot in redeemed.opened.grant.slots.values()} == {REQUIRED[0]}


def test_a_request_for_nothing_that_is_allowed_can_only_be_declined(
    holder: Open, town: District, tmp_path: Path
) -> None:
    office = town.offices[JOB_CENTRE.id]
    phone = holder()
    page = phone.page
    asked = overreaching(office, tmp_path, ("asylum_decision.kind",))
    scan(page, asked.link)
    button(page, "See what they ask").click()
    expect(page.get_by_text("They may not ask this")).to_be_visible()
    expect(page.get_by_role("heading", name="Needed")).to_have_count(0)
    button(page, "Choose what to show").click()
    expect(page.locator(".asked-field")).to_have_count(0)
    expect(button(page, "Nothing chosen")).to_be_disabled()
    button(page, "No, show nothing").click()
    expect(page.get_by_text("Nothing was sent. Nobody learns of it.")).to_be_visible()
    assert office.state(asked) == {"state": "open", "answers": 0}
    assert list(phone.wallet.vault.items("grant")) == []


def test_a_request_for_a_purpose_that_is_not_registered_is_refused_whole(
    holder: Open, town: District, tmp_path: Path
) -> None:
    office = town.offices[JOB_CENTRE.id]
    phone = holder()
    page = phone.page
    asked = overreaching(office, tmp_path, REQUIRED, purpose="deportation")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method != "GET" else None)
    scan(page, asked.link)
    expect(
        page.get_by_text("The office asks for more than it may. Do not answer. Tell your advice office.")
    ).to_be_visible()
    check_looks(page)
    for name in ("See what they ask", "Choose what to show", "Try again"):
        expect(button(page, name)).to_have_count(0)  # once more would change nothing
    button(page, "Scan a code").click()
    expect(page.locator("h1")).to_have_text("Scan a code")
    assert [url for url in sent if url.endswith("/answer") or "/v1/grants" in url] == []
    assert office.state(asked) == {"state": "open", "answers": 0}


TEXTS = ROOT / "mobile_api_spec" / "texts"
# Chromium here has no voice of its own: this one says nothing and keeps what it was given.
VOICE = """
() => {
  window.said = [];
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  const voice = { name: 'Test', lang: 'LANGUAGE', localService: true };
  const speech = {
    getVoices: () => [voice],
    speak: (one) => window.said.push(one.text),
    cancel() {},
    addEventListener() {},
    removeEventListener() {},
  };
  Object.defineProperty(window, 'speechSynthesis', { value: speech });
}
"""


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def assert_whole(kind: str, language: str, shown: str) -> str:
    """Every word of the versioned text stands in `shown`, in its order; the hash by which it is found."""
    content = (TEXTS / f"{kind}-1.{language}.md").read_bytes()
    rest = words(shown)
    for piece in re.split(r"\{\w+\}", content.decode()):
        wanted = words(piece)
        at = next((n for n in range(len(rest) + 1) if rest[n : n + len(wanted)] == wanted), None)
        assert at is not None, (language, piece)
        rest = rest[at + len(wanted) :]
    return b64u(hashlib.sha256(content).digest())


@pytest.mark.parametrize(
    ("office", "kind", "purpose", "language"),
    [
        (JOB_CENTRE, "notice", "benefit-claim", "en"),
        (ADVICE, "consent", "intake", "ar"),
        (ADVICE, "consent", "intake", "de"),
    ],
)
def test_the_short_lines_are_complete_and_the_whole_text_lies_one_tap_below(
    holder: Open, town: District, office: Any, kind: str, purpose: str, language: str
) -> None:
    """ADR 0026. The essentials need no tap; one tap shows the text that the grant names, beside the German one."""
    desk = town.offices[office.id]
    phone = holder(viewport=SMALLEST, language=language)
    page = phone.page
    asked = desk.ask(Question(purpose, "link", (REQUIRED[0],), (OPTIONAL[0],), on_no="Bitte Papiere mitbringen."))
    page.goto(f"{town.server.origin}/app#/scan")
    page.locator("input[type=url]").fill(asked.link)
    page.locator("form.scanner-paste button").click()
    main = page.locator(".screen-foot button.primary")
    for _ in range(2):
        expect(main).to_be_enabled()
        main.click()
    page.locator("input[type=checkbox]").first.check()
    page.evaluate(VOICE.replace("LANGUAGE", language))
    main.click()

    expect(page.locator(".legal")).to_be_visible()
    lines = page.locator(".lines dd")
    for line in lines.all():
        expect(line).to_be_visible()
    said = " ".join(lines.all_inner_texts())
    for needed in (
        office.name,
        office.address,
        next(iter(office.purposes.values()))[1],
        text_of(language, "share.line.anytime"),
        "Bitte Papiere mitbringen.",
        str(time.gmtime(time.time() + 14 * 86400).tm_year),
    ):
        assert needed in said
    basis = text_of(language, "share.why.basis.public-task")
    assert (basis in said) == (kind == "notice")
    expect(page.locator(".value")).to_have_text([NAME])
    yes, no = (page.locator(f".screen-foot .button.{one}").bounding_box() for one in ("primary", "quiet"))
    assert yes is not None and no is not None
    assert (no["width"], no["height"], no["y"]) == pytest.approx((yes["width"], yes["height"], yes["y"]), rel=0.02)

    texts = page.locator(".legal-text")
    expect(texts).to_have_count(1 if language == "de" else 2)
    expect(texts.first).to_be_hidden()
    page.get_by_role("button", name=text_of(language, "share.legal.aloud")).click()
    assert_whole(kind, language, page.evaluate("window.said.join(' ')"))

    page.locator(".legal summary").click()  # the one tap
    hashes = {}
    for tongue in {language, "de"}:
        text = page.locator(f".legal-text[lang={tongue}]")
        expect(text).to_be_visible()
        assert NAME not in text.inner_text()  # which fields, never their values
        hashes[tongue] = assert_whole(kind, tongue, text.inner_text())
    expect(page.locator(".legal .badge-warn")).to_have_text(text_of(language, "share.legal.drafted"))
    check_looks(page)
    page.locator(".legal summary").press("Enter")  # the same by keyboard
    expect(texts.first).to_be_hidden()

    main.click()
    expect(page.locator("h1")).to_have_text(text_of(language, "share.answered.sent"))
    terms = desk.redeem(b64u(desk.collect(asked).answers[0].grant)).opened.grant.terms
    assert (b64u(terms.text), terms.language, terms.text_kind) == (hashes[language], language, kind)


def give(page: Page, whom: str, name: str = "") -> None:
    page.locator("nav.app-nav a[href='#/share']").click()
    button(page, "Show something").click()
    page.get_by_role("radio", name=whom).check()
    if name:
        page.get_by_label("For whom?").fill(name)
    button(page, "Next").click()


def test_a_link_for_the_landlord(holder: Open, town: District, visitor: VisitorFactory) -> None:
    phone = holder()
    page = phone.page
    give(page, "Somebody else", "Familie Brandstetter")
    check_looks(page)
    page.get_by_role("button", name="Single things").click()
    expect(page.locator("h1")).to_have_text("What may they see?")
    page.locator("summary", has_text="Aufenthaltstitel").click()
    assert not any(tick.is_checked() for tick in page.locator("input[type=checkbox]").all())
    check_looks(page)
    page.get_by_role("checkbox", name="Valid today: yes or no").check()
    expect(page.get_by_text("Often this is enough")).to_be_visible()
    button(page, "Go on with 1 thing").click()
    page.get_by_role("radio", name="Flat").check()
    page.get_by_role("checkbox", name="With a passcode").check()
    check_looks(page)
    button(page, "Look at it first").click()
    expect(page.locator(".value")).to_have_text("yes")
    check_looks(page)
    button(page, "Show it").click()

    expect(page.locator("svg[role=img]")).to_be_visible()
    check_looks(page)
    passcode = page.locator(".clerk-digits").inner_text().replace("\n", "").replace(" ", "")
    page.emulate_media(media="print")
    expect(page.locator("svg[role=img]")).to_be_visible()
    expect(page.locator(".clerk-digits")).to_be_hidden()  # the passcode is not printed beside the link
    page.emulate_media(media="screen")
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button(page, "Copy link").click()
    link = page.evaluate("navigator.clipboard.readText()")
    opened = LinkHolder(link).open(passcode)
    (slot,) = opened.grant.slots.values()
    assert (slot.name, slot.content["value"]) == ("residence_title.valid_today", True)
    assert opened.grant.terms.purpose == "Wohnung"
    with pytest.raises(ServerProblem):
        LinkHolder(link).open(passcode)  # one open


def test_very_private_things_are_asked_about_one_by_one(holder: Open) -> None:
    page = holder().page
    give(page, "Somebody else")
    page.get_by_role("button", name="Single things").click()
    page.locator("summary", has_text="Bescheid vom Bundesamt").click()
    tick = page.get_by_role("checkbox", name="Kind").first
    tick.click()
    expect(page.get_by_role("dialog")).to_contain_text("Really show this?")
    button(page, "No, leave it out").click()
    expect(tick).not_to_be_checked()
    tick.click()
    button(page, "Yes, choose it").click()
    expect(tick).to_be_checked()
    button(page, "Go on with 1 thing").click()
    expect(page.get_by_role("checkbox", name="With a passcode")).to_be_checked()


def test_an_expired_paper_is_not_shown_unawares(holder: Open) -> None:
    page = holder().page
    give(page, "Somebody else")
    page.get_by_role("button", name="Single things").click()
    page.locator("summary", has_text="Alte Fiktionsbescheinigung").click()
    page.get_by_role("checkbox", name="Valid until").check()
    expect(page.get_by_text("This paper ran out on")).to_be_visible()


def test_everything_ends_in_one_tap(holder: Open, town: District) -> None:
    phone = holder()
    page = phone.page
    office = town.offices[JOB_CENTRE.id]
    links = []
    for _ in range(2):
        give(page, "Somebody else", "Vermieter")
        page.get_by_role("button", name="Single things").click()
        page.locator("summary", has_text="Ich").click()
        page.get_by_role("checkbox", name="Family name").check()
        button(page, "Go on with 1 thing").click()
        page.get_by_role("radio", name="Flat").check()
        button(page, "Look at it first").click()
        button(page, "Show it").click()
        expect(page.locator("svg[role=img]")).to_be_visible()
        phone.wallet.vault.sync()
        links = [item.id for item in phone.wallet.vault.items("grant")]
    assert len(links) == 2
    button(page, "Done").click()
    expect(page.locator(".list .row-main")).to_have_count(2)
    check_looks(page)
    page.locator(".list .row-main").first.click()
    expect(button(page, "End all 2 with them")).to_be_visible()
    check_looks(page)
    button(page, "End all 2 with them").click()
    expect(page.get_by_text("2 ended. Nobody can read them now.")).to_be_visible()
    assert {row["state"] for row in grants.listing(phone.wallet.vault)} == {"ended"}
    assert office.inbox().answers == ()


def test_an_office_gets_it_without_having_asked(holder: Open, town: District) -> None:
    office = town.offices[ADVICE.id]
    phone = holder()
    page = phone.page
    give(page, "An office")
    expect(page.locator("h1")).to_have_text("Which office?")
    check_looks(page)
    page.get_by_role("button", name="Beratungsstelle Musterstadt").click()
    expect(page.get_by_text("Gives advice. Can order nothing")).to_be_visible()
    check_looks(page)
    button(page, "Yes, this office").click()
    page.get_by_role("button", name="Erstgespräch vorbereiten").click()
    page.locator("summary", has_text="Ich").click()
    page.get_by_role("checkbox", name="Given name").or_(page.get_by_role("checkbox", name="First name")).first.check()
    button(page, "Go on with 1 thing").click()
    expect(page.get_by_role("checkbox", name="With a passcode")).to_have_count(0)
    button(page, "Look at it first").click()
    button(page, "Show it").click()
    expect(page.get_by_text("It lies in their inbox.")).to_be_visible()
    (answer,) = office.inbox().answers
    redeemed = office.redeem(b64u(answer.grant))
    assert [slot.content["value"] for slot in redeemed.opened.grant.slots.values()] == [GIVEN]
    assert redeemed.opened.grant.policy.suite == 1


def test_an_office_with_another_key_stands_apart_until_it_was_asked(holder: Open, town: District) -> None:
    phone = holder()
    page = phone.page
    give(page, "An office")
    name = "Beratungsstelle Musterstadt"
    office, asks = (
        page.get_by_role("button", name=name),
        page.get_by_text("The office must read out these signs to you:"),
    )
    expect(office).to_be_visible()  # seen with the key that it has now
    fresh = AgencyKeys.generate(int(town.now())).of("seal")[0]
    (entry,) = [one for one in town.entries if one["id"] == ADVICE.id]
    entry["keys"].append(
        {**next(key for key in entry["keys"] if key["use"] == "seal"), "kid": fresh.kid, "jwk": fresh.jwk}
    )
    try:
        town.publish()
        give(page, "An office")
        expect(asks).to_be_visible()
        expect(page.locator(".clerk-digits")).to_have_text(fresh.kid[:12])
        expect(page.get_by_role("button", name="Jobcenter Musterstadt")).to_be_visible()  # the others go on
        expect(office).to_have_count(0)
        check_looks(page)
        button(page, "I have asked there. Go on").click()
        expect(office).to_be_visible()
        expect(asks).to_have_count(0)
    finally:
        entry["keys"].pop()
        town.publish()


def test_the_link_of_a_request_leads_into_the_app(holder: Open, town: District) -> None:
    office = town.offices[JOB_CENTRE.id]
    phone = holder()
    asked = ask(office, "link")
    page = phone.new_page()  # the phone's camera app opens a tab
    page.goto(asked.link)
    expect(page.locator("h1")).to_be_visible()
    secret = asked.link.partition("#")[2]
    assert page.url.startswith(f"{town.server.origin}/app")
    assert secret not in page.url
    assert secret not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, history.state])")
    page.locator(".blocks input").first.click()
    page.keyboard.type(phone.passphrase)
    page.locator("main button[type=submit]").click()
    expect(page.locator("h1")).to_have_text("Who asks you")


def test_a_phone_without_a_wallet_is_told_what_to_do(visitor: VisitorFactory, town: District) -> None:
    asked = ask(town.offices[JOB_CENTRE.id], "link")
    page = visitor(viewport=SMALLEST).visit(asked.link)
    assert page.url == f"{town.server.origin}/r"
    expect(page.get_by_text("An agency asks for papers")).to_be_visible()
    check_looks(page)


def scanned(wallet: Wallet, folder: Path) -> None:
    photo = phone_photo(folder / "Mietvertrag.jpg", megapixels=1)
    with cleaned(photo) as clean:
        described = files.upload(wallet.vault, clean)
    wallet.add_paper("residence_title", {}, title="Karte", attachments=[described])


def test_a_scan_says_what_it_gives_away(holder: Open, tmp_path: Path) -> None:
    page = holder(prepare=lambda wallet: scanned(wallet, tmp_path)).page
    give(page, "Somebody else")
    page.get_by_role("button", name="Single things").click()
    page.get_by_role("checkbox", name="Copy of the paper (file)").check()
    expect(page.get_by_text("your photo")).to_be_visible()
    button(page, "Go on with 1 thing").click()
    expect(page.get_by_role("checkbox", name="With a passcode")).to_be_checked()


def test_a_standing_share_follows_the_newest_paper(holder: Open) -> None:
    made: list[tuple[str, bytes]] = []

    def prepare(wallet: Wallet) -> None:
        notice = wallet.add_paper(
            "benefit_notice",
            {"period_until": [value("2026-12-31", as_of="2026-10-01", source="notice")]},
            title="Bescheid",
        )
        conditions = grants.Conditions("Lernförderung", language="de", opens=3, standing=True)
        prepared = grants.prepare(wallet.vault, grants.To("Schule"), [Pick(notice, field="period_until")], conditions)
        grants.release(wallet.vault, prepared)
        made.append((grants.link_of(wallet.vault, prepared), notice))

    phone = holder(prepare=prepare)
    page = phone.page
    (link, notice), wallet = made[0], phone.wallet
    time.sleep(1.1)  # edits count in seconds
    fields = {"period_until": [value("2027-03-31", as_of="2027-01-01", source="notice")]}
    item = wallet.vault.item(notice)
    wallet.vault.commit([Write(notice, {**item.payload, "fields": fields, "updated": int(time.time())})])
    page.locator("nav.app-nav a[href='#/audit']").click()  # looks for news on the way
    expect(page.get_by_text("1 running share shows your newest paper now.")).to_be_visible()
    (slot,) = LinkHolder(link).open().grant.slots.values()
    assert slot.content["value"] == "2027-03-31"


def test_what_is_answered_too_late_does_not_run(holder: Open, town: District) -> None:
    phone = holder()
    page = phone.page
    asked = ask(town.offices[JOB_CENTRE.id], "link", seconds=30)
    scan(page, asked.link)
    button(page, "See what they ask").click()
    button(page, "Choose what to show").click()
    page.get_by_role("checkbox", name="Family name").check()
    button(page, "Look at 1 thing").click()
    expect(page.locator(".legal")).to_be_visible()
    time.sleep(max(0, asked.exp - time.time()) + 1)
    button(page, "Show it").click()
    expect(page.get_by_text("The request has ended.")).to_be_visible()
    assert [row["state"] for row in grants.listing(phone.wallet.vault)] == ["ended"]


def test_a_share_prepared_without_a_network_is_released_with_one(holder: Open, town: District) -> None:
    phone = holder()
    page = phone.page
    shell_ready(page)
    give(page, "Somebody else")
    page.get_by_role("button", name="Single things").click()
    page.locator("summary", has_text="Ich").click()
    phone.context.set_offline(True)
    page.get_by_role("checkbox", name="Family name").check()
    button(page, "Go on with 1 thing").click()
    page.get_by_role("radio", name="Flat").check()
    button(page, "Look at it first").click()
    expect(page.locator(".value")).to_have_text(NAME)
    button(page, "Show it").click()
    expect(page.get_by_text("No network. Nothing was sent.")).to_be_visible()
    phone.context.set_offline(False)
    button(page, "Show it").click()
    expect(page.locator("svg[role=img]")).to_be_visible()
    assert [row["state"] for row in grants.listing(phone.wallet.vault)] == ["active"]


Lie = Callable[[dict[str, Any]], None]
LIES: dict[str, tuple[str, Lie]] = {
    "the request's box altered": ("**/v1/requests/*/fetch", lambda body: body.update(box=flipped(body["box"]))),
    "the registry unsigned": ("**/v1/registry", lambda body: body["signatures"].pop()),
    "the registry altered": ("**/v1/registry", lambda body: body.update(payload=flipped(body["payload"]))),
}


def flipped(token: str) -> str:
    cut = len(token) - 20
    return token[:cut] + ("A" if token[cut] != "A" else "B") + token[cut + 1 :]


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_about_who_asks_raises_the_alarm(holder: Open, town: District, lie: str) -> None:
    phone = holder()
    page = phone.page
    path, change = LIES[lie]

    def answer(route: Route) -> None:
        real = route.fetch()
        body = real.json()
        change(body)
        route.fulfill(response=real, json=body)

    page.route(path, answer)
    scan(page, ask(town.offices[JOB_CENTRE.id], "link").link)
    expect(page.locator("h1.alarm")).to_have_text("Stop")
    expect(page.get_by_text("Jobcenter Musterstadt")).to_have_count(0)
    phone.wallet.vault.sync()
    assert list(phone.wallet.vault.items("grant")) == []


@pytest.mark.parametrize(("language", "direction"), [("de-x-plain", "ltr"), (None, "rtl")])
def test_every_screen_fits_the_smallest_phone(
    holder: Open, town: District, language: str | None, direction: str
) -> None:
    """At 320 pixels, in both directions: by address, or through the flow where a screen needs a request."""
    phone = holder(viewport=SMALLEST, language=language)
    page = phone.page

    def seen() -> None:
        expect(page.locator("h1")).to_be_visible()
        page.evaluate(f"document.documentElement.dir = '{direction}'")
        check_looks(page)

    office = town.offices[JOB_CENTRE.id]
    page.goto(f"{town.server.origin}/app#/scan")
    page.locator("input[type=url]").fill(ask(office).link)
    page.locator("form.scanner-paste button").click()
    main = page.locator(".screen-foot button.primary")
    for _ in range(2):
        expect(main).to_be_enabled()
        seen()
        main.click()
    page.locator("input[type=checkbox]").first.check()
    seen()
    main.click()
    expect(page.locator(".legal")).to_be_visible()
    seen()
    main.click()
    expect(page.locator(".clerk-digits")).to_be_visible()
    seen()
    phone.wallet.vault.sync()
    grant = b64u(next(iter(phone.wallet.vault.items("grant"))).id)
    for name in (
        "share",
        "give",
        "give-office",
        "give-what",
        "give-fields",
        "roots",
        f"running/{grant}",
        f"code/{grant}",
    ):
        page.evaluate(f"location.hash = '#/{name}'")
        page.wait_for_timeout(400)
        seen()
