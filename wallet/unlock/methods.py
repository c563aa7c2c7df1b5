"""Unlock methods: the rules for a list of them, their rows, and the counted PIN of a recovery sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from audit import ledger
from kit.database import Tx
from kit.ids import b64u
from kit.tokens import same
from wallet.unlock.errors import CHAIN_INVALID
from wallet.unlock.kinds import KINDS

MAX_METHODS = 16  # a person has a handful; each is hashed at every change and sent at every sync
MIN_METHODS = 2  # one lost method must not be the end of the wallet (D6)
PIN_TRIES = 5  # wrong ones for the life of a PIN: six digits are guessed with 1 : 200,000

_COLUMNS = "method_id, kind, version, public, envelope, pin_hash, tries_left"
_LIST = f"SELECT {_COLUMNS} FROM wallet_methods WHERE wallet_id = :wallet ORDER BY method_id"  # noqa: S608  (constant)
_FIND = f"""
SELECT {_COLUMNS} FROM wallet_methods
WHERE wallet_id = :wallet AND kind = :kind AND public = :public ORDER BY method_id
"""  # noqa: S608
_PUT = """
INSERT INTO wallet_methods (wallet_id, method_id, kind, version, public, envelope, pin_hash, tries_left)
VALUES (:wallet, :method, :kind, :version, :public, :envelope, :pin_hash, :tries)
ON CONFLICT (wallet_id, method_id) DO UPDATE
SET version = :version, public = :public, envelope = :envelope, pin_hash = :pin_hash, tries_left = :tries
"""
_REMOVE = "DELETE FROM wallet_methods WHERE wallet_id = :wallet AND method_id = :method"
_SPEND_TRY = """
UPDATE wallet_methods SET tries_left = tries_left - 1
WHERE wallet_id = :wallet AND method_id = :method AND tries_left > 0 AND pin_hash IS NOT NULL
RETURNING tries_left, pin_hash
"""
_RETURN_TRY = "UPDATE wallet_methods SET tries_left = tries_left + 1 WHERE wallet_id = :wallet AND method_id = :method"
_DISABLE = """
UPDATE wallet_methods SET public = :nobody, pin_hash = NULL, tries_left = 0
WHERE wallet_id = :wallet AND method_id = :method AND version <= :version
"""
UNCHANGED = b""  # a sent method's key, where the device does not know it
_NOBODY = bytes(32)  # no sign-in key: a point of small order, which no reader accepts
_RESTORE_TRIES = """
UPDATE wallet_methods SET tries_left = :left WHERE wallet_id = :wallet AND method_id = :method AND tries_left > :left
"""
_FORGET_PIN = "UPDATE wallet_methods SET pin_hash = NULL WHERE wallet_id = :wallet AND method_id = :method"


@dataclass(frozen=True, slots=True)
class Method:
    """A method as stored or as sent; in a sent one `public` UNCHANGED and `pin_hash` None mean what they say, and
    `tries_left` is the server's."""

    id: bytes
    kind: str
    version: int
    public: bytes
    envelope: str
    pin_hash: bytes | None = None
    tries_left: int = PIN_TRIES

    def access_part(self) -> tuple[bytes, int, str]:
        """What the change's `access` is computed over."""
        return self.id, self.version, self.envelope


def method_json(method: Method) -> dict[str, object]:
    """A method as a signed-in device sees it."""
    return {"id": b64u(method.id), "kind": method.kind, "version": method.version, "envelope": method.envelope}


def judge(old: Sequence[Method], new: Sequence[Method], *, epoch_raised: bool) -> list[Method]:
    """The list to store, PINs and tries carried over; Problem `chain-invalid` if `new` may not follow `old`.

    (1) enough methods, one of them offline, all of known kinds; (2) a new id begins with version 1; (3) a kept one
    stays as it is or takes the next version; (4) removing one needs a new wallet key, and with a new wallet key every
    envelope is new. A PIN changes only with its method's version, so an edit that changes nothing returns no tries.
    """
    before = {method.id: method for method in old}
    ids = {method.id for method in new}
    if len(ids) != len(new) or not MIN_METHODS <= len(new) <= MAX_METHODS:  # (1)
        raise CHAIN_INVALID(reason="methods")
    if any(method.kind not in KINDS for method in new) or not any(KINDS[method.kind].offline for method in new):
        raise CHAIN_INVALID(reason="methods")
    if before.keys() - ids and not epoch_raised:  # (4)
        raise CHAIN_INVALID(reason="epoch")
    return [_follow(before, method, epoch_raised) for method in new]


def _follow(before: Mapping[bytes, Method], method: Method, epoch_raised: bool) -> Method:
    last = before.get(method.id)
    if last is None:
        if method.version != 1 or method.public == UNCHANGED:  # (2)
            raise CHAIN_INVALID(reason="methods")
        return method
    if method.kind != last.kind:
        raise CHAIN_INVALID(reason="methods")
    if method.version == last.version and not epoch_raised:  # (3)
        other_key = method.public not in (UNCHANGED, last.public)
        if other_key or method.envelope != last.envelope or method.pin_hash is not None:
            raise CHAIN_INVALID(reason="methods")
        return last
    if method.version != last.version + 1 or method.public == UNCHANGED:  # (3) (4)
        raise CHAIN_INVALID(reason="methods")
    if method.pin_hash is not None:
        return method
    return Method(
        method.id, method.kind, method.version, method.public, method.envelope, last.pin_hash, last.tries_left
    )


def load(tx: Tx, wallet: bytes) -> list[Method]:
    """All methods of a wallet, sorted by id."""
    return [Method(*row) for row in tx.all(_LIST, wallet=wallet)]


def find(tx: Tx, wallet: bytes, kind: str, public: bytes) -> Method | None:
    """The method of this kind that has this sign-in key: a new device knows no method ids."""
    row = tx.one(_FIND, wallet=wallet, kind=kind, public=public)
    return None if row is None else Method(*row)


def store(tx: Tx, wallet: bytes, old: Sequence[Method], new: Sequence[Method]) -> None:
    """Replaces one judged list by the next."""
    kept = {method.id for method in new}
    for method in old:
        if method.id not in kept:
            tx.run(_REMOVE, wallet=wallet, method=method.id)
            ledger.record(tx, wallet, "method-removed", method.id, method.version)
    before = {method.id: method for method in old}
    for method in new:
        last = before.get(method.id)
        if last is not None and last.public != method.public:  # another secret under the same id: the old one is dead
            ledger.record(tx, wallet, "method-removed", method.id, last.version)
        tx.run(
            _PUT,
            wallet=wallet,
            method=method.id,
            kind=method.kind,
            version=method.version,
            public=method.public,
            envelope=method.envelope,
            pin_hash=method.pin_hash,
            tries=method.tries_left,
        )


def try_pin(tx: Tx, wallet: bytes, method: Method, proof: bytes) -> int | None:
    """None if the PIN is right, else how many tries are left.

    The try is spent before anything is compared, by one atomic statement, and returned only to who is right: parallel
    guesses cost what they cost one by one. With the last try the PIN is erased.
    """
    row = tx.one(_SPEND_TRY, wallet=wallet, method=method.id)
    if row is None:
        return 0
    tries_left, pin_hash = row
    if same(sha256(proof).digest(), pin_hash):
        tx.run(_RETURN_TRY, wallet=wallet, method=method.id)
        return None
    ledger.record(tx, wallet, "pin-tries", method.id, PIN_TRIES - tries_left)
    if tries_left == 0:
        tx.run(_FORGET_PIN, wallet=wallet, method=method.id)
    return int(tries_left)


def replay_removed(tx: Tx, wallet: bytes, method: bytes, value: int) -> None:
    """After a restore: a removed method, up to the version that was removed, proves nothing any more (D21).

    Its row stays: the restored head commits to its envelope, which only a signed-in device is shown.
    """
    tx.run(_DISABLE, wallet=wallet, method=method, version=value, nobody=_NOBODY)


def replay_tries(tx: Tx, wallet: bytes, method: bytes, value: int) -> None:
    """After a restore: tries that were spent stay spent (D21)."""
    tx.run(_RESTORE_TRIES, wallet=wallet, method=method, left=max(0, PIN_TRIES - value))


LEDGER: Final[dict[str, ledger.Handler]] = {"method-removed": replay_removed, "pin-tries": replay_tries}
