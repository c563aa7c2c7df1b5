"""How codes and files end: closed by the holder, stopped, run out, deleted with the wallet.

Bytes go through the outbox, once the row that named them is gone for good; a route is another shard's row and goes
the same way.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from audit import chain, ledger
from audit.events import SERVER
from kit import outbox
from kit.clock import HOUR
from kit.context import Context
from kit.database import Tx
from kit.errors import Problem
from kit.ids import b64u, unb64u
from kit.outbox import Job
from sharing.deposit import repository
from sharing.deposit.rules import TOMBSTONE_SECONDS
from wallet.store.attachments import BLOB_DELETE

UNROUTE: Final = "deposit-unroute"  # outbox job, payload: code id; a route without a code goes
UNROUTE_SECONDS = 1 * HOUR  # far longer than the two transactions of a new code are apart
SWEEP_BATCH = 500  # files or codes a run


def end(tx: Tx, wallet: bytes, code: bytes, now: int) -> bool:
    """Closes a code and drops uploads under way; False if it was closed before."""
    if not repository.end(tx, wallet, code, now, now + TOMBSTONE_SECONDS):
        return False
    for key in repository.drop_unfinished(tx, wallet, code):
        outbox.enqueue(tx, wallet, BLOB_DELETE, key, now)
    ledger.record(tx, wallet, "deposit-ended", code, now)
    return True


def end_all(tx: Tx, wallet: bytes, now: int) -> None:
    """Closes every code of the wallet, for the stop code, whose own entry says so."""
    for code in repository.open_codes(tx, wallet):
        end(tx, wallet, code, now)


def erase_wallet(tx: Tx, wallet: bytes) -> None:
    """Part of deleting a wallet. Routes are removed by jobs of the same transaction, soon after."""
    outbox.forget(tx, wallet, UNROUTE)
    for code in repository.code_ids(tx, wallet):
        outbox.enqueue(tx, wallet, UNROUTE, b64u(code), 0)
    for key in repository.erase(tx, wallet):
        outbox.enqueue(tx, wallet, BLOB_DELETE, key, 0)


def replay_files(tx: Tx, wallet: bytes, code: bytes, value: int) -> None:
    """After a restore: places that were used stay used (D21)."""
    repository.raise_files_used(tx, wallet, code, value)


def replay_ended(tx: Tx, wallet: bytes, code: bytes, value: int) -> None:
    """After a restore: a closed code stays closed; `value` is when it was (D21)."""
    end(tx, wallet, code, value)


def replay_discarded(tx: Tx, wallet: bytes, blob_key: bytes, value: int) -> None:
    """After a restore: a discarded file goes again. Its blob names it: the same item, sent again, is another one."""
    for key in repository.drop_blob(tx, wallet, blob_key.decode("ascii")):
        outbox.enqueue(tx, wallet, BLOB_DELETE, key, value)


LEDGER: Final[dict[str, ledger.Handler]] = {
    "deposit-files": replay_files,
    "deposit-ended": replay_ended,
    "deposit-discarded": replay_discarded,
}


def before_route(tx: Tx, wallet: bytes, code: bytes, now: int) -> None:
    """Should the code never follow its route, this job removes the route."""
    outbox.enqueue(tx, wallet, UNROUTE, b64u(code), now + UNROUTE_SECONDS)


def unroute(ctx: Context, job: Job) -> None:
    """Removes a route that leads to no code. Two shards, hence two transactions."""
    code = unb64u(job.payload, 16)
    if ctx.db.read_now(lambda tx: repository.find_code(tx, job.shard, code)) is None:
        ctx.db.write_now(lambda tx: repository.unroute(tx, code, job.shard))


def sweep(ctx: Context, now: int) -> None:
    """Removes files whose quarantine is over, uploads of codes that have run out, and codes long past."""
    for wallet, code, item in ctx.db.read_now(lambda tx: repository.stale_items(tx, now, SWEEP_BATCH)):
        ctx.db.write_now(partial(_expire_item, wallet=wallet, code=code, item=item, now=now))
    for wallet, code in ctx.db.read_now(lambda tx: repository.stale_codes(tx, now, SWEEP_BATCH)):
        ctx.db.write_now(partial(_forget_code, wallet=wallet, code=code, now=now))


def _expire_item(tx: Tx, wallet: bytes, code: bytes, item: bytes, now: int) -> None:
    dropped = repository.drop_stale(tx, wallet, code, item, now)
    if dropped is None:
        return
    key, complete = dropped
    outbox.enqueue(tx, wallet, BLOB_DELETE, key, now)
    if complete:
        detail = {"code": b64u(code), "item": b64u(item), "reason": "expired"}
        try:
            chain.append(tx, wallet=wallet, kind="deposit-discarded", actor=SERVER, now=now, detail=detail)
        except Problem:  # the wallet is being deleted: its chain went first, its files go all the same
            pass


def _forget_code(tx: Tx, wallet: bytes, code: bytes, now: int) -> None:
    if repository.drop_stale_code(tx, wallet, code, now):
        outbox.enqueue(tx, wallet, UNROUTE, b64u(code), now)
