"""Small tools to build a case, and to damage a token in one place."""

from __future__ import annotations

import json
from collections.abc import ItemsView, Iterator, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats import jws
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.jwe import header_segment, seal
from mappe.formats.strict_json import dumps

from ..ops import run

Case = dict[str, Any]
Cases = Iterator[Case]


def ok(name: str, op: str, /, **given: Any) -> Case:
    """A case that must succeed; what comes out is what the reference does today, and is reviewed in the diff."""
    case = {"name": name, "op": op, "in": given}
    result = run(case)
    assert "out" in result, (name, result)
    return {**case, **result}


def no(code: str, name: str, op: str, /, **given: Any) -> Case:
    """A case that must be refused with this code."""
    case = {"name": name, "op": op, "in": given}
    result = run(case)
    assert result.get("refused") == code, (name, code, result)
    return {**case, **result}


def each(table: Mapping[str, Any]) -> ItemsView[str, Any]:
    """The rows of a table whose values are of many types."""
    return table.items()


def flip(token: str, segment: int) -> str:
    """The token with one bit of one segment changed."""
    segments = token.split(".")
    data = bytearray(unb64u(segments[segment]))
    data[len(data) // 2] ^= 1
    segments[segment] = b64u(bytes(data))
    return ".".join(segments)


def flip_box(token: str) -> str:
    return flip(token, 0)


def with_segment(token: str, segment: int, text: str) -> str:
    segments = token.split(".")
    segments[segment] = text
    return ".".join(segments)


def header_of(token: str) -> dict[str, Any]:
    header: dict[str, Any] = json.loads(unb64u(token.split(".")[0]))
    return header


def reheaded(token: str, **changes: Any) -> str:
    """The token under another header (None removes a member); nothing is sealed or signed anew."""
    header = {**header_of(token), **changes}
    return with_segment(token, 0, b64u(dumps({name: value for name, value in header.items() if value is not None})))


def payload_of(token: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(unb64u(token.split(".")[1]))
    return payload


def resigned(kind: str, key: Ed25519PrivateKey, token: str, *, jwk: bool = False, **changes: Any) -> str:
    """The same JWS signed anew with changed members; ... removes one."""
    payload = {**payload_of(token), **changes}
    return jws.sign(kind, key, dumps({n: v for n, v in payload.items() if v is not ...}), jwk=jwk)


def jws_damage(op: str, token: str, name: str, /, **given: Any) -> Cases:
    """What every signed kind must refuse."""
    yield no("malformed", f"{name}: two segments", op, token=token.rpartition(".")[0], **given)
    yield no(
        "malformed", f"{name}: padded segment", op, token=with_segment(token, 1, token.split(".")[1] + "="), **given
    )
    yield no("malformed", f"{name}: short signature", op, token=token[:-4], **given)
    yield no("bad-signature", f"{name}: altered payload", op, token=flip(token, 1), **given)
    yield no("bad-signature", f"{name}: altered signature", op, token=flip(token, 2), **given)
    yield no("header-mismatch", f"{name}: another kind", op, token=reheaded(token, typ="mappe/1/other"), **given)
    yield no("header-mismatch", f"{name}: alg none", op, token=reheaded(token, alg="none"), **given)
    yield no(
        "header-mismatch", f"{name}: header with an extra member", op, token=reheaded(token, crit=["exp"]), **given
    )
    yield no("unsupported-suite", f"{name}: another suite", op, token=reheaded(token, typ="mappe/2/other"), **given)


def jwe_damage(op: str, token: str, name: str, field: str = "token", /, **given: Any) -> Cases:
    """What every sealed kind must refuse."""

    def case(code: str, what: str, damaged: str) -> Case:
        return no(code, f"{name}: {what}", op, **{field: damaged}, **given)

    yield case("malformed", "four segments", token.rpartition(".")[0])
    yield case("malformed", "an encrypted key", with_segment(token, 1, "AAAA"))
    yield case("malformed", "IV of 16 bytes", with_segment(token, 2, b64u(bytes(16))))
    yield case("malformed", "tag of 12 bytes", with_segment(token, 4, b64u(bytes(12))))
    yield case("undecryptable", "altered ciphertext", flip(token, 3))
    yield case("undecryptable", "altered tag", flip(token, 4))
    yield case("undecryptable", "altered IV", flip(token, 2))
    yield case("header-mismatch", "another algorithm", reheaded(token, enc="A128GCM"))
    yield case("header-mismatch", "compression asked for", reheaded(token, zip="DEF"))
    yield case("unsupported-suite", "another suite", reheaded(token, typ=header_of(token)["typ"].replace("/1/", "/2/")))


__all__ = ["Case", "Cases", "each", "flip", "flip_box", "header_of", "header_segment", "jwe_damage", "jws_damage"]
__all__ += ["no", "ok", "payload_of", "reheaded", "resigned", "seal", "with_segment"]
