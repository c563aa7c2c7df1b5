"""grant.md"""

from __future__ import annotations

import json
from typing import Any

from mappe.formats import grant as g
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.jwk import ed25519_jwk, thumbprint
from mappe.formats.keybox import _context, _plain
from mappe.formats.labels import info
from mappe.formats.seal_keys import suite_of
from mappe.formats.strict_json import dumps

from ..mlkem import hpke_seal
from ..source import NOW, agreer, box, hybrid, identity, iv, raw, signer, some, some_id
from .kit import Cases, each, flip, flip_box, jws_damage, no, ok, reheaded, resigned

ORIGIN = "https://mappe.example"
SECRET = some("S")
PLACE = g.GrantLocator.of(SECRET)
AGENCY = agreer("agency seal")
HYBRID = hybrid("agency seal")
SLOTS = (some_id("slot b"), some_id("slot a"), some_id("slot c"))
NAMES = ("person.family_name", "person.given_name", "address.locality")
KEY = g.record_key(identity("holder").signing_seed(), PLACE.grant)
DAY = 24 * 3600


def content(name: str, value: object, **more: Any) -> dict[str, Any]:
    return {
        "v": 1,
        "kind": "field",
        "name": name,
        "value": value,
        "assurance": "self-declared",
        "source": "holder",
        "as_of": "2026-11",
        "evidence": [],
        **more,
    }


class Made:
    """One grant with everything in order, and knobs to put one thing out of order."""

    def __init__(
        self,
        *,
        agency: bool = False,
        seal: Any = AGENCY,
        suite: int | None = None,
        passcode: str | None = None,
        version: int = 1,
        key: Any = KEY,
        box_key: Any = None,
        grant_key: str = "G",
        policy: dict[str, Any] | None = None,
        terms: dict[str, Any] | None = None,
        contents: list[dict[str, Any]] | None = None,
        terms_secret: bytes = SECRET,
        record: dict[str, Any] | None = None,
        time: int = NOW,
    ) -> None:
        profile = None if passcode is None else "argon2id-32-6-1"
        said = {
            "v": 1,
            "salt": b64u(some_id("terms salt")),
            "purpose": "Anmeldung zum Integrationskurs",
            "basis": "consent",
            "retention": "bis zum Ende des Kurses",
            "language": "de",
            "text": b64u(some("text")),
            "text_kind": "consent",
            "recipient": {"name": "VHS Musterstadt", "address": "Marktplatz 1"} if agency else None,
            "request": None,
            "standing": False,
            "signer": thumbprint(KEY.public_key()),
            "slots": {b64u(s): {"kind": "field", "name": n} for s, n in zip(SLOTS, NAMES, strict=True)},
            **(terms or {}),
        }
        self.terms_text = dumps(said)
        allowed = {
            "v": 1,
            "suite": suite or suite_of(seal),
            "grant": b64u(PLACE.grant),
            "recipient": b64u(PLACE.tag(raw(seal))) if agency else "bearer",
            "slots": [b64u(s) for s in SLOTS],
            "nbf": NOW,
            "exp": NOW + 7 * DAY,
            "opens": 0 if agency else 2,
            "passcode": profile,
            "terms": b64u(g.terms_hash(self.terms_text)),
            **(policy or {}),
        }
        self.policy = dumps(allowed).decode()
        self.terms = g.seal_terms(
            g.GrantLocator.of(terms_secret).terms_key, PLACE.grant, self.terms_text, iv=iv(f"terms {terms}")
        )
        hash_ = g.policy_hash(self.policy)
        inside = g.KeyBox(some(grant_key), unb64u(thumbprint((box_key or key).public_key())))
        if agency:
            public = raw(seal)
            self.keybox = box("keybox", public, _context(public, PLACE.grant, version, hash_), _plain(inside))
        else:
            stretched = b"" if passcode is None else g.stretch_passcode(passcode, PLACE, "argon2id-32-6-1")
            self.keybox = g.seal_bearer(PLACE, version, hash_, inside, stretched=stretched, iv=iv(f"keybox {version}"))
        rows = contents or [content(n, v) for n, v in zip(NAMES, ("Haile", "ሰላም", "Musterstadt"), strict=True)]
        self.slots = {
            s: g.seal_slot(
                inside.grant_key, g.SlotAt(PLACE.grant, version, s, hash_), row, iv=iv(f"slot {version} {s!r}")
            )
            for s, row in zip(SLOTS, rows, strict=True)
        }
        self.version = version
        self.key = key
        self.record = self.sign(time=time)
        if record is not None:
            self.record = resigned("record", key, self.record, jwk=True, **record)

    def sign(self, *, time: int = NOW, **changes: Any) -> str:
        parts: dict[str, Any] = {
            "grant": PLACE.grant,
            "version": self.version,
            "policy": self.policy,
            "terms": self.terms,
            "keybox": self.keybox,
            "slots": self.slots,
            "time": time,
            **changes,
        }
        return g.make_record(self.key, **parts)

    def given(self, *delivered: int, now: int = NOW + 5, **more: Any) -> dict[str, Any]:
        chosen = delivered or range(len(SLOTS))
        return {
            "secret": b64u(SECRET),
            "record": self.record,
            "policy": self.policy,
            "terms": self.terms,
            "keybox": self.keybox,
            "slots": {b64u(SLOTS[i]): self.slots[SLOTS[i]] for i in chosen},
            "now": now,
            **more,
        }


AGENCY_KEY = b64u(AGENCY.private_bytes_raw())
LINK = Made()
CODE = Made(passcode="314159")
OFFICE = Made(agency=True)
OFFICE_2 = Made(agency=True, seal=HYBRID)
AGENCY_KEY_2 = b64u(HYBRID.seed)


def cases() -> Cases:
    yield from _locators()
    yield from _policies()
    yield from _terms()
    yield from _slots()
    yield from _records()
    yield from _passcodes()
    yield from _bearer()
    yield from _agency()
    yield from _agency_2()
    yield from _preview()


def _locators() -> Cases:
    yield ok("what follows from S", "grant.locate", secret=b64u(SECRET))
    yield no("malformed", "S of 31 bytes", "grant.locate", secret=b64u(bytes(31)))
    yield ok("tag of an agency", "grant.tag", secret=b64u(SECRET), agency_key=b64u(raw(AGENCY)))
    s = b64u(SECRET)
    for path in "gard":
        yield ok(f"link {path}", "link.read", url=f"{ORIGIN}/{path}#{s}")
    yield ok("link to another port", "link.read", url=f"http://localhost:8000/g#{s}")
    for url in (
        f"{ORIGIN}/g#{s[:-1]}",
        f"{ORIGIN}/g#{s}A",
        f"{ORIGIN}/g?{s}",
        f"{ORIGIN}/x#{s}",
        f"{ORIGIN}/g/#{s}",
        f"javascript:/g#{s}",
        f"{ORIGIN}/g#{s[:-1]}+",
        f"{ORIGIN}/a/b/g#{s}",
        s,
        f"https:///g#{s}",
        f"{ORIGIN}/g#{s[:-1]}{'B' if s[-1] != 'B' else 'D'}",
    ):
        yield no("malformed", f"link {url}", "link.read", url=url)
    for path in (f"/g%23{s}", f"/a%23{s}", f"/g/{s}", f"/g{s}", f"/a#{s}", f"/g%23{s}/x", f"/G%23{s}"):
        yield ok(f"path {path}", "grant.leaked", path=path)
    for path in ("/g", f"/r%23{s}", f"/g%23{s[:-1]}", f"/g%23{s}A", f"/v1/g/{s}", "/grants"):
        yield ok(f"harmless path {path}", "grant.leaked", path=path)


def _policies() -> Cases:
    def text(**changes: Any) -> str:
        policy = {**json.loads(LINK.policy), **changes}
        return dumps({n: v for n, v in policy.items() if v is not ...}).decode()

    yield ok("policy of a link", "policy.read", text=LINK.policy)
    yield ok("policy with a passcode", "policy.read", text=CODE.policy)
    yield ok("policy of an agency", "policy.read", text=OFFICE.policy)
    yield ok("policy with white space, hashed as sent", "policy.read", text=LINK.policy.replace(",", ", "))
    yield ok("policy of 366 days", "policy.read", text=text(exp=NOW + 366 * DAY))
    yield ok("policy of 256 slots", "policy.read", text=text(slots=[b64u(some_id(f"s{i}")) for i in range(256)]))
    slot = b64u(SLOTS[0])
    for name, changes in each(
        {
            "version 2": {"v": 2},
            "link of suite 2": {"suite": 2},
            "suite 0": {"suite": 0},
            "suite as text": {"suite": "2"},
            "suite true": {"suite": True},
            "no suite": {"suite": ...},
            "extra member": {"admin": True},
            "grant of 15 bytes": {"grant": b64u(bytes(15))},
            "recipient everybody": {"recipient": "everybody"},
            "recipient null": {"recipient": None},
            "no slots": {"slots": []},
            "a slot twice": {"slots": [slot, slot]},
            "257 slots": {"slots": [b64u(some_id(f"s{i}")) for i in range(257)]},
            "exp = nbf": {"exp": NOW},
            "exp before nbf": {"exp": NOW - 1},
            "a second more than 366 days": {"exp": NOW + 366 * DAY + 1},
            "link without limit": {"opens": 0},
            "negative opens": {"opens": -1},
            "1001 opens": {"opens": 1001},
            "opens as text": {"opens": "2"},
            "opens true": {"opens": True},
            "no passcode member": {"passcode": ...},
            "passcode true": {"passcode": True},
            "terms of 31 bytes": {"terms": b64u(bytes(31))},
            "agency with passcode": {"recipient": b64u(some("tag")), "passcode": "argon2id-64-3-1"},
        }
    ):
        yield no("malformed", f"policy: {name}", "policy.read", text=text(**changes))
    yield ok("policy of an agency, suite 2", "policy.read", text=OFFICE_2.policy)
    yield no("unsupported-suite", "policy: suite 3", "policy.read", text=text(suite=3))
    yield no(
        "unsupported-suite", "policy: suite 3 of another form", "policy.read", text=text(suite=3, slots=..., new=1)
    )
    yield no("kdf-refused", "policy: weak profile", "policy.read", text=text(passcode="argon2id-8-1-1"))
    yield no("kdf-refused", "policy: profile none", "policy.read", text=text(passcode="none"))
    yield no(
        "malformed", "policy: member twice", "policy.read", text=LINK.policy.replace('"v":1', '"v":1,"opens":1000')
    )
    yield no("malformed", "policy: opens 2.0", "policy.read", text=LINK.policy.replace('"opens":2', '"opens":2.0'))
    yield no("too-large", "policy: too large", "policy.read", text=LINK.policy + " " * 16_384)


def _terms() -> Cases:
    def text(**changes: Any) -> str:
        terms = {**json.loads(LINK.terms_text), **changes}
        return dumps({n: v for n, v in terms.items() if v is not ...}).decode()

    yield ok("terms", "terms.read", text=LINK.terms_text.decode())
    yield ok("terms of a public task", "terms.read", text=text(basis="public-task", text_kind="notice"))
    yield ok("terms of a contract", "terms.read", text=text(basis="contract", text_kind="contract"))
    yield ok("terms, recipient without address", "terms.read", text=text(recipient={"name": "VHS"}))
    for name, changes in each(
        {
            "a public task dressed up as consent": {"basis": "public-task"},
            "a notice for a consent": {"text_kind": "notice"},
            "a notice for a contract": {"basis": "contract", "text_kind": "notice"},
            "a consent for a contract": {"basis": "contract", "text_kind": "consent"},
            "unknown basis": {"basis": "legitimate-interest"},
            "no signer": {"signer": ...},
            "signer of 31 bytes": {"signer": b64u(bytes(31))},
            "salt of 8 bytes": {"salt": b64u(bytes(8))},
            "language with a space": {"language": "de DE"},
            "standing 1": {"standing": 1},
            "recipient with more members": {"recipient": {"name": "a", "admin": "b"}},
            "extra member": {"x": 1},
            "slot of unknown kind": {"slots": {b64u(SLOTS[0]): {"kind": "key", "name": "a"}}},
            "slot id of 15 bytes": {"slots": {b64u(bytes(15)): {"kind": "field", "name": "a"}}},
            "slots as a list": {"slots": []},
        }
    ):
        yield no("malformed", f"terms: {name}", "terms.read", text=text(**changes))
    yield no("too-large", "terms: too large", "terms.read", text=text(purpose="a" * 65_536))


def _slots() -> Cases:
    attachment = {
        "id": b64u(some_id("file")),
        "version": 1,
        "name": "a.pdf",
        "media": "application/pdf",
        "size": 300,
        "chunk": 65_536,
        "chunks": 1,
        "key": b64u(some("A")),
        "hash": b64u(some("hash")),
        "ref": b64u(some_id("ref")),
    }

    def text(**changes: Any) -> str:
        slot = {**content("person.family_name", "Haile"), **changes}
        return dumps({n: v for n, v in slot.items() if v is not ...}).decode()

    yield ok("slot", "slot.read", text=text())
    yield ok("slot with a later member", "slot.read", text=text(later={"a": 1}))
    yield ok("slot without a value", "slot.read", text=text(value=None, missing="not-known"))
    yield ok("slot, derived", "slot.read", text=text(kind="derived", value=True, computed_on="2026-11-22"))
    yield ok("slot, attachment", "slot.read", text=text(kind="attachment", attachment=attachment))
    for name, changes in each(
        {
            "no version": {"v": ...},
            "version 2": {"v": 2},
            "unknown kind": {"kind": "secret"},
            "no value": {"value": ...},
            "unknown assurance": {"assurance": "certified"},
            "missing for another reason": {"missing": "lost"},
            "as_of with a time": {"as_of": "2026-11-22T10:00"},
            "as_of month 13": {"as_of": "2026-13"},
            "evidence as text": {"evidence": "none"},
            "attachment without one": {"kind": "attachment"},
            "field with an attachment": {"attachment": attachment},
            "derived without a date": {"kind": "derived"},
            "field with a date of computation": {"computed_on": "2026-11-22"},
            "attachment without ref": {
                "kind": "attachment",
                "attachment": {k: v for k, v in attachment.items() if k != "ref"},
            },
            "attachment of wrong size": {"kind": "attachment", "attachment": {**attachment, "chunks": 2}},
        }
    ):
        yield no("malformed", f"slot: {name}", "slot.read", text=text(**changes))
    yield no("too-large", "slot: too large", "slot.read", text=text(value="a" * 65_536))


def _records() -> Cases:
    given = {"grant": b64u(PLACE.grant)}
    yield ok("record", "record.verify", **given, token=LINK.record)
    yield from jws_damage("record.verify", LINK.record, "record", **given)
    yield no(
        "wrong-grant", "record: of another grant", "record.verify", grant=b64u(some_id("other")), token=LINK.record
    )
    for name, changes in each(
        {
            "version 0": {"version": 0},
            "version as text": {"version": "1"},
            "no terms": {"terms": ...},
            "extra member": {"x": 1},
            "digest of 31 bytes": {"keybox": b64u(bytes(31))},
            "slots as list": {"slots": []},
            "v 2": {"v": 2},
        }
    ):
        token = resigned("record", KEY, LINK.record, jwk=True, **changes)
        yield no("malformed", f"record: {name}", "record.verify", **given, token=token)
    seed = b64u(some("identity seed"))
    yield ok("record key of a link", "record.key", seed=seed, recipient=b64u(PLACE.grant), agency=False)
    yield ok("record key of an agency", "record.key", seed=seed, recipient="jobcenter-musterstadt", agency=True)


def _passcodes() -> Cases:
    yield ok("proof of a passcode", "passcode.proof", secret=b64u(SECRET), passcode="314159", profile="argon2id-32-6-1")
    yield no(
        "kdf-refused",
        "proof with a weak profile",
        "passcode.proof",
        secret=b64u(SECRET),
        passcode="314159",
        profile="argon2id-8-1-1",
    )
    yield ok("link with a passcode", "grant.read", **CODE.given(passcode="314159"))
    yield no("wrong-key", "link: wrong passcode", "grant.read", **CODE.given(passcode="314158"))
    yield no("wrong-key", "link: no passcode", "grant.read", **CODE.given())


def _bearer() -> Cases:
    seen = json.loads(json.dumps(ok("", "grant.read", **LINK.given())["out"]))
    yield ok("link", "grant.read", **LINK.given())
    yield ok("link, two of three slots", "grant.read", **LINK.given(0, 2))
    yield ok("link, last second", "grant.read", **LINK.given(now=NOW + 7 * DAY - 1))
    yield ok("link, seen before", "grant.read", **LINK.given(seen=[1, seen["record"]]))
    newer = Made(version=2, grant_key="G2")
    yield ok("link, a newer version", "grant.read", **newer.given(seen=[1, seen["record"]]))
    # (1)
    yield no(
        "bad-signature", "link (1): record altered", "grant.read", **{**LINK.given(), "record": flip(LINK.record, 1)}
    )
    stranger = reheaded(LINK.record, jwk=ed25519_jwk(signer("x").public_key()))
    yield no(
        "bad-signature", "link (1): another key in the header", "grant.read", **{**LINK.given(), "record": stranger}
    )
    yield no(
        "wrong-grant",
        "link (1): record of another grant",
        "grant.read",
        **Made(record={"grant": b64u(some_id("o"))}).given(),
    )
    yield no("wrong-grant", "link (1): another S", "grant.read", **{**LINK.given(), "secret": b64u(some("S2"))})
    # (2)
    widened = LINK.policy.replace('"opens":2', '"opens":9')
    yield no("record-mismatch", "link (2): policy widened", "grant.read", **{**LINK.given(), "policy": widened})
    yield no(
        "record-mismatch", "link (2): policy spaced", "grant.read", **{**LINK.given(), "policy": LINK.policy + " "}
    )
    yield no(
        "record-mismatch",
        "link (2): terms of another version",
        "grant.read",
        **{**LINK.given(), "terms": flip(LINK.terms, 3)},
    )
    yield no(
        "record-mismatch",
        "link (2): key box of another version",
        "grant.read",
        **{**LINK.given(), "keybox": newer.keybox},
    )
    mixed = LINK.given()
    mixed["slots"] = {**mixed["slots"], b64u(SLOTS[0]): newer.slots[SLOTS[0]]}
    yield no("record-mismatch", "link (2): slot of another version", "grant.read", **mixed)
    swapped = LINK.given()
    swapped["slots"] = {b64u(SLOTS[0]): LINK.slots[SLOTS[1]], b64u(SLOTS[1]): LINK.slots[SLOTS[0]]}
    yield no("record-mismatch", "link (2): slots exchanged", "grant.read", **swapped)
    foreign = LINK.given()
    foreign["slots"] = {b64u(some_id("foreign")): LINK.slots[SLOTS[0]]}
    yield no("record-mismatch", "link (2): slot that is not in the record", "grant.read", **foreign)
    fewer = Made()
    fewer.record = fewer.sign(slots={s: fewer.slots[s] for s in SLOTS[:2]})
    yield no("record-mismatch", "link (2): record with fewer slots than the policy", "grant.read", **fewer.given(0))
    more = Made()
    more.record = more.sign(slots={**more.slots, some_id("more"): more.slots[SLOTS[0]]})
    yield no("record-mismatch", "link (2): record with more slots than the policy", "grant.read", **more.given())
    # (3)
    yield no("malformed", "link (3): policy without a limit", "grant.read", **Made(policy={"opens": 0}).given())
    yield no(
        "wrong-grant",
        "link (3): policy of another grant",
        "grant.read",
        **Made(policy={"grant": b64u(some_id("o"))}).given(),
    )
    yield no(
        "wrong-recipient",
        "link (3): policy for an agency",
        "grant.read",
        **Made(policy={"recipient": b64u(some("tag"))}).given(),
    )
    yield no("not-yet", "link (3): a second early", "grant.read", **LINK.given(now=NOW - 1))
    yield no("expired", "link (3): the second it ends", "grant.read", **LINK.given(now=NOW + 7 * DAY))
    yield no(
        "kdf-refused", "link (3): weak profile", "grant.read", **Made(policy={"passcode": "argon2id-1-1-1"}).given()
    )
    # (4)
    for code, name, keybox in (
        (
            "header-mismatch",
            "of another version",
            g.seal_bearer(PLACE, 2, g.policy_hash(LINK.policy), g.KeyBox(some("G"), some("t")), iv=iv("k2")),
        ),
        (
            "header-mismatch",
            "under another policy",
            g.seal_bearer(PLACE, 1, some("policy"), g.KeyBox(some("G"), some("t")), iv=iv("k3")),
        ),
        ("wrong-key", "under another commitment", reheaded(LINK.keybox, commit=b64u(some("c")))),
        ("malformed", "with a commitment of 31 bytes", reheaded(LINK.keybox, commit=b64u(bytes(31)))),
        ("header-mismatch", "without a commitment", reheaded(LINK.keybox, commit=None)),
        ("unsupported-suite", "of another suite", reheaded(LINK.keybox, typ="mappe/2/keybox")),
        ("undecryptable", "altered", flip(LINK.keybox, 3)),
        ("malformed", "with four segments", LINK.keybox.rpartition(".")[0]),
    ):
        bad = Made()
        bad.keybox = keybox
        bad.record = bad.sign()
        yield no(code, f"link (4): key box {name}", "grant.read", **bad.given())
    yield no(
        "wrong-record-key",
        "link (4): record by another key than the box names",
        "grant.read",
        **Made(box_key=signer("x")).given(),
    )
    # (5)
    yield no("undecryptable", "link (5): terms under another S", "grant.read", **Made(terms_secret=some("S2")).given())
    replaced = Made()
    replaced.terms = Made(terms={"purpose": "Werbung"}).terms
    replaced.record = replaced.sign()
    yield no("terms-mismatch", "link (5): other terms than the policy's", "grant.read", **replaced.given())
    two = {b64u(s): {"kind": "field", "name": n} for s, n in zip(SLOTS[:2], NAMES, strict=False)}
    yield no("terms-mismatch", "link (5): terms name fewer slots", "grant.read", **Made(terms={"slots": two}).given())
    extra = {**json.loads(LINK.terms_text)["slots"], b64u(some_id("x")): {"kind": "field", "name": "a.b"}}
    yield no("terms-mismatch", "link (5): terms name more slots", "grant.read", **Made(terms={"slots": extra}).given())
    yield no(
        "wrong-record-key",
        "link (5): terms name another signer",
        "grant.read",
        **Made(terms={"signer": b64u(some("t"))}).given(),
    )
    # (6)
    yield no("rolled-back", "link (6): older than seen", "grant.read", **LINK.given(seen=[2, b64u(some("r"))]))
    yield no(
        "two-faced",
        "link (6): same version, other record",
        "grant.read",
        **Made(time=NOW + 1).given(seen=[1, seen["record"]]),
    )
    # (7)
    renamed = [content(n, "x") for n in ("person.given_name", *NAMES[1:])]
    yield no("terms-mismatch", "link (7): slot of another name", "grant.read", **Made(contents=renamed).given())
    kind = [content(NAMES[0], True, kind="derived", computed_on="2026-11-22"), *[content(n, "x") for n in NAMES[1:]]]
    yield no("terms-mismatch", "link (7): slot of another kind", "grant.read", **Made(contents=kind).given())
    slot = LINK.slots[SLOTS[0]]
    for code, name, changed in (
        ("undecryptable", "altered", flip(slot, 3)),
        ("header-mismatch", "with another version", reheaded(slot, version=2)),
        ("header-mismatch", "with another policy", reheaded(slot, policy=b64u(some("p")))),
        ("header-mismatch", "of another grant", reheaded(slot, grant=b64u(some_id("o")))),
    ):
        bad = Made()
        bad.slots[SLOTS[0]] = changed
        bad.record = bad.sign()
        yield no(code, f"link (7): slot {name}", "grant.read", **bad.given())
    crossed = Made()
    crossed.slots[SLOTS[0]], crossed.slots[SLOTS[1]] = crossed.slots[SLOTS[1]], crossed.slots[SLOTS[0]]
    crossed.record = crossed.sign()
    yield no("header-mismatch", "link (7): slots exchanged by the signer", "grant.read", **crossed.given())


def _agency() -> Cases:
    def given(made: Made, **more: Any) -> dict[str, Any]:
        return made.given(agency_key=AGENCY_KEY, **more)

    yield ok("agency", "grant.read", **given(OFFICE))
    other = b64u(agreer("other agency").private_bytes_raw())
    yield no("wrong-recipient", "agency (3): another agency's key", "grant.read", **OFFICE.given(agency_key=other))
    yield no("wrong-recipient", "agency (3): a link's policy", "grant.read", **given(LINK))
    yield no("wrong-recipient", "agency (3): an agency's policy without a key", "grant.read", **OFFICE.given())
    hash_ = g.policy_hash(OFFICE.policy)
    inside = g.KeyBox(some("G"), unb64u(thumbprint(KEY.public_key())))
    public = raw(AGENCY)
    for code, name, keybox in (
        (
            "undecryptable",
            "of another version",
            box("keybox", public, _context(public, PLACE.grant, 2, hash_), _plain(inside)),
        ),
        (
            "undecryptable",
            "under another policy",
            box("keybox", public, _context(public, PLACE.grant, 1, some("p")), _plain(inside)),
        ),
        ("undecryptable", "altered", flip_box(OFFICE.keybox)),
        ("malformed", "of 20 bytes", b64u(bytes(20))),
        ("malformed", "holding 32 bytes", box("keybox", public, _context(public, PLACE.grant, 1, hash_), some("G"))),
    ):
        bad = Made(agency=True)
        bad.keybox = keybox
        bad.record = bad.sign()
        yield no(code, f"agency (4): key box {name}", "grant.read", **given(bad))
    # The server knows the agency's public key: it can make a key box, slots and a record, but no terms.
    forged = Made(agency=True, key=signer("server"), grant_key="server's G")
    yield no(
        "wrong-record-key", "agency (5): everything but the terms made by the server", "grant.read", **given(forged)
    )
    yield no(
        "wrong-record-key",
        "agency (4): record by another key",
        "grant.read",
        **given(Made(agency=True, box_key=signer("x"))),
    )


def _agency_2() -> Cases:
    def given(made: Made, **more: Any) -> dict[str, Any]:
        return made.given(agency_key=AGENCY_KEY_2, suite=2, **more)

    tag = b64u(raw(HYBRID))
    yield ok("tag of an agency, suite 2", "grant.tag", secret=b64u(SECRET), agency_key=tag)
    yield no("malformed", "tag of a key of 1,215 bytes", "grant.tag", secret=b64u(SECRET), agency_key=b64u(bytes(1215)))
    yield ok("agency, suite 2", "grant.read", **given(OFFICE_2))
    yield ok("peek at an agency's grant, suite 2", "grant.preview", **_shown(given(OFFICE_2)))
    other = b64u(hybrid("other agency").seed)
    for name, case in each(
        {
            "another agency's key": given(OFFICE_2) | {"agency_key": other},
            "the key of suite 1": OFFICE_2.given(agency_key=AGENCY_KEY),
            "a key of suite 2 for suite 1": given(OFFICE),
            "suite 1 said of a key of suite 2": given(Made(agency=True, seal=HYBRID, suite=1)),
            "suite 2 said of a key of suite 1": Made(agency=True, suite=2).given(agency_key=AGENCY_KEY),
        }
    ):
        yield no("wrong-recipient", f"agency, suite 2 (3): {name}", "grant.read", **case)
    peeked = _shown(given(Made(agency=True, seal=HYBRID, suite=1)))
    yield no("wrong-recipient", "peek: suite 1 said of a key of suite 2", "grant.preview", **peeked)
    late = Made(agency=True, seal=HYBRID, suite=3)
    yield no("unsupported-suite", "agency (3): suite 3", "grant.read", **given(late))
    hash_ = g.policy_hash(OFFICE_2.policy)
    inside = g.KeyBox(some("G"), unb64u(thumbprint(KEY.public_key())))
    public, half = raw(HYBRID), raw(HYBRID.halves[1])
    place = _context(public, PLACE.grant, 1, hash_)
    below = hpke_seal(public, info("keybox", place), _plain(inside), some("below", 64))
    box_2 = unb64u(OFFICE_2.keybox)
    for code, name, keybox in (
        (
            "undecryptable",
            "of another version",
            box("keybox", public, place[:16] + b"\0\0\0\2" + place[20:], b"x" * 64),
        ),
        ("undecryptable", "bound to another key", box("keybox", public, place[:-32] + some("t"), _plain(inside))),
        ("undecryptable", "under the label of suite 1", b64u(below)),
        ("undecryptable", "altered", flip_box(OFFICE_2.keybox)),
        ("malformed", "of suite 1, sealed to the key's X25519 half", box("keybox", half, place, _plain(inside))),
        ("malformed", "of suite 1, sealed to the agency's key of suite 1", OFFICE.keybox),
        ("malformed", "with its encapsulation cut short", b64u(box_2[:1000])),
        ("undecryptable", "with its end cut off", b64u(box_2[:-8])),
        ("malformed", "holding 32 bytes", box("keybox", public, place, some("G"))),
    ):
        bad = Made(agency=True, seal=HYBRID)
        bad.keybox = keybox
        bad.record = bad.sign()
        yield no(code, f"agency, suite 2 (4): key box {name}", "grant.read", **given(bad))
    # Not signed anew: the record names the box, and so its suite.
    exchanged = given(OFFICE_2) | {"keybox": OFFICE.keybox}
    yield no(
        "record-mismatch", "agency, suite 2 (2): the key box of suite 1 put in by the server", "grant.read", **exchanged
    )
    weaker = OFFICE_2.policy.replace('"suite":2', '"suite":1')
    yield no(
        "record-mismatch",
        "agency (2): suite 2 made 1 by the server",
        "grant.read",
        **given(OFFICE_2) | {"policy": weaker},
    )
    forged = Made(agency=True, seal=HYBRID, key=signer("server"), grant_key="server's G")
    yield no(
        "wrong-record-key",
        "agency, suite 2 (5): everything but the terms made by the server",
        "grant.read",
        **given(forged),
    )


def _shown(full: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in full.items() if name not in ("keybox", "slots")}


def _preview() -> Cases:
    def given(made: Made, **more: Any) -> dict[str, Any]:
        full = made.given()
        return {**{name: full[name] for name in ("secret", "record", "policy", "terms", "now")}, **more}

    yield ok("peek at a link", "grant.preview", **given(LINK))
    yield ok("peek at an agency's grant", "grant.preview", **given(OFFICE, agency_key=AGENCY_KEY))
    forged = Made(key=signer("server"))
    yield no("wrong-record-key", "peek: record made by the server", "grant.preview", **given(forged))
    yield no("expired", "peek: expired", "grant.preview", **given(LINK, now=NOW + 7 * DAY))
    yield no("record-mismatch", "peek: other terms", "grant.preview", **given(LINK, terms=OFFICE.terms))
    yield from jwe_preview()


def jwe_preview() -> Cases:
    def bad(token: str) -> dict[str, Any]:
        made = Made()
        made.terms = token
        made.record = made.sign()
        full = made.given()
        return {name: full[name] for name in ("secret", "record", "policy", "terms", "now")}

    yield no(
        "header-mismatch",
        "peek: terms of another grant",
        "grant.preview",
        **bad(reheaded(LINK.terms, grant=b64u(some_id("o")))),
    )
    yield no("undecryptable", "peek: terms altered", "grant.preview", **bad(flip(LINK.terms, 3)))
