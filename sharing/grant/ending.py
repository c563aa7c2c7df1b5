"""Every way in which a grant ends, and what goes with it: key box, terms, slots, record, leases and references to files
leave the database in the same transaction; a file's bytes go with their last reference (D17).

What stays for 30 days is a tombstone: the proofs, so that whoever held the grant learns why it ended, and the counters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from audit import chain, ledger
from audit.chain import Appended
from audit.events import SERVER
from kit import outbox
from kit.database import Tx
from kit.ids import b64u
from sharing.grant import repository, sweep
from wallet.store import attachments

Reason = Literal["revoked", "expired", "used-up", "link-leaked", "stopped", "restored"]
STOP_CODE: Final[Mapping[str, str]] = {"type": "stop-code"}


def end(
    tx: Tx, wallet: bytes, grant: bytes, now: int, reason: Reason, actor: Mapping[str, str] = SERVER
) -> Appended | None:
    """Ends one grant and writes it down; None if it does not exist or has ended before."""
    why = repository.end(tx, wallet, grant, reason, now)
    if why is None:
        return None
    for row in repository.files(tx, wallet, grant):
        attachments.release(tx, wallet, row.blob_key, now)
    repository.delete_content(tx, wallet, grant)
    ledger.record(tx, wallet, "grant-ended", grant)
    sweep.after_end(tx, wallet, grant, now)
    return chain.append(
        tx, wallet=wallet, kind="grant-ended", actor=actor, now=now, grant=b64u(grant), detail={"reason": why}
    )


def end_all(tx: Tx, wallet: bytes, now: int, reason: Reason = "stopped", actor: Mapping[str, str] = STOP_CODE) -> None:
    """Ends every open grant of the wallet, for the stop code; an entry for each."""
    for grant in repository.unended(tx, wallet):
        end(tx, wallet, grant, now, reason, actor)


def erase_wallet(tx: Tx, wallet: bytes) -> None:
    """Removes every trace of the wallet's grants, for its deletion. The bytes of files are `wallet.store`'s to remove.

    The routing rows belong to other shards: jobs of the same transaction remove them soon after.
    """
    for kind in sweep.KINDS:
        outbox.forget(tx, wallet, kind)
    for grant in repository.ids(tx, wallet):
        sweep.after_erasure(tx, wallet, grant)
    repository.erase(tx, wallet)


def suspend_all(tx: Tx) -> int:
    """After a restore: closes every grant of this database until its holder publishes again; how many (D21)."""
    return repository.suspend(tx)


def replay(tx: Tx, wallet: bytes, kind: str, grant: bytes, value: int, now: int) -> None:
    """Applies one row of the ledger after a restore: an ended grant stays ended, a spent counter spent (D21)."""
    if kind == "grant-ended":
        end(tx, wallet, grant, now, "restored")
    else:
        repository.restore_counter(tx, kind, wallet, [(grant, value)])
