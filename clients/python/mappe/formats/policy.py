"""The policy of a grant: the part that the server reads and enforces (grant.md, "Policy")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .encoding import b64u
from .errors import FormatError
from .kdf import check_profile
from .labels import HYBRID_SUITE, SUITE, tagged_hash
from .strict_json import (
    Checker,
    closed,
    dumps,
    exactly,
    hash32,
    id16,
    integer,
    list_of,
    loads,
    nullable,
    string,
    time,
    unique,
)

MAX_POLICY = 16 * 1024  # bytes
MAX_SLOTS = 256
MAX_LIFE = 366 * 24 * 3600  # seconds
MAX_OPENS = 1000
BEARER = "bearer"


def _recipient(value: object) -> bytes | None:
    tag: bytes | None = None if value == BEARER else hash32(value)
    return tag


_POLICY: Mapping[str, Checker] = {
    "v": exactly(1),
    "suite": integer(SUITE, HYBRID_SUITE),
    "grant": id16,
    "recipient": _recipient,
    "slots": unique(list_of(id16, minimum=1, maximum=MAX_SLOTS)),
    "nbf": time,
    "exp": time,
    "opens": integer(0, MAX_OPENS),
    "passcode": nullable(string),
    "terms": hash32,
}


@dataclass(frozen=True, slots=True)
class Policy:
    """`tag` names an agency (32 bytes); None: whoever holds the link. `opens` 0: not limited. `passcode`: the Argon2id
    profile, or None. `terms`: hash of the terms' plaintext. `slots` in the order of the text. `suite`: that of the
    agency's key; 1 for a link."""

    grant: bytes
    tag: bytes | None
    slots: tuple[bytes, ...]
    nbf: int
    exp: int
    opens: int
    passcode: str | None
    terms: bytes
    suite: int = SUITE

    @property
    def bearer(self) -> bool:
        return self.tag is None


def policy_hash(text: str) -> bytes:
    """`H("policy", bytes)`; 32 bytes, over the text as sent."""
    return tagged_hash("policy", text.encode("utf-8"))


def make_policy(policy: Policy) -> str:
    """The policy's text, which from then on is kept byte for byte; FormatError where it breaks a rule."""
    text = dumps(
        {
            "v": 1,
            "suite": policy.suite,
            "grant": b64u(policy.grant),
            "recipient": BEARER if policy.tag is None else b64u(policy.tag),
            "slots": [b64u(slot) for slot in policy.slots],
            "nbf": policy.nbf,
            "exp": policy.exp,
            "opens": policy.opens,
            "passcode": policy.passcode,
            "terms": b64u(policy.terms),
        }
    ).decode()
    parse_policy(text)
    return text


def parse_policy(text: str) -> Policy:
    """The policy. FormatError `malformed`, `unsupported-suite`, `kdf-refused` (a profile that does not exist)."""
    value = loads(text, max_bytes=MAX_POLICY)
    suite = value.get("suite") if type(value) is dict else None
    if type(suite) is int and suite > HYBRID_SUITE:  # before the form, which a later suite may change
        raise FormatError("unsupported-suite", "made by a newer version")
    members = closed(value, _POLICY)
    policy = Policy(
        members["grant"],
        members["recipient"],
        members["slots"],
        members["nbf"],
        members["exp"],
        members["opens"],
        members["passcode"],
        members["terms"],
        members["suite"],
    )
    if not policy.nbf < policy.exp <= policy.nbf + MAX_LIFE:
        raise FormatError("malformed", "a grant ends after it begins, and within 366 days")
    if policy.bearer and policy.suite != SUITE:
        raise FormatError("malformed", "a link is sealed to no public key")
    if policy.bearer and policy.opens < 1:
        raise FormatError("malformed", "a link has a limited number of opens")
    if policy.passcode is not None:
        if not policy.bearer:
            raise FormatError("malformed", "an agency's grant has no passcode")
        check_profile(policy.passcode)
    return policy
