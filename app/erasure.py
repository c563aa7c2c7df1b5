"""Every slice that keeps something about a wallet says here how it ends. A test walks all tables for what is left.

`stop`: the stop code ends what others can still open. `erase`: the holder deletes the wallet. The log goes last, so
that an access which comes in between finds no chain to write to, and with it fails.
"""

from __future__ import annotations

import audit.pruning
import sharing.agencies.service
import sharing.deposit.ending
import sharing.desk.service
import sharing.grant.ending
import wallet.store.erasure
import wallet.unlock.erasure
from wallet.unlock.endings import WalletEndings

WALLET_ENDINGS = WalletEndings(
    stop=(sharing.grant.ending.end_all, sharing.deposit.ending.end_all),
    erase=(
        sharing.agencies.service.erase_wallet,
        sharing.grant.ending.erase_wallet,
        sharing.deposit.ending.erase_wallet,
        sharing.desk.service.erase_wallet,
        wallet.store.erasure.erase_wallet,
        wallet.unlock.erasure.erase_wallet,
        audit.pruning.erase,
    ),
)
