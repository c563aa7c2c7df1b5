"""The whole story by keyboard alone and by accessible names (issue 3): not one click, not one touch.

What is looked at on the way, at every single press of Tab, stands in keyboard.py.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mappe.agency.asking import Question
from mappe.formats.encoding import b64u
from mappe.recipient.link import LinkHolder
from playwright.sync_api import expect

from tests.browser.app.conftest import Newcomer, Passkey, Phone
from tests.browser.app.keyboard import Keyboard, watched
from tests.browser.app.test_assisted import read_code
from tests.browser.app.test_share import town
from tests.browser.conftest import check_looks
from tests.journeys.conftest import JOB_CENTRE
from tests.support.district import District
from tests.support.papers import phone_photo

__all__ = ["town"]

TONGUES = {"en": "English", "ar": "العربية"}
NAME, LANDLORD = "Haddad", "Familie Brandstetter"


def starts(text: str) -> re.Pattern[str]:
    """A row is called by its title and what stands below it."""
    return re.compile(f"^{re.escape(text)}")


def text_on(phone: Phone) -> str:
    return phone.page.get_by_role("main").inner_text()


def make_wallet(keys: Keyboard, passkey: Passkey) -> None:
    keys.at("unlock.language")
    keys.press("button", TONGUES[keys.language])
    keys.at("unlock.what.title")
    keys.button("unlock.what.begin")
    page = keys.phone.page
    other = page.get_by_role("heading", level=1, name=keys.say("unlock.first.write"))
    asks = page.get_by_role("heading", level=1, name=keys.say("unlock.first.passkey"))
    expect(asks.or_(other)).to_be_visible()
    if asks.is_visible():  # without PRF some browsers say so before, others only when it is tried
        keys.at("unlock.first.passkey")
        keys.button("unlock.first.yes")
    if passkey != "prf":
        expect(page.get_by_role("button", name=keys.say("unlock.first.other")).or_(other)).to_be_visible()
        if not other.is_visible():
            keys.at("unlock.first.passkey")
            keys.button("unlock.first.other")
        keys.at("unlock.first.write")
        assert len(re.findall(r"\b\d{4}\b", text_on(keys.phone))) == 6
        keys.button("unlock.first.have")


def remember_number(keys: Keyboard) -> str:
    """Typed once wrong: the eye shows it again, and the focus is in the box where it is typed."""
    keys.at("unlock.first.number")
    found = re.search(r"(\d{3})\s+(\d{3})", text_on(keys.phone))
    assert found is not None
    number = found[1] + found[2]
    keys.write(keys.say("unlock.first.type"), f"{(int(number) + 1) % 1_000_000:06}")
    keys.button("unlock.first.next")
    expect(keys.phone.page.get_by_role("alert")).to_have_text(keys.say("unlock.first.differs"))
    keys.button("unlock.first.showagain", back=True)
    expect(keys.find("textbox", keys.say("unlock.first.type"))).to_be_focused()
    keys.key("Control+a")
    keys.write(keys.say("unlock.first.type"), number)
    keys.button("unlock.first.next")
    return number


def take_sheet(keys: Keyboard, by_hand: bool) -> None:
    keys.at("unlock.first.sheet")
    keys.button("unlock.first.hand" if by_hand else "unlock.first.print")
    # what is only on paper is in the page as well; to look at it as it is printed would take the focus from the button
    lists = keys.phone.page.get_by_role("list", include_hidden=not by_hand)
    rows = lists.first.get_by_role("listitem", include_hidden=not by_hand)
    expect(rows).to_have_count(8)
    blocks = [row.text_content() or "" for row in rows.all()]
    keys.button("unlock.first.next", back=not by_hand)
    keys.at("unlock.first.proof2")
    asked = sorted(int(n) for n in re.findall(r"\d", text_on(keys.phone)))
    assert len(asked) == 2
    for n in asked:
        keys.write(number_name(keys, n), re.sub(r"\D", "", blocks[n - 1]))
    keys.button("unlock.first.check")
    keys.at("papers.title")


def number_name(keys: Keyboard, n: int) -> re.Pattern[str]:
    """ "Block 3" in the digits of the language."""
    digit = chr(ord("٠") + n)
    return re.compile(keys.say("shell.block", n=f"[{n}{digit}]") + "$")


def add_paper(keys: Keyboard, kind: str, picture: Path | None = None) -> None:
    """Up to the form; with a picture through the browser's own choice of files."""
    keys.button("papers.add")
    keys.at("papers.add")
    if picture is None:
        keys.press("button", starts(keys.say("papers.add.without")))
    else:
        keys.file("button", keys.say("papers.add.gallery")).set_files(picture)
        keys.at("papers.pages.count.one", n=1)
        keys.press("button", keys.say("papers.page.turn", n=1))
        keys.button("papers.pages.keep")
    keys.at("papers.kind.title")
    keys.write(keys.say("papers.search"), kind.split()[0], role="searchbox")
    keys.press("button", starts(kind))
    keys.at("papers.fill.title")


def save(keys: Keyboard, picture: bool = False) -> None:
    """Leads back to where it was begun; from a picture that is the place where another could be added."""
    keys.button("papers.save")
    if picture:
        keys.at("papers.add")
        keys.press("button", keys.say("shell.back"))
    keys.at("papers.title")


def give_link(keys: Keyboard) -> tuple[str, str]:
    """One thing for the landlord, a week, with a passcode; link and passcode."""
    page = keys.phone.page
    keys.press("link", keys.say("shell.nav.share"))
    keys.at("share.title")
    keys.button("share.home.give")
    keys.at("share.give.title")
    keys.choose(keys.say("share.give.whom"), starts(keys.say("share.give.other")))
    keys.write(keys.say("share.give.name"), LANDLORD)
    keys.button("share.next")
    keys.at("share.what.title")
    keys.press("button", starts(keys.say("share.what.single")))
    keys.at("share.pick.title")
    # a "details" has no role of its own that Playwright knows: found by its words
    keys.press_this(page.locator("summary", has_text="Residence title").first, "the paper", "Space")
    keys.tick(starts("Valid until"))
    keys.press("button", keys.say("share.pick.next.one", n=1))
    keys.at("share.end.title")
    keys.choose(keys.say("share.purpose"), keys.say("share.purpose.home"))
    keys.choose(keys.say("share.until"), starts(keys.say("share.days.other", n=7)))
    keys.tick(starts(keys.say("share.passcode")))
    keys.button("share.end.next")
    keys.at("share.preview.title")
    keys.button("share.preview.show")
    keys.at("share.code.title")
    keys.phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    keys.button("share.code.copy")
    expect(page.get_by_role("status").filter(has_text=keys.say("share.code.copied"))).to_be_visible()
    link = str(page.evaluate("navigator.clipboard.readText()"))
    found = re.search(r"(\d{3})\s+(\d{3})", text_on(keys.phone))
    assert found is not None
    keys.button("share.answered.ok")
    keys.at("share.title")
    return link, found[1] + found[2]


def unlock_by(keys: Keyboard, way: str, pin: str = "") -> None:
    """At the door: finger or face is offered first, the number is one way further."""
    if way == "passkey":
        keys.button("unlock.passkey")
        return
    name = keys.say("unlock.pin")
    if keys.phone.page.get_by_role("textbox", name=name).count() == 0:
        keys.press("button", keys.say("unlock.way.pin"))
        expect(keys.find("textbox", name)).to_be_focused()  # the row is gone, and this is what comes next
    keys.write(name, pin)


def test_the_whole_story(newcomer: Newcomer, town: District, tmp_path: Path) -> None:
    phone = watched(newcomer(passkey="prf", server=town.server))
    page, keys = phone.page, Keyboard(phone)

    # a wallet, the number, the sheet and its proof
    make_wallet(keys, "prf")
    pin = remember_number(keys)
    take_sheet(keys, by_hand=False)

    # papers: one with a picture, one without, filled in; then enough of them to search
    add_paper(keys, "Residence title", phone_photo(tmp_path / "Titel.jpg", megapixels=1))
    keys.select("Type of title", "Residence permit")
    until = keys.find("group", starts("Valid until"))
    for box, text in (("day", "1"), ("month", "15"), ("year", "2031")):
        keys.write(keys.say(f"shell.date.{box}"), text, within=until)
    keys.button("papers.save")
    expect(until.get_by_role("textbox").first).to_be_focused()  # what is wrong is not looked for by twenty Tabs
    keys.reach("textbox", keys.say("shell.date.month"), within=until)
    keys.key("Control+a")
    page.keyboard.type("5")
    save(keys, picture=True)
    add_paper(keys, "Person Name")
    keys.reach_this(page.get_by_role("textbox", name="Family name", exact=True).first, "the holder's own name")
    page.keyboard.type(NAME)
    save(keys)
    for _ in range(4):
        add_paper(keys, "Letter")
        save(keys)
    assert keys.around() > 12  # nothing on the way keeps the focus
    keys.write(keys.say("papers.search"), "resid", role="searchbox")
    expect(page.get_by_role("status").filter(has_text=keys.say("papers.found.one", n=1))).to_be_visible()
    keys.press("link", starts("Residence title"))
    keys.arrived("Residence title")
    keys.press("button", keys.say("shell.back"), back=True)
    keys.at("papers.title")

    # the first share; it is read once, seen as running, and ended
    link, passcode = give_link(keys)
    (slot,) = LinkHolder(link).open(passcode).grant.slots.values()
    assert (slot.name, slot.content["value"]) == ("residence_title.date_of_expiry", "2031-05-01")
    keys.press("link", starts(LANDLORD))
    keys.arrived(LANDLORD)
    keys.button("share.running.end")
    expect(page.get_by_role("status").filter(has_text=keys.say("share.ended.one"))).to_be_visible()
    expect(page.get_by_role("button", name=keys.say("share.running.end"))).to_have_count(0)
    keys.somewhere()
    keys.press("button", keys.say("shell.back"), back=True)
    keys.at("share.title")

    # an office asks: the link is opened on this phone, which begins with the door
    office = town.offices[JOB_CENTRE.id]
    required = ("person.family_name", "residence_title.x_title_type")
    asked = office.ask(Question("benefit-claim", "link", required, (), on_no="Bitte Papiere mitbringen."))
    page.goto(asked.link)
    keys.at("shell.name")
    unlock_by(keys, "passkey")
    keys.at("share.request.who")
    keys.button("share.request.next")
    keys.at("share.why.title")
    keys.button("share.why.choose")
    keys.at("share.fields.title")
    keys.tick(starts("Family name"))
    keys.tick(starts("Type of title"))
    keys.press("button", keys.say("share.fields.look.other", n=2))
    keys.at("share.preview.title")
    keys.button("share.preview.show")
    keys.at("share.answered.sent")
    keys.button("share.answered.ok")
    keys.at("share.title")
    (answer,) = office.collect(asked).answers
    opened = office.redeem(b64u(answer.grant)).opened.grant
    assert {slot.name for slot in opened.slots.values()} == set(required)

    # who looked: one line of the log
    keys.press("link", keys.say("shell.nav.audit"))
    keys.at("audit.title")
    entries = page.get_by_role("list", name=keys.say("audit.all")).get_by_role("link")
    keys.press_this(entries.filter(has_text=JOB_CENTRE.name).first, "the line of the log")
    expect(page.get_by_role("heading", level=1, name=keys.say("audit.title"))).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text(JOB_CENTRE.name)
    keys.somewhere()
    keys.press("button", keys.say("shell.back"), back=True)
    keys.at("audit.title")

    # settings: it locks by itself after a minute
    keys.press("link", keys.say("shell.nav.more"))
    keys.at("more.title")
    keys.press("link", keys.say("more.settings.title"))
    keys.at("more.settings.title")
    keys.choose(keys.say("more.settings.idle"), keys.say("more.settings.idle.minutes.one", n=1))
    keys.press("button", keys.say("shell.back"), back=True)
    keys.at("more.title")

    # a further device
    other = newcomer(server=town.server, path="/app#/join")
    keys.press("link", keys.say("more.devices.title"))
    keys.at("more.devices.title")
    keys.button("more.devices.add")
    keys.at("more.add.title")
    keys.write(keys.say("share.scan.paste"), read_code(other.page))
    keys.button("share.scan.open")
    keys.at("more.add.same")
    keys.button("more.add.yes")
    keys.at("more.add.mode")
    keys.choose(keys.say("more.add.mode"), keys.say("more.add.mine"))
    keys.button("more.add.next")
    keys.at("more.add.title")
    expect(page.get_by_role("main")).to_contain_text(keys.say("more.add.done"))
    keys.button("more.add.next")
    keys.at("more.devices.title")

    # hidden, found again, and opened by the number
    keys.press("link", keys.say("shell.nav.more"))
    keys.at("more.title")
    keys.button("more.hide")
    keys.at("more.hidden.title")
    clock = re.compile(re.escape(keys.say("more.hidden.clock")))
    for _ in range(3):
        keys.press("button", clock)
    keys.at("shell.name")
    keys.dialog("button", keys.say("unlock.remove"))
    unlock_by(keys, "pin", pin)
    keys.at("papers.title")


def test_without_a_secret_in_the_passkey(newcomer: Newcomer) -> None:
    phone = watched(newcomer(passkey="no-prf"))
    keys = Keyboard(phone)
    make_wallet(keys, "no-prf")
    remember_number(keys)
    take_sheet(keys, by_hand=True)


def test_the_first_steps_from_right_to_left(newcomer: Newcomer) -> None:
    phone = watched(newcomer(locale="ar-EG"))
    keys = Keyboard(phone, "ar")
    make_wallet(keys, "none")
    assert phone.page.evaluate("document.documentElement.dir") == "rtl"
    remember_number(keys)
    take_sheet(keys, by_hand=True)
    check_looks(phone.page)
    keys.press("link", keys.say("shell.nav.more"))
    keys.at("more.title")
    keys.press("link", keys.say("more.settings.title"))
    keys.at("more.settings.title")
    keys.choose(keys.say("more.settings.idle"), re.compile("15|١٥"))


def test_the_way_past_the_header(newcomer: Newcomer) -> None:
    """ "Skip to the content" is seen when it has the focus, and leads behind the header."""
    phone = watched(newcomer())
    keys = Keyboard(phone)
    keys.at("unlock.language")
    keys.press("button", keys.say("shell.skip"), back=True)
    assert phone.page.evaluate("document.activeElement.id") == "main"
    keys.step()
    assert phone.page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("back", [False, True])
def test_a_question_keeps_the_focus_and_gives_it_back(newcomer: Newcomer, back: bool) -> None:
    """Leaving a form in between: the dialog begins with something harmless, and Escape is the harmless answer."""
    phone = watched(newcomer())
    keys = Keyboard(phone)
    make_wallet(keys, "none")
    keys.at("unlock.first.number")
    phone.page.evaluate("history.back()")
    dialog = phone.page.get_by_role("dialog", name=keys.say("shell.leave.title"))
    expect(dialog).to_be_visible()
    keys.somewhere()
    danger = phone.page.get_by_role("button", name=keys.say("shell.leave.leave"))
    expect(danger).not_to_be_focused()
    for _ in range(5):
        keys.step(back)
        at = "[document.body, ...document.querySelectorAll('dialog *')].includes(document.activeElement)"
        assert phone.page.evaluate(at)
    keys.key("Escape")
    expect(dialog).to_have_count(0)
    keys.somewhere()
    assert re.search(r"\d{3}\s+\d{3}", text_on(phone))
