"""sign_in.md"""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from mappe.formats import sign_in
from mappe.formats.encoding import b64u, digest
from mappe.formats.jwk import ed25519_jwk, p256_jwk, thumbprint
from mappe.formats.strict_json import dumps

from ..source import NOW, p256, raw, signer, some, some_id
from .kit import Cases, each, flip, no, ok, payload_of, reheaded, resigned, with_segment

ORIGIN = "https://mappe.example"
HTU = f"{ORIGIN}/v1/grants"
METHOD = signer("method")
DEVICE = p256("device")
HANDLE = "7K3MZ0QXV4"


def dpop(
    key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey, *, header: dict[str, Any] | None = None, **claims: Any
) -> str:
    """A proof with any claims; ECDSA with the nonce of RFC 6979, so that it is always the same."""
    jwk = ed25519_jwk(key.public_key()) if isinstance(key, Ed25519PrivateKey) else p256_jwk(key.public_key())
    alg = "EdDSA" if isinstance(key, Ed25519PrivateKey) else "ES256"
    head = {"typ": "dpop+jwt", "alg": alg, "jwk": jwk, **(header or {})}
    body = {"jti": b64u(some_id("jti")), "htm": "POST", "htu": HTU, "iat": NOW, **claims}
    signed = ".".join(b64u(dumps({n: v for n, v in part.items() if v is not ...})) for part in (head, body))
    if isinstance(key, Ed25519PrivateKey):
        return f"{signed}.{b64u(key.sign(signed.encode()))}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
    return f"{signed}.{b64u(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def cases() -> Cases:
    yield from _sign_in()
    yield from _dpop()


def _sign_in() -> Cases:
    body = b'{"device":"Handy"}'
    jkt = thumbprint(DEVICE.public_key())
    made: dict[str, Any] = {
        "origin": ORIGIN,
        "handle": HANDLE,
        "method": "passphrase",
        "nonce": b64u(some("nonce", 24)),
        "jkt": jkt,
    }
    token = sign_in.make_proof(METHOD, **made, body=body)
    seed = b64u(METHOD.private_bytes_raw())
    for action in sign_in.ACTIONS:
        yield ok(f"proof to {action} made", "sign_in.make", seed=seed, **made, body=b64u(body), action=action)
    given = {"enrolled": b64u(raw(METHOD)), "origin": ORIGIN, "jkt": jkt, "body": b64u(body)}
    yield ok("sign-in", "sign_in.check", token=token, **given)
    lent = sign_in.make_proof(METHOD, **made, body=body, action="assist")
    yield ok("assist", "sign_in.check", token=lent, **given)
    renamed = with_segment(lent, 1, token.split(".")[1])
    yield no("sign-in-refused", "assist: made a sign-in", "sign_in.check", token=renamed, **given)
    without = sign_in.make_proof(METHOD, **made)
    yield ok("sign-in without a body", "sign_in.check", token=without, **{**given, "body": ""})
    for name, changes in each(
        {
            "another key is enrolled": {"enrolled": b64u(raw(signer("other")))},
            "replayed at another host": {"origin": "https://evil.example"},
            "another device key": {"jkt": digest("x")},
            "another body": {"body": b64u(b"{}")},
            "no body": {"body": ""},
        }
    ):
        yield no("sign-in-refused", f"sign-in: {name}", "sign_in.check", token=token, **{**given, **changes})
    for name, changes in each(
        {
            "another action": {"action": "delete"},
            "no action": {"action": ...},
            "two actions": {"action": "sign-in assist"},
            "actions in a list": {"action": ["sign-in"]},
            "extra member": {"admin": True},
            "version 2": {"v": 2},
            "handle with a hyphen": {"handle": "7K3MZ-0QXV4"},
            "short nonce": {"nonce": "AAAA"},
        }
    ):
        bad = resigned("sign-in", METHOD, token, jwk=True, **changes)
        yield no("sign-in-refused", f"sign-in: {name}", "sign_in.check", token=bad, **given)
    for name, bad in each(
        {
            "altered": flip(token, 1),
            "signature altered": flip(token, 2),
            "another kind": reheaded(token, typ="mappe/1/record"),
            "another suite": reheaded(token, typ="mappe/2/sign-in"),
            "alg none": reheaded(token, alg="none"),
            "two segments": token.rpartition(".")[0],
            "no token": "",
        }
    ):
        yield no("sign-in-refused", f"sign-in: {name}", "sign_in.check", token=bad, **given)


def _dpop() -> Cases:
    request = {"htm": "POST", "htu": HTU, "now": NOW}
    ed = signer("login")
    for name, key in each({"ES256": DEVICE, "EdDSA": ed}):
        yield ok(f"DPoP {name}", "dpop.verify", proof=dpop(key), **request)
        full = dpop(key, ath=digest("mst_token"), bh=digest("{}"))
        yield ok(
            f"DPoP {name} with token and body",
            "dpop.verify",
            proof=full,
            **request,
            token="mst_token",
            body=b64u(b"{}"),
        )
        yield no("bad-signature", f"DPoP {name}: altered", "dpop.verify", proof=flip(dpop(key), 2), **request)
        yield no(
            "bad-signature",
            f"DPoP {name}: claims altered",
            "dpop.verify",
            proof=_claims(dpop(key), iat=NOW + 1),
            **request,
        )
        yield no(
            "malformed",
            f"DPoP {name}: signature of 63 bytes",
            "dpop.verify",
            proof=with_segment(dpop(key), 2, b64u(bytes(63))),
            **request,
        )
    swapped = dpop(DEVICE, header={"jwk": {"kty": "EC", "crv": "P-256"} | p256_jwk(DEVICE.public_key())})
    yield ok("DPoP: header members in another order", "dpop.verify", proof=dpop(ed, header={"alg": "EdDSA"}), **request)
    yield ok("DPoP: JWK members in another order", "dpop.verify", proof=swapped, **request)
    for seconds in (-60, 60):
        yield ok(f"DPoP {seconds} s", "dpop.verify", proof=dpop(ed, iat=NOW + seconds), **request)
    for seconds in (-61, 61):
        yield no("dpop-stale", f"DPoP {seconds} s", "dpop.verify", proof=dpop(ed, iat=NOW + seconds), **request)
    plain, bound, whole = dpop(ed), dpop(ed, ath=digest("mst_a")), dpop(ed, bh=digest("{}"))
    for name, proof, changes in (
        ("another method", plain, {"htm": "GET"}),
        ("method in small letters", dpop(ed, htm="post"), {}),
        ("another path", plain, {"htu": HTU + "/x"}),
        ("another host", plain, {"htu": "https://evil.example/v1/grants"}),
        ("a query in htu", dpop(ed, htu=HTU + "?a=1"), {}),
        ("token of another session", bound, {"token": "mst_b"}),
        ("token sent, ath absent", plain, {"token": "mst_a"}),
        ("ath without a token", bound, {}),
        ("another body", whole, {"body": b64u(b"[]")}),
        ("body sent, bh absent", plain, {"body": b64u(b"{}")}),
        ("bh without a body", whole, {}),
    ):
        yield no("dpop-mismatch", f"DPoP: {name}", "dpop.verify", proof=proof, **{**request, **changes})
    for name, proof in each(
        {
            "alg none": dpop(ed, header={"alg": "none"}),
            "HS256": dpop(ed, header={"alg": "HS256"}),
            "alg of the other key": dpop(ed, header={"alg": "ES256"}),
            "another typ": dpop(ed, header={"typ": "jwt"}),
            "no jwk": dpop(ed, header={"jwk": ...}),
            "extra header member": dpop(ed, header={"kid": "a"}),
            "private key in the header": dpop(
                ed, header={"jwk": {**ed25519_jwk(ed.public_key()), "d": b64u(some("d"))}}
            ),
            "X25519 key": dpop(ed, header={"jwk": {**ed25519_jwk(ed.public_key()), "crv": "X25519"}}),
            "key of small order": dpop(ed, header={"jwk": ed25519_jwk((1).to_bytes(32, "little"))}),
            "no jti": dpop(ed, jti=...),
            "short jti": dpop(ed, jti="AAAA"),
            "iat as text": dpop(ed, iat=str(NOW)),
            "extra claim": dpop(ed, nonce="x"),
            "ath of 31 bytes": dpop(ed, ath=b64u(bytes(31))),
            "two segments": plain.rpartition(".")[0],
            "too long": dpop(ed, htu=HTU + "a" * 4096),
            "empty": "",
        }
    ):
        yield no("malformed", f"DPoP: {name}", "dpop.verify", proof=proof, **request)


def _claims(proof: str, **changes: Any) -> str:
    return with_segment(proof, 1, b64u(dumps({**payload_of(proof), **changes})))
