"""Schemas of the answers that handlers write as ready bytes. A test holds real answers to them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class Ok(BaseModel):
    """Alive."""

    ok: bool


class PublicKey(BaseModel):
    """An Ed25519 JWK."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str


class ServerKey(BaseModel):
    """A signing key of the server; `retired` (unix seconds) null: in use."""

    kid: str
    use: str
    jwk: PublicKey
    created: int
    retired: int | None


class LogName(BaseModel):
    """The name of the public log: the first line of its checkpoints."""

    origin: str


class Meta(BaseModel):
    """What a client needs to know before anything else."""

    origin: str
    rp_id: str
    api: list[str]
    suites: list[int]
    time: int
    keys: list[ServerKey]
    limits: dict[str, int]
    log: LogName
    witnesses: list[str]
    deprecations: list[object]


class Challenge(BaseModel):
    """A single-use nonce and when it ends."""

    nonce: str
    exp: int


class LogReceipt(BaseModel):
    """The log entry as hashed, and the server's signed promise (log.md)."""

    event: str
    promise: str


class Entered(LogReceipt):
    """A session of a device."""

    wallet: str
    device: str
    token: str
    exp: int


class Head(BaseModel):
    """The newest change."""

    number: int
    change: str


class Method(BaseModel):
    """A way to unlock, and the sealed wallet key behind it."""

    id: str
    kind: str
    version: int
    envelope: str


class SignedIn(Entered):
    """A session and everything that the proven method opens."""

    genesis: str
    identity_box: str
    methods: list[Method]
    head: Head


class CameIn(SignedIn):
    """The same for a device that another one has let in, with the box for it."""

    box: str
    mode: str


class Approved(LogReceipt):
    """A box, for a device or a desk, waits until then."""

    exp: int


class Released(LogReceipt):
    """The server's share of a device's PIN."""

    share: str


class Nothing(BaseModel):
    """There was nothing to end."""


class Waiting(LogReceipt):
    """A recovery without its PIN waits until then."""

    pending_until: int


class Device(BaseModel):
    """A device; `seen_on` is not more exact than an hour, `until` the end of one that is lent."""

    device: str
    label: str
    created: int
    seen_on: int
    until: int | None


class Devices(BaseModel):
    """The holder's devices."""

    devices: list[Device]


class WalletStatus(BaseModel):
    """How full the wallet is, and what its holder should know at once."""

    bytes_used: int
    bytes_allowed: int
    objects: int
    objects_allowed: int
    suspended: bool
    recovery_pending_until: int | None
    created: int


class VaultObject(BaseModel):
    """An object; a tombstone has no `key` and no `body`."""

    id: str
    version: int
    key: str | None = None
    body: str | None = None


class Synced(BaseModel):
    """One page: what is new, under the head that all pages share."""

    head: Head
    changes: list[str]
    objects: list[VaultObject]
    methods: list[Method]
    identity_box: str
    genesis: str
    statement: str | None = None
    recovery_pending_until: int | None = None
    next: str | None = None


class Changed(LogReceipt):
    """The number of the change that was taken."""

    number: int


class UploadProgress(BaseModel):
    """How far an upload is, in stored bytes."""

    offset: int
    size: int
    complete: bool


class JournalEntry(BaseModel):
    """A sealed entry; `index` once it lies in the tree."""

    seq: int
    leaf: str
    body: str
    index: int | None = None


class Journal(BaseModel):
    """A page of the holder's log, the signed end of it, and the checkpoint it lies under."""

    entries: list[JournalEntry]
    head: str
    checkpoint: str


class Included(BaseModel):
    """A proof that a leaf lies in the tree."""

    index: int
    size: int
    path: list[str]
    checkpoint: str


class Pending(BaseModel):
    """Not yet in the tree, or unknown: the same answer."""

    pending: Literal[True]


class Consistent(BaseModel):
    """A proof that one tree continues another."""

    path: list[str]


# operation id → status → what the body is; several: one of them
ANSWERS: dict[str, dict[int, tuple[type[BaseModel], ...]]] = {
    "meta": {200: (Meta,)},
    "healthz": {200: (Ok,)},
    "readyz": {200: (Ok,)},
    "sign_in_challenge": {200: (Challenge,)},
    "create_wallet": {201: (Entered,)},
    "sign_in_device": {200: (SignedIn,), 202: (Waiting,)},
    "list_devices": {200: (Devices,)},
    "remove_device": {200: (LogReceipt,)},
    "approve_join": {200: (Approved,)},
    "collect_join": {200: (CameIn,)},
    "give_to_desk": {200: (Approved,)},
    "set_pin": {200: (LogReceipt,)},
    "release_pin": {200: (Released,)},
    "forget_pin": {200: (LogReceipt, Nothing)},
    "stop_recovery": {200: (LogReceipt,)},
    "stop": {200: (LogReceipt,)},
    "wallet_status": {200: (WalletStatus,)},
    "sync_wallet": {200: (Synced,)},
    "change_wallet": {200: (Changed,)},
    "begin_attachment": {201: (UploadProgress,)},
    "attachment_status": {200: (UploadProgress,)},
    "append_attachment": {200: (UploadProgress,)},
    "read_entries": {200: (Journal,)},
    "prove_inclusion": {200: (Included, Pending)},
    "prove_consistency": {200: (Consistent,)},
}
