"""One way through every screen of the app, used by the test over all screens and by the gallery of pictures.

`Tour(page, …).walk(stop)` calls `stop(name)` on each screen, `name` as in app/routes.ts. What is tapped is found by its
key in the catalogues, so the same way works in every language. Whoever adds a screen adds it here: a screen that the
tour does not see fails the test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mappe.agency.asking import Question
from mappe.formats.encoding import b64u
from mappe.formats.locator import DepositLocator, parse_link
from mappe.holder import deposits, files, grants
from mappe.holder.cleaning import cleaned
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet, value
from mappe.net.server import Server as Connection
from mappe.recipient.desk import Desk
from mappe.recipient.link import LinkHolder
from playwright.sync_api import Locator, Page, expect

from app.migrate import upgrade
from tests.support.district import District, Office
from tests.support.papers import phone_photo
from tests.support.server import ROOT, Server

WEB = ROOT / "clients" / "web" / "src"
TEXTS = WEB / "i18n" / "texts"
WAITING = {"join", "assist"}  # they wait for somebody else for as long as they are shown
TOWN = Office(
    "jobcenter-musterstadt",
    "Jobcenter Musterstadt",
    "Am Markt 1, 12345 Musterstadt",
    "can-sanction",
    {
        "benefit-claim": (
            "public-task",
            "Antrag prüfen",
            ["person.family_name", "person.given_name", "residence_title.date_of_expiry"],
        )
    },
)


def screens() -> set[str]:
    """The names in the tables of routes."""
    names: set[str] = set()
    for table in sorted((WEB / "app").glob("*/routes.ts")):
        found = re.findall(r"^  '?([a-z-]+)'?: \{", table.read_text(), re.MULTILINE)
        assert found, f"no route was read in {table.parent.name}"
        names |= set(found)
    return names


def text_of(language: str, key: str) -> str:
    for area in sorted(TEXTS.iterdir()):
        texts = json.loads((area / f"{language}.json").read_text())
        if key in texts:
            return str(texts[key])
    raise KeyError(key)


@dataclass
class World:
    """A wallet in which every screen has something to show, and whoever is around it."""

    district: District
    wallet: Wallet
    handle: str
    passphrase: str
    papers: dict[str, str] = field(default_factory=dict)
    grants: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return self.district.server.origin

    def ask(self) -> str:
        """A request of the office by link; it takes one answer."""
        required, optional = ("person.family_name", "residence_title.date_of_expiry"), ("person.given_name",)
        question = Question("benefit-claim", "link", required, optional, on_no="Bitte Papiere bringen.")
        return self.district.offices[TOWN.id].ask(question).link


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """On a server of its own that is called localhost, as passkeys want it."""
    url = f"sqlite:///{folder / 'mappe.db'}"
    upgrade(url)
    server = Server(folder, {"MAPPE_DATABASE_URL": url})
    server.origin = f"http://localhost:{server.port}"
    server.env["MAPPE_PUBLIC_ORIGIN"] = server.origin
    district = District(server, folder / "district").prepare()
    server.start()
    try:
        district.enrol(TOWN)
        yield _filled(district, folder)
    finally:
        server.remove()


def _filled(district: District, folder: Path) -> World:
    wallet, secrets = district.person("amina")
    one = World(district, wallet, secrets.handle, secrets.passphrase)
    one.papers["person"] = b64u(
        wallet.add_paper(
            "person",
            {
                "family_name": [value("Haddad", as_of="2026"), value("Hadad", as_of="2024", source="Ausländerbehörde")],
                "given_name": [value("Amina", as_of="2026")],
                "birthdate": [value("1990-05-01", as_of="2026")],
            },
            title="Ich",
        )
    )
    with cleaned(phone_photo(folder / "Titel.jpg", megapixels=1)) as clean:
        scan = files.upload(wallet.vault, clean)
    soon = wallet.add_paper(
        "residence_title",
        {
            "x_title_type": [value("aufenthaltserlaubnis", as_of="2026-11", source="eAT")],
            "date_of_expiry": [value("2026-12-20", as_of="2026-11-01", source="eAT")],
        },
        title="Aufenthaltstitel",
        attachments=[scan],
    )
    one.papers["title"] = b64u(soon)
    lease = wallet.add_paper(
        "rental_contract", {"landlord": [value("محمد نور العلي", as_of="2024", source="")]}, title="Mietvertrag"
    )
    wallet.add_paper(
        "civil_status",
        {},
        title="Geburtsurkunde",
        not_obtainable={"reason": "not-issued", "substitute": "affidavit"},
    )
    one.papers["child"] = b64u(wallet.add_person("Sami", "child"))
    picks = [Pick(soon, field="date_of_expiry"), Pick(lease, field="landlord"), Pick(soon, file=0)]
    conditions = grants.Conditions("Wohnung behalten", language="de", opens=3, passcode="918273")
    prepared = grants.prepare(wallet.vault, grants.To("Familie Brandstetter"), picks, conditions)
    grants.release(wallet.vault, prepared)
    one.grants["link"] = b64u(prepared.locator.grant)
    landlord = LinkHolder(grants.link_of(wallet.vault, prepared))
    landlord.peek()
    landlord.open("918273")
    locator = DepositLocator.of(parse_link(deposits.new_code(wallet.vault, label="Beratung", life=86400))[2])
    with cleaned(phone_photo(folder / "Bescheid.jpg", megapixels=1)) as clean:
        deposits.put_in(Connection(district.server.origin), locator, clean, note="Bitte prüfen")
    return one


@dataclass
class Tour:
    """A browser's page in which the world's wallet is brought in and every screen is visited."""

    page: Page
    world: World
    language: str

    def text(self, key: str) -> str:
        return text_of(self.language, key)

    def walk(self, stop: Callable[[str], None]) -> None:
        self._stop = stop
        self._locked()
        self._bring_in()
        self._papers()
        self._give()
        self._answer()
        self._audit()
        self._inbox()
        self._more()
        self._back()

    # -- moving

    def here(self) -> str:
        """The screen that is shown, by the address."""
        found = re.match(r"#/([a-z-]+)", self.page.evaluate("location.hash"))
        return found[1] if found else "start"

    def settle(self) -> None:
        expect(self.page.locator("main h1, .bare h1, h1").first).to_be_visible()
        if self.here() not in WAITING:
            expect(self.page.locator("main .busy")).to_have_count(0)

    def stop(self, name: str) -> None:
        if name != "start":  # its address has no name
            self.page.wait_for_url(re.compile(rf"#/{name}(/|$)"))
        self.settle()
        assert self.here() == name, f"the address says {self.here()}, the tour is at {name}"
        self._stop(name)

    def at(self, name: str, *params: str) -> None:
        self.page.evaluate(f"location.hash = '#/{'/'.join((name, *params))}'")
        self.stop(name)

    def tap(self, key: str) -> None:
        wanted = re.compile(rf"^\s*{re.escape(self.text(key))}")
        self.page.locator("main button, main a, dialog[open] button").filter(has_text=wanted).first.click()

    def main_button(self) -> Locator:
        return self.page.locator(".screen-foot button, main button[type=submit]").first

    def next(self) -> None:
        self.main_button().click()

    def pick(self, number: int = 0) -> None:
        """The n-th choice of the screen."""
        self._tick(self.page.locator("main input[type=radio]").nth(number))

    def _tick(self, box: Locator) -> None:
        """Not at its place on the screen: the bar at the foot may lie over it until somebody scrolls."""
        box.evaluate("box => box.click()")

    # -- the areas

    def _locked(self) -> None:
        self.page.goto(f"{self.world.origin}/app")
        self.stop("start")
        for name in ("first", "enter", "adopt", "recover", "join", "stop", "hidden"):
            self.at(name)

    def _bring_in(self) -> None:
        page = self.page
        page.goto(f"{self.world.origin}/app#/adopt")
        page.locator("input[type=text]").first.fill(self.world.handle)
        page.locator(".blocks input").first.click()
        page.keyboard.type(self.world.passphrase)
        page.locator("main button[type=submit]").click()
        expect(page.locator("main .yours")).to_be_visible(timeout=60_000)
        self._stop("yours")
        self.next()
        expect(page.locator("nav.app-nav")).to_be_visible(timeout=60_000)

    def _papers(self) -> None:
        title, person, child = (self.world.papers[name] for name in ("title", "person", "child"))
        self.at("papers")
        self.at("paper-add")
        self.at("paper-scan")
        self.at("paper-add")
        self.at("paper", title)
        for name in ("paper-fill", "paper-zone", "paper-state", "paper-remind", "paper-copy", "paper-kind"):
            self.at(name, title)
        self.at("first-show", title)
        self.at("paper-file", title, self._file(title))
        self.at("paper-value", person, "family_name")
        self._two_devices(title)
        for name in ("paper-timeline", "paper-reminders", "paper-trash", "people"):
            self.at(name)
        self.at("person", child)

    def _two_devices(self, paper: str) -> None:
        """The same paper, written here without a network and elsewhere with it."""
        self.at("paper-fill", paper)
        self.page.route("**/v1/**", lambda route: route.abort())
        self.page.locator("main textarea").last.fill("Am Fenster 3")
        self.page.locator("#field-date_of_expiry input").first.fill("7")
        self.next()
        self.page.wait_for_url(
            lambda url: "#/paper-fill" not in url
        )  # a script as text is refused by the page's policy
        vault = self.world.wallet.vault
        vault.sync()
        item = next(one for one in vault.items("document") if b64u(one.id) == paper)
        fields = {
            **item.payload["fields"],
            "date_of_expiry": [value("2027-01-31", as_of="2026-11-20", source="Stadt Erlangen")],
        }
        vault.put({**item.payload, "notes": self.language, "fields": fields}, item.id)
        self.page.unroute_all(behavior="ignoreErrors")
        self.page.evaluate("dispatchEvent(new Event('online'))")
        expect(self.page.locator(".bar-warn button").first).to_be_visible()
        self.at("paper-conflict", paper)
        self.page.locator(".screen-body .wide-buttons .button").last.click()
        self.next()
        self.page.wait_for_url("**#/papers")

    def _file(self, paper: str) -> str:
        payload = next(one.payload for one in self.world.wallet.vault.items("document") if b64u(one.id) == paper)
        return str(payload["attachments"][0]["id"])

    def _give(self) -> None:
        self.at("share")
        self.at("scan")
        self.at("roots")
        self.at("give")
        self.pick(0)
        self.next()
        self.stop("give-office")
        self.at("give")
        self.pick(1)
        self.next()
        self.stop("give-what")
        self.tap("share.what.single")
        self.settle()
        self.page.locator("main details.offer-paper summary").first.click()
        self._tick(self.page.locator("main .offer-paper[open] input[type=checkbox]").first)
        dialog = self.page.locator("dialog[open] button.danger")
        if dialog.count():
            dialog.first.click()
        self.stop("give-fields")
        self.next()
        self.settle()
        self.pick(0)
        self.stop("give-end")
        self.next()
        self.stop("give-preview")
        self.next()
        self.page.wait_for_url("**#/code/**")
        self.stop("code")
        self.at("running", self.world.grants["link"])

        self._desk()

    def _desk(self) -> None:
        """A clerk without enrolment, played by the Python client."""
        clerk = Desk.begin(Connection(self.world.origin))
        self.at("give")
        self.pick(2)
        self.next()
        self.stop("give-desk")
        boxes = self.page.locator("main fieldset.digits input")
        boxes.nth(0).fill(clerk.number[:4])
        boxes.nth(1).fill(clerk.number[4:])
        self.page.locator("main form").last.locator("button[type=submit]").click()
        digits = self.page.locator("main .clerk-digits")
        for _ in range(200):
            clerk.listen()
            if digits.count():
                break
            self.page.wait_for_timeout(100)
        expect(digits).to_be_visible()
        self.stop("give-desk")
        self.next()
        self.tap("share.what.single")
        self.settle()
        paper = self.page.locator("main details.offer-paper").first
        if paper.get_attribute("open") is None:
            paper.locator("summary").click()
        self._tick(self.page.locator("main .offer-paper[open] input[type=checkbox]").first)
        dialog = self.page.locator("dialog[open] button.danger")
        if dialog.count():
            dialog.first.click()
        self.next()
        self.settle()
        self.pick(0)
        self.stop("give-end")
        self.next()
        self.next()
        self.page.wait_for_url("**#/handed/**")
        self.stop("handed")

    def _answer(self) -> None:
        # the link is opened on this phone: the page behind it leads into the app, in the same tab
        self.at("scan")
        self.page.locator("main details summary").first.click() if self.page.locator(
            "main details summary"
        ).count() else None
        box = self.page.locator("main textarea, main input[type=text], main input[type=url]").first
        box.fill(self.world.ask())
        box.press("Enter") if box.evaluate("e => e.tagName") == "INPUT" else None
        if self.here() == "scan":
            self.next()
        self.page.wait_for_url("**#/request")
        self.stop("request")
        self.next()
        self.stop("request-why")
        self.next()
        self.settle()
        for box in self.page.locator("main .asked-field input[type=checkbox]").all():
            self._tick(box)
        self.stop("request-fields")
        self.next()
        self.stop("request-preview")
        self.next()
        self.page.wait_for_url("**#/answered")
        self.stop("answered")

    def _audit(self) -> None:
        link = self.world.grants["link"]
        self.at("audit")
        self.at("audit-by", link)
        self.at("audit-entry", "2")
        self.at("report", "2")
        self.at("letter", "access", link)
        self.at("letters")
        self.at("receipt")

    def _inbox(self) -> None:
        self.at("inbox")
        self.page.locator("main a[href*='inbox-code']").first.click()
        self.stop("inbox-code")
        self.at("inbox-new")
        self.at("inbox")
        self.page.locator("main a[href*='inbox-item']").first.click()
        self.stop("inbox-item")
        keep = self.page.evaluate("location.hash").replace("inbox-item", "inbox-keep").removeprefix("#/").split("/")
        self.at(*keep)

    def _more(self) -> None:
        self.at("more")
        for name in ("notices", "devices", "device-add", "methods", "pin", "new-sheet", "settings", "hide", "about"):
            self.at(name)
        for name in ("away", "export", "import", "move", "delete", "wallets", "again"):
            self.at(name)
        self.at("devices")
        self.page.locator("main li button, main section button, main .card button").first.click()
        self.stop("device-out")
        self.at("method-renew", "passphrase")
        self.at("method-remove", "recovery")

    def _back(self) -> None:
        """The next day: the phone knows the wallet, and asks for what opens it."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.world.origin}/app")
        self.settle()
        if self.here() != "open":
            self.page.locator("main a[href*='#/open'], main button").first.click()
        self.stop("open")
        # the last: from here on this tab is a lent computer's and keeps nothing
        self.at("assist")
