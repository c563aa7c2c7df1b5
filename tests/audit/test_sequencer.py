"""Every leaf gets one place, and what was signed is never contradicted."""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path

import pytest
from mappe.formats import merkle
from mappe.formats.checkpoint import ED25519, Verifier, verify_checkpoint
from mappe.formats.log import LogPin

from audit import pruning, public_leaves, reading, refusals
from audit import repository as store
from audit.fsck import fsck
from audit.ledger_file import LedgerFile
from audit.sequencer import BATCH, Sequencer, TreeBroken
from kit.database import ConstraintViolated, Tx
from tests.audit.conftest import LOG, NOW, Log, write


def faults(log: Log) -> list[str]:
    return list(fsck(log.db, LOG, log.ledger))


def signed(log: Log) -> tuple[int, bytes]:
    note, _ = log.db.read_now(lambda tx: reading.checkpoint(tx, LOG))
    checkpoint = verify_checkpoint(note, Verifier(LOG, ED25519, log.key.info.public))
    return checkpoint.size, checkpoint.root


def test_every_leaf_is_in_the_signed_tree(log: Log) -> None:
    wallets = [log.wallet() for _ in range(3)]
    for round_ in range(4):
        for wallet in wallets:
            log.append(wallet, random.randrange(0, 40))
        assert log.sequence(NOW + round_) >= 0
        size, root = signed(log)
        for wallet in wallets:
            for entry in log.page(wallet).entries:
                found = log.db.read_now(lambda tx, leaf=entry.leaf: reading.inclusion(tx, LOG, leaf))  # type: ignore[misc]
                assert found is not None and found.index == entry.index and found.size == size
                merkle.verify_inclusion(entry.leaf, found.index, size, found.path, root)
            wallet.check(log.page(wallet))
    assert log.all("SELECT * FROM log_pending") == [] and faults(log) == []


def test_checkpoints_are_consistent_with_one_another(log: Log) -> None:
    wallet, seen = log.wallet(), []
    for count in (1, 2, 250, 3, 300, 1):
        log.append(wallet, count)
        log.sequence()
        seen.append(signed(log))
    for older, old_root in seen:
        for newer, new_root in seen:
            if older <= newer:
                proof = log.db.read_now(lambda tx, o=older, n=newer: reading.consistency(tx, LOG, o, n))  # type: ignore[misc]
                merkle.verify_consistency(older, newer, proof, old_root, new_root)


def test_an_empty_log_has_a_checkpoint(log: Log) -> None:
    assert log.sequence() == 0
    assert signed(log) == (0, merkle.EMPTY_ROOT) and faults(log) == []


def test_nothing_new_nothing_signed(sqlite_log: Log) -> None:
    sqlite_log.append(sqlite_log.wallet())
    sqlite_log.sequence(NOW)
    before = sqlite_log.all("SELECT * FROM log_checkpoints")
    assert sqlite_log.sequence(NOW + 9) == 0
    assert sqlite_log.all("SELECT * FROM log_checkpoints") == before


def test_a_batch_is_not_in_the_order_of_arrival(sqlite_log: Log) -> None:
    wallet = sqlite_log.wallet()
    sqlite_log.append(wallet, BATCH)
    sqlite_log.sequence()
    indexes = [entry.index or 0 for entry in sqlite_log.page(wallet).entries]
    assert sorted(indexes) == list(range(BATCH)) != indexes


def test_waiting_entries_are_shown_without_index(log: Log) -> None:
    wallet = log.wallet()
    log.append(wallet, 3)
    log.sequence()
    log.append(wallet, 2)
    page = log.page(wallet)
    assert [entry.index is None for entry in page.entries] == [False] * 3 + [True] * 2
    assert [entry.seq for entry in log.page(wallet, after=1, limit=3).entries] == [2, 3, 4]
    wallet.check(page)
    leaf = page.entries[4].leaf
    assert log.db.read_now(lambda tx: reading.inclusion(tx, LOG, leaf)) is None
    assert log.db.read_now(lambda tx: reading.inclusion(tx, LOG, os.urandom(32))) is None


def test_a_crash_between_tree_and_move_loses_and_repeats_nothing(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    wallet = log.wallet()
    log.append(wallet, 40)

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(store, "settle", crash)
        log.sequence()
    assert len(log.all("SELECT * FROM log_pending")) == 40
    log.append(wallet, 10)  # a batch of which some have a place and some do not
    log.sequence()
    assert signed(log)[0] == 50 and faults(log) == []
    assert sorted(e.index or 0 for e in log.page(wallet).entries) == list(range(50))


def test_a_crash_between_ledger_and_checkpoint_signs_the_same_again(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log.append(log.wallet(), 7)

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(store, "publish", crash)
        log.sequence()
    assert log.ledger.last_checkpoint(LOG) is not None
    log.sequence()
    assert log.ledger.last_checkpoint(LOG) == signed(log) and faults(log) == []


class TestSplit:
    def second(self, log: Log, folder: str = "ledger") -> Sequencer:
        return Sequencer(log.db, LOG, log.key, LedgerFile(log.folder / folder))

    def test_two_sequencers_at_once_make_one_tree(self, log: Log) -> None:
        wallets = [log.wallet() for _ in range(4)]
        others = [self.second(log) for _ in range(3)]
        stop = threading.Event()

        def work(sequencer: Sequencer) -> None:
            while not stop.is_set():
                try:
                    sequencer.round(NOW)
                except (ConstraintViolated, TreeBroken):
                    sequencer.anchor.reload()  # type: ignore[attr-defined]

        threads = [threading.Thread(target=work, args=(s,)) for s in (log.sequencer, *others)]
        for thread in threads:
            thread.start()
        for _ in range(30):
            for wallet in wallets:
                log.append(wallet, 7)
        stop.set()
        for thread in threads:
            thread.join()
        log.ledger.reload()
        log.sequence()
        assert signed(log)[0] == 4 * 30 * 7 and faults(log) == []
        for wallet in wallets:
            wallet.check(log.page(wallet))

    def test_whoever_read_an_old_tree_cannot_continue_it(self, log: Log) -> None:
        log.append(log.wallet(), 5)
        log.sequence()
        log.append(log.wallet(), 5)
        late = log.db.read_now(lambda tx: store.pending(tx, (b"", 0), 100))
        log.sequence()
        with pytest.raises(ConstraintViolated):  # its leaves have a place already
            log.db.write_now(lambda tx: log.sequencer._grow(tx, late, known={}))
        assert not log.db.write_now(lambda tx: store.grow(tx, LOG, 5, 8, bytes(32)))
        assert faults(log) == []

    def test_two_checkpoints_of_one_size_cannot_leave(self, log: Log) -> None:
        log.append(log.wallet(), 5)
        log.sequence()
        assert not log.db.write_now(lambda tx: store.publish(tx, LOG, 0, 5, "another", NOW))
        with pytest.raises(ConstraintViolated):
            log.run("INSERT INTO log_checkpoints VALUES (:log, 5, 'another', 0, 0)", log=LOG)


class TestNeverBack:
    """D21: what was signed stays signed, whatever happens to the database."""

    @pytest.fixture
    def signed_log(self, sqlite_log: Log) -> Log:
        sqlite_log.append(sqlite_log.wallet(), 300)
        sqlite_log.sequence()
        return sqlite_log

    def refused(self, log: Log) -> str:
        log.append(log.wallet(), 3)
        log.ledger.reload()
        before = log.all("SELECT size FROM log_checkpoints ORDER BY size")
        with pytest.raises(TreeBroken) as error:
            log.sequence(NOW + 60)
        with pytest.raises(TreeBroken):
            log.sequencer.check()
        assert log.all("SELECT size FROM log_checkpoints ORDER BY size") == before
        assert faults(log) != []
        return str(error.value)

    def test_an_older_database_is_noticed(self, signed_log: Log) -> None:
        """A whole, consistent older state: only the ledger outside knows better."""
        wallet = signed_log.wallet()
        signed_log.append(wallet, 10)
        tables = ("log_trees", "log_tiles", "log_leaves", "log_checkpoints", "log_entries", "log_pending")
        older = {table: signed_log.all(f"SELECT * FROM {table}") for table in tables}
        signed_log.sequence()
        for table, rows in older.items():
            signed_log.run(f"DELETE FROM {table}")
            for row in rows:
                names = {f"c{i}": value for i, value in enumerate(row)}
                signed_log.run(f"INSERT INTO {table} VALUES ({', '.join(':' + n for n in names)})", **names)
        assert "310 were signed" in self.refused(signed_log)

    def test_a_forked_tree_of_the_same_size_is_noticed(self, signed_log: Log, tmp_path: Path) -> None:
        other = Sequencer(signed_log.db, "other.example/log", signed_log.key, LedgerFile(tmp_path / "elsewhere"))
        signed_log.append(signed_log.wallet(), 300)
        other.round(NOW)  # another tree of 300 leaves
        for table in ("log_trees", "log_tiles", "log_leaves", "log_checkpoints"):
            signed_log.run(f"DELETE FROM {table} WHERE log_id = :log", log=LOG)
            signed_log.run(f"UPDATE {table} SET log_id = :log", log=LOG)
        assert "does not continue" in self.refused(signed_log)

    @pytest.mark.parametrize(
        "damage",
        [
            "UPDATE log_tiles SET hashes = zeroblob(32) WHERE level = 1",
            "UPDATE log_tiles SET hashes = substr(hashes, 1, 32) WHERE level = 0 AND tile = 1",
            "DELETE FROM log_tiles WHERE level = 0 AND tile = 1",
            "DELETE FROM log_tiles WHERE level = 1",
            "UPDATE log_trees SET size = 299",
            "UPDATE log_trees SET root = zeroblob(32)",
            "DELETE FROM log_checkpoints",
            "DELETE FROM log_trees",
        ],
    )
    def test_a_hand_in_the_tree_is_noticed(self, signed_log: Log, damage: str) -> None:
        signed_log.run(damage)
        signed_log.append(signed_log.wallet(), 3)
        signed_log.ledger.reload()
        before = signed_log.ledger.last_checkpoint(LOG)
        with pytest.raises(Exception):  # noqa: B017  (which check finds it first is not the point)
            signed_log.sequencer.check()
            signed_log.sequence(NOW + 60)
        assert signed_log.ledger.last_checkpoint(LOG) == before
        assert faults(signed_log) != []

    def test_a_damaged_full_tile_is_found_by_fsck(self, signed_log: Log) -> None:
        """New checkpoints do not depend on it, proofs do: they are false, and nobody who checks believes them."""
        signed_log.run("UPDATE log_tiles SET hashes = zeroblob(8192) WHERE level = 0 AND tile = 0")
        signed_log.sequencer.check()
        assert any("level 1" in fault for fault in faults(signed_log))


class TestErasure:
    def test_a_promised_leaf_of_a_deleted_wallet_still_gets_its_place(self, log: Log) -> None:
        wallet, other = log.wallet(), log.wallet()
        leaves = [entry.leaf for entry in log.append(wallet, 3)]
        log.sequence()
        leaves += [entry.leaf for entry in log.append(wallet, 3)]
        log.append(other, 2)
        log.db.write_now(lambda tx: pruning.erase(tx, wallet.id))
        log.sequence()
        for leaf in leaves:
            assert log.db.read_now(lambda tx, leaf=leaf: reading.inclusion(tx, LOG, leaf)) is not None  # type: ignore[misc]
        assert signed(log)[0] == 8 and faults(log) == []
        assert len(log.all("SELECT * FROM log_entries")) == 2

    @pytest.mark.parametrize("sequenced", [True, False])
    def test_no_row_holds_the_wallet_any_more(self, log: Log, sequenced: bool) -> None:
        wallet = log.wallet()
        log.append(wallet, 300, kind="grant-opened", actor={"type": "link"})
        log.db.write_now(lambda tx: refusals.count(tx, wallet.id, NOW))
        if sequenced:
            log.sequence()
        log.db.write_now(lambda tx: pruning.erase(tx, wallet.id))
        for table in ("chain_heads", "log_pending", "log_entries", "log_capped_hours", "log_refusals"):
            assert wallet.id not in [row[0] for row in log.all(f"SELECT wallet_id FROM {table}")]
        assert all(body == b"" for (body,) in log.all("SELECT body FROM log_pending"))
        log.sequence()
        assert log.all("SELECT * FROM log_pending") == [] and faults(log) == []

    def test_deletion_and_move_at_the_same_time_leave_nothing(self, log: Log) -> None:
        for _ in range(15):
            wallet = log.wallet()
            log.append(wallet, 20)
            mover = threading.Thread(target=log.sequence)
            mover.start()
            log.db.write_now(lambda tx, id=wallet.id: pruning.erase(tx, id))  # type: ignore[misc]
            mover.join()
        log.sequence()
        assert log.all("SELECT * FROM log_entries") == [] and log.all("SELECT * FROM log_pending") == []
        assert signed(log)[0] == 300

    def test_pruning_keeps_the_rest_of_the_chain(self, log: Log) -> None:
        wallet = log.wallet()
        log.append(wallet, 10)
        log.sequence()
        log.append(wallet, 10)
        pin = LogPin(12, log.page(wallet).entries[11].leaf)
        assert log.db.write_now(lambda tx: pruning.prune(tx, wallet.id, 12))
        assert not log.db.write_now(lambda tx: pruning.prune(tx, wallet.id, 12))
        assert not log.db.write_now(lambda tx: pruning.prune(tx, wallet.id, 21))
        assert wallet.check(log.page(wallet), pin)[0].seq == 20
        log.sequence()
        assert signed(log)[0] == 20 and faults(log) == []
        log.append(wallet)
        assert wallet.check(log.page(wallet), pin)[0].seq == 21


def test_a_public_leaf_has_one_place_however_often_it_is_submitted(log: Log) -> None:
    leaf = os.urandom(32)
    for _ in range(3):
        log.db.write_now(lambda tx: public_leaves.submit(tx, leaf, NOW))
        log.sequence()
    found = log.db.read_now(lambda tx: reading.inclusion(tx, LOG, leaf))
    assert found is not None and (found.index, found.size) == (0, 1)
    assert log.all("SELECT * FROM log_entries") == [] and faults(log) == []


def test_old_checkpoints_go_unless_cosigned(sqlite_log: Log) -> None:
    wallet = sqlite_log.wallet()
    for day in range(10):
        sqlite_log.append(wallet)
        sqlite_log.sequence(NOW + day * 86_400)
    sqlite_log.db.write_now(lambda tx: store.cosign(tx, LOG, 1, {"w": "— w AAAA\n"}))
    sqlite_log.sequencer.tidy(NOW + 9 * 86_400)
    assert [size for (size,) in sqlite_log.all("SELECT size FROM log_checkpoints ORDER BY size")] == [1, *range(3, 11)]
    sqlite_log.sequencer.tidy(NOW + 900 * 86_400)
    assert [size for (size,) in sqlite_log.all("SELECT size FROM log_checkpoints ORDER BY size")] == [1, 10]
    assert faults(sqlite_log) == []


def test_appending_does_not_wait_for_the_sequencer(postgres_log: Log) -> None:
    """It meets none of its locks. (A SQLite writer is alone by design; there the transactions are short instead.)"""
    log = postgres_log
    wallet = log.wallet()
    log.append(wallet, 3)
    log.sequence()
    log.append(wallet, 3)
    started, finish = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        log.sequencer._grow(tx, store.pending(tx, (b"", 0), 100), known={})
        started.set()
        assert finish.wait(20)

    thread = threading.Thread(target=lambda: log.db.write_now(slow))
    thread.start()
    assert started.wait(20)
    entry = log.db.write_now(lambda tx: write(tx, wallet.id))
    finish.set()
    thread.join()
    assert entry.leaf == log.page(wallet).head_leaf
