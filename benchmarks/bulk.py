"""Fills a PostgreSQL database with a large past: wallets, grants and log entries by COPY, in binary, without indexes.

What nobody will open are random bytes of the true size. The wallets that are redeemed are real (shares.py) and lie
anywhere among the others, because ids are random. Filling skips the write-ahead log: each table is truncated and loaded
in one transaction (wal_level=minimal), its key is built afterwards.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from mappe.formats.encoding import b64u

from benchmarks.shares import LIFE, Share

NOISE = os.urandom(32 << 20)
# Sizes of sealed entries, by how often: what the holder does is small, an agency's read holds its signed request.
BODIES = (430, 430, 520, 620, 1_750)
CONTENT_EVERY = 5  # of the wallets that nobody opens, how many have a grant that has not ended
PIECE_ROWS = 20_000
_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"


@dataclass(frozen=True, slots=True)
class Size:
    """How large a past."""

    wallets: int
    entries: int


def fill(url: str, size: Size, real: Sequence[Share], log: str) -> float:
    """Loads everything; the seconds it took. The database has been migrated and is otherwise empty of wallets."""
    began = time.monotonic()
    others = [os.urandom(32) for _ in range(max(0, size.wallets - len(real)))]
    wallets = sorted([*others, *(share.wallet for share in real)])
    by_wallet = {share.wallet: share for share in real}
    each = max(1, size.entries // size.wallets)
    now = int(time.time())
    leaves: list[bytes] = []

    def entries() -> Iterator[bytes]:
        for wallet in wallets:
            for seq in range(1, each + 1):
                leaf = os.urandom(32)
                leaves.append(leaf)
                index = len(leaves)
                yield _row(wallet, seq, leaf, _noise(index, BODIES[index % len(BODIES)]), index)

    def heads() -> Iterator[bytes]:
        for at, wallet in enumerate(wallets):
            share = by_wallet.get(wallet)
            public = _noise(at, 32) if share is None else share.log_public
            yield _row(wallet, each, leaves[(at + 1) * each - 1], public, 0, 0, 0)

    grants = {wallet: (by_wallet[wallet].grant if wallet in by_wallet else os.urandom(16)) for wallet in wallets}
    template = real[0].content

    def contents() -> Iterator[bytes]:
        for at, wallet in enumerate(wallets):
            share = by_wallet.get(wallet)
            if share is not None:
                one = share.content
                yield _row(wallet, share.grant, one.head, one.keybox, one.slot_ids, one.slots)
            elif at % CONTENT_EVERY == 0:
                texts = [_text(at + n, len(text)) for n, text in enumerate((template.head, template.slots))]
                yield _row(wallet, grants[wallet], texts[0], template.keybox, template.slot_ids, texts[1])

    with psycopg.connect(url, autocommit=True) as con:
        _load(con, "log_entries", "wallet_id, seq, leaf, body, tree_index", entries())
        _load(con, "chain_heads", "wallet_id, seq, leaf, log_public, pruned, hour, hour_entries", heads())
        _load(con, "log_leaves", "log_id, leaf, tree_index", (_row(log, leaf, n) for n, leaf in enumerate(leaves)))
        _load(con, "grant_routes", "grant_id, wallet_id", (_row(grant, wallet) for wallet, grant in grants.items()))
        _load(con, "grants", _GRANT_COLUMNS, (_grant(by_wallet.get(w), w, g, now) for w, g in grants.items()))
        _load(con, "grant_contents", "wallet_id, grant_id, head, keybox, slot_ids, slots", contents())
        con.execute("VACUUM ANALYZE")
        con.execute("CHECKPOINT")
    return time.monotonic() - began


_GRANT_COLUMNS = (
    "wallet_id, grant_id, version, ended, ended_at, suspended, auth, tag, passcode, policy_hash, record_key, "
    "record_digest, nbf, exp, opens_max, opens_used, tries_used, peeks_used, created"
)


def _grant(share: Share | None, wallet: bytes, grant: bytes, now: int) -> bytes:
    if share is None:
        hashes: tuple[bytes, ...] = (os.urandom(32), os.urandom(32), os.urandom(32), os.urandom(32))
        nbf, exp = now, now + LIFE
    else:
        policy, record = share.version.policy, share.version.record
        assert policy.tag is not None
        hashes = (policy.tag, share.version.policy_hash, record.public, record.digest)
        nbf, exp = policy.nbf, policy.exp
    return _row(wallet, grant, 1, None, None, 0, None, hashes[0], None, *hashes[1:], nbf, exp, 0, 0, 0, 0, now)


def _load(con: psycopg.Connection[tuple[object, ...]], table: str, columns: str, rows: Iterable[bytes]) -> None:
    key = con.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'p'",
        [table],
    ).fetchone()
    assert key is not None
    con.execute(f"ALTER TABLE {table} DROP CONSTRAINT {key[0]}")
    kept: list[Any] = con.execute(f"SELECT {columns} FROM {table}").fetchall()  # the registry's own leaf
    with con.transaction(), con.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table}")
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT binary, FREEZE)") as copy:
            copy.write(_HEAD)
            piece = [_row(*row) for row in kept]
            for row in rows:
                piece.append(row)
                if len(piece) == PIECE_ROWS:
                    copy.write(b"".join(piece))
                    piece.clear()
            copy.write(b"".join(piece) + _END)
    con.execute(f"ALTER TABLE {table} ADD CONSTRAINT {key[0]} {key[1]}")


def _row(*values: bytes | str | int | None) -> bytes:
    parts = [struct.pack(">h", len(values))]
    for value in values:
        if value is None:
            parts.append(_NULL)
        elif isinstance(value, int):
            parts.append(struct.pack(">iq", 8, value))
        else:
            data = value.encode() if isinstance(value, str) else value
            parts.append(struct.pack(">i", len(data)) + data)
    return b"".join(parts)


def _noise(at: int, size: int) -> bytes:
    start = at * 7_919 % (len(NOISE) - size)
    return NOISE[start : start + size]


def _text(at: int, size: int) -> str:
    return b64u(_noise(at, size))[:size]
