"""One person's day against a server that may die at any moment, and a memory of everything that was acknowledged.

Each step that returns has been promised; `verify` asks the server for all of it. A step that was cut off may have
happened or not, and is simply tried again, as a real client does.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from mappe.errors import ServerProblem, Unreachable
from mappe.formats.encoding import b64u
from mappe.formats.locator import DepositLocator, parse_link
from mappe.holder import deposits, files, grants, journal
from mappe.holder.account import Secrets
from mappe.holder.cleaning import Clean
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet, value
from mappe.net.server import Server as Connection
from mappe.recipient.link import LinkHolder

FILE_BYTES = 70_000  # several network reads, one chunk


class Died(Exception):
    """The server is gone in the middle of a step."""


@dataclass
class Known:
    """What the server has acknowledged."""

    papers: dict[bytes, str] = field(default_factory=dict)  # id -> title of the newest acknowledged version
    shares: dict[bytes, tuple[str, int]] = field(default_factory=dict)  # id -> link, opens acknowledged
    ended: set[bytes] = field(default_factory=set)
    uploads: list[dict[str, Any]] = field(default_factory=list)
    number: int = 0
    log_entries: int = 0


class Story:
    """A wallet on `origin`; `round` does one of everything. Raises Died when the server does."""

    def __init__(self, origin: str, folder: Path) -> None:
        self.origin = origin
        self.folder = folder
        self.known = Known()
        self.rounds = 0
        self.wallet: Wallet | None = None
        self.secrets: Secrets | None = None
        self._people = 0

    def connection(self) -> Connection:
        return Connection(self.origin)

    def round(self) -> None:
        """Every kind of write once, in an order that people would choose."""
        self.rounds += 1
        vault = self._holder().vault
        title = f"Papier {self.rounds}"
        described = self._do(lambda: files.upload(vault, self._file()))
        self.known.uploads.append(described)
        fields = {"date_of_expiry": [value("2027-05-01", as_of="2026-11-01", source="eAT")]}
        paper = self._do(
            lambda: self._holder().add_paper("residence_title", fields, title=title, attachments=[described])
        )
        self.known.papers[paper] = title
        grant, link = self._do(lambda: self._share(paper))
        self.known.shares[grant] = (link, 0)
        self._do(lambda: LinkHolder(link).open())
        self.known.shares[grant] = (link, 1)
        self._do(lambda: grants.republish(vault, grant))
        self._do(lambda: vault.server.post("/v1/grants/end", {"ids": [b64u(grant)]}))
        self.known.ended.add(grant)
        self._deposit()
        self._rename(paper, title + " neu")
        self._do(self._somebody_comes_and_goes)
        self.known.number = vault.state.number

    def verify(self) -> None:
        """Everything acknowledged is there, as it was acknowledged."""
        if self.wallet is None:
            return
        vault = self.wallet.vault
        self._do(lambda: vault.sync(floor=self.known.number))
        for paper, title in self.known.papers.items():
            assert str(vault.item(paper).payload["title"]).startswith(title), "an acknowledged change is lost"
        rows = {row["id"]: row for row in self._do(lambda: vault.server.get("/v1/grants"))["grants"]}
        for grant, (_, opens) in self.known.shares.items():
            row = rows[b64u(grant)]
            assert row["opens_used"] >= opens, "an acknowledged open is lost"
            assert row["state"] == "ended" or grant not in self.known.ended, "an ended grant lives again"
        for described in self.known.uploads[-3:]:
            path = f"/v1/attachments/{described['id']}/1/status"
            status = self._do(partial(vault.server.get, path))
            assert status["complete"], "an acknowledged upload is lost"
        told = self._do(lambda: journal.read(vault))
        assert len(told.entries) >= self.known.log_entries, "entries of the log are lost"
        self.known.log_entries = len(told.entries)

    def _holder(self) -> Wallet:
        if self.wallet is None:
            self._people += 1
            folder = self.folder / f"holder-{self._people}"
            self.wallet, self.secrets = self._do(lambda: Wallet.create(self.connection(), folder, small_memory=True))
        return self.wallet

    def _share(self, paper: bytes) -> tuple[bytes, str]:
        vault = self._holder().vault
        picks = [Pick(paper, field="date_of_expiry"), Pick(paper, file=0)]
        prepared = grants.prepare(vault, grants.To("Vermieterin"), picks, grants.Conditions("Miete", opens=5))
        grants.release(vault, prepared)
        return prepared.locator.grant, grants.link_of(vault, prepared)

    def _rename(self, paper: bytes, title: str) -> None:
        vault = self._holder().vault
        payload = dict(vault.item(paper).payload) | {"title": title}
        self._do(lambda: vault.put(payload, paper))
        self.known.papers[paper] = title

    def _deposit(self) -> None:
        vault = self._holder().vault
        link = self._do(lambda: deposits.new_code(vault, label="Beratung", size=1 << 20))
        locator = DepositLocator.of(parse_link(link)[2])
        self._do(lambda: deposits.put_in(self.connection(), locator, self._file()))
        mine = [one for one in self._do(lambda: deposits.inbox(vault)) if one.code == locator.code]
        assert mine, "an acknowledged deposit is lost"
        described = self._do(lambda: deposits.accept(vault, mine[0]))
        self._do(lambda: vault.server.post(f"/v1/attachments/{described['id']}/1/delete"))
        self._do(lambda: vault.server.post(f"/v1/deposit-codes/{b64u(locator.code)}/end"))

    def _somebody_comes_and_goes(self) -> None:
        self._people += 1
        other, _ = Wallet.create(self.connection(), self.folder / f"guest-{self._people}", small_memory=True)
        other.delete()

    def _file(self) -> Clean:
        path = self.folder / f"file-{self.rounds}-{os.urandom(4).hex()}.bin"
        path.write_bytes(os.urandom(FILE_BYTES))
        return Clean(path, path.name, "application/octet-stream", FILE_BYTES, cleaned=False)

    def _do(self, step: Callable[[], Any]) -> Any:
        try:
            return step()
        except Unreachable:
            raise Died from None
        except ServerProblem as problem:
            if problem.status >= 500:
                raise Died from None
            raise
