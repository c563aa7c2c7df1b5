"""Recovery without the sheet PIN: a device that waits 72 hours, announced on and stoppable from every other (D6a)."""

from __future__ import annotations

from kit.clock import DAY, HOUR
from kit.database import Tx
from wallet.unlock.errors import RECOVERY_CROWDED
from wallet.unlock.methods import Method

WAIT_SECONDS = 72 * HOUR  # long enough to be seen on a device that is used twice a week
OPEN_SECONDS = 30 * DAY  # after the wait; whoever comes later waits anew
MAX_WAITING = 8  # devices at a time; a thief who fills the list gains nothing that waiting would not give

_FIND = "SELECT method_id, version, until FROM wallet_recoveries WHERE wallet_id = :wallet AND jkt = :jkt"
_LAPSE = "DELETE FROM wallet_recoveries WHERE wallet_id = :wallet AND until <= :open"
_COUNT = "SELECT count(*) FROM wallet_recoveries WHERE wallet_id = :wallet"
_START = """
INSERT INTO wallet_recoveries (wallet_id, jkt, method_id, version, until)
VALUES (:wallet, :jkt, :method, :version, :until)
ON CONFLICT (wallet_id, jkt) DO UPDATE SET method_id = :method, version = :version, until = :until
"""
_END = "DELETE FROM wallet_recoveries WHERE wallet_id = :wallet AND jkt = :jkt"
_STOP = "DELETE FROM wallet_recoveries WHERE wallet_id = :wallet"
_EARLIEST = "SELECT min(until) FROM wallet_recoveries WHERE wallet_id = :wallet AND until > :open"


def waiting_until(tx: Tx, wallet: bytes, jkt: str, method: Method, now: int) -> tuple[int, bool]:
    """Until when (unix seconds) this device waits, and whether that wait starts now.

    The wait belongs to one device key and one version of the method: the holder's own recovery admits nobody else, and
    a new recovery sheet ends the waits begun with the old one. Problem `recovery-crowded`.
    """
    row = tx.one(_FIND, wallet=wallet, jkt=jkt)
    if row is not None and (row[0], row[1]) == (method.id, method.version) and now < row[2] + OPEN_SECONDS:
        return row[2], False
    if row is None:
        tx.run(_LAPSE, wallet=wallet, open=now - OPEN_SECONDS)
        crowd = tx.one(_COUNT, wallet=wallet)
        if crowd is not None and crowd[0] >= MAX_WAITING:
            raise RECOVERY_CROWDED()
    until = now + WAIT_SECONDS
    tx.run(_START, wallet=wallet, jkt=jkt, method=method.id, version=method.version, until=until)
    return until, True


def end(tx: Tx, wallet: bytes, jkt: str) -> None:
    """The device came in, or was removed."""
    tx.run(_END, wallet=wallet, jkt=jkt)


def stop_all(tx: Tx, wallet: bytes) -> int:
    """Ends every wait of the wallet; how many there were."""
    return tx.run(_STOP, wallet=wallet)


def earliest(tx: Tx, wallet: bytes, now: int) -> int | None:
    """What is announced to the holder's devices: the first moment at which a waiting device may come in."""
    row = tx.one(_EARLIEST, wallet=wallet, open=now - OPEN_SECONDS)
    return None if row is None else row[0]
