"""All SQL of the agencies slice."""

from __future__ import annotations

from kit.database import Tx

_NEWEST = "SELECT version, hash FROM agency_registry WHERE bundle = :bundle ORDER BY version DESC LIMIT 1"
_DOCUMENT = "SELECT document FROM agency_registry WHERE bundle = :bundle AND version = :version"
_HASH = "SELECT hash FROM agency_registry WHERE bundle = :bundle AND version = :version"
_ADD_VERSION = """
INSERT INTO agency_registry (bundle, version, hash, document, accepted)
VALUES (:bundle, :version, :hash, :document, :accepted)
ON CONFLICT (bundle, version) DO NOTHING
"""
_USE_ASSERTION = """
INSERT INTO agency_assertion (agency, jti, exp) VALUES (:agency, :jti, :exp) ON CONFLICT (agency, jti) DO NOTHING
"""
_OLD_ASSERTIONS = "SELECT DISTINCT agency FROM agency_assertion WHERE exp < :now LIMIT :limit"
_DROP_OLD_ASSERTIONS = "DELETE FROM agency_assertion WHERE agency = :agency AND exp < :now"
_KNOWN_NOTICE = "SELECT number FROM agency_notice WHERE agency = :agency AND digest = :digest"
_NEXT_NOTICE = """
INSERT INTO agency_inbox (agency, last, waiting) VALUES (:agency, 1, 1)
ON CONFLICT (agency) DO UPDATE SET last = agency_inbox.last + 1, waiting = agency_inbox.waiting + 1
RETURNING last, waiting
"""
_ADD_NOTICE = """
INSERT INTO agency_notice (agency, number, digest, notice, time)
VALUES (:agency, :number, :digest, :notice, :time)
"""
_NOTICES = """
SELECT number, notice, time FROM agency_notice WHERE agency = :agency AND number > :after AND time > :since
ORDER BY number LIMIT :limit
"""
_DROP_NOTICE = "DELETE FROM agency_notice WHERE agency = :agency AND number = :number"
_OLD_NOTICES = "SELECT DISTINCT agency FROM agency_notice WHERE time <= :before LIMIT :limit"
_DROP_OLD_NOTICES = "DELETE FROM agency_notice WHERE agency = :agency AND time <= :before"
_FEWER_WAITING = "UPDATE agency_inbox SET waiting = waiting - :gone WHERE agency = :agency"
_COUNT_SENT = """
INSERT INTO notice_quota (wallet_id, hour, used) VALUES (:wallet, :hour, 1)
ON CONFLICT (wallet_id, hour) DO UPDATE SET used = notice_quota.used + 1
RETURNING used
"""
_OLD_QUOTAS = "SELECT DISTINCT wallet_id FROM notice_quota WHERE hour < :hour LIMIT :limit"
_DROP_OLD_QUOTAS = "DELETE FROM notice_quota WHERE wallet_id = :wallet AND hour < :hour"
_ERASE_QUOTA = "DELETE FROM notice_quota WHERE wallet_id = :wallet"


def newest_version(tx: Tx, bundle: str) -> tuple[int, bytes] | None:
    """Number and hash of the newest accepted version."""
    row = tx.one(_NEWEST, bundle=bundle)
    return None if row is None else (int(row[0]), bytes(row[1]))


def document(tx: Tx, bundle: str, version: int) -> bytes:
    """The signed document of a version that exists."""
    row = tx.one(_DOCUMENT, bundle=bundle, version=version)
    assert row is not None
    return str(row[0]).encode()


def version_hash(tx: Tx, bundle: str, version: int) -> bytes | None:
    """The hash of an accepted version."""
    row = tx.one(_HASH, bundle=bundle, version=version)
    return None if row is None else bytes(row[0])


def add_version(tx: Tx, bundle: str, version: int, hash: bytes, document: bytes, accepted: int) -> bool:
    """False if another process has just added that version."""
    return (
        tx.run(_ADD_VERSION, bundle=bundle, version=version, hash=hash, document=document.decode(), accepted=accepted)
        == 1
    )


def use_assertion(tx: Tx, agency: str, jti: bytes, exp: int) -> bool:
    """True exactly once for an assertion's jti."""
    return tx.run(_USE_ASSERTION, agency=agency, jti=jti, exp=exp) == 1


def add_notice(tx: Tx, agency: str, digest: bytes, notice: str, now: int) -> int:
    """Stores a notice unless it waits already, and returns how many wait."""
    if tx.one(_KNOWN_NOTICE, agency=agency, digest=digest) is not None:
        return 0
    row = tx.one(_NEXT_NOTICE, agency=agency)
    assert row is not None
    tx.run(_ADD_NOTICE, agency=agency, number=row[0], digest=digest, notice=notice, time=now)
    return int(row[1])


def notices(tx: Tx, agency: str, after: int, since: int, limit: int) -> list[tuple[int, str, int]]:
    """Number, notice and time of what waits, in order."""
    return [(row[0], row[1], row[2]) for row in tx.all(_NOTICES, agency=agency, after=after, since=since, limit=limit)]


def drop_notice(tx: Tx, agency: str, number: int) -> None:
    """Done; doing it twice is no error."""
    gone = tx.run(_DROP_NOTICE, agency=agency, number=number)
    if gone:
        tx.run(_FEWER_WAITING, agency=agency, gone=gone)


def agencies_with_old_notices(tx: Tx, before: int, limit: int) -> list[str]:
    return [row[0] for row in tx.all(_OLD_NOTICES, before=before, limit=limit)]


def drop_old_notices(tx: Tx, agency: str, before: int) -> None:
    gone = tx.run(_DROP_OLD_NOTICES, agency=agency, before=before)
    tx.run(_FEWER_WAITING, agency=agency, gone=gone)


def count_sent(tx: Tx, wallet: bytes, hour: int) -> int:
    """How many notices this wallet has sent in this hour, with this one."""
    row = tx.one(_COUNT_SENT, wallet=wallet, hour=hour)
    assert row is not None
    return int(row[0])


def agencies_with_old_assertions(tx: Tx, now: int, limit: int) -> list[str]:
    return [row[0] for row in tx.all(_OLD_ASSERTIONS, now=now, limit=limit)]


def drop_old_assertions(tx: Tx, agency: str, now: int) -> None:
    tx.run(_DROP_OLD_ASSERTIONS, agency=agency, now=now)


def wallets_with_old_quotas(tx: Tx, hour: int, limit: int) -> list[bytes]:
    return [row[0] for row in tx.all(_OLD_QUOTAS, hour=hour, limit=limit)]


def drop_old_quotas(tx: Tx, wallet: bytes, hour: int) -> None:
    tx.run(_DROP_OLD_QUOTAS, wallet=wallet, hour=hour)


def erase_quota(tx: Tx, wallet: bytes) -> None:
    tx.run(_ERASE_QUOTA, wallet=wallet)
