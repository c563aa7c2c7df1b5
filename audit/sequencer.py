"""Gives every leaf its place in the public log, and signs what results.

A round takes the entries that wait, in batches: (1) one transaction lets the tree grow by the batch's leaves, with a
compare-and-set on the old size, so that two sequencers cannot both continue it; (2) others move the entries to
where they stay. A crash in between is found in the next round: those leaves have a place already. Then (3) the roots of
the last checkpoint and of the new tree are derived from the tiles again; (4) only if both are what they must be, the
new checkpoint is written to the ledger outside the database, and then leaves. So a database that was set back, or
altered, cannot make this server contradict itself: it stops signing and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from mappe.formats.checkpoint import make_checkpoint, parse_text, split_note
from mappe.formats.merkle import EMPTY_ROOT

from audit import repository as store
from audit.repository import TreeState, Waiting
from audit.tiles import HASH_BYTES, TILE_BITS, TILE_WIDTH, Tree, edge, extend
from kit.clock import DAY
from kit.database import ConstraintViolated, Database, Tx
from kit.failpoints import reached
from kit.signing import SigningKey

# On SQLite answers wait behind each transaction: these keep one below about four milliseconds.
BATCH = 256  # leaves that the tree grows by: a tile's width
MOVED = 64  # entries that are moved, a kilobyte or two each
CHECKPOINTS_KEPT = 7 * DAY  # uncosigned ones; a witness that comes later takes a newer one


class TreeBroken(Exception):
    """The stored tree contradicts what this log has signed; nothing more is signed until the operator acts."""


class Anchor(Protocol):
    """The memory outside the database of the last checkpoint that left (audit.ledger_file)."""

    def last_checkpoint(self, log: str) -> tuple[int, bytes] | None:
        """Size and root."""
        ...

    def add_leaves(self, log: str, first: int, leaves: bytes, now: int) -> None:
        """Durable when it returns."""
        ...

    def add_checkpoint(self, log: str, size: int, root: bytes, now: int) -> None:
        """Durable when it returns."""
        ...


@dataclass(frozen=True, slots=True)
class Sequencer:
    """What a round needs. `log` is the origin line of the checkpoints."""

    db: Database
    log: str
    key: SigningKey
    anchor: Anchor

    def round(self, now: int) -> int:
        """Places everything that waits and signs a new checkpoint if the tree has grown; returns how many leaves."""
        self._refuse_past(self._start())
        placed, after = 0, (b"", 0)
        while batch := self.db.read_now(partial(store.pending, after=after, limit=BATCH)):
            placed += self._place(batch)
            after = (batch[-1].wallet, batch[-1].seq)
        state = self._state()
        if state.size > state.signed_size:
            self._sign(state, now)
        return placed

    def check(self) -> None:
        """Derives again what was signed last; raises TreeBroken. For whoever starts to sequence, and for fsck."""
        state = self._start()
        self.db.read_now(lambda tx: self._check(tx, state))

    def tidy(self, now: int) -> None:
        """Forgets old checkpoints that nobody cosigned."""
        size = self._state().signed_size
        self.db.write_now(lambda tx: store.drop_checkpoints(tx, self.log, now - CHECKPOINTS_KEPT, size))

    def _start(self) -> TreeState:
        state = self.db.read_now(lambda tx: store.tree(tx, self.log))
        if state is None:
            self.db.write_now(lambda tx: store.start_tree(tx, self.log, EMPTY_ROOT))
            state = self._state()
        return state

    def _state(self) -> TreeState:
        state = self.db.read_now(lambda tx: store.tree(tx, self.log))
        if state is None:
            raise TreeBroken("the tree has vanished")
        return state

    def _place(self, batch: list[Waiting]) -> int:
        # in the order of their hashes: the tree says nothing about which came first within a batch
        batch = sorted(batch, key=lambda waiting: waiting.leaf)
        try:
            places = self.db.write_now(lambda tx: self._grow(tx, batch, known={}))
        except ConstraintViolated:  # a crash has left placed entries behind
            places = self.db.write_now(lambda tx: self._grow(tx, batch, known=self._known(tx, batch)))
        if places is None:
            return 0  # another sequencer was first; the next round goes on from what it did
        reached("sequencer-grown")
        places.sort(key=lambda place: (place[0].wallet, place[0].seq))
        for at in range(0, len(places), MOVED):
            self.db.write_now(partial(store.settle, places=places[at : at + MOVED]))
        reached("sequencer-settled")
        return len(places)

    def _grow(self, tx: Tx, batch: list[Waiting], known: dict[bytes, int]) -> list[tuple[Waiting, int]] | None:
        state = store.tree(tx, self.log, hold=True)
        if state is None:
            raise TreeBroken("the tree has vanished")
        fresh = list(dict.fromkeys(waiting.leaf for waiting in batch if waiting.leaf not in known))
        size = state.size + len(fresh)
        if fresh:
            tiles = {place: store.tile(tx, self.log, *place) for place, _ in edge(state.size)}
            changed = extend(state.size, tiles, fresh)

            def read(level: int, number: int) -> bytes:
                return changed.get((level, number)) or store.tile(tx, self.log, level, number)

            if not store.grow(tx, self.log, state.size, size, Tree(size, read).root()):
                return None
            store.put_tiles(tx, self.log, changed)
            store.put_leaves(tx, self.log, fresh, state.size)
        index = known | {leaf: state.size + i for i, leaf in enumerate(fresh)}
        return [(waiting, index[waiting.leaf]) for waiting in batch]

    def _known(self, tx: Tx, batch: list[Waiting]) -> dict[bytes, int]:
        found = ((waiting.leaf, store.leaf_index(tx, self.log, waiting.leaf)) for waiting in batch)
        return {leaf: index for leaf, index in found if index is not None}

    def _sign(self, state: TreeState, now: int) -> None:
        self.db.read_now(lambda tx: self._check(tx, state))  # (3)
        note = make_checkpoint(self.key.private, self.log, state.size, state.root)
        for first, leaves in self.db.read_now(lambda tx: self._new_leaves(tx, state)):
            self.anchor.add_leaves(self.log, first, leaves, now)
        reached("sequencer-leaves-written")
        self.anchor.add_checkpoint(self.log, state.size, state.root, now)  # (4)
        reached("sequencer-checkpoint-written")
        self.db.write_now(lambda tx: store.publish(tx, self.log, state.signed_size, state.size, note, now))
        reached("sequencer-published")

    def _new_leaves(self, tx: Tx, state: TreeState) -> list[tuple[int, bytes]]:
        """The leaves since the last checkpoint: a restored backup is brought up to this one with them."""
        start, runs = max(state.signed_size, 0), []
        for number in range(start >> TILE_BITS, -(-state.size // TILE_WIDTH)):
            first = max(start, number * TILE_WIDTH)
            hashes = store.tile(tx, self.log, 0, number)
            offset = first - number * TILE_WIDTH
            width = min(state.size - first, TILE_WIDTH - offset)
            runs.append((first, hashes[offset * HASH_BYTES : (offset + width) * HASH_BYTES]))
        return runs

    def _refuse_past(self, state: TreeState) -> None:
        """A tree that is smaller than what was signed is a database that was set back: it must not grow either."""
        last = self.anchor.last_checkpoint(self.log)
        if last is not None and last[0] > state.size:
            raise TreeBroken(f"the tree has {state.size} leaves, but {last[0]} were signed")

    def _check(self, tx: Tx, state: TreeState) -> None:
        """Refuses unless the tree continues everything that was signed before."""
        self._refuse_past(state)
        read = partial(store.tile, tx, self.log)
        if Tree(state.size, read).root() != state.root:
            raise TreeBroken("the tiles do not give the root that they gave when they were written")
        signed = [self.anchor.last_checkpoint(self.log)]
        if state.signed_size >= 0:
            note = store.checkpoint(tx, self.log, state.signed_size)
            if note is None:
                raise TreeBroken("the last checkpoint has vanished")
            last = parse_text(split_note(note)[0])
            signed.append((last.size, last.root))
        for before in signed:
            if before is not None and Tree(before[0], read).root() != before[1]:
                raise TreeBroken(f"the tree does not continue the checkpoint of {before[0]} leaves")
