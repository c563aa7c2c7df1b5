"""What else must end when a wallet is stopped or deleted, in slices that unlock does not know.

`app.erasure` lists the functions explicitly, in the order in which they run, and puts the list into the context.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kit.database import Tx

Stop = Callable[[Tx, bytes, int], None]  # (tx, wallet, now): end every grant or deposit code
Erase = Callable[[Tx, bytes], None]  # (tx, wallet): no row of the slice names the wallet afterwards


@dataclass(frozen=True, slots=True)
class WalletEndings:
    """Run inside the transaction that stops or deletes; one that raises undoes all of it."""

    stop: tuple[Stop, ...]
    erase: tuple[Erase, ...]
