"""Who gets what: the decisions of a redeem, without I/O. State and question in, verdict out; time is passed in.

grant.md, "Opening (server)":

    An *open* is a lease of 600 s, named by a random id of the caller and bound to the thumbprint of the caller's DPoP
    key. Order, atomic: (1) find grant → (2) auth (or agency and tag) right, else the uniform 404, nothing spent →
    (3) passcode: spend a try, compare P, give the try back if right → (4) lease known: no new count; else count the
    open → (5) append to the log → commit → release.
    Each slot is logged as delivered once a lease. A lease that began at an older version gets `grant-changed` and asks
    again with the same lease, free of charge. *Peek* answers policy, record, terms; at most 20 times; logged, not
    counted as an open. GET never consumes.

(1), (2) and (5) are `service.py`; whoever calls these functions has proved `auth` or `r`. A try is "spent and given
back if right" by spending it only when wrong: test and spending are one transaction on a locked row, and no answer
leaves before its commit, so nobody can see the one without paying the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Code = Literal[
    "grant-withdrawn",
    "grant-expired",
    "grant-used-up",
    "grant-suspended",
    "grant-not-yet",
    "grant-changed",
    "passcode-required",
    "passcode-wrong",
    "passcode-exhausted",
    "peeks-exhausted",
    "slot-unknown",
    "lease-ended",
    "not-found",
]

ID = 16  # bytes of a slot id and of a file's ref


@dataclass(frozen=True, slots=True)
class GrantState:
    """What decides about a grant. `ended` is why it ended, or None; `opens_max` 0: not limited."""

    version: int
    ended: str | None
    suspended: bool
    nbf: int
    exp: int
    opens_max: int
    opens_used: int
    passcode: bool
    tries_used: int
    tries_max: int
    peeks_used: int
    peeks_max: int


@dataclass(frozen=True, slots=True)
class LeaseState:
    """One open: the version it reads, its end, and what it has delivered (ids of 16 bytes, one after the other)."""

    version: int
    until: int
    slots: bytes
    files: bytes


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nothing leaves. `spend_try`: the passcode was wrong. `renew`: the lease may read the new version from now on."""

    code: Code
    spend_try: bool = False
    renew: bool = False


@dataclass(frozen=True, slots=True)
class Open:
    """Release the slots. `count`: this is a new open; `last`: and no other can follow."""

    count: bool
    last: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """Release what was asked for; `first`: it has not been delivered in this lease, so it is logged."""

    first: bool


_ENDED: Final[dict[str, Code]] = {"expired": "grant-expired", "used-up": "grant-used-up"}


def standing(grant: GrantState, now: int) -> Refuse | None:
    """Whether a proven caller may go on at all. Expiry counts from the second it names, swept or not."""
    if grant.ended is not None:
        return Refuse(_ENDED.get(grant.ended, "grant-withdrawn"))
    if now >= grant.exp:
        return Refuse("grant-expired")
    if grant.suspended:
        return Refuse("grant-suspended")
    if now < grant.nbf:
        return Refuse("grant-not-yet")
    return None


def decide_peek(grant: GrantState, now: int) -> Refuse | Release:
    """Policy, record and terms: who, why, until when. Not counted as an open."""
    if refusal := standing(grant, now):
        return refusal
    if grant.peeks_used >= grant.peeks_max:
        return Refuse("peeks-exhausted")
    return Release(first=True)


def decide_open(
    grant: GrantState, lease: LeaseState | None, passcode: bool | None, version: int | None, now: int
) -> Refuse | Open:
    """`passcode`: None where the caller sent no proof, else whether it is right; `version`: what the caller expects."""
    if refusal := standing(grant, now):
        return refusal
    if grant.passcode:  # (3)
        if grant.tries_used >= grant.tries_max:
            return Refuse("passcode-exhausted")
        if passcode is None:
            return Refuse("passcode-required")
        if not passcode:
            return Refuse("passcode-wrong", spend_try=True)
    if lease is not None and now < lease.until:  # (4) known
        if lease.version != grant.version:
            return Refuse("grant-changed", renew=True)
        return Open(count=False)
    if version is not None and version != grant.version:
        return Refuse("grant-changed")
    if grant.opens_max and grant.opens_used >= grant.opens_max:
        return Refuse("grant-used-up")
    return Open(count=True, last=grant.opens_used + 1 == grant.opens_max)


def decide_file(
    grant: GrantState, lease: LeaseState | None, slot: bytes, ref: bytes, known: bool, now: int
) -> Refuse | Release:
    """A file's bytes, to a lease that has had its slot. `known`: the grant has a file under `ref`."""
    if refusal := standing(grant, now):
        return refusal
    if lease is None or now >= lease.until:
        return Refuse("lease-ended")
    if lease.version != grant.version:
        return Refuse("grant-changed", renew=True)
    if not holds(lease.slots, slot):
        return Refuse("slot-unknown")
    if not known:
        return Refuse("not-found")
    return Release(first=not holds(lease.files, ref))


def still_released(grant: GrantState, lease: LeaseState | None, now: int) -> bool:
    """Asked before each further piece of a file: an end, an expiry or a new version stops it where it is."""
    return standing(grant, now) is None and lease is not None and now < lease.until and lease.version == grant.version


def undelivered(delivered: bytes, asked: bytes) -> bytes:
    """Those of `asked` that this lease has not had yet, in the order asked."""
    had = set(_split(delivered))
    return b"".join([slot for slot in _split(asked) if slot not in had])


def holds(delivered: bytes, item: bytes) -> bool:
    """Whether an id is among those delivered."""
    return item in _split(delivered)


def _split(joined: bytes) -> list[bytes]:
    return [joined[at : at + ID] for at in range(0, len(joined), ID)]
