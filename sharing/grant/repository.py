"""The holder's side of the tables: publish, list, end, forget."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kit.database import Tx
from sharing.grant.checking import Version
from sharing.grant.content import pack


class Stored(NamedTuple):
    """What a re-publish is compared with."""

    version: int
    ended: str | None
    suspended: int
    auth: bytes | None
    passcode: bytes | None
    policy_hash: bytes
    record_key: bytes
    record_digest: bytes
    exp: int


class Listed(NamedTuple):
    """One line of the holder's list."""

    grant: bytes
    version: int
    ended: str | None
    suspended: int
    passcode: int
    exp: int
    opens_max: int
    opens_used: int
    tries_used: int
    peeks_used: int
    created: int


class FileRow(NamedTuple):
    """A stored reference."""

    ref: bytes
    attachment: bytes
    version: int
    blob_key: str


_ROUTE = """
INSERT INTO grant_routes (grant_id, wallet_id) VALUES (:grant, :wallet) ON CONFLICT (grant_id) DO NOTHING
"""
_ROUTE_OF = "SELECT wallet_id FROM grant_routes WHERE grant_id = :grant"
_UNROUTE = "DELETE FROM grant_routes WHERE grant_id = :grant AND wallet_id = :wallet"
_STORED = """
SELECT version, ended, suspended, auth, passcode, policy_hash, record_key, record_digest, exp
FROM grants WHERE wallet_id = :wallet AND grant_id = :grant FOR UPDATE
"""
_EXISTS = "SELECT version FROM grants WHERE wallet_id = :wallet AND grant_id = :grant"
_OPEN_GRANTS = "SELECT COUNT(*) FROM grants WHERE wallet_id = :wallet AND ended IS NULL"
_INSERT = """
INSERT INTO grants (wallet_id, grant_id, version, ended, ended_at, suspended, auth, tag, passcode, policy_hash,
                    record_key, record_digest, nbf, exp, opens_max, opens_used, tries_used, peeks_used, created)
VALUES (:wallet, :grant, :version, NULL, NULL, 0, :auth, :tag, :passcode, :policy_hash, :record_key, :record_digest,
        :nbf, :exp, :opens_max, 0, 0, 0, :created)
"""
_RENEW = """
UPDATE grants SET version = :version, record_digest = :digest, passcode = :passcode, suspended = 0
WHERE wallet_id = :wallet AND grant_id = :grant
"""
_INSERT_CONTENT = """
INSERT INTO grant_contents (wallet_id, grant_id, head, keybox, slot_ids, slots)
VALUES (:wallet, :grant, :head, :keybox, :slot_ids, :slots)
"""
_FILES = """
SELECT ref, attachment, attachment_version, blob_key FROM grant_files WHERE wallet_id = :wallet AND grant_id = :grant
"""
_INSERT_FILE = """
INSERT INTO grant_files (wallet_id, grant_id, ref, attachment, attachment_version, blob_key)
VALUES (:wallet, :grant, :ref, :attachment, :version, :blob_key)
"""
_DELETE_FILE = "DELETE FROM grant_files WHERE wallet_id = :wallet AND grant_id = :grant AND ref = :ref"
_LIST = """
SELECT grant_id, version, ended, suspended, CASE WHEN passcode IS NULL THEN 0 ELSE 1 END, exp, opens_max, opens_used,
       tries_used, peeks_used, created
FROM grants WHERE wallet_id = :wallet ORDER BY created, grant_id
"""
_IDS = "SELECT grant_id FROM grants WHERE wallet_id = :wallet ORDER BY grant_id"
_UNENDED = "SELECT grant_id FROM grants WHERE wallet_id = :wallet AND ended IS NULL ORDER BY grant_id"
_END = """
UPDATE grants SET ended = CASE WHEN exp <= :now THEN 'expired' ELSE :reason END, ended_at = :now, passcode = NULL
WHERE wallet_id = :wallet AND grant_id = :grant AND ended IS NULL
RETURNING ended
"""
_DELETE_CONTENT = "DELETE FROM grant_contents WHERE wallet_id = :wallet AND grant_id = :grant"
_DELETE_LEASES = "DELETE FROM grant_leases WHERE wallet_id = :wallet AND grant_id = :grant"
_DELETE_FILES = "DELETE FROM grant_files WHERE wallet_id = :wallet AND grant_id = :grant"
_FORGET = """
DELETE FROM grants WHERE wallet_id = :wallet AND grant_id = :grant AND ended IS NOT NULL AND ended_at <= :before
"""
_ERASE = tuple(
    f"DELETE FROM {table} WHERE wallet_id = :wallet"  # noqa: S608  (names from this line)
    for table in ("grant_contents", "grant_leases", "grant_files", "grants")
)
_SUSPEND = "UPDATE grants SET suspended = 1 WHERE ended IS NULL"
_RESTORE_OPENS = """
UPDATE grants SET opens_used = :value WHERE wallet_id = :wallet AND grant_id = :grant AND opens_used < :value
"""
_RESTORE_TRIES = """
UPDATE grants SET tries_used = :value WHERE wallet_id = :wallet AND grant_id = :grant AND tries_used < :value
"""


def route(tx: Tx, grant: bytes, wallet: bytes) -> bool:
    """Makes sure that the id leads to this wallet; False: it leads to another one."""
    tx.run(_ROUTE, grant=grant, wallet=wallet)
    return wallet_of(tx, grant) == wallet


def wallet_of(tx: Tx, grant: bytes) -> bytes | None:
    found = tx.one(_ROUTE_OF, grant=grant)
    return None if found is None else bytes(found[0])


def unroute(tx: Tx, grant: bytes, wallet: bytes) -> None:
    tx.run(_UNROUTE, grant=grant, wallet=wallet)


def stored(tx: Tx, wallet: bytes, grant: bytes) -> Stored | None:
    """The grant's row, locked until the end of the transaction."""
    row = tx.one(_STORED, wallet=wallet, grant=grant)
    return None if row is None else Stored(*row)


def exists(tx: Tx, wallet: bytes, grant: bytes) -> bool:
    return tx.one(_EXISTS, wallet=wallet, grant=grant) is not None


def open_grants(tx: Tx, wallet: bytes) -> int:
    row = tx.one(_OPEN_GRANTS, wallet=wallet)
    return int(row[0]) if row else 0


def insert(tx: Tx, wallet: bytes, version: Version, now: int) -> None:
    tx.run(
        _INSERT,
        wallet=wallet,
        grant=version.grant,
        version=version.record.version,
        auth=version.auth,
        tag=version.policy.tag,
        passcode=version.passcode,
        policy_hash=version.policy_hash,
        record_key=version.record.public,
        record_digest=version.record.digest,
        nbf=version.policy.nbf,
        exp=version.policy.exp,
        opens_max=version.policy.opens,
        created=now,
    )


def renew(tx: Tx, wallet: bytes, version: Version) -> None:
    """Another version under the same counters."""
    record = version.record
    tx.run(
        _RENEW,
        wallet=wallet,
        grant=version.grant,
        version=record.version,
        digest=record.digest,
        passcode=version.passcode,
    )


def replace_content(tx: Tx, wallet: bytes, version: Version) -> None:
    """The sealed content, all of it: nothing of another version stays."""
    tx.run(_DELETE_CONTENT, wallet=wallet, grant=version.grant)
    packed = pack(version)
    tx.run(
        _INSERT_CONTENT,
        wallet=wallet,
        grant=version.grant,
        head=packed.head,
        keybox=packed.keybox,
        slot_ids=packed.slot_ids,
        slots=packed.slots,
    )


def files(tx: Tx, wallet: bytes, grant: bytes) -> list[FileRow]:
    return [FileRow(*row) for row in tx.all(_FILES, wallet=wallet, grant=grant)]


def insert_file(tx: Tx, wallet: bytes, grant: bytes, row: FileRow) -> None:
    tx.run(
        _INSERT_FILE,
        wallet=wallet,
        grant=grant,
        ref=row.ref,
        attachment=row.attachment,
        version=row.version,
        blob_key=row.blob_key,
    )


def delete_file(tx: Tx, wallet: bytes, grant: bytes, ref: bytes) -> None:
    tx.run(_DELETE_FILE, wallet=wallet, grant=grant, ref=ref)


def listed(tx: Tx, wallet: bytes) -> list[Listed]:
    return [Listed(*row) for row in tx.all(_LIST, wallet=wallet)]


def ids(tx: Tx, wallet: bytes) -> list[bytes]:
    return [bytes(row[0]) for row in tx.all(_IDS, wallet=wallet)]


def unended(tx: Tx, wallet: bytes) -> list[bytes]:
    return [bytes(row[0]) for row in tx.all(_UNENDED, wallet=wallet)]


def end(tx: Tx, wallet: bytes, grant: bytes, reason: str, now: int) -> str | None:
    """Ends the grant unless it has ended; returns why: past its time it has expired, whoever says otherwise."""
    row = tx.one(_END, wallet=wallet, grant=grant, reason=reason, now=now)
    return None if row is None else str(row[0])


def delete_content(tx: Tx, wallet: bytes, grant: bytes) -> None:
    for statement in (_DELETE_CONTENT, _DELETE_LEASES, _DELETE_FILES):
        tx.run(statement, wallet=wallet, grant=grant)


def forget(tx: Tx, wallet: bytes, grant: bytes, before: int) -> None:
    """Drops a tombstone whose time is over."""
    tx.run(_FORGET, wallet=wallet, grant=grant, before=before)


def erase(tx: Tx, wallet: bytes) -> None:
    for statement in _ERASE:
        tx.run(statement, wallet=wallet)


def suspend(tx: Tx) -> int:
    return tx.run(_SUSPEND)


def restore_counter(tx: Tx, kind: str, wallet: bytes, items: Iterable[tuple[bytes, int]]) -> None:
    """After a restore: counters never go back."""
    statement = {"grant-opens": _RESTORE_OPENS, "passcode-tries": _RESTORE_TRIES}[kind]
    for grant, value in items:
        tx.run(statement, wallet=wallet, grant=grant, value=value)
