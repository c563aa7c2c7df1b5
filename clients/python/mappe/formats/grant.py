"""Grants in one place, and the recipient's checks in their order (grant.md).

The parts: `policy` (read by the server), `terms` (why), `keybox` (the grant key), `slot` (the values), `record` (the
holder's signature over all of them), `locator` (where it is).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .errors import FormatError
from .jwk import ed25519_thumbprint
from .keybox import KeyBox, open_agency, open_bearer, passcode_proof, seal_agency, seal_bearer, stretch_passcode
from .locator import GrantLocator, leaked_grant, link, parse_link, recipient_tag
from .policy import Policy, make_policy, parse_policy, policy_hash
from .record import Record, check_record, check_slots, make_record, record_key, verify_record
from .seal_keys import SealPrivateKey, public_raw, suite_of
from .slot import Slot, SlotAt, open_slot, parse_slot, seal_slot
from .terms import Recipient, SlotName, Terms, make_terms, open_terms, parse_terms, seal_terms, terms_hash

__all__ = [
    "Grant",
    "GrantLocator",
    "KeyBox",
    "Policy",
    "Preview",
    "Recipient",
    "Record",
    "Seen",
    "Slot",
    "SlotAt",
    "SlotName",
    "Terms",
    "check_record",
    "check_slots",
    "leaked_grant",
    "link",
    "make_policy",
    "make_record",
    "make_terms",
    "open_agency",
    "open_bearer",
    "open_slot",
    "open_terms",
    "parse_link",
    "parse_policy",
    "parse_slot",
    "parse_terms",
    "passcode_proof",
    "policy_hash",
    "preview_grant",
    "read_grant",
    "recipient_tag",
    "record_key",
    "seal_agency",
    "seal_bearer",
    "seal_slot",
    "seal_terms",
    "stretch_passcode",
    "terms_hash",
    "verify_record",
]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a recipient remembers of a grant: the highest version, and the digest of its record."""

    version: int
    record: bytes


@dataclass(frozen=True, slots=True)
class Preview:
    """What a peek shows; the terms, sealed under the locator's secret, name the key that signed the record."""

    policy: Policy
    terms: Terms
    record: Record


@dataclass(frozen=True, slots=True)
class Grant:
    """An opened grant; `slots` are those delivered, `seen` is to be remembered."""

    policy: Policy
    terms: Terms
    record: Record
    slots: Mapping[bytes, Slot] = field(repr=False)
    seen: Seen


def read_grant(
    locator: GrantLocator,
    *,
    record: str,
    policy: str,
    terms: str,
    keybox: str,
    slots: Mapping[bytes, str],
    now: int,
    agency_key: SealPrivateKey | None = None,
    passcode: str | None = None,
    stretched: bytes | None = None,
    seen: Seen | None = None,
) -> Grant:
    """Everything a recipient checks, in the specification's order; until (1) to (5) hold nothing may be shown.

    `agency_key` is the recipient's HPKE key, None for a link; `stretched` is A where the caller has it already. Time is
    passed in. FormatError with the code of the first check that fails.
    """
    signed, allowed = _signed_policy(locator, record, policy, terms, slots, keybox)  # (1) (2) (3)
    _check_policy(locator, allowed, now, agency_key)  # (3)
    box = _open_keybox(locator, signed, allowed, keybox, agency_key, passcode, stretched)  # (4)
    if box.record_thumbprint != signed.thumbprint:  # (4)
        raise FormatError("wrong-record-key")
    said = _open_terms(locator, signed, allowed, terms)  # (5)
    if seen is not None:  # (6)
        if signed.version < seen.version:
            raise FormatError("rolled-back")
        if signed.version == seen.version and signed.digest != seen.record:
            raise FormatError("two-faced")
    opened = {}
    for id_, token in slots.items():  # (7)
        slot = open_slot(box.grant_key, SlotAt(signed.grant, signed.version, id_, signed.policy), token)
        if SlotName(slot.kind, slot.name) != said.slots[id_]:
            raise FormatError("terms-mismatch", "a slot is not what the terms call it")
        opened[id_] = slot
    return Grant(allowed, said, signed, opened, Seen(signed.version, signed.digest))


def preview_grant(
    locator: GrantLocator, *, record: str, policy: str, terms: str, now: int, agency_key: SealPrivateKey | None = None
) -> Preview:
    """What a peek may show: checks (1) to (3) and (5), without the key box. FormatError as `read_grant`."""
    signed, allowed = _signed_policy(locator, record, policy, terms, {}, None)
    _check_policy(locator, allowed, now, agency_key)
    return Preview(allowed, _open_terms(locator, signed, allowed, terms), signed)


def _signed_policy(
    locator: GrantLocator, record: str, policy: str, terms: str, slots: Mapping[bytes, str], keybox: str | None
) -> tuple[Record, Policy]:
    signed = verify_record(record, grant=locator.grant)  # (1)
    check_record(signed, policy=policy, terms=terms, keybox=keybox, slots=slots)  # (2)
    allowed = parse_policy(policy)  # (3)
    check_slots(signed, allowed)
    return signed, allowed


def _check_policy(locator: GrantLocator, policy: Policy, now: int, agency_key: SealPrivateKey | None) -> None:
    if policy.grant != locator.grant:
        raise FormatError("wrong-grant")
    if policy.tag != (None if agency_key is None else locator.tag(public_raw(agency_key))):
        raise FormatError("wrong-recipient")
    if agency_key is not None and policy.suite != suite_of(agency_key):
        raise FormatError("wrong-recipient", "my key, under another suite")
    if now < policy.nbf:
        raise FormatError("not-yet")
    if now >= policy.exp:
        raise FormatError("expired")


def _open_keybox(
    locator: GrantLocator,
    record: Record,
    policy: Policy,
    keybox: str,
    agency_key: SealPrivateKey | None,
    passcode: str | None,
    stretched: bytes | None,
) -> KeyBox:
    if agency_key is not None:
        return open_agency(agency_key, record.grant, record.version, record.policy, keybox)
    if policy.passcode is None:
        stretched = b""
    elif stretched is None:
        if passcode is None:
            raise FormatError("wrong-key", "a passcode is needed")
        stretched = stretch_passcode(passcode, locator, policy.passcode)
    return open_bearer(locator, record.version, record.policy, keybox, stretched=stretched)


def _open_terms(locator: GrantLocator, record: Record, policy: Policy, token: str) -> Terms:
    data = open_terms(locator.terms_key, locator.grant, token)
    if terms_hash(data) != policy.terms:
        raise FormatError("terms-mismatch")
    terms = parse_terms(data)
    if terms.signer != ed25519_thumbprint(record.public):
        raise FormatError("wrong-record-key")
    if terms.slots.keys() != set(policy.slots):
        raise FormatError("terms-mismatch", "not the policy's slots")
    return terms
