"""The key box: the grant key, sealed once to whoever holds the link or to an agency (grant.md, "Key box")."""

from __future__ import annotations

from dataclasses import dataclass, field
from hmac import compare_digest

from .encoding import u32, unb64u
from .errors import FormatError
from .hpke import open_box, seal_box
from .jwe import Members, carried, check_header, open_sealed, seal
from .kdf import argon2id
from .labels import derive
from .locator import GrantLocator
from .seal_keys import SealPrivateKey, public_raw, seal_thumbprint
from .strict_json import hash32


@dataclass(frozen=True, slots=True)
class KeyBox:
    """G (32 bytes, fresh for each version) and the raw thumbprint (32) of the key that signs the record."""

    grant_key: bytes = field(repr=False)
    record_thumbprint: bytes


def stretch_passcode(passcode: str, locator: GrantLocator, profile: str) -> bytes:
    """A: Argon2id over the six digits, with a salt of this link alone; 32 bytes. FormatError `kdf-refused`."""
    return argon2id(profile, passcode.encode("ascii"), locator.salt)


def passcode_proof(locator: GrantLocator, stretched: bytes) -> bytes:
    """P: what proves the passcode to the server, which keeps SHA-256(P); 32 bytes. It depends on the link's secret, so
    the server cannot try passcodes for itself."""
    return derive(locator.base + stretched, "passcode-proof", locator.grant, 32)


def seal_bearer(
    locator: GrantLocator, version: int, policy: bytes, box: KeyBox, *, stretched: bytes = b"", iv: bytes | None = None
) -> str:
    """For whoever holds the link; `policy` is the policy's hash, `stretched` A where a passcode is set."""
    key, commit = _link_keys(locator, version, stretched)
    return seal("keybox", key, _members(locator.grant, version, policy, commit), _plain(box), iv=iv)


def open_bearer(locator: GrantLocator, version: int, policy: bytes, token: str, *, stretched: bytes = b"") -> KeyBox:
    """(1) the header names this grant, version and policy; (2) the commitment is that of link and passcode; (3) only
    then it is decrypted, so that no box opens under two passcodes.

    FormatError: `malformed`, `header-mismatch`, `wrong-key` (link or passcode), `undecryptable`.
    """
    commit = hash32(carried(token, "keybox", ("commit",))["commit"])
    members = _members(locator.grant, version, policy, commit)
    check_header("keybox", members, token)  # (1)
    key, expected = _link_keys(locator, version, stretched)
    if not compare_digest(commit, expected):  # (2)
        raise FormatError("wrong-key")
    return _box(open_sealed("keybox", key, members, token))  # (3)


def seal_agency(public: bytes, grant: bytes, version: int, policy: bytes, box: KeyBox) -> str:
    """For the agency with this seal key (raw), in the suite of that key."""
    return seal_box("keybox", public, _context(public, grant, version, policy), _plain(box))


def open_agency(private: SealPrivateKey, grant: bytes, version: int, policy: bytes, token: str) -> KeyBox:
    """FormatError `malformed`, `undecryptable` (another key, grant, version or policy)."""
    public = public_raw(private)
    return _box(open_box("keybox", private, _context(public, grant, version, policy), token))


def _link_keys(locator: GrantLocator, version: int, stretched: bytes) -> tuple[bytes, bytes]:
    both = derive(locator.base + stretched, "link-key", locator.grant + u32(version), 64)
    return both[:32], both[32:]


def _members(grant: bytes, version: int, policy: bytes, commit: bytes) -> Members:
    return {"grant": grant, "version": version, "policy": policy, "commit": commit}


def _context(public: bytes, grant: bytes, version: int, policy: bytes) -> bytes:
    return grant + u32(version) + policy + unb64u(seal_thumbprint(public), 32)


def _plain(box: KeyBox) -> bytes:
    return box.grant_key + box.record_thumbprint


def _box(plain: bytes) -> KeyBox:
    if len(plain) != 64:
        raise FormatError("malformed", "a key box holds 64 bytes")
    return KeyBox(plain[:32], plain[32:])
