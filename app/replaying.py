"""Who replays which fact of the ledger after a restore. A kind that is recorded and not listed here stops the restore.

The order is the order of replay within a wallet: what counts comes before what ends, the deletion of the wallet last.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from audit.ledger import Handler
from kit.database import Tx
from kit.ids import b64u
from sharing.deposit import ending as deposits
from sharing.grant import ending as grants
from wallet.store import attachments
from wallet.unlock import devices, methods, stopping
from wallet.unlock.endings import WalletEndings


def handlers(endings: WalletEndings, now: int) -> Mapping[str, Handler]:
    """What `audit.ledger.replay` asks for."""

    def grant(kind: str, tx: Tx, wallet: bytes, key: bytes, value: int) -> None:
        grants.replay(tx, wallet, kind, key, value, now)

    def attachment(tx: Tx, wallet: bytes, key: bytes, _value: int) -> None:
        attachments.replay_removed(tx, wallet, key.decode("ascii"), now)

    def device(tx: Tx, wallet: bytes, key: bytes, _value: int) -> None:
        devices.remove(tx, wallet, b64u(key))

    def deleted(tx: Tx, wallet: bytes, _key: bytes, _value: int) -> None:
        stopping.erase_all(tx, wallet, endings, now)

    return {
        "grant-opens": partial(grant, "grant-opens"),
        "passcode-tries": partial(grant, "passcode-tries"),
        "grant-ended": partial(grant, "grant-ended"),
        **deposits.LEDGER,
        "attachment-removed": attachment,
        **methods.LEDGER,
        "device-removed": device,
        "wallet-deleted": deleted,
    }
