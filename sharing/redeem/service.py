"""Peek, open, files: find, prove, decide, count, log. All inside one transaction, all before anything leaves.

The steps are numbered as in `decision.py`. A refusal is raised with its log entry kept; a stranger's is only counted.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from secrets import token_bytes
from typing import Any

from mappe.formats.labels import tagged_hash

from audit import chain, ledger, refusals
from audit.chain import Appended, Head
from kit.database import Tx
from kit.errors import NOT_FOUND, ProblemKind
from kit.ids import b64u
from kit.ranges import Slice, one_range
from sharing.grant import access, sweep
from sharing.grant.access import GrantRow, LeaseRow
from sharing.grant.content import ids, pick
from sharing.grant.limits import PASSCODE_TRIES, PEEKS
from sharing.principals import AgencyClient, LinkHolder
from sharing.redeem import decision, errors
from sharing.redeem.decision import GrantState, LeaseState, Refuse
from wallet.store import attachments

Caller = AgencyClient | LinkHolder

_NOTHING = token_bytes(32)  # compared with where there is nothing to compare with; no caller's hash is equal to it
_PROBLEMS: dict[decision.Code, ProblemKind] = {
    "grant-withdrawn": errors.GRANT_WITHDRAWN,
    "grant-expired": errors.GRANT_EXPIRED,
    "grant-used-up": errors.GRANT_USED_UP,
    "grant-suspended": errors.GRANT_SUSPENDED,
    "grant-not-yet": errors.GRANT_NOT_YET,
    "grant-changed": errors.GRANT_CHANGED,
    "passcode-required": errors.PASSCODE_REQUIRED,
    "passcode-wrong": errors.PASSCODE_WRONG,
    "passcode-exhausted": errors.PASSCODE_EXHAUSTED,
    "peeks-exhausted": errors.PEEKS_EXHAUSTED,
    "slot-unknown": errors.SLOT_UNKNOWN,
    "lease-ended": errors.LEASE_ENDED,
    "not-found": NOT_FOUND,
}


@dataclass(frozen=True, slots=True)
class Key:
    """What the caller offers as proof for a grant: hashes only, made before the transaction.

    `auth`: SHA-256 of the link's auth. `tags`: SHA-256(r ‖ thumbprint) for each seal key of the agency; r is not kept.
    """

    grant: bytes
    auth: bytes | None = None
    tags: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Peeked:
    """What a peek may show, as JSON members, and the entry that says so."""

    head: str
    entry: Appended


@dataclass(frozen=True, slots=True)
class Opened:
    """What an open releases, as pieces of its JSON (sharing.grant.content), and the entry that says so."""

    head: str
    keybox: str
    slots: str
    until: int
    entry: Appended


@dataclass(frozen=True, slots=True)
class FileOpened:
    """A file that may be sent, and the part that was asked for. `entry`: only for its first delivery in a lease."""

    wallet: bytes
    lease: bytes
    blob_key: str
    part: Slice
    entry: Appended | None


def lease_key(grant: bytes, lease: bytes, jkt: str) -> bytes:
    """The name under which an open is stored: with another key it is another open.

    A hash over the caller's own random id: the database does not say whose key it is (D12a), though an agency's keys
    are public.
    """
    return tagged_hash("lease", grant + lease + jkt.encode())


def peek(tx: Tx, key: Key, caller: Caller, now: int) -> Peeked:
    """Who, why, until when."""
    row = _proven(tx, key, now)
    state = _state(row)
    verdict = decision.decide_peek(state, now)
    if isinstance(verdict, Refuse):
        raise _refused(tx, row, caller, verdict, now)
    if access.count_peek(tx, row) is None:
        raise _refused(tx, row, caller, Refuse("peeks-exhausted"), now)
    content = access.content(tx, row)
    assert content is not None  # it goes with the end, in one transaction
    entry = chain.append(
        tx,
        wallet=row.wallet,
        kind="grant-looked-at",
        actor=caller.actor(),
        now=now,
        grant=b64u(row.grant),
        detail={"version": row.version},
        proof=_proof(caller),
    )
    return Peeked(content.head, entry)


def open_grant(
    tx: Tx,
    key: Key,
    caller: Caller,
    now: int,
    *,
    lease: bytes,
    passcode: bytes | None = None,
    slots: list[bytes] | None = None,
    version: int | None = None,
) -> Opened:
    """A new open, or more of a known one. `passcode`: SHA-256 of the proof; `slots`: None for all of them."""
    row = _proven(tx, key, now)  # (1) (2)
    name = lease_key(row.grant, lease, caller.jkt)
    answer = access.content_and_lease(tx, row, name)
    head = chain.hold(tx, row.wallet)  # whatever is decided will be written down; asked in one go
    content, known = answer()
    verdict = decision.decide_open(_state(row), _lease(known), _right(row, passcode), version, now)  # (3) (4)
    if isinstance(verdict, Refuse):
        raise _refused(tx, row, caller, verdict, now, name, known, head)
    assert content is not None  # it goes with the end, in one transaction
    released = pick(content, slots)
    if released is None:
        raise _refused(tx, row, caller, Refuse("slot-unknown"), now, head=head)
    asked = content.slot_ids if slots is None else b"".join(slots)
    if verdict.count:
        entry, until = _count(tx, row, caller, name, asked, b64u(lease), now, head)
    else:
        assert known is not None
        until = known.until
        fresh = decision.undelivered(known.slots, asked)
        if fresh:
            access.save_lease(tx, row, name, known._replace(slots=known.slots + fresh))
        entry = _log_open(tx, row, caller, "slot-delivered", fresh, b64u(lease), now, head)
    return Opened(content.head, content.keybox, released, until, entry)


def _count(
    tx: Tx, row: GrantRow, caller: Caller, name: bytes, asked: bytes, lease: str, now: int, head: Head
) -> tuple[Appended, int]:
    used = access.count_open(tx, row)
    until = access.lease_until(now)
    access.sweep_leases(tx, row, used, now)
    access.save_lease(tx, row, name, LeaseRow(row.version, until, asked, b""))
    if row.opens_max:
        ledger.record(tx, row.wallet, "grant-opens", row.grant, used)
        if used == row.opens_max:
            sweep.after_last_open(tx, row.wallet, row.grant, until)
    return _log_open(tx, row, caller, "grant-opened", asked, lease, now, head), until


def _log_open(
    tx: Tx, row: GrantRow, caller: Caller, kind: str, slots: bytes, lease: str, now: int, head: Head
) -> Appended:
    """One entry for each request: which slots it delivered for the first time in this lease, and of which version."""
    return chain.append(
        tx,
        head=head,
        wallet=row.wallet,
        kind=kind,
        actor=caller.actor(),
        now=now,
        grant=b64u(row.grant),
        slots=[b64u(slot) for slot in ids(slots)],
        lease=lease,
        detail={"version": row.version},
        proof=_proof(caller),
    )


def open_file(
    tx: Tx, key: Key, caller: Caller, now: int, *, lease: bytes, slot: bytes, ref: bytes, wanted: str | None
) -> FileOpened:
    """Whether a file's bytes may flow; the first time in a lease is an entry of its own. `wanted`: a Range header."""
    row = _proven(tx, key, now)
    name = lease_key(row.grant, lease, caller.jkt)
    known = access.lease(tx, row, name)
    blob_key = access.file_blob(tx, row, ref)
    verdict = decision.decide_file(_state(row), _lease(known), slot, ref, blob_key is not None, now)
    if isinstance(verdict, Refuse):
        raise _refused(tx, row, caller, verdict, now, name, known)
    assert known is not None and blob_key is not None
    # a range outside of the file: nothing is delivered, so nothing is written down
    part = one_range(wanted, attachments.size_of(tx, row.wallet, blob_key) or 0)
    if not verdict.first:
        return FileOpened(row.wallet, name, blob_key, part, None)
    access.save_lease(tx, row, name, known._replace(files=known.files + ref))
    entry = chain.append(
        tx,
        wallet=row.wallet,
        kind="file-delivered",
        actor=caller.actor(),
        now=now,
        grant=b64u(row.grant),
        slots=[b64u(slot)],
        lease=b64u(lease),
        detail={"version": row.version, "file": b64u(ref)},
        proof=_proof(caller),
    )
    return FileOpened(row.wallet, name, blob_key, part, entry)


def still_released(tx: Tx, wallet: bytes, grant: bytes, lease: bytes, now: int) -> bool:
    """Asked before each further piece of a file."""
    found = access.recheck(tx, wallet, grant, lease)
    if found is None:
        return False
    (version, ended, suspended, nbf, exp), known = found
    state = GrantState(version, ended, bool(suspended), nbf, exp, 0, 0, False, 0, 0, 0, 0)
    return decision.still_released(state, _lease(known), now)


def _proven(tx: Tx, key: Key, now: int) -> GrantRow:
    """(1) and (2). A stranger leaves a count and learns nothing; nothing is spent."""
    row = access.locate(tx, key.grant)
    by_auth = hmac.compare_digest(row.auth or _NOTHING, key.auth or bytes(32))
    by_tag = False
    for tag in key.tags:
        by_tag |= hmac.compare_digest(row.tag or _NOTHING, tag)
    if not (by_auth or by_tag):
        refusals.count(tx, row.wallet, now)
        raise NOT_FOUND(record_kept=True)
    return row


def _right(row: GrantRow, passcode: bytes | None) -> bool | None:
    return None if passcode is None else hmac.compare_digest(row.passcode or _NOTHING, passcode)


def _refused(
    tx: Tx,
    row: GrantRow,
    caller: Caller,
    refusal: Refuse,
    now: int,
    name: bytes | None = None,
    known: LeaseRow | None = None,
    head: Head | None = None,
) -> Exception:
    """Writes down why, and what it cost; the exception to raise. Its entry is kept."""
    detail: dict[str, str | int] = {"code": refusal.code}
    told: dict[str, Any] = {}
    if refusal.spend_try:
        used = access.spend_try(tx, row)
        ledger.record(tx, row.wallet, "passcode-tries", row.grant, used)
        detail["tries_left"] = told["tries_left"] = PASSCODE_TRIES - used
    if refusal.renew and name is not None and known is not None:
        # what it had of the older version says nothing about this one: each slot is logged again
        access.save_lease(tx, row, name, known._replace(version=row.version, slots=b"", files=b""))
    if refusal.code == "grant-changed":
        told["version"] = row.version
    if refusal.code == "grant-not-yet":
        told["nbf"] = row.nbf
    chain.append(
        tx,
        head=head,
        wallet=row.wallet,
        kind="grant-refused",
        actor=caller.actor(),
        now=now,
        grant=b64u(row.grant),
        detail=detail,
        proof=_proof(caller),
    )
    return _PROBLEMS[refusal.code](record_kept=True, **told)


def _proof(caller: Caller) -> str | None:
    """An agency's read holds its own signed request. A link holder's key is anybody's and shows nothing."""
    return caller.proof if isinstance(caller, AgencyClient) else None


def _state(row: GrantRow) -> GrantState:
    return GrantState(
        row.version,
        row.ended,
        bool(row.suspended),
        row.nbf,
        row.exp,
        row.opens_max,
        row.opens_used,
        row.passcode is not None,
        row.tries_used,
        PASSCODE_TRIES,
        row.peeks_used,
        PEEKS,
    )


def _lease(row: LeaseRow | None) -> LeaseState | None:
    return None if row is None else LeaseState(*row)
