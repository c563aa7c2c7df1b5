"""Appending to a wallet's chain: the hot path, passed by every access before anything leaves.

In the transaction of the access: (1) read and lock the head, so that the wallet's entries form one chain and different
wallets never wait for one another; (2) commit to event, place and predecessor in the leaf; (3) seal the body
to the holder's log key, after which the server cannot read it again; (4) store the entry where it waits for its place
in the tree; (5) store the new head. Whoever gets the answer also gets a promise for the leaf (audit.promise).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from os import urandom
from typing import NamedTuple

from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from mappe.formats.encoding import b64u, u64
from mappe.formats.jwk import x25519_public
from mappe.formats.labels import info
from mappe.formats.log import NO_LEAF, event_half, leaf_hash, place_half

from audit import caps
from audit.events import EVENT_BYTES, encode, event_text
from kit.clock import HOUR
from kit.database import Tx
from kit.errors import NOT_FOUND

KEYS_REMEMBERED = 4_096  # log keys parsed lately, some hundred bytes each: parsing costs as much as a statement

_SEAL = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM).encrypt

_OPEN = """
INSERT INTO chain_heads (wallet_id, seq, leaf, log_public, pruned, hour, hour_entries)
VALUES (:wallet, 0, :leaf, :log_public, 0, 0, 0)
"""
_HOLD = """
SELECT seq, leaf, log_public, hour, hour_entries FROM chain_heads WHERE wallet_id = :wallet FOR UPDATE
"""
_INSERT = """
INSERT INTO log_pending (wallet_id, seq, leaf, body, added) VALUES (:wallet, :seq, :leaf, :body, :added)
"""
_ADVANCE = """
UPDATE chain_heads SET seq = :seq, leaf = :leaf, hour = :hour, hour_entries = :hour_entries WHERE wallet_id = :wallet
"""


class Head(NamedTuple):
    """The end of a chain, locked by this transaction."""

    seq: int
    leaf: bytes
    log_public: bytes
    hour: int
    hour_entries: int


class Appended(NamedTuple):
    """What the caller of an access is told: the event as hashed, and the half of the leaf that proves it."""

    event: str
    leaf: bytes
    r1: bytes
    other: bytes
    time: int


def open_chain(tx: Tx, wallet: bytes, log_public: bytes) -> None:
    """Starts the chain of a new wallet. `log_public`, the log key of its genesis, is 32 bytes; else FormatError."""
    if len(wallet) != 32:
        raise ValueError("a wallet id has 32 bytes")
    _key(log_public)
    tx.run(_OPEN, wallet=wallet, leaf=NO_LEAF, log_public=log_public)


def hold(tx: Tx, wallet: bytes) -> Head:
    """Until the commit nobody else appends to this chain, nor gets past its own `hold`. NOT_FOUND without a chain."""
    row = tx.one(_HOLD, wallet=wallet)
    if row is None:
        raise NOT_FOUND()
    return Head(*row)


def append(
    tx: Tx,
    *,
    wallet: bytes,
    kind: str,
    actor: Mapping[str, str],
    now: int,
    grant: str | None = None,
    slots: Sequence[str] | None = None,
    lease: str | None = None,
    detail: Mapping[str, str | int] | None = None,
    proof: str | None = None,
    head: Head | None = None,
) -> Appended:
    """Writes one event into the wallet's chain, as part of the caller's transaction.

    `head` is for a caller that holds it already and has appended nothing since. `now` is unix seconds; `grant`,
    `slots`, `lease` are ids as on the wire. A wallet that does not exist, or was deleted a moment ago, raises
    NOT_FOUND, and with it nothing of the access remains. Past the cap of a busy hour (audit.caps) the access is counted
    and the answer is the entry that says so.
    """
    if head is None:
        head = hold(tx, wallet)
    if head.hour_entries >= caps.FREE_ENTRIES and head.hour == now // HOUR and kind in caps.CAPPED:
        scope = caps.scope_of(kind, grant)
        verdict = caps.count(tx, wallet, scope, now)
        if verdict is caps.ANNOUNCE:
            entry = _store(tx, wallet, head, caps.announcement(scope, now), now)
            caps.remember(tx, wallet, scope, entry)
            return entry
        if verdict is not caps.WRITE:
            return Appended(*verdict)
    return _store(tx, wallet, head, event_text(kind, actor, now, grant, slots, lease, detail, proof), now)


def _store(tx: Tx, wallet: bytes, head: Head, event: str, now: int) -> Appended:
    if len(event.encode()) > EVENT_BYTES:
        raise ValueError("the event is larger than the format allows")
    seq, previous = head.seq + 1, head.leaf
    random = urandom(32)
    r1, r2 = random[:16], random[16:]
    other = place_half(r2, wallet, seq, previous)
    leaf = leaf_hash(event_half(r1, event), other)
    body = f'{{"event":{encode(event)},"r1":"{b64u(r1)}","r2":"{b64u(r2)}","previous":"{b64u(previous)}"}}'
    sealed = _SEAL(body.encode(), _key(head.log_public), info("log-entry", wallet + u64(seq) + leaf))
    tx.later(_INSERT, wallet=wallet, seq=seq, leaf=leaf, body=sealed, added=now)
    hour = now // HOUR
    entries = head.hour_entries + 1 if head.hour == hour else 1
    tx.later(_ADVANCE, wallet=wallet, seq=seq, leaf=leaf, hour=hour, hour_entries=entries)
    return Appended(event, leaf, r1, other, now)


_key = lru_cache(KEYS_REMEMBERED)(x25519_public)
