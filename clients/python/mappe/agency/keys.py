"""An agency's keys: login, request, seal. Old seal keys stay, so that what was sealed to them can still be read.

The file is private (0600) and, with a passphrase, an age file besides. Which key counts is not decided here but by the
registry: a new key is used from the moment it is listed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .. import age_file
from ..errors import MappeError
from ..formats import strict_json as js
from ..formats.encoding import b64u
from ..formats.errors import FormatError
from ..formats.jwk import ed25519_jwk
from ..formats.labels import HYBRID_SUITE, SUITE
from ..formats.registry import USES, key_thumbprint
from ..formats.seal_keys import SealPrivateKey, load_private, new_private, private_raw, public_raw, seal_jwk
from ..storage import check_private, write_private

MAX_FILE = 64 * 1024  # bytes: some hundred keys


@dataclass(frozen=True, slots=True)
class HeldKey:
    """One private key and its use; `kid` is its name in the registry. Only seal keys come in suite 2."""

    use: str
    private: bytes = field(repr=False)
    created: int
    suite: int = SUITE

    @property
    def ed25519(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.private)

    @property
    def seal(self) -> SealPrivateKey:
        return load_private(self.private, self.suite)

    @property
    def public(self) -> bytes:
        return public_raw(self.seal) if self.use == "seal" else self.ed25519.public_key().public_bytes_raw()

    @property
    def kid(self) -> str:
        return key_thumbprint(self.use, self.public)

    @property
    def jwk(self) -> dict[str, str]:
        return seal_jwk(self.public) if self.use == "seal" else ed25519_jwk(self.public)


def _new(use: str, now: int, suite: int = SUITE) -> HeldKey:
    private = private_raw(new_private(suite)) if use == "seal" else Ed25519PrivateKey.generate().private_bytes_raw()
    return HeldKey(use, private, now, suite)


def _held(value: object) -> HeldKey:
    entry = {"use": js.one_of(USES), "private": js.hash32, "created": js.time}
    held = HeldKey(**js.closed(value, entry, {"suite": js.integer(SUITE, HYBRID_SUITE)}))
    if held.suite != SUITE and held.use != "seal":
        raise FormatError("malformed", "only a seal key has suite 2")
    return held


@dataclass(frozen=True, slots=True)
class AgencyKeys:
    """All keys of an agency, newest last."""

    keys: tuple[HeldKey, ...]

    @classmethod
    def generate(cls, now: int) -> AgencyKeys:
        """One key for each use."""
        return cls(tuple(_new(use, now) for use in USES))

    def with_new(self, use: str, now: int, suite: int = SUITE) -> AgencyKeys:
        """The same with a further key; the registry decides when it counts. MappeError `no-suite`."""
        if use != "seal" and suite != SUITE:
            raise MappeError("no-suite", f"A {use} key has no suite {suite}.", "Only seal keys come in suite 2.")
        return AgencyKeys((*self.keys, _new(use, now, suite)))

    def of(self, use: str, suite: int | None = None) -> list[HeldKey]:
        """The keys of a use, newest first; of one suite alone where it is given."""
        return [key for key in reversed(self.keys) if key.use == use and suite in (None, key.suite)]

    def listed(self, use: str, kids: Iterable[str]) -> HeldKey:
        """The newest key of a use among those that the registry lists as active; MappeError `not-listed`."""
        active = set(kids)
        for key in self.of(use):
            if key.kid in active:
                return key
        raise MappeError(
            "not-listed",
            f"The registry lists no active {use} key of ours.",
            "If the enrolment is new, wait until the operator has loaded it; otherwise send a new one ('keys rotate').",
        )

    def save(self, path: Path, passphrase: str = "") -> None:
        """The file, whole or not at all; with a passphrase as an age file."""
        body = {
            "v": 1,
            "kind": "agency-keys",
            "keys": [_stored(key) for key in self.keys],
        }
        data = json.dumps(body, indent=1).encode()
        write_private(path, age_file.seal(data, passphrase) if passphrase else data)

    @classmethod
    def load(cls, path: Path, passphrase: str = "") -> AgencyKeys:
        """MappeError `no-keys`, `exposed`, `wrong-passphrase`, `bad-keys`."""
        data = read_file(path)
        if age_file.is_age(data):
            data = age_file.unseal(data, passphrase, str(path))
        try:
            members = js.closed(
                js.loads(data, max_bytes=MAX_FILE),
                {
                    "v": js.exactly(1),
                    "kind": js.exactly("agency-keys"),
                    "keys": js.list_of(_held, minimum=3, maximum=256),
                },
            )
        except FormatError:
            raise MappeError("bad-keys", f"{path} cannot be read.", "Put the keys back from your backup.") from None
        return cls(members["keys"])


def _stored(key: HeldKey) -> dict[str, object]:
    row = {"use": key.use, "private": b64u(key.private), "created": key.created}
    return row if key.suite == SUITE else {**row, "suite": key.suite}  # else as older programs read it


def read_file(path: Path) -> bytes:
    """The bytes of the key file, which nobody else may read."""
    try:
        check_private(path)
        return path.read_bytes()
    except FileNotFoundError:
        raise MappeError("no-keys", f"There are no keys in {path}.", "Make them with 'mappe-agency init'.") from None
