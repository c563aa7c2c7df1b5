"""Once an hour is over, what was only counted in it becomes an entry: refusals, and accesses past the cap."""

from __future__ import annotations

from audit.caps import SCOPE_ENTRIES, read_scope
from audit.chain import append
from audit.events import SERVER
from audit.refusals import DECOY
from kit.clock import HOUR
from kit.database import Database, Tx
from kit.errors import Problem

SWEEP_ROWS = 1_000  # rows looked at in one go

_HOURS = """
SELECT wallet_id, scope, hour FROM log_capped_hours WHERE hour < :hour ORDER BY wallet_id, scope, hour LIMIT :limit
"""
_TAKE_HOUR = """
DELETE FROM log_capped_hours WHERE wallet_id = :wallet AND scope = :scope AND hour = :hour RETURNING entries
"""
_REFUSALS = "SELECT DISTINCT wallet_id, hour FROM log_refusals WHERE hour < :hour LIMIT :limit"
_TAKE_REFUSALS = "DELETE FROM log_refusals WHERE wallet_id = :wallet AND hour = :hour RETURNING refusals"


def sum_up(db: Database, now: int) -> int:
    """Writes the entries of past hours, each wallet and hour in its own transaction; returns how many it looked at."""
    hour = now // HOUR
    seen = 0
    while rows := db.read_now(lambda tx: tx.all(_HOURS, hour=hour, limit=SWEEP_ROWS)):
        for wallet, scope, of in rows:
            db.write_now(lambda tx, w=wallet, s=scope, h=of: _sum_hour(tx, w, s, h, now))  # type: ignore[misc]
        seen += len(rows)
    while rows := db.read_now(lambda tx: tx.all(_REFUSALS, hour=hour, limit=SWEEP_ROWS)):
        for wallet, of in rows:
            db.write_now(lambda tx, w=wallet, h=of: _sum_refusals(tx, w, h, now))  # type: ignore[misc]
        seen += len(rows)
    return seen


def _sum_hour(tx: Tx, wallet: bytes, scope: str, hour: int, now: int) -> None:
    row = tx.one(_TAKE_HOUR, wallet=wallet, scope=scope, hour=hour)
    if row is None or row[0] <= SCOPE_ENTRIES:
        return
    detail: dict[str, str | int] = {"hour": hour * HOUR, "count": row[0] - SCOPE_ENTRIES}
    grant, of = read_scope(scope)
    if of is not None:
        detail["of"] = of
    _write(tx, wallet, "more-entries", detail, now, grant)


def _sum_refusals(tx: Tx, wallet: bytes, hour: int, now: int) -> None:
    count = sum(row[0] for row in tx.all(_TAKE_REFUSALS, wallet=wallet, hour=hour))
    if count and wallet != DECOY:
        _write(tx, wallet, "refusals-counted", {"hour": hour * HOUR, "count": count}, now, None)


def _write(tx: Tx, wallet: bytes, kind: str, detail: dict[str, str | int], now: int, grant: str | None) -> None:
    try:
        append(tx, wallet=wallet, kind=kind, actor=SERVER, now=now, grant=grant, detail=detail)
    except Problem:
        pass  # the wallet was deleted; its counts have gone with it
