"""The sign-in proof (sign_in, "Sign-in proof"): a signature by a key derived from what the person keeps."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .encoding import b64u, digest_bytes
from .errors import FormatError
from .jws import sign, verify_self_keyed
from .strict_json import closed, dumps, exactly, hash32, loads, matching, one_of, string, thumbprint

MAX_PROOF = 4096  # bytes of the payload
CHALLENGE_SECONDS = 120  # life of a challenge's nonce
ACTIONS = ("sign-in", "assist")  # what the device becomes: one of the holder's, or one that is lent (join.md)

_PAYLOAD = {
    "v": exactly(1),
    "origin": string,
    "handle": matching("[0-9A-HJKMNP-TV-Z]{10}"),
    "method": matching("[a-z][a-z0-9-]{0,31}"),
    "action": one_of(ACTIONS),
    "nonce": matching("[A-Za-z0-9_-]{22,128}"),
    "jkt": thumbprint,
    "body": hash32,
}


@dataclass(frozen=True, slots=True)
class SignInProof:
    """What a sign-in proof says, signed by `public` (32 bytes). Whether that key is enrolled, `check` tells."""

    public: bytes
    origin: str
    handle: str
    method: str
    action: str
    nonce: str
    jkt: str
    body: bytes

    def check(self, *, enrolled: bytes, origin: str, jkt: str, body: bytes = b"") -> None:
        """The key is the enrolled one, and the proof is for this origin, device key and request body.

        For an unknown handle the caller passes any 32 bytes as `enrolled`: same work, same answer. The nonce is the
        caller's to spend before. FormatError `sign-in-refused`, the same for every failure.
        """
        fits = compare_digest(self.public, enrolled)
        fits &= compare_digest(self.origin.encode(), origin.encode())
        fits &= compare_digest(self.jkt, jkt)
        fits &= compare_digest(self.body, digest_bytes(body))
        if not fits:
            raise FormatError("sign-in-refused")


def make_proof(
    key: Ed25519PrivateKey,
    *,
    origin: str,
    handle: str,
    method: str,
    nonce: str,
    jkt: str,
    body: bytes = b"",
    action: str = "sign-in",
) -> str:
    """The proof for one sign-in: `method` by name (wallet.md), `nonce` as the challenge gave it, `jkt` the
    thumbprint of the device key. The signed `action` alone says whether the device lasts."""
    payload = {
        "v": 1,
        "origin": origin,
        "handle": handle,
        "method": method,
        "action": action,
        "nonce": nonce,
        "jkt": jkt,
        "body": b64u(digest_bytes(body)),
    }
    return sign("sign-in", key, dumps(payload), jwk=True)


def read_proof(token: str) -> SignInProof:
    """The proof, its signature verified with the key in its header; the caller then calls `check`.

    FormatError `sign-in-refused` whatever is wrong, so that nothing tells one failure from another.
    """
    try:
        public, payload = verify_self_keyed("sign-in", token)
        claims = closed(loads(payload, max_bytes=MAX_PROOF), _PAYLOAD)
    except FormatError:
        raise FormatError("sign-in-refused") from None
    names = ("origin", "handle", "method", "action", "nonce", "jkt", "body")
    return SignInProof(public.public_bytes_raw(), *(claims[name] for name in names))
