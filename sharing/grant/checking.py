"""Whether one version of a grant holds together: pure, before any transaction (grant.md, "Policy" to "Record").

The server checks what it can see, so that no recipient ever fetches something that cannot be opened, and so that what
it enforces is what the holder signed: every hash of the record, every header of a sealed part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from mappe.formats import jwe
from mappe.formats.encoding import unb64u
from mappe.formats.errors import FormatError
from mappe.formats.hpke import OVERHEAD
from mappe.formats.policy import Policy, parse_policy, policy_hash
from mappe.formats.record import Record, check_record, check_slots, verify_record
from mappe.formats.strict_json import hash32

from sharing.grant.errors import GRANT_INVALID
from sharing.grant.limits import LIFE_SECONDS
from sharing.grant.schemas import FileRef, Publish

KEYBOX_PLAIN = 64  # bytes: grant key and thumbprint of the record key


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a grant, checked. `slots` is slot id (16 bytes) -> JWE."""

    grant: bytes
    policy: Policy
    policy_hash: bytes
    record: Record
    policy_text: str
    terms: str
    keybox: str
    record_token: str
    slots: dict[bytes, str]
    auth: bytes | None
    passcode: bytes | None
    files: tuple[FileRef, ...]


def check(grant: bytes, sent: Publish, now: int) -> Version:
    """The version, or Problem `grant-invalid` whose `where` names the part that does not fit."""
    where = "policy"
    try:
        policy = parse_policy(sent.policy)
        _check_policy(grant, policy, sent, now)
        where = "slots"
        slots = {unb64u(id_, 16): token for id_, token in sent.slots.items()}
        where = "record"
        record = verify_record(sent.record, grant=grant)
        check_slots(record, policy)
        if slots.keys() != record.slots.keys():
            _refuse("slots")
        check_record(record, policy=sent.policy, terms=sent.terms, keybox=sent.keybox, slots=slots)
        where = "terms"
        _check_sealed("terms", {"grant": grant}, sent.terms)
        where = "keybox"
        _check_keybox(policy, record, sent.keybox)
        where = "slots"
        for id_, token in slots.items():
            place: jwe.Members = {"grant": grant, "version": record.version, "slot": id_, "policy": record.policy}
            _check_sealed("slot", place, token)
    except FormatError as error:
        raise GRANT_INVALID(where=[where], why=error.code) from None
    if len({item.ref for item in sent.files}) != len(sent.files):
        _refuse("files")
    return Version(
        grant,
        policy,
        policy_hash(sent.policy),
        record,
        sent.policy,
        sent.terms,
        sent.keybox,
        sent.record,
        slots,
        sent.auth,
        sent.passcode,
        tuple(sent.files),
    )


def _check_policy(grant: bytes, policy: Policy, sent: Publish, now: int) -> None:
    if policy.grant != grant:
        raise FormatError("wrong-grant")
    if not now < policy.exp <= now + LIFE_SECONDS:
        _refuse("policy.exp")
    if policy.bearer != (sent.auth is not None):
        _refuse("auth")
    if (policy.passcode is not None) != (sent.passcode is not None):
        _refuse("passcode")


def _check_keybox(policy: Policy, record: Record, token: str) -> None:
    if not policy.bearer:
        if len(unb64u(token)) != KEYBOX_PLAIN + OVERHEAD[policy.suite]:
            raise FormatError("malformed", "not a sealed key box")
        return
    commit = hash32(jwe.carried(token, "keybox", ("commit",))["commit"])
    place: jwe.Members = {"grant": record.grant, "version": record.version, "policy": record.policy, "commit": commit}
    _check_sealed("keybox", place, token)


def _check_sealed(kind: str, members: jwe.Members, token: str) -> None:
    jwe.check_header(kind, members, token)
    if token.count(".") != 4:
        raise FormatError("malformed", "a JWE has five segments")


def _refuse(where: str) -> NoReturn:
    raise GRANT_INVALID(where=[where])
