"""The log: events, leaves, promises, and what the holder checks (log.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from .encoding import b64u, u32, u64
from .errors import FormatError, LogBroken
from .hpke import open_box, seal_box
from .jws import sign, verify
from .labels import tagged_hash
from .strict_json import (
    Checker,
    closed,
    dumps,
    exactly,
    hash32,
    id16,
    integer,
    list_of,
    loads,
    matching,
    one_of,
    string,
    time,
)

MAX_EVENT = 8 * 1024  # bytes of the event's text
MAX_BODY = 4 * MAX_EVENT  # bytes of a row's plaintext: JSON in JSON escapes quotation marks
MAX_DELAY = 24 * 3600  # seconds between a promise and its deadline
NO_LEAF = bytes(32)  # before the first entry

ACTORS = ("device", "link", "agency", "sender", "server", "stop-code")
_KIND = matching("[a-z][a-z-]{0,39}")  # unknown kinds are shown as they are


def _detail(value: object) -> Mapping[str, str | int]:
    if type(value) is not dict or any(type(item) not in (str, int) for item in value.values()):
        raise FormatError("malformed", "a detail holds texts and integers")
    return value


def _actor(value: object) -> tuple[str, str | None]:
    members = closed(value, {"type": one_of(ACTORS)}, {"id": string})
    return members["type"], members.get("id")


_EVENT: Mapping[str, Checker] = {"v": exactly(1), "kind": _KIND, "time": time, "actor": _actor}
_EVENT_OPTIONAL: Mapping[str, Checker] = {
    "grant": id16,
    "slots": list_of(id16, maximum=256),
    "lease": id16,
    "detail": _detail,
    "proof": string,
}
_BODY = {"event": string, "r1": id16, "r2": id16, "previous": hash32}
_PROMISE = {"v": exactly(1), "leaf": hash32, "r1": id16, "other": hash32, "time": time, "deadline": time}
_HEAD = {"v": exactly(1), "wallet": hash32, "seq": integer(), "leaf": hash32, "time": time, "nonce": id16}


@dataclass(frozen=True, slots=True)
class Event:
    """One entry as the holder reads it. `actor` is the type, `actor_id` whose; `proof` the caller's own DPoP proof."""

    kind: str
    time: int
    actor: str
    actor_id: str | None = None
    grant: bytes | None = None
    slots: tuple[bytes, ...] | None = None
    lease: bytes | None = None
    detail: Mapping[str, str | int] | None = None
    proof: str | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """What a row's sealed body holds: the event's text, two blinds (16 bytes each), the previous leaf (32)."""

    event: str = field(repr=False)
    r1: bytes = field(repr=False)
    r2: bytes = field(repr=False)
    previous: bytes


@dataclass(frozen=True, slots=True)
class Row:
    """A row as the server hands it out."""

    seq: int
    leaf: bytes
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Promise:
    """The server's signed word that `leaf` will lie in the tree by `deadline`. It holds neither seq nor wallet."""

    leaf: bytes
    r1: bytes
    other: bytes
    time: int
    deadline: int


@dataclass(frozen=True, slots=True)
class LogHead:
    """The server's signed word on the end of one wallet's log, for the client's `nonce`."""

    wallet: bytes
    seq: int
    leaf: bytes
    time: int
    nonce: bytes


def make_event(event: Event) -> str:
    """The event's text, hashed from then on as it is. FormatError `malformed`, `too-large`."""
    actor: dict[str, str] = {"type": event.actor}
    if event.actor_id is not None:
        actor["id"] = event.actor_id
    members: dict[str, Any] = {"v": 1, "kind": event.kind, "time": event.time, "actor": actor}
    if event.grant is not None:
        members["grant"] = b64u(event.grant)
    if event.slots is not None:
        members["slots"] = [b64u(slot) for slot in event.slots]
    if event.lease is not None:
        members["lease"] = b64u(event.lease)
    if event.detail is not None:
        members["detail"] = dict(event.detail)
    if event.proof is not None:
        members["proof"] = event.proof
    text = dumps(members)
    if len(text) > MAX_EVENT:
        raise FormatError("too-large", "an event has at most 8 KiB")
    return text.decode()


def parse_event(text: str) -> Event:
    """FormatError `malformed`."""
    members = closed(loads(text, max_bytes=MAX_EVENT), _EVENT, _EVENT_OPTIONAL)
    actor, actor_id = members.pop("actor")
    del members["v"]
    return Event(actor=actor, actor_id=actor_id, **members)


def event_half(r1: bytes, event: str) -> bytes:
    """A = SHA-256(r1 ‖ event)."""
    return sha256(r1 + event.encode("utf-8")).digest()


def place_half(r2: bytes, wallet: bytes, seq: int, previous: bytes) -> bytes:
    """B = SHA-256(r2 ‖ wallet ‖ u64 seq ‖ previous leaf)."""
    return sha256(r2 + wallet + u64(seq) + previous).digest()


def leaf_hash(a: bytes, b: bytes) -> bytes:
    """SHA-256(0x00 ‖ A ‖ B): the RFC 9162 leaf hash of the 64 bytes A ‖ B."""
    return sha256(b"\0" + a + b).digest()


def make_row(
    log_key: X25519PublicKey | bytes, wallet: bytes, seq: int, event: str, *, r1: bytes, r2: bytes, previous: bytes
) -> tuple[Row, bytes]:
    """The next row of a wallet's log, and B for the promise. r1 and r2 are 16 fresh random bytes each."""
    other = place_half(r2, wallet, seq, previous)
    leaf = leaf_hash(event_half(r1, event), other)
    plain = dumps({"event": event, "r1": b64u(r1), "r2": b64u(r2), "previous": b64u(previous)})
    return Row(seq, leaf, seal_box("log-entry", log_key, wallet + u64(seq) + leaf, plain)), other


def open_row(log_key: X25519PrivateKey, wallet: bytes, row: Row) -> Body:
    """The body of one row; `check_rows` compares it with the leaf. FormatError `malformed`, `undecryptable`."""
    plain = open_box("log-entry", log_key, wallet + u64(row.seq) + row.leaf, row.body)
    return Body(**closed(loads(plain, max_bytes=MAX_BODY), _BODY))


def make_promise(key: Ed25519PrivateKey, promise: Promise, *, kid: str | None = None) -> str:
    """The promise, signed with the server's promise key; pass its thumbprint as `kid` on the hot path."""
    payload = (
        f'{{"v":1,"leaf":"{b64u(promise.leaf)}","r1":"{b64u(promise.r1)}","other":"{b64u(promise.other)}",'
        f'"time":{promise.time},"deadline":{promise.deadline}}}'
    )
    return sign("promise", key, payload.encode("ascii"), kid=kid)


def verify_promise(token: str, public: Ed25519PublicKey | bytes) -> Promise:
    """FormatError `malformed`, `header-mismatch`, `bad-signature`."""
    members = closed(loads(verify("promise", token, public), max_bytes=1024), _PROMISE)
    del members["v"]
    promise = Promise(**members)
    if not promise.time <= promise.deadline <= promise.time + MAX_DELAY:
        raise FormatError("malformed", "a deadline lies within 24 hours")
    return promise


def check_receipt(event: str, promise: Promise) -> Event:
    """The event that the promise covers. That it says what the caller did, and after the deadline that the leaf is in
    the tree, is the caller's to check. FormatError `hash-mismatch`, `malformed`."""
    if leaf_hash(event_half(promise.r1, event), promise.other) != promise.leaf:
        raise FormatError("hash-mismatch", "not the event of this promise")
    return parse_event(event)


def make_log_head(key: Ed25519PrivateKey, head: LogHead, *, kid: str | None = None) -> str:
    """The head of a wallet's log, signed with the server's promise key."""
    payload = {
        "v": 1,
        "wallet": b64u(head.wallet),
        "seq": head.seq,
        "leaf": b64u(head.leaf),
        "time": head.time,
        "nonce": b64u(head.nonce),
    }
    return sign("log-head", key, dumps(payload), kid=kid)


def verify_log_head(token: str, public: Ed25519PublicKey | bytes) -> LogHead:
    """FormatError `malformed`, `header-mismatch`, `bad-signature`."""
    members = closed(loads(verify("log-head", token, public), max_bytes=1024), _HEAD)
    del members["v"]
    return LogHead(**members)


@dataclass(frozen=True, slots=True)
class LogPin:
    """How far a holder has checked its log."""

    seq: int = 0
    leaf: bytes = NO_LEAF


def check_rows(
    log_key: X25519PrivateKey, wallet: bytes, rows: Iterable[Row], pin: LogPin
) -> tuple[LogPin, list[tuple[Row, Event]]]:
    """The rows after the pin, opened and linked: (1) seq without gap; (2) the body opens for this wallet, seq and leaf;
    (3) it names the leaf before; (4) the halves give the leaf. LogBroken with the first seq that fails.

    What follows is the caller's: the new pin is compared with the server's signed head (`check_head`), and each leaf is
    looked for in the tree (merkle, checkpoint).
    """
    checked: list[tuple[Row, Event]] = []
    seq, leaf = pin.seq, pin.leaf
    for row in rows:
        seq += 1
        if row.seq != seq:  # (1)
            raise LogBroken(seq, "missing, or out of order")
        try:
            body = open_row(log_key, wallet, row)  # (2)
            event = parse_event(body.event)
        except FormatError as error:
            raise LogBroken(seq, error.code) from None
        if body.previous != leaf:  # (3)
            raise LogBroken(seq, "does not follow the entry before")
        other = place_half(body.r2, wallet, seq, leaf)
        if leaf_hash(event_half(body.r1, body.event), other) != row.leaf:  # (4)
            raise LogBroken(seq, "is not what the leaf commits to")
        leaf = row.leaf
        checked.append((row, event))
    return LogPin(seq, leaf), checked


def check_head(pin: LogPin, head: LogHead, wallet: bytes, nonce: bytes) -> None:
    """LogBroken unless the log ends where the server signed that it ends, for this wallet and nonce."""
    if head.wallet != wallet or head.nonce != nonce or (head.seq, head.leaf) != (pin.seq, pin.leaf):
        raise LogBroken(min(head.seq, pin.seq) + 1, "the log does not end where the server signed")


def registry_leaf(registry: bytes, version: int, bundle: str) -> bytes:
    """The leaf of a registry version: A is the registry hash, B names version and bundle."""
    return leaf_hash(registry, tagged_hash("registry-leaf", u32(version) + bundle.encode("ascii")))
