"""Real grants in number: five fields of 256 bytes for one agency, sealed and signed as a wallet does it.

Each wallet has one. They are made without a server and then written into whatever is to be measured, so that the
product, the ceiling and the ordinary way release the same bytes.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from mappe.formats import grant as g
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.jwk import ed25519_thumbprint

from audit import chain
from kit.database import Database, Tx
from sharing.grant import repository
from sharing.grant.checking import Version, check
from sharing.grant.content import Content, pack
from sharing.grant.schemas import Publish

FIELDS = ("person.family_name", "person.given_name", "person.birthdate", "residence_title.x_title_type", "contact.city")
VALUE_CHARACTERS = 120  # fills a slot to the 256 bytes of the smallest padding
LIFE = 30 * 24 * 3600  # seconds
SEEDED_AT_ONCE = 200  # grants written in one transaction


@dataclass(frozen=True, slots=True)
class Share:
    """A wallet, its grant, and what its recipient knows about it: `r` proves it to the server."""

    wallet: bytes
    log_public: bytes
    r: bytes
    version: Version

    @property
    def grant(self) -> bytes:
        return self.version.grant

    @property
    def content(self) -> Content:
        """As the product stores it."""
        return pack(self.version)


def make(agency: str, seal_public: bytes) -> Share:
    """A new wallet's one grant, checked as the server checks it."""
    now = int(time.time())
    locator = g.GrantLocator.of(secrets.token_bytes(32))
    key = Ed25519PrivateKey.generate()
    signer = ed25519_thumbprint(key.public_key().public_bytes_raw())
    ids = {secrets.token_bytes(16): name for name in FIELDS}
    terms_plain = g.make_terms(
        g.Terms(
            salt=secrets.token_bytes(16),
            purpose="Antrag auf Leistungen prüfen",
            basis="public-task",
            retention="P6M",
            language="de",
            text=bytes(32),
            text_kind="notice",
            recipient=g.Recipient("Sozialamt Musterstadt", "Rathausplatz 2, 12345 Musterstadt"),
            request=None,
            standing=False,
            signer=signer,
            slots={id_: g.SlotName("field", name) for id_, name in ids.items()},
        )
    )
    policy = g.make_policy(
        g.Policy(
            grant=locator.grant,
            tag=locator.tag(seal_public),
            slots=tuple(ids),
            nbf=now - 60,
            exp=now + LIFE,
            opens=0,
            passcode=None,
            terms=g.terms_hash(terms_plain),
        )
    )
    hash_ = g.policy_hash(policy)
    grant_key = secrets.token_bytes(32)
    terms = g.seal_terms(locator.terms_key, locator.grant, terms_plain)
    keybox = g.seal_agency(seal_public, locator.grant, 1, hash_, g.KeyBox(grant_key, unb64u(signer, 32)))
    slots = {
        id_: g.seal_slot(grant_key, g.SlotAt(locator.grant, 1, id_, hash_), _content(name)) for id_, name in ids.items()
    }
    record = g.make_record(
        key, grant=locator.grant, version=1, policy=policy, terms=terms, keybox=keybox, slots=slots, time=now
    )
    sent = Publish(
        policy=policy,
        terms=terms,
        keybox=keybox,
        slots={b64u(id_): token for id_, token in slots.items()},
        record=record,
        files=[],
    )
    log_public = X25519PrivateKey.generate().public_key().public_bytes_raw()
    return Share(secrets.token_bytes(32), log_public, locator.recipient, check(locator.grant, sent, now))


def store(db: Database, shares: list[Share]) -> None:
    """Writes them into the product's tables with the product's own statements."""
    for start in range(0, len(shares), SEEDED_AT_ONCE):
        some = shares[start : start + SEEDED_AT_ONCE]
        db.write_now(lambda tx, some=some: _store(tx, some))  # type: ignore[misc]


def _store(tx: Tx, shares: list[Share]) -> None:
    now = int(time.time())
    for share in shares:
        chain.open_chain(tx, share.wallet, share.log_public)
        repository.route(tx, share.grant, share.wallet)
        repository.insert(tx, share.wallet, share.version, now)
        repository.replace_content(tx, share.wallet, share.version)


def _content(name: str) -> dict[str, object]:
    return {
        "v": 1,
        "kind": "field",
        "name": name,
        "value": "x" * VALUE_CHARACTERS,
        "assurance": "self-declared",
        "source": "holder",
        "as_of": "2026-01-01",
        "evidence": [],
    }
