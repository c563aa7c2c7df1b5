"""conventions.md"""

from __future__ import annotations

from mappe.formats import jwe, jws
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.jwk import ed25519_jwk, hybrid_jwk, p256_jwk, x25519_jwk
from mappe.formats.labels import info

from ..mlkem import hpke_seal
from ..source import agreer, box, hybrid, iv, p256, raw, signer, some
from .kit import Cases, each, flip_box, jwe_damage, jws_damage, no, ok, reheaded, with_segment

_P = 2**255 - 19
_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_U_8 = 0x00B8495F16056286FDB1329CEB8D09DA6AC49FF1FAE35616AEB8413B7C7AEBE0


def cases() -> Cases:
    yield from _base64()
    yield from _json()
    yield from _digits()
    yield from _derivation()
    yield from _keys()
    yield from _sealed()
    yield from _signed()
    yield from _boxes()
    yield from _hybrid_boxes()
    yield from _padding()


def _base64() -> Cases:
    for text in ("", "AA", "AAA", "AAAA", "-_-_", "_w"):
        yield ok(f"base64url {text!r}", "b64u.decode", text=text)
    yield ok("base64url of an id", "b64u.decode", text=b64u(some("id", 16)), size=16)
    for text in (
        "A",
        "AB",
        "AAB",
        "AA==",
        "AA=",
        "A A",
        " AA",
        "AA\n",
        "+/+/",
        "AA.A",
        "ÀA",
        "AAAAA",
        "QQ=Q",
        "\u0661A",
    ):
        yield no("malformed", f"base64url {text!r}", "b64u.decode", text=text)
    yield no("malformed", "an id of 15 bytes", "b64u.decode", text=b64u(bytes(15)), size=16)
    yield no("malformed", "an id of 17 bytes", "b64u.decode", text=b64u(bytes(17)), size=16)


def _json() -> Cases:
    def read(text: str | bytes, limit: int = 1000) -> dict[str, object]:
        return {"data": b64u(text.encode() if isinstance(text, str) else text), "max": limit}

    good = ('{"a":1,"b":[true,false,null]}', ' {"a" : "\\u00e9\\n" }\n', '"\\ud83d\\ude00"', "9007199254740991")
    for text in (
        *good,
        "-9007199254740991",
        "0",
        '"[[[[[[[[[[[[[[[[[[[["',
        "[" * 16 + "]" * 16,
        '{"ü":"\u202e"}',
        '{"":0}',
    ):
        yield ok(f"JSON {text}", "json.read", **read(text))
    bad = {
        "duplicate member": '{"a":1,"a":1}',
        "duplicate member, once escaped": '{"a":1,"\\u0061":1}',
        "duplicate member below": '{"x":{"a":1,"a":2}}',
        "fraction": "1.0",
        "exponent": "1e3",
        "exponent of zero": "[0e0]",
        "integer 2^53": "9007199254740992",
        "integer -2^53": "-9007199254740992",
        "long integer": "1" * 400,
        "negative zero": "[-0]",
        "leading zero": "01",
        "plus sign": "+1",
        "NaN": "NaN",
        "Infinity": "[Infinity]",
        "minus Infinity": "-Infinity",
        "lone high surrogate": '"\\ud83d"',
        "lone low surrogate": '{"a":"\\ude00"}',
        "surrogates in the wrong order": '"\\ude00\\ud83d"',
        "surrogate in a name": '{"\\ud800":1}',
        "seventeen levels": "[" * 17 + "]" * 17,
        "seventeen levels, mixed": '{"a":[' * 8 + "[]" + "]}" * 8 + " ",
        "something after the value": "{} {}",
        "trailing comma": "[1,]",
        "comment": "/*x*/1",
        "single quotes": "{'a':1}",
        "control character": '"\t"',
        "bad escape": '"\\x"',
        "nothing": "",
        "white space alone": " ",
        "unclosed": '{"a":1',
        "no-break space": "\u00a01",
        "other digits": "\u0661",
    }
    for name, text in bad.items():
        if name == "seventeen levels, mixed":
            yield ok("JSON sixteen levels and one inside", "json.read", **read('{"a":[' * 8 + "1" + "]}" * 8))
        yield no("malformed", f"JSON: {name}", "json.read", **read(text))
    yield no("malformed", "JSON: byte order mark", "json.read", **read(b"\xef\xbb\xbf{}"))
    yield no("malformed", "JSON: Latin-1", "json.read", **read(b'"\xe9"'))
    yield no("malformed", "JSON: overlong UTF-8", "json.read", **read(b'"\xc0\xaf"'))
    yield no("malformed", "JSON: encoded surrogate", "json.read", **read(b'"\xed\xa0\x80"'))
    yield no("malformed", "JSON: UTF-16", "json.read", **read('{"a":1}'.encode("utf-16")))
    yield no("too-large", "JSON: one byte too many", "json.read", **read("[1,2,3]", 6))
    yield no("too-large", "JSON: bytes are counted, not characters", "json.read", **read('"\u00e9\u00e9\u00e9"', 7))


def _digits() -> Cases:
    for typed in (
        "123456",
        "123 456",
        "12-34-56",
        "\u0661\u0662\u0663\u0664\u0665\u0666",
        "\u06f1\u06f2\u06f3456",
        "\uff11\uff12\uff13\uff14\uff15\uff16",
        "\u2066123\u2069.456",
        "\u200e123456\u061c",
        "123\u00a0456",
    ):
        yield ok(f"digits {typed!r}", "digits.read", typed=typed, count=6)
    for typed in ("12345", "1234567", "12345a", "12345\u00b2", "12345\u0967", "", "123,456", "+12345"):
        yield no("malformed", f"digits {typed!r}", "digits.read", typed=typed, count=6)


def _derivation() -> Cases:
    yield ok("tagged hash", "hash.tagged", kind="policy", data=b64u(b"{}"))
    yield ok("tagged hash of nothing", "hash.tagged", kind="salt", data="")
    key = b64u(some("ikm"))
    yield ok("derive 32", "derive", key=key, kind="terms", context=b64u(some("id", 16)), size=32)
    yield ok("derive 64, no context", "derive", key=key, kind="link-key", context="", size=64)
    yield ok("derive 7", "derive", key=key, kind="attachment-nonce", context="AAAA", size=7)


def _keys() -> Cases:
    ed = ed25519_jwk(signer("a").public_key())
    x = x25519_jwk(agreer("a").public_key())
    p = p256_jwk(p256("a").public_key())
    example = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    yield ok("RFC 8037 appendix A.3", "jwk.thumbprint", jwk=example)
    yield ok("Ed25519", "jwk.thumbprint", jwk=ed)
    yield ok("X25519, members in another order", "jwk.thumbprint", jwk=dict(reversed(x.items())))
    yield ok("P-256", "jwk.thumbprint", jwk=p)
    akp = hybrid_jwk(raw(hybrid("a")))
    yield ok("MLKEM768-X25519", "jwk.thumbprint", jwk=akp)
    bad: dict[str, dict[str, object]] = {
        "private member": {**ed, "d": ed["x"]},
        "extra member": {**ed, "kid": "a"},
        "no kty": {"crv": "Ed25519", "x": ed["x"]},
        "wrong kty": {**ed, "kty": "EC"},
        "unknown curve": {**ed, "crv": "Ed448"},
        "31 bytes": {**ed, "x": b64u(bytes(31))},
        "not canonical base64url": {**ed, "x": ed["x"][:-1] + "B"},
        "P-256 without y": {"kty": "EC", "crv": "P-256", "x": p["x"]},
        "P-256 off the curve": {**p, "y": p["x"]},
        "P-256 coordinate of 33 bytes": {**p, "x": b64u(bytes(33))},
        "symmetric key": {"kty": "oct", "k": "AAAA"},
        **_bad_hybrids(akp),
    }
    for name, jwk in bad.items():
        yield no("malformed", f"JWK: {name}", "jwk.thumbprint", jwk=jwk)
    sign = 1 << 255
    for name, y in each(
        {
            "y = 0": 0,
            "y = 1": 1,
            "y = 1, sign bit": 1 | sign,
            "y = -1": _P - 1,
            "order 8": _ORDER_8,
            "order 8, sign bit": _ORDER_8 | sign,
            "order 8, other": _P - _ORDER_8,
            "y = p, not canonical": _P,
            "y = p + 1, not canonical": _P + 1,
            "y = p + 3, not canonical": _P + 3,
        }
    ):
        yield no("malformed", f"Ed25519 {name}", "jwk.thumbprint", jwk=ed25519_jwk(y.to_bytes(32, "little")))
    for name, u in each(
        {
            "u = 0": 0,
            "u = 1": 1,
            "u = -1": _P - 1,
            "order 8": _U_8,
            "u = p": _P,
            "u = p + 1": _P + 1,
            "high bit": 9 | sign,
        }
    ):
        yield no("malformed", f"X25519 {name}", "jwk.thumbprint", jwk=x25519_jwk(u.to_bytes(32, "little")))


def _sealed() -> Cases:
    key = some("cek")
    members: list[list[object]] = [["grant", b64u(some("grant", 16))], ["version", 7]]
    given = {"kind": "demo", "key": b64u(key), "members": members}
    token = jwe.seal("demo", key, dict(members), b"Papiere", iv=iv("demo"))  # type: ignore[arg-type]
    yield ok("JWE sealed", "jwe.seal", **given, plaintext=b64u(b"Papiere"), iv=b64u(iv("demo")))
    yield ok("JWE sealed, nothing inside", "jwe.seal", **given, plaintext="", iv=b64u(iv("empty")))
    yield ok("JWE opened", "jwe.open", **given, token=token)
    yield from jwe_damage("jwe.open", token, "JWE", **given)
    yield no("undecryptable", "JWE: another key", "jwe.open", **{**given, "key": b64u(some("other"))}, token=token)
    for name, changed in each(
        {
            "another value": [["grant", b64u(some("other", 16))], ["version", 7]],
            "another number": [["grant", members[0][1]], ["version", 8]],
            "a number as text": [["grant", members[0][1]], ["version", "7"]],
            "another order": [members[1], members[0]],
            "a member more": [*members, ["slot", "AA"]],
            "a member less": [members[0]],
        }
    ):
        yield no("header-mismatch", f"JWE: {name} expected", "jwe.open", **{**given, "members": changed}, token=token)
    yield no("header-mismatch", "JWE: another kind expected", "jwe.open", **{**given, "kind": "other"}, token=token)
    spaced = b64u(b'{ "alg":"dir","enc":"A256GCM","typ":"mappe/1/demo"}')
    yield no(
        "header-mismatch", "JWE: white space in the header", "jwe.open", **given, token=with_segment(token, 0, spaced)
    )
    yield no("malformed", "JWE: header is no JSON", "jwe.open", **given, token=with_segment(token, 0, b64u(b"x")))
    twice = b64u(b'{"alg":"dir","alg":"dir"}')
    yield no("malformed", "JWE: header names a member twice", "jwe.open", **given, token=with_segment(token, 0, twice))
    yield no("malformed", "JWE: header is not base64url", "jwe.open", **given, token=with_segment(token, 0, "A+"))
    yield no("malformed", "JWE: six segments", "jwe.open", **given, token=token + ".AAAA")


def _signed() -> Cases:
    key = signer("a")
    seed = b64u(key.private_bytes_raw())
    payload = b64u(b'{"v":1}')
    by_kid = jws.sign("demo", key, b'{"v":1}')
    by_jwk = jws.sign("demo", key, b'{"v":1}', jwk=True)
    yield ok("JWS signed, kid", "jws.sign", kind="demo", seed=seed, payload=payload, header="kid")
    yield ok("JWS signed, jwk", "jws.sign", kind="demo", seed=seed, payload=payload, header="jwk")
    yield ok("JWS verified, kid", "jws.verify", kind="demo", public=b64u(raw(key)), token=by_kid)
    yield ok("JWS verified, jwk", "jws.verify_jwk", kind="demo", token=by_jwk)
    yield from jws_damage("jws.verify", by_kid, "JWS kid", kind="demo", public=b64u(raw(key)))
    yield from jws_damage("jws.verify_jwk", by_jwk, "JWS jwk", kind="demo")
    yield no(
        "header-mismatch",
        "JWS: another signer expected",
        "jws.verify",
        kind="demo",
        public=b64u(raw(signer("b"))),
        token=by_kid,
    )
    yield no(
        "header-mismatch",
        "JWS: jwk where kid is expected",
        "jws.verify",
        kind="demo",
        public=b64u(raw(key)),
        token=by_jwk,
    )
    yield no("header-mismatch", "JWS: kid where jwk is expected", "jws.verify_jwk", kind="demo", token=by_kid)
    other = reheaded(by_jwk, jwk=ed25519_jwk(signer("b").public_key()))
    yield no("bad-signature", "JWS: another key put into the header", "jws.verify_jwk", kind="demo", token=other)
    small = reheaded(by_jwk, jwk=ed25519_jwk((1).to_bytes(32, "little")))
    yield no("malformed", "JWS: key of small order", "jws.verify_jwk", kind="demo", token=small)
    zero = with_segment(small, 2, b64u((1).to_bytes(32, "little") + bytes(32)))
    yield no(
        "malformed", "JWS: signature that holds for a key of small order", "jws.verify_jwk", kind="demo", token=zero
    )
    # S + L signs the same message in a careless implementation (RFC 8032 section 8.4).
    order = 2**252 + 27742317777372353535851937790883648493
    from mappe.formats.encoding import unb64u

    signature = unb64u(by_kid.split(".")[2])
    high = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    malleable = with_segment(by_kid, 2, b64u(signature[:32] + high))
    yield no(
        "bad-signature",
        "JWS: S above the group order",
        "jws.verify",
        kind="demo",
        public=b64u(raw(key)),
        token=malleable,
    )
    yield no(
        "malformed", "JWS: four segments", "jws.verify", kind="demo", public=b64u(raw(key)), token=by_kid + ".AAAA"
    )


def _boxes() -> Cases:
    private = agreer("box")
    given = {"kind": "demo", "private": b64u(private.private_bytes_raw()), "context": b64u(b"context")}
    token = box("demo", raw(private), b"context", b"Papiere")
    yield ok("box opened", "hpke.open", **given, token=token)
    yield ok("box without content", "hpke.open", **given, token=box("demo", raw(private), b"context", b""))
    yield no("undecryptable", "box: altered", "hpke.open", **given, token=flip_box(token))
    yield no("undecryptable", "box: another context", "hpke.open", **{**given, "context": ""}, token=token)
    yield no("undecryptable", "box: another kind", "hpke.open", **{**given, "kind": "other"}, token=token)
    stranger = b64u(agreer("other").private_bytes_raw())
    yield no("undecryptable", "box: another key", "hpke.open", **{**given, "private": stranger}, token=token)
    yield no("undecryptable", "box: encapsulated key of small order", "hpke.open", **given, token=b64u(bytes(48)))
    yield no("malformed", "box: 47 bytes", "hpke.open", **given, token=b64u(bytes(47)))
    yield no("malformed", "box: not base64url", "hpke.open", **given, token=token + "=")


def _padding() -> Cases:
    for length in (2, 9, 255, 256, 257, 300, 1000, 65_535, 65_537, 1_000_000, 2_147_483_648):
        yield ok(f"Padmé of {length}", "padding.size", length=length)
    for message in (b"", b"a", b"\x80", b"\x80\x00", b"a" * 255, b"a" * 256):
        yield ok(f"padding of {len(message)} bytes, {message[:2].hex()}", "padding.add", message=b64u(message))
    yield ok("padding removed", "padding.remove", padded=b64u(b"ab\x80\x00\x80\x00\x00"))
    yield ok("padding removed, no zeros", "padding.remove", padded=b64u(b"\x80"))
    yield no("malformed", "padding: nothing", "padding.remove", padded="")
    yield no("malformed", "padding: zeros alone", "padding.remove", padded=b64u(bytes(256)))
    yield no("malformed", "padding: no mark", "padding.remove", padded=b64u(b"ab\x00\x00"))
    yield no("malformed", "padding: something after the mark", "padding.remove", padded=b64u(b"ab\x80\x01\x00"))


def _bad_hybrids(akp: dict[str, str]) -> dict[str, dict[str, object]]:
    """Whoever seals to such a key would seal to nobody, or to somebody else."""
    public = raw(hybrid("a"))
    above = bytearray(public)
    above[0], above[1] = 0x01, public[1] & 0xF0 | 0x0D  # the first number is q
    last = bytearray(public)
    last[1150], last[1151] = public[1150] | 0xF0, 0xFF  # the last one is 4095
    return {
        "MLKEM768-X25519 of 1,215 bytes": {**akp, "pub": b64u(public[:-1])},
        "MLKEM768-X25519 of 1,217 bytes": {**akp, "pub": b64u(public + b"\0")},
        "MLKEM768-X25519 without its X25519 half": {**akp, "pub": b64u(public[:1184])},
        "MLKEM768-X25519, a number that is q": {**akp, "pub": b64u(bytes(above))},
        "MLKEM768-X25519, a number of 4095": {**akp, "pub": b64u(bytes(last))},
        "MLKEM768-X25519, X25519 half of small order": {**akp, "pub": b64u(public[:1184] + bytes(32))},
        "MLKEM768-X25519, X25519 half not canonical": {**akp, "pub": b64u(public[:1184] + b"\xff" * 32)},
        "MLKEM768-X25519 with another algorithm's name": {**akp, "alg": "ML-KEM-768"},
        "MLKEM768-X25519 without alg": {"kty": "AKP", "pub": akp["pub"]},
        "MLKEM768-X25519 with a private member": {**akp, "priv": b64u(bytes(32))},
        "MLKEM768-X25519 as OKP": {"kty": "OKP", "crv": "MLKEM768-X25519", "x": akp["pub"]},
    }


def _hybrid_boxes() -> Cases:
    private = hybrid("box")
    given = {"kind": "demo", "private": b64u(private.seed), "context": b64u(b"context"), "suite": 2}
    token = box("demo", raw(private), b"context", b"Papiere")
    data = unb64u(token)
    yield ok("suite 2: box opened", "hpke.open", **given, token=token)
    yield ok("suite 2: box without content", "hpke.open", **given, token=box("demo", raw(private), b"context", b""))
    for name, place in {"ML-KEM half of enc": 500, "X25519 half of enc": 1100, "ciphertext": 1122, "tag": 1142}.items():
        bad = bytearray(data)
        bad[place] ^= 1
        yield no("undecryptable", f"suite 2: altered {name}", "hpke.open", **given, token=b64u(bytes(bad)))
    yield no("undecryptable", "suite 2: another context", "hpke.open", **{**given, "context": ""}, token=token)
    yield no("undecryptable", "suite 2: another kind", "hpke.open", **{**given, "kind": "other"}, token=token)
    stranger = b64u(hybrid("stranger").seed)
    yield no("undecryptable", "suite 2: another key", "hpke.open", **{**given, "private": stranger}, token=token)
    below = b64u(hpke_seal(raw(private), info("demo", b"context"), b"Papiere", some("below", 64)))
    yield no("undecryptable", "suite 2: sealed under the label of suite 1", "hpke.open", **given, token=below)
    half = private.halves[1]
    classic = box("demo", raw(half), b"context", b"Papiere")
    yield no("malformed", "suite 2: box of suite 1", "hpke.open", **given, token=classic)
    yield no("malformed", "suite 2: encapsulation cut short", "hpke.open", **given, token=b64u(data[:1119]))
    yield no("malformed", "suite 2: 1,135 bytes", "hpke.open", **given, token=b64u(data[:1135]))
    yield no("undecryptable", "suite 2: 1,136 bytes", "hpke.open", **given, token=b64u(data[:1136]))
    for name, point in {"of small order": bytes(32), "not canonical": b"\xff" * 32}.items():
        bad_point = data[:1088] + point + data[1120:]
        yield no("undecryptable", f"suite 2: X25519 half of enc {name}", "hpke.open", **given, token=b64u(bad_point))
    swapped = data[1088:1120] + data[:1088] + data[1120:]
    yield no("undecryptable", "suite 2: halves of enc exchanged", "hpke.open", **given, token=b64u(swapped))
    yield no("malformed", "suite 2: not base64url", "hpke.open", **given, token=token + "=")
    old = {**given, "suite": 1, "private": b64u(half.private_bytes_raw())}
    yield no("undecryptable", "suite 1: box of suite 2", "hpke.open", **old, token=token)
