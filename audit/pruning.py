"""Erasing what the log knows of a wallet: bodies, and with them r1 and r2, and the head.

The leaves in the tree stay, and relate to nobody any more: without r2 no leaf can be tied to a wallet, without r1 to no
event. A leaf that still waits for its place was promised to somebody, so it goes on waiting, under a random name.
"""

from __future__ import annotations

from secrets import token_bytes

from kit.database import Tx

_RENAME = "UPDATE log_pending SET wallet_id = :nobody, body = :empty WHERE wallet_id = :wallet AND seq <= :through"
_BODIES = "DELETE FROM log_entries WHERE wallet_id = :wallet AND seq <= :through"
_PRUNED = "UPDATE chain_heads SET pruned = :through WHERE wallet_id = :wallet AND pruned < :through AND seq >= :through"
_HEAD = "DELETE FROM chain_heads WHERE wallet_id = :wallet"
_HOURS = "DELETE FROM log_capped_hours WHERE wallet_id = :wallet"
_REFUSALS = "DELETE FROM log_refusals WHERE wallet_id = :wallet"
_EVERYTHING = 2**63 - 1


def erase(tx: Tx, wallet: bytes) -> None:
    """Part of deleting a wallet: afterwards no row of the log holds its id."""
    tx.run(_HEAD, wallet=wallet)  # first: an append that comes now finds no chain
    _erase_entries(tx, wallet, _EVERYTHING)
    tx.run(_HOURS, wallet=wallet)
    tx.run(_REFUSALS, wallet=wallet)


def prune(tx: Tx, wallet: bytes, through: int) -> bool:
    """Erases the entries up to `through` at the holder's signed wish; False if there are none to erase."""
    if not tx.run(_PRUNED, wallet=wallet, through=through):
        return False
    _erase_entries(tx, wallet, through)
    return True


def _erase_entries(tx: Tx, wallet: bytes, through: int) -> None:
    tx.run(_RENAME, wallet=wallet, nobody=token_bytes(32), empty=b"", through=through)
    tx.run(_BODIES, wallet=wallet, through=through)
