"""The statements of a redeem: few, by whole keys, in one transaction. `sharing.redeem` decides; this reads and counts.

An open is five statements: the route; the grant's small row, locked; content and lease; the count; the lease. The log
entry adds its own three. What does not depend on an answer does not wait for it (`Tx.soon`), so that PostgreSQL is
waited for four times: for the route, for the proof, for what decides with the head of the chain, for the commit.
Whoever asks for a grant that does not exist takes the same way over a decoy row, so that statements, locks and time
say nothing (api.md, "Uniform answers"); a content of whatever size is read only for who has proved something.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from audit.refusals import DECOY
from kit.database import Tx
from sharing.grant.content import Content
from sharing.grant.limits import LEASE_SECONDS, LEASES_SWEPT_EVERY, PASSCODE_TRIES, PEEKS


class GrantRow(NamedTuple):
    """The row that decides. `wallet` is the decoy for a grant that does not exist."""

    wallet: bytes
    grant: bytes
    version: int
    ended: str | None
    suspended: int
    auth: bytes | None
    tag: bytes | None
    passcode: bytes | None
    nbf: int
    exp: int
    opens_max: int
    opens_used: int
    tries_used: int
    peeks_used: int


class LeaseRow(NamedTuple):
    """One open, as stored."""

    version: int
    until: int
    slots: bytes
    files: bytes


_ROUTE = "SELECT wallet_id FROM grant_routes WHERE grant_id = :grant"
_LOCK = """
SELECT wallet_id, grant_id, version, ended, suspended, auth, tag, passcode, nbf, exp, opens_max, opens_used,
       tries_used, peeks_used
FROM grants WHERE wallet_id = :wallet AND grant_id = :grant FOR UPDATE
"""
_PLANT = """
INSERT INTO grants (wallet_id, grant_id, version, ended, ended_at, suspended, auth, tag, passcode, policy_hash,
                    record_key, record_digest, nbf, exp, opens_max, opens_used, tries_used, peeks_used, created)
VALUES (:wallet, :grant, 1, 'decoy', 0, 0, NULL, NULL, NULL, :none, :none, :none, 0, 0, 1, 0, 0, 0, 0)
ON CONFLICT (wallet_id, grant_id) DO NOTHING
"""
_CONTENT = "SELECT head, keybox, slot_ids, slots FROM grant_contents WHERE wallet_id = :wallet AND grant_id = :grant"
_LEASE = """
SELECT version, until, slots, files FROM grant_leases
WHERE wallet_id = :wallet AND grant_id = :grant AND lease = :lease
"""
_CONTENT_AND_LEASE = """
SELECT c.head, c.keybox, c.slot_ids, c.slots, l.version, l.until, l.slots, l.files
FROM grant_contents c
LEFT JOIN grant_leases l ON l.wallet_id = c.wallet_id AND l.grant_id = c.grant_id AND l.lease = :lease
WHERE c.wallet_id = :wallet AND c.grant_id = :grant
"""
# The decision was taken under the row's lock. The statement has the last word: past the limit it gives NULL, which the
# column refuses, and so nothing is stored and nothing leaves.
_COUNT_OPEN = """
UPDATE grants SET opens_used = CASE WHEN opens_max = 0 OR opens_used < opens_max THEN opens_used + 1 END
WHERE wallet_id = :wallet AND grant_id = :grant
"""
_SPEND_TRY = """
UPDATE grants SET tries_used = tries_used + 1
WHERE wallet_id = :wallet AND grant_id = :grant AND tries_used < :tries_max
RETURNING tries_used
"""
_COUNT_PEEK = """
UPDATE grants SET peeks_used = peeks_used + 1
WHERE wallet_id = :wallet AND grant_id = :grant AND peeks_used < :peeks_max
RETURNING peeks_used
"""
_SAVE_LEASE = """
INSERT INTO grant_leases (wallet_id, grant_id, lease, version, until, slots, files)
VALUES (:wallet, :grant, :lease, :version, :until, :slots, :files)
ON CONFLICT (wallet_id, grant_id, lease)
DO UPDATE SET version = excluded.version, until = excluded.until, slots = excluded.slots, files = excluded.files
"""
_SWEEP_LEASES = "DELETE FROM grant_leases WHERE wallet_id = :wallet AND grant_id = :grant AND until <= :now"
_FILE = "SELECT blob_key FROM grant_files WHERE wallet_id = :wallet AND grant_id = :grant AND ref = :ref"
_RECHECK = """
SELECT g.version, g.ended, g.suspended, g.nbf, g.exp, l.version, l.until, l.slots, l.files
FROM grants g JOIN grant_leases l ON l.wallet_id = g.wallet_id AND l.grant_id = g.grant_id AND l.lease = :lease
WHERE g.wallet_id = :wallet AND g.grant_id = :grant
"""


def _decoy_of(grant: bytes) -> bytes:
    """One of 256 decoys, so that strangers who ask for different grants do not wait for one another's row."""
    return grant[:1] + bytes(15)


def locate(tx: Tx, grant: bytes) -> GrantRow:
    """The grant, locked until the end of the transaction; a decoy that nothing fits where there is none."""
    route = tx.one(_ROUTE, grant=grant)
    wallet, key = (route[0], grant) if route is not None else (DECOY, _decoy_of(grant))
    row = tx.one(_LOCK, wallet=wallet, grant=key)
    if row is None:
        decoy = _decoy_of(grant)
        if wallet == DECOY:  # the first request of all to this decoy
            tx.run(_PLANT, wallet=DECOY, grant=decoy, none=b"")
        return GrantRow(DECOY, decoy, 1, "decoy", 0, None, None, None, 0, 0, 1, 0, 0, 0)
    return GrantRow(*row)


def lease(tx: Tx, row: GrantRow, key: bytes) -> LeaseRow | None:
    """What is known about an open; also one that is over, as long as its row is there."""
    found = tx.one(_LEASE, wallet=row.wallet, grant=row.grant, lease=key)
    return None if found is None else LeaseRow(*found)


def content(tx: Tx, row: GrantRow) -> Content | None:
    """The sealed content; None once the grant has ended, or after a restore."""
    found = tx.one(_CONTENT, wallet=row.wallet, grant=row.grant)
    return None if found is None else Content(*found)


def content_and_lease(tx: Tx, row: GrantRow, key: bytes) -> Callable[[], tuple[Content | None, LeaseRow | None]]:
    """Both with one statement, after `locate`: what another open has changed under the lock is seen. Asked for now,
    answered by a call."""
    asked = tx.soon(_CONTENT_AND_LEASE, wallet=row.wallet, grant=row.grant, lease=key)

    def answer() -> tuple[Content | None, LeaseRow | None]:
        found = asked.one()
        if found is None:
            return None, None
        return Content(*found[:4]), None if found[4] is None else LeaseRow(*found[4:])

    return answer


def count_open(tx: Tx, row: GrantRow) -> int:
    """Counts one open of a grant that `locate` holds; the opens used. One too many would be undone, with everything."""
    tx.later(_COUNT_OPEN, wallet=row.wallet, grant=row.grant)
    return row.opens_used + 1


def spend_try(tx: Tx, row: GrantRow) -> int:
    """Spends one of the passcode tries; how many are used now. It never goes beyond the last and is never undone."""
    used = _first(tx.one(_SPEND_TRY, wallet=row.wallet, grant=row.grant, tries_max=PASSCODE_TRIES))
    return PASSCODE_TRIES if used is None else used


def count_peek(tx: Tx, row: GrantRow) -> int | None:
    """Counts one peek, unless that would be one too many; the peeks used, or None."""
    return _first(tx.one(_COUNT_PEEK, wallet=row.wallet, grant=row.grant, peeks_max=PEEKS))


def save_lease(tx: Tx, row: GrantRow, key: bytes, state: LeaseRow) -> None:
    """Stores the lease; the one change a repeated open makes."""
    tx.later(
        _SAVE_LEASE,
        wallet=row.wallet,
        grant=row.grant,
        lease=key,
        version=state.version,
        until=state.until,
        slots=state.slots,
        files=state.files,
    )


def sweep_leases(tx: Tx, row: GrantRow, opens_used: int, now: int) -> None:
    """Every so many opens, drops those of this grant that are over."""
    if opens_used % LEASES_SWEPT_EVERY == 0:
        tx.run(_SWEEP_LEASES, wallet=row.wallet, grant=row.grant, now=now)


def lease_until(now: int) -> int:
    return now + LEASE_SECONDS


def file_blob(tx: Tx, row: GrantRow, ref: bytes) -> str | None:
    """The key of the sealed bytes that this grant serves under `ref`."""
    found = tx.one(_FILE, wallet=row.wallet, grant=row.grant, ref=ref)
    return None if found is None else str(found[0])


Standing = tuple[int, str | None, int, int, int]


def recheck(tx: Tx, wallet: bytes, grant: bytes, key: bytes) -> tuple[Standing, LeaseRow] | None:
    """What decides whether a file may go on: (version, ended, suspended, nbf, exp) and the lease; None: gone."""
    row = tx.one(_RECHECK, wallet=wallet, grant=grant, lease=key)
    return None if row is None else (row[:5], LeaseRow(*row[5:]))


def _first(row: tuple[int, ...] | None) -> int | None:
    return None if row is None else row[0]
