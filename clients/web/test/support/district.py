"""A district for the browser's tests: a real server, offices with keys, recipients and another client, all of them the
Python implementation. Commands come as lines of JSON on standard input, each is answered with one line."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.agency import marking
from mappe.agency.asking import Question
from mappe.agency.keys import AgencyKeys
from mappe.errors import MappeError
from mappe.formats import registry as fmt
from mappe.formats.encoding import b64u
from mappe.formats.locator import DepositLocator, RequestLocator, parse_link
from mappe.formats.mark import Issued
from mappe.formats.request import make_request, open_request, seal_request, verify_request
from mappe.holder import answering, deposits, grants, journal
from mappe.holder.cleaning import cleaned
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet, value
from mappe.recipient.link import LinkHolder

from app.migrate import upgrade
from scripts.postgres_server import free_port
from tests.adversary.liar import Liar, load
from tests.support.district import DAY, District, Office
from tests.support.server import Server

FIELDS = ["residence_title.x_title_type", "residence_title.date_of_expiry", "residence_title.file"]
OFFICES = [
    Office(
        "jobcenter",
        "Jobcenter Musterstadt",
        "Hafenstraße 1, 12345 Musterstadt",
        "can-sanction",
        {"benefit": ("public-task", "Antrag auf Leistungen prüfen", FIELDS)},
    ),
    Office(
        "beratung",
        "Beratungsstelle",
        "Marktplatz 2, 12345 Musterstadt",
        "voluntary-advice",
        {"advice": ("consent", "Beratung vorbereiten", ["person.family_name", "residence_title.valid_today"])},
    ),
]


class Commands:
    """Each public method is a command; its keyword arguments are the members of the line."""

    def __init__(self, folder: Path, *, lying: bool) -> None:
        self.folder = folder
        database = f"sqlite:///{folder / 'mappe.db'}"
        upgrade(database)
        env = {"MAPPE_DATABASE_URL": database, "MAPPE_WALLETS_PER_HOUR": "1000"}
        self.liar: Liar | None = None
        server = Server(folder, env)
        if lying:
            port = free_port()
            server.env["MAPPE_PUBLIC_ORIGIN"] = f"http://127.0.0.1:{port}"
            self.liar = Liar(server.origin, port)
            self.running = self.liar.running()
            self.running.__enter__()
        origin = "" if self.liar is None else self.liar.origin
        self.district = District(server, folder / "district", origin=origin).prepare()
        server.start()
        self.links: dict[str, LinkHolder] = {}
        self.removed: list[Any] = []

    def started(self) -> dict[str, Any]:
        roots = fmt.parse_roots(self.district.roots_file.read_bytes())
        return {
            "origin": self.district.origin or self.district.server.origin,
            "roots": self.district.roots_file.read_text(),
            "fingerprint": fmt.roots_fingerprint(roots),
        }

    # -- lies

    def tell(self, name: str | None = None) -> None:
        assert self.liar is not None
        self.liar.passed.clear()
        self.liar.tell(None if name is None else load()[name])

    def passed(self) -> Any:
        """What passed since the lie began: [method, path, lied]."""
        assert self.liar is not None
        return [[one.method, one.path, one.lied] for one in self.liar.passed]

    # -- registry

    def enrol(self) -> Any:
        self.district.enrol(*OFFICES)
        return [office.id for office in OFFICES]

    def hybrid(self, agency: str) -> Any:
        """A further version, in which this office has a key of suite 2; its kid."""
        kid = self.district.add_hybrid(agency)
        self.district.publish()
        return kid

    def publish(self, **changes: Any) -> Any:
        """A further version; `agency` with `rotate`, `status` or `fields`."""
        self._change(self.district.entries, **changes)
        self.district.publish()
        return self.district.version

    def draft(
        self,
        version: int,
        previous: str | None = None,
        issued: int = 0,
        days: int = 45,
        roots: str = "own",
        **changes: Any,
    ) -> str:
        """A registry document that is signed and never loaded: what a lying server could show. `previous`: `last`."""
        entries = json.loads(json.dumps(self.district.entries))
        self._change(entries, **changes)
        now = int(self.district.now()) + issued
        payload = fmt.make_payload(
            bundle="musterkreis",
            version=version,
            previous=self.district.last if previous == "last" else (b"\1" * 32 if previous else None),
            issued=now,
            expires=now + days * DAY,
            agencies=entries,
        )
        keys = {"own": self.district.roots[:2], "one": self.district.roots[:1] * 2, "other": _others()[:2]}[roots]
        return fmt.combine(payload, [fmt.sign_payload(key, payload) for key in keys])

    def other_roots(self) -> str:
        return fmt.make_roots("musterkreis", [key.public_key() for key in _others()]).decode()

    def _change(
        self,
        entries: list[Any],
        agency: str | None = None,
        rotate: bool = False,
        status: str = "active",
        remove: str | None = None,
        restore: bool = False,
    ) -> None:
        if remove is not None:
            self.removed += [entry for entry in entries if entry["id"] == remove]
            entries[:] = [entry for entry in entries if entry["id"] != remove]
        if restore:
            entries += self.removed
            self.removed = []
        for entry in entries:
            if entry["id"] == agency:
                entry["status"] = status
                if rotate:
                    fresh = AgencyKeys.generate(int(self.district.now())).of("seal")[0]
                    old = next(key for key in entry["keys"] if key["use"] == "seal")
                    entry["keys"].append({**old, "kid": fresh.kid, "jwk": fresh.jwk})

    # -- agencies

    def ask(self, agency: str, **question: Any) -> dict[str, Any]:
        asked = self.district.offices[agency].ask(Question(**question))
        return {"link": asked.link, "request": b64u(asked.request), "nonce": b64u(asked.nonce)}

    def altered(self, agency: str, link: str, by: str = "agency", **changes: Any) -> str:
        """The box of the request behind the link with other contents, signed by the agency or by somebody else."""
        office = self.district.offices[agency]
        locator = RequestLocator.of(parse_link(link)[2])
        box = self.district.connection().post(
            f"/v1/requests/{b64u(locator.request)}/fetch", {"auth": b64u(locator.auth)}
        )["box"]
        key = office.keys.of("request")[0]
        request = verify_request(open_request(locator, box), key.ed25519.public_key().public_bytes_raw())
        signer = key.ed25519 if by == "agency" else self.district.offices[by].keys.of("request")[0].ed25519
        for name in ("required", "optional"):
            if name in changes:
                changes[name] = tuple(changes[name])
        if "agency_name" in changes:
            changes["agency"] = changes.pop("agency_name")
        if "request" in changes:
            changes["request"] = b"\7" * 16
        return seal_request(locator, make_request(signer, replace(request, **changes)))

    def collect(self, agency: str, request: str, digits: str | None = None) -> Any:
        office = self.district.offices[agency]
        found = office.collect(office.asked(request)[0], digits)
        return {"grants": [b64u(answer.grant) for answer in found.answers], "unreadable": found.unreadable}

    def state(self, agency: str, request: str) -> Any:
        office = self.district.offices[agency]
        return office.state(office.asked(request)[0])

    def inbox(self, agency: str) -> Any:
        return [b64u(answer.grant) for answer in self.district.offices[agency].inbox().answers]

    def redeem(self, agency: str, code: str, fields: list[str] | None = None) -> Any:
        office = self.district.offices[agency]
        redeemed = office.redeem(code, fields)
        return {**_shown(redeemed.opened), "receipts": [one.for_holder() for one in office.receipts.all()]}

    # -- recipients of a link

    def peek(self, link: str) -> Any:
        seen = LinkHolder(link, now=self.district.now).peek()
        return {"purpose": seen.terms.purpose, "fields": sorted(slot.name for slot in seen.terms.slots.values())}

    def open(self, link: str, passcode: str | None = None, again: bool = False) -> Any:
        holder = self.links.get(link) if again else None
        holder = holder or LinkHolder(link, now=self.district.now)
        self.links[link] = holder
        opened = holder.open(passcode)
        return {**_shown(opened), "receipts": [one.for_holder() for one in holder.receipts.all()]}

    def file(self, link: str, passcode: str | None = None) -> Any:
        holder = LinkHolder(link, now=self.district.now)
        opened = holder.open(passcode)
        slot = next(id_ for id_, one in opened.grant.slots.items() if one.kind == "attachment")
        target = Path(tempfile.mkdtemp(dir=self.folder)) / "file"
        holder.fetch(opened, slot, target)
        return b64u(target.read_bytes())

    # -- another client of the holder

    def _wallet(self, handle: str, passphrase: str) -> Wallet:
        return Wallet.adopt(
            self.district.connection(),
            Path(tempfile.mkdtemp(dir=self.folder)),
            handle=handle,
            passphrase=passphrase,
        )

    def log(self, handle: str, passphrase: str) -> Any:
        told = journal.read(self._wallet(handle, passphrase).vault)
        return [[one.seq, b64u(one.leaf), one.event.kind] for one in told.entries]

    def receipt(self, handle: str, passphrase: str, receipt: str) -> int:
        wallet = self._wallet(handle, passphrase)
        body = json.loads(receipt)
        return journal.check_receipt(wallet.vault, journal.read(wallet.vault), body["event"], body["promise"]).seq

    def shares(self, handle: str, passphrase: str, end: bool = False, republish: str | None = None) -> Any:
        wallet = self._wallet(handle, passphrase)
        rows = grants.listing(wallet.vault)
        if republish is not None:
            grants.republish(wallet.vault, next(i.id for i in wallet.vault.items("grant") if b64u(i.id) == republish))
        if end:
            grants.end(wallet.vault, [item.id for item in wallet.vault.items("grant")])
        return [[row["id"], row["to"], sorted(row["slots"].values()), row["state"]] for row in rows]

    def share(self, handle: str, passphrase: str, name: str) -> Any:
        """A share made by the command line's client, with a paper of its own."""
        wallet = self._wallet(handle, passphrase)
        paper = wallet.add_paper("person", {"family_name": [value("Haddad", as_of="2026-11-01")]}, title="Ausweis")
        conditions = grants.Conditions("Wohnung", language="de", standing=True)
        prepared = grants.prepare(wallet.vault, grants.To(name), [Pick(paper, field="family_name")], conditions)
        grants.release(wallet.vault, prepared)
        return {"grant": b64u(prepared.locator.grant), "link": grants.link_of(wallet.vault, prepared)}

    def answer(self, handle: str, passphrase: str, link: str) -> Any:
        wallet = self._wallet(handle, passphrase)
        asked = answering.look(wallet.vault, link, self.district.registry_of(wallet))
        return {"purpose": asked.request.purpose_text, "over_asking": list(asked.over_asking)}

    def kinds(self, handle: str, passphrase: str) -> Any:
        return sorted(item.kind for item in self._wallet(handle, passphrase).vault.items())

    # -- depositors

    def deposit(
        self,
        link: str,
        name: str,
        content: str,
        note: str | None = None,
        agency: str | None = None,
        forged: bool = False,
    ) -> Any:
        source = Path(tempfile.mkdtemp(dir=self.folder)) / name
        source.write_text(content)
        sender: dict[str, str] = {"type": "anonymous"}
        signing = None
        if agency is not None:
            office = self.district.offices[agency]
            sender = {"type": "agency", "id": agency, "name": office.profile.name}
            signing = Ed25519PrivateKey.generate() if forged else office.keys.of("request")[0].ed25519
        with cleaned(source) as clean:
            return deposits.put_in(
                self.district.connection(),
                DepositLocator.of(parse_link(link)[2]),
                clean,
                sender=sender,
                signing=signing,
                note=note,
            )

    # -- what offices give back

    def sign(self, agency: str, code: str, fields: list[str], link: str, says: str = "seen-in-original") -> Any:
        office = self.district.offices[agency]
        return office.sign_values(office.redeem(code, fields), fields, link, says=says)

    def issue(
        self,
        agency: str,
        link: str,
        type: str,
        title: str,
        fields: dict[str, Any],
        says: str = "issued",
        of: str | None = None,
    ) -> Any:
        office = self.district.offices[agency]
        paper = Issued(type, title, {name: {"value": one, "as_of": "2026-11-01"} for name, one in fields.items()})
        return office.issue(paper, link, says=says, of=None if of is None else office.redeem(of))

    def statement(self, agency: str, link: str, kind: str, text: str) -> Any:
        """Whatever an office might put in, signed by it."""
        office = self.district.offices[agency]
        return marking.put(self.district.connection(), office.signer(), link, text.encode(), kind, "x")

    def marks(self, agency: str, code: str) -> Any:
        """Field → [state, what is said, by whom] of its marks."""
        office = self.district.offices[agency]
        redeemed = office.redeem(code)
        slots = redeemed.opened.grant.slots
        return {
            slots[id_].name: [[m.state, m.says, m.by] for m in seen] for id_, seen in office.marks(redeemed).items()
        }

    # -- time

    def advance(self, seconds: int) -> None:
        self.district.advance(seconds)

    def stop(self) -> None:
        self.district.server.remove()
        if self.liar is not None:
            self.running.__exit__(None, None, None)


_OTHERS = [Ed25519PrivateKey.generate() for _ in range(3)]


def _others() -> list[Ed25519PrivateKey]:
    return _OTHERS


def _shown(opened: Any) -> dict[str, Any]:
    grant = opened.grant
    return {
        "version": grant.record.version,
        "values": {one.name: one.content["value"] for one in grant.slots.values()},
        "purpose": grant.terms.purpose,
    }


def _say(answer: object) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


def main() -> None:
    commands = Commands(Path(tempfile.mkdtemp(prefix="mappe-district-")), lying="--lying" in sys.argv)
    _say({"ok": commands.started()})
    try:
        for line in sys.stdin:
            command = json.loads(line)
            try:
                answer = {"ok": getattr(commands, command.pop("do"))(**command)}
            except MappeError as error:
                answer = {"refused": error.code}
            except Exception as error:
                answer = {"failed": f"{type(error).__name__}: {error}"}
            _say(answer)
    finally:
        commands.stop()


if __name__ == "__main__":
    main()
