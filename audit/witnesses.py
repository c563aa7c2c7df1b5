"""Cosignatures: a witness that has seen this log only ever grow signs its checkpoint (C2SP cosignature/v1).

Anybody may deliver one. It counts if it stands under a checkpoint that this server has signed, letter for letter, and
verifies under a key that the operator has listed.
"""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache

from mappe.formats.checkpoint import ED25519, Verifier, parse_text, split_note, verify_checkpoint
from mappe.formats.errors import FormatError

from audit.errors import COSIGNATURE_REFUSED
from kit.clock import MINUTE
from kit.signing import KeyRing

CLOCK_SKEW_SECONDS = 5 * MINUTE  # a witness's clock may be ahead by so much


@lru_cache(4)
def known(vkeys: tuple[str, ...]) -> tuple[Verifier, ...]:
    """The witnesses that the settings list."""
    return tuple(map(Verifier.parse, vkeys))


def size_of(submitted: str, log: str) -> int:
    """The size that a submitted note speaks of. Problem `cosignature-refused` if it is no checkpoint of this log."""
    try:
        checkpoint = parse_text(split_note(submitted)[0])
    except FormatError:
        raise COSIGNATURE_REFUSED() from None
    if checkpoint.origin != log:
        raise COSIGNATURE_REFUSED()
    return checkpoint.size


def accept(
    submitted: str, stored: str | None, keys: KeyRing, witnesses: tuple[Verifier, ...], now: int
) -> dict[str, str]:
    """The lines to store by witness; `stored` is this server's own note of that size.

    (1) The text is the one that this server signed; (2) each line of a listed witness verifies and is not from the
    future; (3) there is at least one. Problem `cosignature-refused`.
    """
    text, signatures = split_note(submitted)
    if stored is None or split_note(stored)[0] != text:  # (1)
        raise COSIGNATURE_REFUSED()
    origin = parse_text(text).origin
    log = _signer(stored, origin, keys)
    lines: dict[str, str] = {}
    for witness in witnesses:
        mine = [(key_id, sig) for name, key_id, sig in signatures if (name, key_id) == (witness.name, witness.key_id)]
        if not mine:
            continue
        line = f"— {witness.name} {b64encode(b''.join(mine[0])).decode()}\n"
        try:
            verified = verify_checkpoint(stored + line, log, (witness,), max_time=now + CLOCK_SKEW_SECONDS)  # (2)
        except FormatError:
            raise COSIGNATURE_REFUSED() from None
        if verified.witnesses:
            lines[witness.vkey()] = line
    if not lines:  # (3)
        raise COSIGNATURE_REFUSED()
    return lines


def _signer(stored: str, origin: str, keys: KeyRing) -> Verifier:
    """The key of this log, perhaps a retired one, that signed the stored note."""
    signed = {(name, key_id) for name, key_id, _ in split_note(stored)[1]}
    for key in keys.published("log"):
        verifier = Verifier(origin, ED25519, key.public)
        if (origin, verifier.key_id) in signed:
            return verifier
    raise COSIGNATURE_REFUSED()
