"""The log after a restore: never behind what it has signed, or under a new name that says so (D21).

The tree of a backup is older than the last checkpoint. The ledger holds the leaves in between: with them the tree is
brought up to that checkpoint again, and must then have its root. The entries of those leaves are lost, as is everything
since the backup; their leaves stay, so that no promise and no receipt points into nothing.
"""

from __future__ import annotations

from base64 import b64encode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats.checkpoint import ED25519, Verifier
from mappe.formats.labels import tagged_hash
from mappe.formats.log import leaf_hash
from mappe.formats.merkle import EMPTY_ROOT

from audit import public_leaves
from audit import repository as store
from audit.ledger_file import LedgerFile
from audit.tiles import HASH_BYTES, Tree, edge, extend
from kit.database import ConstraintViolated, Database, Tx

BATCH = 256  # leaves a transaction, as the sequencer's
_AGAIN = """
INSERT INTO log_pending (wallet_id, seq, leaf, body, added)
SELECT wallet_id, seq, leaf, body, :now FROM log_entries
"""
_EMPTY = "DELETE FROM log_entries"


class LogBehind(Exception):
    """The restored log would be older than its last checkpoint; a sentence says by how much."""


def missing_leaves(ledger: LedgerFile, log: str, size: int) -> list[bytes]:
    """The leaves from `size` up to the last checkpoint; LogBehind if the ledger does not have all of them."""
    last = ledger.last_checkpoint(log)
    if last is None:
        if size:
            raise LogBehind("the ledger holds no checkpoint of this log, so nobody can tell whether the log is whole")
        return []
    found: dict[int, bytes] = {}
    for first, hashes in ledger.leaves(log):
        for at in range(0, len(hashes), HASH_BYTES):
            index = first + at // HASH_BYTES
            if size <= index < last[0]:
                found[index] = hashes[at : at + HASH_BYTES]
    if missing := sum(index not in found for index in range(size, last[0])):
        raise LogBehind(
            f"a checkpoint of {last[0]} leaves was signed, but {missing} of them are in no backup or ledger"
        )
    return [found[index] for index in range(size, last[0])]


def catch_up(db: Database, log: str, ledger: LedgerFile, leaves: list[bytes]) -> None:
    """Lets the tree grow by `leaves` and compares it with the last checkpoint. LogBehind."""
    db.write_now(lambda tx: store.start_tree(tx, log, EMPTY_ROOT))
    for at in range(0, len(leaves), BATCH):
        batch = leaves[at : at + BATCH]
        try:
            db.write_now(lambda tx, batch=batch: _grow(tx, log, batch))  # type: ignore[misc]
        except ConstraintViolated:
            raise LogBehind("a leaf of the ledger has another place in the backup") from None
    last = ledger.last_checkpoint(log)
    if last is not None:
        root = db.read_now(lambda tx: Tree(last[0], lambda *place: store.tile(tx, log, *place)).root())
        if root != last[1]:
            raise LogBehind("backup and ledger together do not give the last checkpoint")


def _grow(tx: Tx, log: str, leaves: list[bytes]) -> None:
    state = store.tree(tx, log, hold=True)
    assert state is not None
    tiles = {place: store.tile(tx, log, *place) for place, _ in edge(state.size)}
    changed = extend(state.size, tiles, leaves)
    size = state.size + len(leaves)
    root = Tree(size, lambda *place: changed.get(place) or store.tile(tx, log, *place)).root()
    store.grow(tx, log, state.size, size, root)
    store.put_tiles(tx, log, changed)
    store.put_leaves(tx, log, leaves, state.size)


def start_anew(
    db: Database, key: Ed25519PrivateKey, log: str, old: str, ledger: LedgerFile, size: int, now: int
) -> str:
    """A new log in place of `old`: every entry waits for a place in it, and its first leaf is the statement.

    Returns the statement, a signed note in the name of the new log: new name, old name, leaves and root of the last
    checkpoint of the old one, leaves that were restored, time. It is for publication; its hash is in the log.
    """
    last = ledger.last_checkpoint(old) or (0, EMPTY_ROOT)
    text = f"{log}\nrestart of {old}\n{last[0]}\n{b64encode(last[1]).decode()}\nrestored {size}\ntime {now}\n"
    verifier = Verifier(log, ED25519, key.public_key().public_bytes_raw())
    signature = b64encode(verifier.key_id + key.sign(text.encode())).decode()

    def begin(tx: Tx) -> None:
        store.start_tree(tx, log, EMPTY_ROOT)
        tx.run(_AGAIN, now=now)
        tx.run(_EMPTY)
        public_leaves.submit(tx, leaf_hash(tagged_hash("log-restart", text.encode()), bytes(HASH_BYTES)), now)

    db.write_now(begin)
    return f"{text}\n\u2014 {log} {signature}\n"
