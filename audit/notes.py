"""Checkpoints as C2SP signed notes: what the server signs, and what witnesses add.

    <origin>\\n<size>\\n<base64 root>\\n
    \\n
    — <name> <base64 of key id ‖ signature>\\n

A signature line of type 0x01 is Ed25519 over the text; a cosignature (type 0x04, cosignature/v1) is Ed25519 over
"cosignature/v1\\ntime <seconds>\\n" and the text, with the 8 bytes of that time before the signature.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kit.signing import SigningKey

ED25519 = 1  # C2SP signed-note signature types
COSIGNATURE = 4
NOTE_CHARACTERS = 16 * 1024  # a checkpoint with more than a hundred cosignatures
SIGNATURE_LINES = 128


class NoteRefused(ValueError):
    """Not a well-formed note, or not one of this log."""


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed checkpoint; `text` is what was signed, `lines` are the signature lines as received."""

    origin: str
    size: int
    root: bytes
    text: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody outside of this server who cosigns checkpoints. `public` is an Ed25519 key."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> Witness:
        """From a verifier key `name+hash+base64(0x04 ‖ key)`; ValueError."""
        name, digest, encoded = [*vkey.split("+", 2), "", ""][:3]
        key = b64decode(encoded, validate=True)
        if not name or " " in name or len(key) != 33 or key[0] != COSIGNATURE:
            raise ValueError("a witness is name+hash+base64 of 0x04 and an Ed25519 key")
        if key_hash(name, COSIGNATURE, key[1:]).hex() != digest:
            raise ValueError("the hash of the witness's key does not fit")
        return cls(name, key[1:])


def key_hash(name: str, algorithm: int, public: bytes) -> bytes:
    """The 4 bytes that name a key inside a signature line."""
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:4]


def sign_checkpoint(origin: str, size: int, root: bytes, key: SigningKey) -> str:
    """The signed checkpoint of a tree; the caller has made sure that it continues the last one."""
    text = f"{origin}\n{size}\n{b64encode(root).decode()}\n"
    signature = key_hash(origin, ED25519, key.info.public) + key.sign(text.encode())
    return f"{text}\n— {origin} {b64encode(signature).decode()}\n"


def parse_note(note: str) -> Note:
    """The parts of a checkpoint without extension lines, strictly; NoteRefused. Verifies no signature."""
    if len(note) > NOTE_CHARACTERS:
        raise NoteRefused("the note is too long")
    text, separator, signatures = note.partition("\n\n")
    lines = signatures.split("\n")
    parts = text.split("\n")
    if not separator or lines.pop() or not 0 < len(lines) <= SIGNATURE_LINES or len(parts) != 3:
        raise NoteRefused("not a signed checkpoint")
    origin, size, root = parts
    if not size.isascii() or not size.isdecimal() or str(int(size[:20])) != size:
        raise NoteRefused("the size is not a whole number")
    return Note(origin, int(size), _base64(root, 32), text + "\n", tuple(lines))


def signed_by(note: Note, name: str, public: bytes) -> bool:
    """Whether the note carries this Ed25519 key's signature (type 0x01)."""
    for signature in _signatures(note, name, key_hash(name, ED25519, public), 64):
        if _holds(public, signature, note.text.encode()):
            return True
    return False


def cosignature(note: Note, witness: Witness) -> tuple[str, int] | None:
    """The witness's own line under the note and the time it states, if it verifies."""
    key_id = key_hash(witness.name, COSIGNATURE, witness.public)
    for signature in _signatures(note, witness.name, key_id, 72):
        time = int.from_bytes(signature[:8], "big")
        if _holds(witness.public, signature[8:], f"cosignature/v1\ntime {time}\n{note.text}".encode()):
            return f"— {witness.name} {b64encode(key_id + signature).decode()}", time
    return None


def _signatures(note: Note, name: str, key_id: bytes, length: int) -> list[bytes]:
    """The bytes after the key id of each line that claims this name and key."""
    found = []
    for line in note.lines:
        dash, _, rest = line.partition(" ")
        signer, _, encoded = rest.partition(" ")
        if dash != "—" or not signer:
            raise NoteRefused("not a signature line")
        data = _base64(encoded)
        if signer == name and data[:4] == key_id and len(data) == 4 + length:
            found.append(data[4:])
    return found


def _holds(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _base64(text: str, length: int | None = None) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise NoteRefused("not base64") from None
    if b64encode(data).decode() != text or (length is not None and len(data) != length):
        raise NoteRefused("not base64 of the right length")
    return data
