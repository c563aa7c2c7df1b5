"""Checkpoints: C2SP signed notes over size and root of the tree, cosigned by witnesses (log.md, "Tree").

Sources: C2SP signed-note, tlog-checkpoint, tlog-cosignature (cosignature/v1).
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .encoding import u64
from .errors import FormatError
from .jwk import ed25519_public

MAX_NOTE = 16 * 1024  # bytes; a checkpoint with sixteen cosignatures has about 2.5 KiB
MAX_SIGNATURES = 64
ED25519 = 0x01  # the log's own signature
COSIGNATURE = 0x04  # a witness's, with its time
_DASH = "\u2014 "


@dataclass(frozen=True, slots=True)
class Verifier:
    """A key whose signatures count: name, signature type, raw Ed25519 key (32 bytes)."""

    name: str
    type: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name ‖ newline ‖ type ‖ key)."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    def vkey(self) -> str:
        """`name+hash+base64`, as tools for signed notes read it."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.type]) + self.public).decode()}"

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """From such a text; FormatError `malformed`."""
        name, _, rest = vkey.partition("+")
        key_id, _, encoded = rest.partition("+")
        data = _base64(encoded)
        if len(data) != 33 or data[0] not in (ED25519, COSIGNATURE) or not _is_name(name):
            raise FormatError("malformed", "not a verifier key")
        verifier = cls(name, data[0], ed25519_public(data[1:]).public_bytes_raw())
        if verifier.key_id.hex() != key_id:
            raise FormatError("malformed", "not a verifier key")
        return verifier


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A verified checkpoint. `witnesses` are (name, time) of the known witnesses whose cosignature verifies."""

    origin: str
    size: int
    root: bytes
    witnesses: tuple[tuple[str, int], ...] = ()


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """The text that is signed: three lines."""
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n"


def make_checkpoint(key: Ed25519PrivateKey, origin: str, size: int, root: bytes) -> str:
    """The signed note, without cosignatures; the signer's name is the origin."""
    text = checkpoint_text(origin, size, root)
    verifier = Verifier(origin, ED25519, key.public_key().public_bytes_raw())
    return f"{text}\n{_line(verifier, key.sign(text.encode()))}"


def cosign(key: Ed25519PrivateKey, name: str, note: str, time: int) -> str:
    """The signature line of a witness (cosignature/v1), to be appended to the note."""
    text = split_note(note)[0]
    verifier = Verifier(name, COSIGNATURE, key.public_key().public_bytes_raw())
    return _line(verifier, u64(time) + key.sign(_cosigned(text, time)))


def verify_checkpoint(
    note: str, log: Verifier, witnesses: tuple[Verifier, ...] = (), *, max_time: int | None = None
) -> Checkpoint:
    """(1) the log's signature verifies; (2) origin is the log's name, size and root have their one spelling; (3) known
    witnesses' cosignatures verify and are not from the future (`max_time`); unknown signatures are passed over, a false
    one of a known key refuses the note, as the C2SP pages demand.

    FormatError: `malformed`, `bad-signature`, `header-mismatch` (another log).
    """
    text, lines = split_note(note)
    signed = False
    cosigned: list[tuple[str, int]] = []
    for name, key_id, signature in lines:
        if (name, key_id) == (log.name, log.key_id):
            _verify(log.public, signature, text.encode())  # (1)
            signed = True
        for witness in witnesses:
            if (name, key_id) == (witness.name, witness.key_id):  # (3)
                if len(signature) != 72:
                    raise FormatError("malformed", "a cosignature has 72 bytes")
                time = int.from_bytes(signature[:8], "big")
                _verify(witness.public, signature[8:], _cosigned(text, time))
                if max_time is None or time <= max_time:
                    cosigned.append((witness.name, time))
    if not signed:
        raise FormatError("bad-signature", "not signed by the log")
    checkpoint = parse_text(text)  # (2)
    if checkpoint.origin != log.name:
        raise FormatError("header-mismatch", "another log")
    return Checkpoint(checkpoint.origin, checkpoint.size, checkpoint.root, tuple(cosigned))


def parse_text(text: str) -> Checkpoint:
    """Origin, size and root, unverified; there are no extension lines in this log. FormatError `malformed`."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not _is_name(lines[0]):
        raise FormatError("malformed", "a checkpoint has three lines")
    size, root = lines[1], _base64(lines[2])
    if not (size.isascii() and size.isdigit() and len(size) <= 16) or (size[0] == "0" and size != "0"):
        raise FormatError("malformed", "not a size")
    if len(root) != 32:
        raise FormatError("malformed", "not a root")
    return Checkpoint(lines[0], int(size), root)


def split_note(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text, and (name, key id, signature) of every signature line. FormatError `malformed`."""
    if len(note) > MAX_NOTE or not note.endswith("\n") or any(ord(c) < 32 and c != "\n" for c in note):
        raise FormatError("malformed", "not a note")
    text, separator, block = note.rpartition("\n\n")
    lines = block.split("\n")[:-1]
    if not separator or not lines or len(lines) > MAX_SIGNATURES:
        raise FormatError("malformed", "not a note")
    signatures = []
    for line in lines:
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        data = _base64(encoded)
        if not line.startswith(_DASH) or not _is_name(name) or len(data) < 5:
            raise FormatError("malformed", "not a signature line")
        signatures.append((name, data[:4], data[4:]))
    return text + "\n", signatures


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _line(verifier: Verifier, signature: bytes) -> str:
    return f"{_DASH}{verifier.name} {b64encode(verifier.key_id + signature).decode()}\n"


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)


def _verify(public: bytes, signature: bytes, message: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        raise FormatError("bad-signature") from None


def _base64(text: str) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise FormatError("malformed", "not base64") from None
    if b64encode(data).decode() != text:
        raise FormatError("malformed", "not canonical base64")
    return data
