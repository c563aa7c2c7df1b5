"""The change chain (chain.md): every write is one signed change on top of the last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .encoding import b64u, digest_bytes, u32
from .errors import FormatError
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
    nullable,
    thumbprint,
    time,
)

MAX_CHANGE = 1024 * 1024  # bytes of the payload
MAX_VERSION = 2**32 - 1
NO_BODY = bytes(32)  # stands for a tombstone's body in the root

ObjectState = tuple[bytes, int, bytes | None]
"""Object id (16 bytes), version, SHA-256 of the body; None for a tombstone."""

_version = integer(1, MAX_VERSION)
_body = nullable(hash32)


def _object(value: object) -> ObjectState:
    if type(value) is not list or len(value) != 3:
        raise FormatError("malformed", "an object is [id, version, digest]")
    return id16(value[0]), _version(value[1]), _body(value[2])


_CHANGE: Mapping[str, Checker] = {
    "v": exactly(1),
    "wallet": hash32,
    "number": integer(1),
    "parent": nullable(hash32),
    "epoch": integer(1, MAX_VERSION),
    "objects": list_of(_object, maximum=16384),
    "root": hash32,
    "access": hash32,
    "device": thumbprint,
    "time": time,
}
_HEAD = {"v": exactly(1), "wallet": hash32, "number": integer(1), "head": hash32, "nonce": id16, "time": time}


@dataclass(frozen=True, slots=True)
class Change:
    """One signed write. `hash` is what the next change names as `parent`; empty while the change is unsigned."""

    wallet: bytes
    number: int
    parent: bytes | None
    epoch: int
    objects: tuple[ObjectState, ...]
    root: bytes
    access: bytes
    device: str
    time: int
    hash: bytes = b""


@dataclass(frozen=True, slots=True)
class ChainState:
    """What a chain has come to: number and hash of its head, epoch, and all objects ever (None: tombstone)."""

    number: int = 0
    head: bytes | None = None
    epoch: int = 1
    objects: Mapping[bytes, tuple[int, bytes | None]] = field(default_factory=dict)

    def object_states(self) -> list[ObjectState]:
        return [(id_, version, body) for id_, (version, body) in self.objects.items()]


@dataclass(frozen=True, slots=True)
class HeadStatement:
    """The server's signed word on the head of a wallet, for a device's `nonce`."""

    wallet: bytes
    number: int
    head: bytes
    nonce: bytes
    time: int


def _by_id(item: tuple[bytes, int, object]) -> bytes:
    return item[0]


def change_hash(token: str) -> bytes:
    """`H("change", ASCII of the change)`."""
    return tagged_hash("change", token.encode("ascii"))


def root_of(objects: Iterable[ObjectState]) -> bytes:
    """The hash over all objects ever, tombstones included; 32 bytes, independent of the order given."""
    return tagged_hash(
        "root",
        b"".join(
            id_ + u32(version) + (NO_BODY if body is None else body)
            for id_, version, body in sorted(objects, key=_by_id)
        ),
    )


def access_of(methods: Iterable[tuple[bytes, int, str]], identity_box: str) -> bytes:
    """The hash over all methods (id, version, envelope) and the identity box; 32 bytes."""
    parts = [id_ + u32(version) + digest_bytes(envelope) for id_, version, envelope in sorted(methods, key=_by_id)]
    return tagged_hash("access", b"".join(parts) + digest_bytes(identity_box))


def make_change(key: Ed25519PrivateKey, change: Change) -> str:
    """The change signed with the wallet's key."""
    payload = {
        "v": 1,
        "wallet": b64u(change.wallet),
        "number": change.number,
        "parent": None if change.parent is None else b64u(change.parent),
        "epoch": change.epoch,
        "objects": [
            [b64u(id_), version, None if body is None else b64u(body)] for id_, version, body in change.objects
        ],
        "root": b64u(change.root),
        "access": b64u(change.access),
        "device": change.device,
        "time": change.time,
    }
    return sign("change", key, dumps(payload))


def verify_change(token: str, public: Ed25519PublicKey | bytes) -> Change:
    """A change signed by this wallet's key, well-formed in itself; whether it is next, `advance` tells.

    FormatError: `malformed`, `header-mismatch`, `bad-signature`, `chain-invalid`.
    """
    members = closed(loads(verify("change", token, public), max_bytes=MAX_CHANGE), _CHANGE)
    del members["v"]
    change = Change(**members, hash=change_hash(token))
    if (change.parent is None) != (change.number == 1):
        raise FormatError("chain-invalid", "only the first change has no parent")
    if len({id_ for id_, _, _ in change.objects}) != len(change.objects):
        raise FormatError("chain-invalid", "an object appears twice")
    return change


def advance(state: ChainState, change: Change) -> ChainState:
    """The state after a verified change. Pure: the server asks it before a write, the client for each change of a sync.

    FormatError `stale-head` (number or parent is not next), `chain-invalid` (epoch, version, resurrection). The root is
    not recomputed here: it costs a pass over all objects, and `check_head` does it once, for the head.
    """
    if change.number != state.number + 1 or change.parent != state.head:
        raise FormatError("stale-head")
    if change.epoch < state.epoch:
        raise FormatError("chain-invalid", "the epoch falls")
    objects = dict(state.objects)
    for id_, version, body in change.objects:
        last, last_body = objects.get(id_, (0, NO_BODY))
        if version != last + 1:
            raise FormatError("chain-invalid", "not the next version of an object")
        if last_body is None or (last == 0 and body is None):
            raise FormatError("chain-invalid", "a tombstone is final, and needs a body before it")
        objects[id_] = (version, body)
    return ChainState(change.number, change.hash, change.epoch, objects)


def check_head(
    head: Change, objects: Iterable[ObjectState], methods: Iterable[tuple[bytes, int, str]], identity_box: str
) -> None:
    """FormatError `server-lied` unless what the server shows is what the head says."""
    if head.root != root_of(objects) or head.access != access_of(methods, identity_box):
        raise FormatError("server-lied", "objects or methods are not those of the head")


Verdict = Literal["up-to-date", "apply", "rolled-back", "forked"]


def judge_pin(
    pin: ChainState | None,
    head: Change,
    newer: Sequence[Change] = (),
    *,
    ancestors: Mapping[int, bytes] | None = None,
    floor: int = 0,
) -> Verdict:
    """The table "Pin" of chain.md for a verified head, against what this device remembers.

    `newer` are the verified changes after the pin's number, `ancestors` number -> hash of changes below the pin that
    this device remembers, `floor` the highest number known from the sheet or another device.
    """
    if pin is not None and pin.number:
        if head.number == pin.number:
            if head.hash != pin.head:
                return "forked"
        elif head.number > pin.number:
            expected = pin.head
            for number, change in enumerate(newer, pin.number + 1):
                if change.number != number or change.parent != expected:
                    return "forked"
                expected = change.hash
            if not newer or newer[-1].hash != head.hash:
                return "forked"
        else:
            return "rolled-back" if (ancestors or {}).get(head.number) == head.hash else "forked"
    if head.number < floor:
        return "rolled-back"
    return "up-to-date" if pin is not None and head.number == pin.number else "apply"


def make_head_statement(key: Ed25519PrivateKey, statement: HeadStatement, *, kid: str | None = None) -> str:
    """The statement signed with the server's promise key."""
    payload = {
        "v": 1,
        "wallet": b64u(statement.wallet),
        "number": statement.number,
        "head": b64u(statement.head),
        "nonce": b64u(statement.nonce),
        "time": statement.time,
    }
    return sign("head", key, dumps(payload), kid=kid)


def verify_head_statement(token: str, public: Ed25519PublicKey | bytes, *, nonce: bytes) -> HeadStatement:
    """The statement for this nonce. FormatError: `malformed`, `header-mismatch`, `bad-signature`, `server-lied`."""
    members = closed(loads(verify("head", token, public), max_bytes=1024), _HEAD)
    del members["v"]
    statement = HeadStatement(**members)
    if statement.nonce != nonce:
        raise FormatError("server-lied", "an old statement")
    return statement


def contradict(one: HeadStatement, other: HeadStatement) -> bool:
    """Whether two statements convict the server: one number of one wallet with two heads."""
    return one.wallet == other.wallet and one.number == other.number and one.head != other.head
