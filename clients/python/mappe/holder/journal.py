"""Audit: the wallet's log, checked on this device before it is shown (log.md, "The holder's check").

Every row is opened, re-hashed and linked to the one before; the end is compared with what the server signed; every leaf
that has a place is looked for in a tree that extends the one seen last. What is not yet in the tree is shown as such.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import ServerLied
from ..formats import checkpoint as notes, log, merkle
from ..formats.encoding import b64u, unb64u
from ..formats.errors import FormatError
from ..net.keys import key_for
from .profile import LogPin
from .vault import Vault

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
    """What the log says, and how far it is proved. `witnesses`: names that cosigned the checkpoint, beyond the operator."""

    entries: Sequence[Entry] = field(repr=False)
    size: int
    waiting: int
    witnesses: Sequence[str]


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
        answer = vault.server.post("/v1/log/entries", {"after": pin.seq, "nonce": b64u(nonce), "limit": PAGE})
        rows = [log.Row(int(row["seq"]), unb64u(row["leaf"], 32), row["body"]) for row in answer["entries"]]
        places = {int(row["seq"]): row.get("index") for row in answer["entries"]}
        try:
            pin, checked = log.check_rows(vault.identity.log, wallet, rows, pin)
            entries += [Entry(row.seq, event, row.leaf, places[row.seq]) for row, event in checked]
            head = log.verify_log_head(answer["head"], key_for(vault.server, "promise", answer["head"]))
            if head.wallet != wallet or head.nonce != nonce or head.seq < pin.seq:
                raise FormatError("log-broken", "the signed end is not this log's")
            if head.seq == pin.seq:
                log.check_head(pin, head, wallet, nonce)
                break
            if not rows:
                raise FormatError("log-broken", "entries are withheld")
        except FormatError as error:
            raise ServerLied("log-broken", f"The log does not verify: {error}.") from error
    _against_pin(vault, entries)
    size, witnesses = _tree(vault, entries, answer["checkpoint"]) if tree and answer.get("checkpoint") else (0, ())
    if entries:
        vault.profile.log_pin.seq, vault.profile.log_pin.leaf = entries[-1].seq, b64u(entries[-1].leaf)
        vault.profile.save()
    return Journal(entries, size, sum(1 for one in entries if one.index is None), witnesses)


def _against_pin(vault: Vault, entries: Sequence[Entry]) -> None:
    """What this device saw before must still be there, at the same place."""
    pin: LogPin = vault.profile.log_pin
    if pin.seq and (len(entries) < pin.seq or b64u(entries[pin.seq - 1].leaf) != pin.leaf):
        raise ServerLied("log-broken", f"The log was shortened or rewritten: entry {pin.seq} is not the one seen before.")


def _tree(vault: Vault, entries: Sequence[Entry], note: str) -> tuple[int, Sequence[str]]:
    """Size of the verified tree and the witnesses that cosigned it."""
    server, pin = vault.server, vault.profile.log_pin
    try:
        checkpoint = verify_note(vault, note)
        if pin.size:
            if checkpoint.size < pin.size:
                raise FormatError("log-broken", "the public log was cut")
            path = server.post("/v1/log/consistency", {"from": pin.size, "to": checkpoint.size})["path"]
            merkle.verify_consistency(
                pin.size, checkpoint.size, [unb64u(one, 32) for one in path], unb64u(pin.root, 32), checkpoint.root
            )
        for entry in entries:
            if entry.index is not None and entry.index >= pin.size:
                prove(vault, entry.leaf, entry.index, checkpoint)
    except FormatError as error:
        raise ServerLied("log-broken", f"The public log does not verify: {error}.") from error
    pin.size, pin.root = checkpoint.size, b64u(checkpoint.root)
    return checkpoint.size, checkpoint.witnesses


def verify_note(vault: Vault, note: str) -> notes.Checkpoint:
    """The checkpoint, signed by the server's log key, with the witnesses that this client knows."""
    return verify_checkpoint_note(vault.server.meta(), note)


def verify_checkpoint_note(meta: Mapping[str, Any], note: str) -> notes.Checkpoint:
    origin = str(meta["log"]["origin"])
    failure: FormatError = FormatError("bad-signature", "no log key")
    for key in meta["keys"]:
        if key["use"] == "log":
            try:
                return notes.verify_checkpoint(
                    note,
                    notes.Verifier(origin, unb64u(key["jwk"]["x"], 32)),
                    tuple(notes.Verifier.parse(one) for one in meta.get("witnesses", [])),
                )
            except FormatError as error:
                failure = error
    raise failure


def prove(vault: Vault, leaf: bytes, index: int, checkpoint: notes.Checkpoint) -> None:
    """FormatError unless the leaf lies in the tree of this checkpoint, or of a newer one that extends it."""
    answer = vault.server.post("/v1/log/inclusion", {"leaf": b64u(leaf)})
    if answer.get("pending"):
        raise FormatError("log-broken", "an entry has a place but no proof")
    newer = verify_note(vault, answer["checkpoint"])
    if newer.size < checkpoint.size:
        raise FormatError("log-broken", "a proof in an older tree")
    if newer.size > checkpoint.size:
        path = vault.server.post("/v1/log/consistency", {"from": checkpoint.size, "to": newer.size})["path"]
        merkle.verify_consistency(
            checkpoint.size, newer.size, [unb64u(one, 32) for one in path], checkpoint.root, newer.root
        )
    if int(answer["index"]) != index:
        raise FormatError("log-broken", "an entry has two places")
    merkle.verify_inclusion(leaf, index, newer.size, [unb64u(one, 32) for one in answer["path"]], newer.root)


def check_receipt(vault: Vault, journal: Journal, event: str, promise_token: str) -> Entry:
    """The entry that a recipient's receipt speaks of. ServerLied `receipt-outside`: the operator promised an entry and
    left it out of the holder's log; the receipt is the evidence."""
    try:
        promise = log.verify_promise(promise_token, key_for(vault.server, "promise", promise_token))
        log.check_receipt(event, promise)
    except FormatError as error:
        raise ServerLied(error.code, "The receipt is not one that this server signed.") from error
    for entry in journal.entries:
        if entry.leaf == promise.leaf:
            return entry
    raise ServerLied("receipt-outside", "A recipient holds a signed receipt for an access that the log does not show.")
