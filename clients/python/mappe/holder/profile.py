"""What one device remembers between runs: a folder, readable by its owner only.

Nothing in it opens the wallet: the device key signs requests, the cached envelopes are ciphertext. The pins (last
change, last log entry, registry version) are what makes a lying server visible, so they are written before the user is
told that something was done. Losing the folder loses no paper; the recovery sheet makes a new one.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ..errors import MappeError
from ..storage import write_private

FILE = "profile.json"


@dataclass(slots=True)
class Pin:
    """The newest change this device has verified: number, head hash, per object [version, body digest or None], epoch;
    `ancestors` number -> hash of earlier heads it has seen, to tell a rollback from a fork."""

    number: int = 0
    head: str = ""
    objects: dict[str, tuple[int, str | None]] = field(default_factory=dict)
    epoch: int = 1
    ancestors: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class LogPin:
    """The newest log entry verified (`seq`, `leaf` b64u), and up to which the public tree was asked (`proved`)."""

    seq: int = 0
    leaf: str = ""
    proved: int = 0


@dataclass(slots=True)
class Profile:
    """One wallet on one device."""

    folder: Path
    origin: str
    handle: str
    wallet: str
    device_pem: str = field(repr=False)
    token: str = field(repr=False)
    genesis: str
    identity_box: str
    methods: list[dict[str, Any]]
    pin: Pin = field(default_factory=Pin)
    log_pin: LogPin = field(default_factory=LogPin)
    head_change: str = ""
    statement: str = ""
    registry: dict[str, Any] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)
    promised: list[str] = field(default_factory=list)
    promised_at: dict[str, int] = field(default_factory=dict)  # leaf of `promised` → time of the promise
    found: list[str] = field(default_factory=list)  # promised before, and seen in the log (promises.py)
    restores: list[dict[str, int]] = field(default_factory=list)  # of the server, as this device met them (restored.py)
    unsure: bool = False  # nobody has said yet that this wallet is theirs (holder/arrival.py)

    @property
    def device_key(self) -> ec.EllipticCurvePrivateKey:
        return load_device_key(self.device_pem)[0]

    def remember(self, before: Profile) -> None:
        """What this device has seen of the server and promised by it outlives signing in anew."""
        self.log_pin, self.registry = before.log_pin, before.registry
        self.answered, self.promised, self.found = before.answered, before.promised, before.found
        self.promised_at, self.restores = before.promised_at, before.restores
        if before.pin.number:
            self.unsure = before.unsure
            self.pin.ancestors = {**before.pin.ancestors, str(before.pin.number): before.pin.head}

    def save(self) -> None:
        """Written beside the old one and renamed: a crash leaves one of the two whole."""
        body = {key: value for key, value in asdict(self).items() if key != "folder"}
        write_private(self.folder / FILE, json.dumps({"v": 1, **body}, ensure_ascii=False).encode())

    @classmethod
    def load(cls, folder: Path) -> Profile:
        """MappeError `no-wallet` when the folder holds none, `bad-profile` when it cannot be read."""
        try:
            raw = (folder / FILE).read_bytes()
        except FileNotFoundError:
            raise MappeError(
                "no-wallet",
                f"There is no wallet in {folder}.",
                "Make one with 'mappe create', or bring yours to this device with 'mappe unlock'.",
            ) from None
        try:
            body = json.loads(raw)
            if body.pop("v") != 1:
                raise ValueError
            pin = Pin(**body.pop("pin"))
            pin.objects = {key: (version, digest) for key, (version, digest) in pin.objects.items()}
            return cls(folder=folder, pin=pin, log_pin=LogPin(**body.pop("log_pin")), **body)
        except (ValueError, KeyError, TypeError) as error:
            raise MappeError(
                "bad-profile",
                f"The file {folder / FILE} cannot be read.",
                "Move the folder away and bring the wallet back with 'mappe unlock' and the recovery sheet.",
            ) from error


def load_device_key(pem: str) -> tuple[ec.EllipticCurvePrivateKey, str]:
    """A device key that was kept, and its PEM."""
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key, pem


def new_device_key() -> tuple[ec.EllipticCurvePrivateKey, str]:
    """An ES256 key for this device and its PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return key, pem
