"""Audit: the wallet's log, checked on this device before it is shown (log.md, "The holder's check").

Every row is opened, re-hashed and linked to the one before; the end is compared with what the server signed; every leaf
that has a place is looked for in a tree that extends the one seen last. What is not yet in the tree is shown as such.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import ServerLied, ServerProblem, Unreachable
from ..formats import log
from ..formats.encoding import b64u, unb64u
from ..formats.errors import FormatError
from ..formats.jws import kid_of
from . import promises, restored
from .profile import LogPin
from .vault import Vault

STARTING_TRIES, STARTING_PAUSE = 20, 0.5  # seconds between; the sequencer runs each second
PAGE = 500  # rows a request


@dataclass(frozen=True, slots=True)
class Entry:
    """One verified entry; `index` its place in the public tree, None while it waits for the next checkpoint."""

    seq: int
    event: log.Event
    leaf: bytes
    index: int | None


@dataclass(frozen=True, slots=True)
class Journal:
    """What the log says; `waiting` entries are promised but not yet in the public tree. `restores`: of the server, by
    which entries that this device knew have gone; an alarm to show."""

    entries: Sequence[Entry] = field(repr=False)
    waiting: int
    restores: Sequence[restored.Restored] = ()


def read(vault: Vault, *, tree: bool = True) -> Journal:
    """The whole log from its beginning, verified; moves the pins. ServerLied `log-broken` names the first bad entry.

    With `tree` False only the wallet's own chain is checked (offline of the public log).
    """
    if vault.identity is None:
        vault.sync()
    assert vault.identity is not None
    wallet = vault.genesis.wallet_id
    pin, entries = log.LogPin(), []
    while True:
        nonce = secrets.token_bytes(16)
        answer = _page(vault, {"after": pin.seq, "nonce": b64u(nonce), "limit": PAGE})
        rows = [log.Row(int(row["seq"]), unb64u(row["leaf"], 32), row["body"]) for row in answer["entries"]]
        places = {int(row["seq"]): row.get("index") for row in answer["entries"]}
        try:
            pin, checked = log.check_rows(vault.identity.log, wallet, rows, pin)
            entries += [Entry(row.seq, event, row.leaf, places[row.seq]) for row, event in checked]
            head = log.verify_log_head(answer["head"], vault.keys.promise_key(kid_of(answer["head"])))
            if head.wallet != wallet or head.nonce != nonce or head.seq < pin.seq:
                raise FormatError("log-broken", "the signed end is not this log's")
            if head.seq == pin.seq:
                log.check_head(pin, head, wallet, nonce)
                break
            if not rows:
                raise FormatError("log-broken", "entries are withheld")
        except FormatError as error:
            raise ServerLied("log-broken", f"The log does not verify: {error}.") from error
    _compare(vault, entries)
    promises.settle(vault)
    if tree:
        _prove(vault, entries)
    if entries:
        vault.profile.log_pin.seq, vault.profile.log_pin.leaf = entries[-1].seq, b64u(entries[-1].leaf)
        vault.profile.save()
        restored.remember(vault.profile, entries)  # last: what was restored is on the disk before it is taken as known
    restores = [restored.Restored(**one) for one in vault.profile.restores]
    return Journal(entries, sum(1 for one in entries if one.index is None), restores)


def _page(vault: Vault, body: Mapping[str, object]) -> dict[str, Any]:
    """One page. A server in its first seconds has signed no checkpoint yet: that is waited for."""
    for _ in range(STARTING_TRIES):
        try:
            answer: dict[str, Any] = vault.server.post("/v1/log/entries", dict(body))
            return answer
        except ServerProblem as problem:
            if problem.code != "log-not-started":
                raise
        time.sleep(STARTING_PAUSE)
    raise Unreachable(vault.server.origin, "its log has not started")


def _compare(vault: Vault, entries: Sequence[Entry]) -> None:
    """What this device saw before must still be there, at the same place, and what it was promised too; or the server
    says that it was restored, and that explains it. Then the restore is kept: the holder is told each time."""
    profile = vault.profile
    before = restored.known(profile)
    pin = profile.log_pin
    if pin.seq and [leaf for leaf, _ in before[pin.seq - 1 : pin.seq]] != [pin.leaf]:
        _against_pin(pin, entries)  # an older version kept no more: no restore explains it away
    found = restored.explain(before, promises.due(vault), entries)
    if found is None:
        return
    entry, backup, gone = found
    unproven = sum(not vault.keys.included(unb64u(leaf, 32)) for leaf in gone)
    one = restored.Restored(backup, entry.seq, entry.event.time, len(gone), unproven)
    others = [row for row in profile.restores if (row["seq"], row["time"]) != (one.seq, one.time)]
    profile.restores = [*others, restored.plain(one)]
    profile.log_pin.proved = min(profile.log_pin.proved, entry.seq - 1)


def _against_pin(pin: LogPin, entries: Sequence[Entry]) -> None:
    if pin.seq and (len(entries) < pin.seq or b64u(entries[pin.seq - 1].leaf) != pin.leaf):
        raise ServerLied(
            "log-broken", f"The log was shortened or rewritten: entry {pin.seq} is not the one seen before."
        )


def _prove(vault: Vault, entries: Sequence[Entry]) -> None:
    """Each leaf that has a place lies in a tree that extends every tree this device has seen. What was proved once
    stays proved: a tree only grows."""
    pin = vault.profile.log_pin
    for entry in entries[pin.proved :]:
        if entry.index is None:
            if vault.server.now() > entry.event.time + log.MAX_DELAY:
                raise ServerLied("promise-broken", f"Entry {entry.seq} is kept out of the public log beyond its time.")
            break  # entries get their places in order; the rest waits for the next checkpoint
        if not vault.keys.included(entry.leaf):
            raise ServerLied("log-broken", f"Entry {entry.seq} is said to lie in the public log, and does not.")
        pin.proved = entry.seq


def check_receipt(vault: Vault, journal: Journal, event: str, promise_token: str) -> Entry:
    """The entry that a recipient's receipt speaks of. ServerLied `receipt-outside`: the operator promised an entry and
    left it out of the holder's log; the receipt is the evidence."""
    try:
        promise = log.verify_promise(promise_token, vault.keys.promise_key(kid_of(promise_token)))
        log.check_receipt(event, promise)
    except FormatError as error:
        raise ServerLied(error.code, "The receipt is not one that this server signed.") from error
    for entry in journal.entries:
        if entry.leaf == promise.leaf:
            return entry
    raise ServerLied("receipt-outside", "A recipient holds a signed receipt for an access that the log does not show.")
