"""Puts the holder's page together: what lies where, and the server's word on where the chain ends.

The entries and the head are read on one snapshot, the checkpoint on a later one: the tree is another shard, and read in
this order it can only know more. An index is told only where that checkpoint covers it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mappe.formats.encoding import b64u
from mappe.formats.log import LogHead, make_log_head

from audit import reading
from audit.reading import ChainPage, Entry, checkpoint
from kit.context import Context
from kit.database import Tx

__all__ = ["answer", "checkpoint", "page"]


@dataclass(frozen=True, slots=True)
class WalletPage:
    """A page of one wallet's chain."""

    wallet: bytes
    chain: ChainPage


def page(tx: Tx, wallet: bytes, after: int, limit: int) -> WalletPage:
    """The next entries of the wallet and its head."""
    return WalletPage(wallet, reading.chain(tx, wallet, after, limit))


def answer(ctx: Context, page: WalletPage, nonce: bytes, note: str, size: int) -> dict[str, Any]:
    """The answer's members; signs the head with the promise key."""
    key = ctx.keys.current("promise")
    head = LogHead(page.wallet, page.chain.head_seq, page.chain.head_leaf, ctx.clock.now(), nonce)
    return {
        "entries": [_entry(entry, size) for entry in page.chain.entries],
        "head": make_log_head(key.private, head, kid=key.kid),
        "checkpoint": note,
    }


def _entry(entry: Entry, size: int) -> dict[str, Any]:
    told: dict[str, Any] = {"seq": entry.seq, "leaf": b64u(entry.leaf), "body": b64u(entry.body)}
    if entry.index is not None and entry.index < size:
        told["index"] = entry.index
    return told
