"""Signing: all over the same bytes, each signature in a file of its own, put together and verified at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ..errors import MappeError
from ..formats import strict_json as js
from ..formats.encoding import b64u, unb64u
from ..formats.errors import FormatError
from ..formats.jwk import ed25519_thumbprint
from ..formats.jws import kid_header
from ..formats.registry import (
    MAX_DOCUMENT,
    Registry,
    Roots,
    check_fresh,
    combine,
    registry_hash,
    sign_payload,
)
from .changes import Change, compare
from .draft import Draft, payload_json, read_signed
from .roots import root_name

MAX_SIGNATURE_FILE = 4096  # bytes


@dataclass(frozen=True, slots=True)
class Protocol:
    """What a signer reads, and what goes on paper: `hash` is the one that clients pin."""

    bundle: str
    version: int
    hash: str
    previous: str | None
    issued: int
    expires: int
    agencies: int
    changes: tuple[Change, ...]
    signers: tuple[str, ...] = ()


def protocol_of(draft: Draft, roots: Roots) -> Protocol:
    """The protocol of a draft whose base was verified; MappeError `not-verified`, `wrong-bundle`."""
    last = _checked_base(draft, roots)
    old = payload_json(draft.base)["agencies"] if draft.base is not None else []
    return Protocol(
        draft.bundle,
        1 if last is None else last.version + 1,
        b64u(registry_hash(draft.payload())),
        None if last is None else b64u(last.hash),
        draft.issued,
        draft.expires,
        len(draft.agencies),
        tuple(compare(old, draft.agencies)),
    )


def protocol_of_signed(document: str, roots: Roots, last_document: str | None) -> Protocol:
    """The protocol of a signed version; without the one before it, the whole list counts as new.

    MappeError `not-verified`, or the code of the format where the two do not follow each other.
    """
    new = read_signed(document, roots)
    last = None if last_document is None else read_signed(last_document, roots)
    if last is not None and (new.version, new.previous) != (last.version + 1, last.hash):
        raise MappeError("gap", "The other file is not the version before this one.", "Give the version just before.")
    old = [] if last_document is None else payload_json(last_document)["agencies"]
    return Protocol(
        new.bundle,
        new.version,
        b64u(new.hash),
        None if new.previous is None else b64u(new.previous),
        new.issued,
        new.expires,
        len(new.agencies),
        tuple(compare(old, payload_json(document)["agencies"])),
        tuple(root_name(key) for key in signers_of(document, roots)),
    )


def sign(draft: Draft, roots: Roots, key: Ed25519PrivateKey) -> bytes:
    """One signer's signature file; MappeError `not-a-root` for a key that is none of the three."""
    _checked_base(draft, roots)
    if key.public_key().public_bytes_raw() not in roots.keys:
        raise MappeError(
            "not-a-root", "This key is none of the three in the roots file.", "Take the right key or file."
        )
    payload = draft.payload()
    body = {
        "v": 1,
        "kind": "registry-signature",
        "hash": b64u(registry_hash(payload)),
        "signature": sign_payload(key, payload),
    }
    return json.dumps(body, indent=1).encode() + b"\n"


def put_together(draft: Draft, roots: Roots, signatures: Sequence[bytes], now: int) -> str:
    """The signed document that a server loads, verified as every client will.

    MappeError `not-a-signature`, `other-draft` (signed before an edit), `too-few`, `expired`.
    """
    payload = draft.payload()
    hash_ = b64u(registry_hash(payload))
    entries: dict[str, Mapping[str, str]] = {}
    for raw in signatures:
        signed, entry = _read_signature(raw)
        if signed != hash_:
            raise MappeError(
                "other-draft", "A signature was made over another draft.", "Let everybody sign the draft as it is now."
            )
        entries[entry["protected"]] = entry
    if len(entries) < 2:
        raise MappeError("too-few", "Two different root keys must sign.", "Ask a second holder of a root key to sign.")
    document = combine(payload, list(entries.values()))
    last = _checked_base(draft, roots)
    check(document, roots, now, last)
    return document


def check(document: str, roots: Roots, now: int, last: Registry | None = None) -> Registry:
    """A signed version as a client checks it, against the version before where given; MappeError with the code of the
    format."""
    new = read_signed(document, roots)
    try:
        check_fresh(new, now, None if last is None else (last.version, last.hash))
        if last is not None and new.version > last.version + 1:
            raise FormatError("gap", f"version {last.version + 1} is missing in between")
        if new.issued > now + 86_400:
            raise FormatError("malformed", "it was issued in the future")
    except FormatError as error:
        raise MappeError(error.code, f"Clients will refuse this version: {error}.", "Draft it again.") from None
    return new


def signers_of(document: str, roots: Roots) -> list[bytes]:
    """The root keys whose signature under this document verifies."""
    outer = js.opened(js.loads(document, max_bytes=MAX_DOCUMENT), {"payload": js.string, "signatures": js.anything})
    by_header = {kid_header("registry", ed25519_thumbprint(key)): key for key in roots.keys}
    found = []
    for entry in outer["signatures"]:
        key = by_header.get(entry["protected"])
        if key is not None and _verifies(key, entry, outer["payload"]):
            found.append(key)
    return found


def _verifies(key: bytes, entry: Mapping[str, str], payload: str) -> bool:
    try:
        message = f"{entry['protected']}.{payload}".encode()
        Ed25519PublicKey.from_public_bytes(key).verify(unb64u(entry["signature"], 64), message)
    except InvalidSignature:
        return False
    return True


def _checked_base(draft: Draft, roots: Roots) -> Registry | None:
    if draft.bundle != roots.bundle:
        raise MappeError(
            "wrong-bundle", f"The draft is for {draft.bundle}, the roots for {roots.bundle}.", "Take the right files."
        )
    return None if draft.base is None else read_signed(draft.base, roots)


def _read_signature(raw: bytes) -> tuple[str, Mapping[str, str]]:
    try:
        members = js.closed(
            js.loads(raw, max_bytes=MAX_SIGNATURE_FILE),
            {
                "v": js.exactly(1),
                "kind": js.exactly("registry-signature"),
                "hash": js.string,
                "signature": lambda value: js.closed(value, {"protected": js.string, "signature": js.string}),
            },
        )
    except FormatError:
        raise MappeError(
            "not-a-signature", "A file is not a signature of 'sign'.", "Take the .sig.json files."
        ) from None
    return members["hash"], members["signature"]
