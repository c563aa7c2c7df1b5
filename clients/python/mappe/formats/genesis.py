"""Genesis and identity box (wallet, "Genesis and wallet id", "Identity box")."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from .encoding import b64u, u32
from .errors import FormatError
from .jwe import Members, open_sealed, seal
from .jwk import ed25519_thumbprint, x25519_public
from .jws import sign, verify_self_keyed
from .labels import SUITE, derive, tagged_hash
from .strict_json import closed, dumps, exactly, hash32, id16, loads, time

MAX_GENESIS = 1024  # bytes of the payload

_PAYLOAD = {
    "v": exactly(1),
    "suite": exactly(SUITE),
    "receive": hash32,
    "log": hash32,
    "created": time,
    "nonce": id16,
}


@dataclass(frozen=True, slots=True)
class Genesis:
    """The wallet's public beginning: its signing key, receive key and log key (raw, 32 bytes each)."""

    signing: bytes
    receive: bytes
    log: bytes
    created: int
    nonce: bytes
    wallet_id: bytes

    @property
    def public(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.signing)

    @property
    def kid(self) -> str:
        """The thumbprint that stands in the header of every change."""
        return ed25519_thumbprint(self.signing)


@dataclass(frozen=True, slots=True)
class Identity:
    """The three private halves of a wallet."""

    signing: Ed25519PrivateKey = field(repr=False)
    receive: X25519PrivateKey = field(repr=False)
    log: X25519PrivateKey = field(repr=False)

    @classmethod
    def generate(cls) -> Identity:
        return cls(Ed25519PrivateKey.generate(), X25519PrivateKey.generate(), X25519PrivateKey.generate())

    def signing_seed(self) -> bytes:
        """The 32-byte Ed25519 seed, from which record keys are derived as well."""
        return self.signing.private_bytes_raw()

    def fits(self, genesis: Genesis) -> bool:
        """Whether these are the private halves of the keys in the genesis."""
        return (
            self.signing.public_key().public_bytes_raw() == genesis.signing
            and self.receive.public_key().public_bytes_raw() == genesis.receive
            and self.log.public_key().public_bytes_raw() == genesis.log
        )


def wallet_id_of(genesis: str) -> bytes:
    """`H("genesis", ASCII of the JWS)`; shown to no recipient."""
    return tagged_hash("genesis", genesis.encode("ascii"))


def make_genesis(identity: Identity, *, created: int, nonce: bytes) -> str:
    """The signed genesis; `nonce` 16 random bytes."""
    payload = {
        "v": 1,
        "suite": SUITE,
        "receive": b64u(identity.receive.public_key().public_bytes_raw()),
        "log": b64u(identity.log.public_key().public_bytes_raw()),
        "created": created,
        "nonce": b64u(nonce),
    }
    return sign("genesis", identity.signing, dumps(payload), jwk=True)


def verify_genesis(token: str) -> Genesis:
    """The genesis, signed by its own key. FormatError: `malformed`, `header-mismatch`, `bad-signature`."""
    public, payload = verify_self_keyed("genesis", token)
    members = closed(loads(payload, max_bytes=MAX_GENESIS), _PAYLOAD)
    for name in ("receive", "log"):
        x25519_public(members[name])
    return Genesis(
        public.public_bytes_raw(),
        members["receive"],
        members["log"],
        members["created"],
        members["nonce"],
        wallet_id_of(token),
    )


def _identity_key(vmk: bytes, wallet: bytes, epoch: int) -> bytes:
    return derive(vmk, "identity-box", wallet + u32(epoch), 32)


def seal_identity(vmk: bytes, wallet: bytes, epoch: int, identity: Identity, *, iv: bytes | None = None) -> str:
    """The identity box: the three private halves under the wallet key."""
    plaintext = b"".join(key.private_bytes_raw() for key in (identity.signing, identity.receive, identity.log))
    members: Members = {"wallet": wallet, "epoch": epoch}
    return seal("identity-box", _identity_key(vmk, wallet, epoch), members, plaintext, iv=iv)


def open_identity(vmk: bytes, wallet: bytes, epoch: int, token: str) -> Identity:
    """The private halves; `fits` is still to be asked. FormatError: `malformed`, `header-mismatch`, `undecryptable`."""
    plaintext = open_sealed(
        "identity-box", _identity_key(vmk, wallet, epoch), {"wallet": wallet, "epoch": epoch}, token
    )
    if len(plaintext) != 96:
        raise FormatError("malformed", "an identity box holds 96 bytes")
    return Identity(
        Ed25519PrivateKey.from_private_bytes(plaintext[:32]),
        X25519PrivateKey.from_private_bytes(plaintext[32:64]),
        X25519PrivateKey.from_private_bytes(plaintext[64:]),
    )
