"""Limits on making wallets, without names, e-mail or addresses.

A new wallet is small until an invitation code from an advice office is redeemed, and wallets without one share an
hourly budget of the whole server. No limit looks at an address: offices and shelters sit behind one, and behind a proxy
there is none to see. Whoever uses up the budget delays strangers for an hour at most; people with a code never.

A code is stored hashed, and redeeming it erases the row in a transaction of its own, so that nothing leads from the
office that gave a code to the wallet that used it.
"""

from __future__ import annotations

import secrets
from hashlib import sha256

from mappe.formats.errors import FormatError

from kit.clock import HOUR
from kit.context import Config
from kit.database import Tx
from wallet.unlock.errors import CREATION_BUSY, INVITATION_UNKNOWN
from wallet.unlock.wallets import Allowance

CODE_CHARACTERS = 16  # 80 bits: neither guessed online nor found from the hash
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32, as in handles
_READ = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})

_ADD = "INSERT INTO invitations (code_hash, exp) VALUES (:code, :exp) ON CONFLICT (code_hash) DO NOTHING"
_REDEEM = "DELETE FROM invitations WHERE code_hash = :code AND exp > :now RETURNING exp"
_COUNT = """
INSERT INTO wallet_creations (hour, made) VALUES (:hour, 1)
ON CONFLICT (hour) DO UPDATE SET made = wallet_creations.made + 1
RETURNING made
"""
_SWEEP_CODES = "DELETE FROM invitations WHERE exp < :now"
_SWEEP_HOURS = "DELETE FROM wallet_creations WHERE hour < :hour"


def uninvited(config: Config) -> Allowance:
    return Allowance(config.uninvited_documents, config.uninvited_bytes)


def invited(config: Config) -> Allowance:
    return Allowance(config.wallet_documents, config.wallet_bytes)


def new_code() -> str:
    """A fresh code as it is printed: XXXX-XXXX-XXXX-XXXX."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(CODE_CHARACTERS))
    return "-".join(code[at : at + 4] for at in range(0, CODE_CHARACTERS, 4))


def code_hash(typed: str) -> bytes:
    """What is stored instead of the code; FormatError `malformed` if it cannot be one."""
    code = typed.upper().translate(_READ) if typed.isascii() else ""
    if len(code) != CODE_CHARACTERS or any(character not in _ALPHABET for character in code):
        raise FormatError("malformed", "not an invitation code")
    return sha256(b"mappe invitation\0" + code.encode()).digest()


def add(tx: Tx, code: bytes, exp: int) -> None:
    """Makes a code redeemable until `exp`; also puts back one whose redeemer could not be served."""
    tx.run(_ADD, code=code, exp=exp)


def redeem(tx: Tx, code: bytes, now: int) -> int:
    """Erases the code and returns when it would have expired. Problem `invitation-unknown`."""
    row = tx.one(_REDEEM, code=code, now=now)
    if row is None:
        raise INVITATION_UNKNOWN()
    return int(row[0])


def count_uninvited(tx: Tx, limit: int, now: int) -> None:
    """Counts one wallet made without an invitation. Problem `creation-busy` beyond the hour's budget."""
    row = tx.one(_COUNT, hour=now // HOUR)
    if row is not None and row[0] > limit:
        raise CREATION_BUSY(headers={"Retry-After": str(HOUR - now % HOUR)})


def sweep(tx: Tx, now: int) -> None:
    tx.run(_SWEEP_CODES, now=now)
    tx.run(_SWEEP_HOURS, hour=now // HOUR - 1)
