"""What a restored backup must not undo: endings, spent counters, removed methods, deleted wallets (D21).

`record` stores a row with the change it belongs to. The background runner writes the rows to an append-only file
outside the database and only then drops them; `audit.ledger_file` holds that side and the replay after a restore.
"""

from __future__ import annotations

import re

from kit.database import Tx
from kit.ids import new_id

_KIND = re.compile(r"[a-z][a-z-]{2,39}\Z")
_RECORD = """
INSERT INTO ledger_rows (wallet_id, row_id, kind, item, value) VALUES (:wallet, :row_id, :kind, :item, :value)
"""


def record(tx: Tx, wallet: bytes, kind: str, key: bytes, value: int = 0) -> None:
    """Remembers outside the database that this has happened.

    `kind` is a word of the slice, such as `grant-ended` or `grant-opens`; `key` names the thing inside the wallet (an
    id, or empty for the wallet itself). Rows of one kind and key are replayed as one, with the largest value, so a
    counter is recorded as "so many so far", never as a difference.
    """
    if not _KIND.match(kind):
        raise ValueError(f"not a ledger kind: {kind}")
    tx.run(_RECORD, wallet=wallet, row_id=new_id(), kind=kind, item=key, value=value)
