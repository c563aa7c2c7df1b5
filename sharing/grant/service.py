"""Publishing, re-publishing, listing and ending, as transactions on one wallet.

A publication is three of them: may this be published at all; the routing row, on its own shard; the grant. A re-publish
(D16) changes values only: policy, proofs, signing key and every counter stay (ADR 0005).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from audit import chain
from audit.chain import Appended
from kit.database import Tx
from kit.ids import b64u
from sharing.grant import ending, repository, sweep
from sharing.grant.checking import Version
from sharing.grant.errors import GRANT_ENDED, GRANT_FIXED, GRANT_STALE, TOO_MANY_GRANTS
from sharing.grant.limits import PASSCODE_TRIES
from sharing.grant.repository import FileRow, Listed, Stored
from wallet.store import attachments
from wallet.unlock import wallets
from wallet.unlock.errors import WALLET_SUSPENDED


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was stored, and the entry that says so."""

    created: bool
    version: int
    entry: Appended


def is_new(tx: Tx, wallet: bytes, version: Version, limit: int, now: int) -> bool:
    """Whether this is the first version of a new grant, for which a routing row has to be written; refuses early."""
    if wallets.suspended(tx, wallet):
        raise WALLET_SUSPENDED()
    row = repository.stored(tx, wallet, version.grant)
    if row is not None:
        return False
    _check_first(tx, wallet, version, limit)
    sweep.before_route(tx, wallet, version.grant, now)
    return True


def publish(tx: Tx, wallet: bytes, version: Version, limit: int, actor: Mapping[str, str], now: int) -> Outcome:
    """Stores one version. Sending the same version again is no error: it is logged, and nothing else changes.

    Raises GRANT_ENDED, GRANT_FIXED, GRANT_STALE, TOO_MANY_GRANTS, and what `wallet.store` says about an attachment.
    """
    row = repository.stored(tx, wallet, version.grant)
    if row is None:
        chain.hold(tx, wallet)  # so that what is made at once is counted, and the same id found
        row = repository.stored(tx, wallet, version.grant)
    if row is None:
        _check_first(tx, wallet, version, limit)
        repository.insert(tx, wallet, version, now)
        repository.replace_content(tx, wallet, version)
        sweep.after_create(tx, wallet, version.grant, version.policy.exp)
    elif not _is_repeat(row, version, now):
        repository.replace_content(tx, wallet, version)
        repository.renew(tx, wallet, version)
    _replace_files(tx, wallet, version, now)
    entry = chain.append(
        tx,
        wallet=wallet,
        kind="grant-created" if row is None else "grant-republished",
        actor=actor,
        now=now,
        grant=b64u(version.grant),
        detail={"version": version.record.version},
    )
    return Outcome(row is None, version.record.version, entry)


def _check_first(tx: Tx, wallet: bytes, version: Version, limit: int) -> None:
    if version.record.version != 1:
        raise GRANT_STALE(version=0)
    if repository.open_grants(tx, wallet) >= limit:
        raise TOO_MANY_GRANTS(limit=limit)


def _is_repeat(row: Stored, version: Version, now: int) -> bool:
    """Whether exactly this version is stored already; raises if it may not follow the stored one."""
    if row.ended is not None or row.exp <= now:
        raise GRANT_ENDED()
    # the proof of a passcode is in no backup: what a restored grant had comes back with its next version
    passcode = version.passcode if row.suspended else row.passcode
    if (row.policy_hash, row.auth, passcode, row.record_key) != (
        version.policy_hash,
        version.auth,
        version.passcode,
        version.record.public,
    ):
        raise GRANT_FIXED()
    number = version.record.version
    if number == row.version and row.record_digest == version.record.digest and not row.suspended:
        return True
    # a restored server may be many versions behind: the holder's device knows the last number, and only goes up
    if not (number > row.version if row.suspended else number == row.version + 1):
        raise GRANT_STALE(version=row.version)
    return False


def _replace_files(tx: Tx, wallet: bytes, version: Version, now: int) -> None:
    """References are taken before others are given back, so that no file goes in between."""
    before = {(row.ref, row.attachment, row.version): row for row in repository.files(tx, wallet, version.grant)}
    wanted = {(item.ref, item.attachment, item.version) for item in version.files}
    taken = [FileRow(*key, attachments.acquire(tx, wallet, key[1], key[2])) for key in wanted if key not in before]
    for key, row in before.items():
        if key not in wanted:
            repository.delete_file(tx, wallet, version.grant, row.ref)
            attachments.release(tx, wallet, row.blob_key, now)
    for row in taken:
        repository.insert_file(tx, wallet, version.grant, row)


def end_many(
    tx: Tx, wallet: bytes, grants: list[bytes], actor: Mapping[str, str], now: int
) -> list[tuple[bytes, Appended]]:
    """Ends those that exist and have not ended, each with its entry."""
    done: list[tuple[bytes, Appended]] = []
    for grant in dict.fromkeys(grants):
        entry = ending.end(tx, wallet, grant, now, "revoked", actor)
        if entry is not None:
            done.append((grant, entry))
    return done


def listing(tx: Tx, wallet: bytes, now: int) -> list[dict[str, object]]:
    """Every grant of the wallet as the server enforces it at this moment."""
    return [_item(row, now) for row in repository.listed(tx, wallet)]


def _item(row: Listed, now: int) -> dict[str, object]:
    reason = row.ended or ("expired" if row.exp <= now else None)
    state = "ended" if reason else "suspended" if row.suspended else "active"
    return {
        "id": b64u(row.grant),
        "version": row.version,
        "state": state,
        "reason": reason,
        "exp": row.exp,
        "opens": row.opens_max,
        "opens_used": row.opens_used,
        "tries_left": PASSCODE_TRIES - row.tries_used if row.passcode else None,
        "peeks": row.peeks_used,
        "created": row.created,
    }
