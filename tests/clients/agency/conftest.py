"""A real server with a loaded registry, an enrolled office, and a holder with papers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from mappe.agency.client import Agency
from mappe.agency.keys import AgencyKeys
from mappe.agency.profile import AgencyProfile
from mappe.holder import answering
from mappe.holder.answering import Answered
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet, value
from mappe.net.server import Server as Connection
from mappe.recipient.registry import RegistryClient

from tests.clients.office import Roothold, enrolment_of, office
from tests.conftest import ServerFactory
from tests.support.server import Server

VALUES = {
    "family_name": "Al-Ḥusaynī",
    "given_name": "Ağaoğlu Шевченко",
    "x_name_original_script": "الحسيني محمد ሚካኤል",
    "date_of_expiry": "2031-05-04",
}


@dataclass
class Town:
    """Everybody who takes part."""

    server: Server
    hold: Roothold
    profile: AgencyProfile
    keys: AgencyKeys
    agency: Agency
    folder: Path

    def load(self, document: Path) -> None:
        """What the operator does with a signed version."""
        self.server.run("registry", "load", str(document))
        time.sleep(3.2)  # running processes look for a new version every three seconds

    def holder(self, name: str = "amira") -> Holder:
        wallet, _ = Wallet.create(Connection(self.server.origin), self.folder / name, small_memory=True)
        paper = wallet.add_paper(
            "residence_title",
            {key: [value(content, as_of="2026-05", source="own statement")] for key, content in VALUES.items()},
            title="Aufenthaltstitel",
        )
        return Holder(self, wallet, paper)


@dataclass
class Holder:
    """Somebody with a residence title."""

    town: Town
    wallet: Wallet
    paper: bytes

    def look(self, link: str) -> answering.Asked:
        vault, folder = self.wallet.vault, self.wallet.profile.folder
        client = RegistryClient(self.wallet.server, vault.keys, vault.pins, self.town.hold.roots_file, folder)
        return answering.look(vault, link, client.fresh())

    def answer(self, link: str, fields: Sequence[str], extra: Sequence[Pick] = ()) -> Answered:
        asked = self.look(link)
        picks = [*(Pick(self.paper, field=name) for name in fields), *extra]
        prepared = answering.prepare(self.wallet.vault, asked, picks, life=86_400, language="en")
        return answering.answer(self.wallet.vault, asked, prepared)


@pytest.fixture
def town(server: ServerFactory, tmp_path: Path) -> Iterator[Town]:
    hold = Roothold(tmp_path)
    one = server(REGISTRY_ROOT=str(hold.roots_file))
    profile, keys = office(tmp_path / "office", one.origin, hold.roots_file)
    agency = Agency(profile, keys)
    place = Town(one, hold, profile, keys, agency, tmp_path)
    place.load(hold.issue(enrolment_of(profile, keys)))
    yield place
    agency.pins.close()
