"""Requests of agencies, and the notice that answers them (request.md)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .digits import normalise_digits
from .encoding import b64u, digest_bytes, unb64u
from .errors import FormatError
from .hpke import open_box, seal_box
from .jwe import open_sealed, seal
from .jws import sign, verify
from .labels import derive
from .locator import RequestLocator
from .padding import padded, unpadded
from .registry import Agency, Registry
from .seal_keys import SealPrivateKey, public_raw, seal_thumbprint
from .strict_json import (
    Checker,
    boolean,
    closed,
    dumps,
    exactly,
    hash32,
    id16,
    list_of,
    loads,
    nullable,
    one_of,
    string,
    time,
)

MAX_REQUEST = 16 * 1024  # bytes of the payload
MAX_NOTICE = 4096
DIGITS = 6
_DAY = 24 * 3600
LIFE = {"desk": 120, "poster": 366 * _DAY, "link": 30 * _DAY, "api": 30 * _DAY}  # seconds from iat to exp, by mode
NO_REQUEST = bytes(16)  # a notice without a request


@dataclass(frozen=True, slots=True)
class Request:
    """What an agency asks for, as it signed it; `purpose` is the registry's id, `purpose_text` its words."""

    request: bytes
    agency: str
    audience: str
    purpose: str
    purpose_text: str
    basis: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    retention: str
    on_no: str
    nonce: bytes
    iat: int
    exp: int
    mode: str
    digits: bool


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """A request that the wallet may show. `over_asking` are fields that the registry does not allow for this purpose:
    shown in red, and nothing is ticked."""

    request: Request
    agency: Agency
    over_asking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """What tells an agency where a grant is: the locator S (32 bytes), and which request it answers, if any."""

    locator: bytes = field(repr=False)
    request: bytes | None
    nonce: bytes | None
    grant: bytes
    time: int


_FIELDS = list_of(string, maximum=512)
_REQUEST: Mapping[str, Checker] = {
    "v": exactly(1),
    "request": id16,
    "agency": string,
    "audience": string,
    "purpose": lambda value: closed(value, {"id": string, "text": string}),
    "basis": one_of(("consent", "contract", "public-task")),
    "required": _FIELDS,
    "optional": _FIELDS,
    "retention": string,
    "on_no": string,
    "nonce": id16,
    "iat": time,
    "exp": time,
    "mode": one_of(LIFE),
    "digits": boolean,
}
_NOTICE: Mapping[str, Checker] = {
    "v": exactly(1),
    "locator": hash32,
    "request": nullable(id16),
    "nonce": nullable(id16),
    "grant": id16,
    "time": time,
}


def make_request(key: Ed25519PrivateKey, request: Request) -> str:
    """The request signed with the agency's request key. FormatError `malformed` where a rule is broken."""
    payload = dumps(
        {
            "v": 1,
            "request": b64u(request.request),
            "agency": request.agency,
            "audience": request.audience,
            "purpose": {"id": request.purpose, "text": request.purpose_text},
            "basis": request.basis,
            "required": list(request.required),
            "optional": list(request.optional),
            "retention": request.retention,
            "on_no": request.on_no,
            "nonce": b64u(request.nonce),
            "iat": request.iat,
            "exp": request.exp,
            "mode": request.mode,
            "digits": request.digits,
        }
    )
    _parse(payload)
    return sign("request", key, payload)


def verify_request(token: str, public: bytes) -> Request:
    """A request signed by this request key (32 bytes). FormatError `malformed`, `header-mismatch`, `bad-signature`."""
    return _parse(verify("request", token, public))


def _parse(payload: bytes) -> Request:
    members: dict[str, Any] = closed(loads(payload, max_bytes=MAX_REQUEST), _REQUEST)
    del members["v"]
    purpose = members.pop("purpose")
    request = Request(**members, purpose=purpose["id"], purpose_text=purpose["text"])
    if not request.iat < request.exp <= request.iat + LIFE[request.mode]:
        raise FormatError("malformed", "a request of this mode does not last so long")
    if request.mode == "desk" and not request.digits:
        raise FormatError("malformed", "a request at the desk asks for digits")
    return request


def seal_request(locator: RequestLocator, token: str, *, iv: bytes | None = None) -> str:
    """The request for whoever holds its locator; the server that keeps it cannot read it."""
    return seal("request-box", _key(locator), {"request": locator.request}, padded(token.encode("ascii")), iv=iv)


def open_request(locator: RequestLocator, token: str) -> str:
    """The signed request. FormatError `malformed`, `header-mismatch`, `undecryptable`."""
    plain = unpadded(open_sealed("request-box", _key(locator), {"request": locator.request}, token))
    if not plain.isascii():
        raise FormatError("malformed", "not a signed request")
    return plain.decode("ascii")


def check_request(
    locator: RequestLocator,
    token: str,
    registry: Registry,
    *,
    audience: str,
    now: int,
    answered: Collection[bytes] = (),
) -> CheckedRequest:
    """What the wallet checks before it shows a request, with a registry that is verified and fresh.

    (1) the agency it names is known and active; (2) an active request key of it signs; (3) the id is the one of the
    locator; (4) it is for this server; (5) it is not over; (6) its nonce has not been answered; (7) purpose and basis
    are the registry's; (8) fields beyond it are named in the answer.
    FormatError `malformed`, `unknown-agency`, `bad-signature`, `wrong-request`, `wrong-audience`, `expired`,
    `already-answered`, `over-asking`.
    """
    agency = registry.agencies.get(_claimed_agency(token))
    if agency is None or agency.status != "active":  # (1)
        raise FormatError("unknown-agency")
    request = _verify_with_any(token, agency, now)  # (2)
    if request.request != locator.request:  # (3)
        raise FormatError("wrong-request")
    if request.audience != audience:  # (4)
        raise FormatError("wrong-audience")
    if now >= request.exp:  # (5)
        raise FormatError("expired")
    if request.nonce in answered:  # (6)
        raise FormatError("already-answered")
    purpose = agency.purpose(request.purpose)
    if purpose is None or purpose.basis != request.basis:  # (7)
        raise FormatError("over-asking", "not a purpose of this agency")
    beyond = tuple(name for name in request.required + request.optional if name not in purpose.fields)  # (8)
    return CheckedRequest(request, agency, beyond)


def _claimed_agency(token: str) -> str:
    # Only selects keys: it counts once one of them verifies.
    segments = token.split(".")
    if len(segments) != 3:
        raise FormatError("malformed", "a JWS has three segments")
    return str(closed(loads(unb64u(segments[1]), max_bytes=MAX_REQUEST), _REQUEST)["agency"])


def _verify_with_any(token: str, agency: Agency, now: int) -> Request:
    for key in agency.active_keys("request", now):
        try:
            return verify_request(token, key.public)
        except FormatError as error:
            if error.code != "header-mismatch":
                raise
    raise FormatError("bad-signature", "not signed by an active request key")


def _key(locator: RequestLocator) -> bytes:
    return derive(locator.key, "request-box", locator.request, 32)


# -- the answer -------------------------------------------------------------------------------------------------------


def seal_notice(public: bytes, notice: Notice) -> str:
    """The notice for the agency with this seal key (raw), in the suite of that key."""
    plain = dumps(
        {
            "v": 1,
            "locator": b64u(notice.locator),
            "request": None if notice.request is None else b64u(notice.request),
            "nonce": None if notice.nonce is None else b64u(notice.nonce),
            "grant": b64u(notice.grant),
            "time": notice.time,
        }
    )
    return seal_box("notice", public, _context(public, notice.request), padded(plain))


def open_notice(private: SealPrivateKey, request: bytes | None, token: str) -> Notice:
    """The notice that came for this request, or without one. FormatError `malformed`, `undecryptable`,
    `wrong-request`."""
    context = _context(public_raw(private), request)
    members = closed(loads(unpadded(open_box("notice", private, context, token)), max_bytes=MAX_NOTICE), _NOTICE)
    del members["v"]
    notice = Notice(**members)
    if notice.request != request:
        raise FormatError("wrong-request")
    return notice


def _context(public: bytes, request: bytes | None) -> bytes:
    return (NO_REQUEST if request is None else request) + unb64u(seal_thumbprint(public), 32)


def digits_hash(salt: bytes, typed: str) -> bytes:
    """SHA-256(salt ‖ ASCII digits) for the six digits that the wallet shows and the clerk types; `salt` 16 bytes. The
    server compares and counts: six digits alone hide nothing from whoever holds this hash. FormatError `malformed`."""
    return digest_bytes(salt + normalise_digits(typed, DIGITS).encode("ascii"))
