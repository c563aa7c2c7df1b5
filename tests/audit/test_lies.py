"""The lies about a log that a malicious operator can tell, each told to the holder's own code."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats import merkle
from mappe.formats.errors import FormatError, LogBroken
from mappe.formats.log import (
    LogHead,
    LogPin,
    Promise,
    check_head,
    check_receipt,
    event_half,
    leaf_hash,
    make_log_head,
    make_promise,
    verify_log_head,
    verify_promise,
)

from audit import reading
from audit import repository as store
from audit.reading import ChainPage, Entry
from audit.tiles import Tree
from kit.ids import new_id
from tests.audit.conftest import LOG, NOW, Log, Wallet

PROMISES = Ed25519PrivateKey.generate()


@pytest.fixture
def told(sqlite_log: Log) -> tuple[Log, Wallet, ChainPage]:
    wallet = sqlite_log.wallet()
    for hour in range(10):
        sqlite_log.append(wallet, now=NOW + hour * 3600)
    sqlite_log.sequence()
    return sqlite_log, wallet, sqlite_log.page(wallet)


Lie = Callable[[list[Entry]], list[Entry]]


def renumbered(entries: list[Entry]) -> list[Entry]:
    return [replace(entry, seq=number) for number, entry in enumerate(entries, 1)]


@pytest.mark.parametrize(
    ("lie", "seq"),
    [
        (lambda e: e[:4] + e[5:], 5),
        (lambda e: renumbered(e[:4] + e[5:]), 5),
        (lambda e: e[1:], 1),
        (lambda e: renumbered(e[1:]), 1),
        (lambda e: [e[0], e[2], e[1], *e[3:]], 2),
        (lambda e: renumbered([e[0], e[2], e[1], *e[3:]]), 2),
        (lambda e: [*e[:5], e[4], *e[5:]], 6),
        (lambda e: renumbered([*e[:5], e[4], *e[5:]]), 6),
        (lambda e: [*e[:3], replace(e[3], leaf=os.urandom(32)), *e[4:]], 4),
        (lambda e: [*e[:3], replace(e[3], body=e[4].body), *e[4:]], 4),
        (lambda e: [*e[:3], replace(e[3], body=e[3].body[:-1] + b"\0"), *e[4:]], 4),
        (lambda e: [*e[:3], replace(e[3], body=b""), *e[4:]], 4),
    ],
    ids=[
        "dropped",
        "dropped and renumbered",
        "first dropped",
        "first dropped and renumbered",
        "reordered",
        "reordered and renumbered",
        "repeated",
        "repeated and renumbered",
        "other leaf",
        "other body",
        "altered body",
        "erased body",
    ],
)
def test_a_chain_that_was_touched_breaks_there(told: tuple[Log, Wallet, ChainPage], lie: Lie, seq: int) -> None:
    _, wallet, page = told
    with pytest.raises(LogBroken) as broken:
        wallet.check(replace(page, entries=lie(list(page.entries))))
    assert broken.value.seq == seq


def test_an_entry_of_another_wallet_does_not_open(told: tuple[Log, Wallet, ChainPage]) -> None:
    log, wallet, page = told
    other = log.wallet()
    log.append(other, 10)
    with pytest.raises(LogBroken):
        wallet.check(replace(page, entries=[*page.entries[:5], log.page(other).entries[5], *page.entries[6:]]))


def test_a_truncated_head_contradicts_the_pin(told: tuple[Log, Wallet, ChainPage]) -> None:
    """The server hides the newest entries and signs the shorter chain: whoever has seen more notices."""
    _, wallet, page = told
    nonce = new_id()
    pin, _ = wallet.check(page)
    short = page.entries[6]
    head = LogHead(wallet.id, short.seq, short.leaf, NOW, nonce)
    signed = verify_log_head(make_log_head(PROMISES, head), PROMISES.public_key())
    with pytest.raises(LogBroken):
        check_head(pin, signed, wallet.id, nonce)


def test_a_truncated_page_contradicts_the_head(told: tuple[Log, Wallet, ChainPage]) -> None:
    _, wallet, page = told
    nonce = new_id()
    pin, _ = wallet.check(replace(page, entries=page.entries[:6]))
    head = LogHead(wallet.id, page.head_seq, page.head_leaf, NOW, nonce)
    with pytest.raises(LogBroken):
        check_head(pin, head, wallet.id, nonce)


def test_two_heads_for_one_chain_convict(told: tuple[Log, Wallet, ChainPage]) -> None:
    """Two devices are shown different entries at one seq: both heads are signed, and they cannot both be true."""
    log, wallet, page = told
    log.run("UPDATE chain_heads SET seq = seq - 1, leaf = :leaf", leaf=page.entries[8].leaf)
    log.run("DELETE FROM log_entries WHERE seq = 10")
    log.append(wallet, kind="exported")
    other = log.page(wallet)
    (mine, _), (theirs, _) = wallet.check(page), wallet.check(other)
    assert mine.seq == theirs.seq == 10 and mine.leaf != theirs.leaf
    nonce = new_id()
    heads = [LogHead(wallet.id, pin.seq, pin.leaf, NOW, nonce) for pin in (mine, theirs)]
    check_head(mine, heads[0], wallet.id, nonce)
    with pytest.raises(LogBroken):
        check_head(mine, heads[1], wallet.id, nonce)
    with pytest.raises(LogBroken):  # the first device meets the second story: what follows does not follow
        log.append(wallet)
        wallet.check(log.page(wallet, after=10), mine)


def test_an_old_or_foreign_head_is_refused(told: tuple[Log, Wallet, ChainPage]) -> None:
    _, wallet, page = told
    nonce = new_id()
    pin, _ = wallet.check(page)
    head = LogHead(wallet.id, page.head_seq, page.head_leaf, NOW, nonce)
    for lie in (replace(head, wallet=os.urandom(32)), replace(head, nonce=new_id()), replace(head, seq=11)):
        with pytest.raises(LogBroken):
            check_head(pin, lie, wallet.id, nonce)


def test_a_backdated_entry_is_not_the_promised_one(told: tuple[Log, Wallet, ChainPage]) -> None:
    """The time is inside the leaf: an event told with another time is another leaf, and the receipt says which."""
    log, wallet, _ = told
    entry = log.append(wallet, now=NOW + 40_000)[0]
    promise = Promise(entry.leaf, entry.r1, entry.other, entry.time, entry.time + 3600)
    verified = verify_promise(make_promise(PROMISES, promise), PROMISES.public_key())
    check_receipt(entry.event, verified)
    with pytest.raises(FormatError):
        check_receipt(entry.event.replace(str(NOW + 40_000), str(NOW)), verified)


def test_a_backdated_entry_cannot_be_put_between_others(told: tuple[Log, Wallet, ChainPage]) -> None:
    """Even with the holder's log key the operator would have to change every later leaf, and those are in the tree."""
    log, wallet, page = told
    forged = Log(log.db, log.url, log.folder / "forged")
    twin = Wallet(key=wallet.key)
    log.run("UPDATE chain_heads SET wallet_id = :new WHERE wallet_id = :old", new=twin.id, old=wallet.id)
    log.run("DELETE FROM log_entries")
    log.run("UPDATE chain_heads SET seq = 0, leaf = :leaf", leaf=bytes(32))
    for hour in range(10):
        forged.append(twin, now=NOW + hour * 3600, detail={"other": "story"})
    told_now = log.page(twin).entries
    assert not {entry.leaf for entry in told_now} & {entry.leaf for entry in page.entries}
    with pytest.raises(LogBroken):
        wallet.check(replace(page, entries=[*page.entries[:5], *told_now[5:]]))


def test_a_receipt_outside_the_chain_convicts(told: tuple[Log, Wallet, ChainPage]) -> None:
    """The agency read, the operator kept the entry out of the chain: the promised leaf is not among the holder's."""
    log, wallet, _ = told
    entry = log.append(wallet, kind="grant-opened", actor={"type": "link"})[0]
    log.run("DELETE FROM log_pending")
    log.run("UPDATE chain_heads SET seq = 10, leaf = (SELECT leaf FROM log_entries WHERE seq = 10)")
    log.sequence()
    page = log.page(wallet)
    wallet.check(page)  # the chain alone looks whole
    promise = Promise(entry.leaf, entry.r1, entry.other, entry.time, entry.time + 3600)
    event = check_receipt(entry.event, verify_promise(make_promise(PROMISES, promise), PROMISES.public_key()))
    assert event.kind == "grant-opened"
    assert promise.leaf not in {row.leaf for row in page.entries}  # receipt + signed head = proof

    assert log.db.read_now(lambda tx: reading.inclusion(tx, LOG, promise.leaf)) is None  # and it is not in the tree


def test_an_event_cannot_be_invented_for_a_leaf(told: tuple[Log, Wallet, ChainPage]) -> None:
    log, wallet, _ = told
    entry = log.append(wallet)[0]
    for r1, event in ((os.urandom(16), entry.event), (entry.r1, entry.event + " ")):
        assert leaf_hash(event_half(r1, event), entry.other) != entry.leaf


def test_a_leaf_outside_the_tree_has_no_proof(told: tuple[Log, Wallet, ChainPage]) -> None:
    log, _, page = told

    def proofs(tx: object) -> tuple[bytes, list[bytes]]:
        tree = Tree(10, partial(store.tile, tx, LOG))  # type: ignore[arg-type]
        return tree.root(), tree.inclusion(3)

    root, path = log.db.read_now(proofs)
    inside = next(entry for entry in page.entries if entry.index == 3)
    merkle.verify_inclusion(inside.leaf, 3, 10, path, root)
    for leaf, index in ((os.urandom(32), 3), (inside.leaf, 4), (inside.leaf, 10)):
        with pytest.raises(FormatError):
            merkle.verify_inclusion(leaf, index, 10, path, root)


def test_a_rewritten_tree_has_no_consistency_proof(told: tuple[Log, Wallet, ChainPage]) -> None:
    """The operator swaps one old leaf and signs the new tree with the real key: no proof leads there."""
    leaves = [os.urandom(32) for _ in range(10)]
    forged = [*leaves[:4], os.urandom(32), *leaves[5:], *[os.urandom(32)] * 6]
    old, new = merkle.tree_hash(leaves), merkle.tree_hash(forged)
    with pytest.raises(FormatError):
        merkle.verify_consistency(10, 16, merkle.consistency_path(forged, 10), old, new)


def test_a_pin_from_before_still_fits_after(told: tuple[Log, Wallet, ChainPage]) -> None:
    log, wallet, page = told
    pin, _ = wallet.check(page)
    log.append(wallet, 5)
    assert wallet.check(log.page(wallet, after=pin.seq), pin)[0].seq == 15
    with pytest.raises(LogBroken):
        wallet.check(log.page(wallet, after=pin.seq), LogPin(pin.seq, os.urandom(32)))
