"""Tables of the deposit slice. What belongs to a wallet is keyed by it; the route leads from a code to it."""

from __future__ import annotations

from sqlmodel import SQLModel

from kit.columns import binary, integer, text


class DepositRoute(SQLModel, table=True):
    """Which wallet a deposit code belongs to; written in its own transaction before the code."""

    __tablename__ = "deposit_routes"

    code_id: bytes = binary(primary_key=True)
    wallet_id: bytes = binary()


class DepositOwner(SQLModel, table=True):
    """One row a wallet: its lock makes the sum over all codes hold when two are made at once."""

    __tablename__ = "deposit_owners"

    wallet_id: bytes = binary(primary_key=True)
    codes: int = integer()  # ever made


class DepositCode(SQLModel, table=True):
    """A deposit code and what is left of it. After its end it stays for 30 days, so that the sender learns why."""

    __tablename__ = "deposit_codes"

    wallet_id: bytes = binary(primary_key=True)
    code_id: bytes = binary(primary_key=True)
    auth: bytes = binary()  # SHA-256 of auth
    public: bytes = binary()  # made for this code alone: X25519, or MLKEM768-X25519
    exp: int = integer()
    files_max: int = integer()
    bytes_max: int = integer()
    files_used: int = integer()
    bytes_used: int = integer()
    ended: int = integer()  # 0, or when the holder ended it
    until: int = integer(index=True)  # afterwards the row goes


class DepositItem(SQLModel, table=True):
    """A sealed file in quarantine, or on its way there."""

    __tablename__ = "deposit_items"

    wallet_id: bytes = binary(primary_key=True)
    code_id: bytes = binary(primary_key=True)
    item_id: bytes = binary(primary_key=True)
    manifest: str = text()
    size: int = integer()  # stored bytes when complete
    blob_key: str = text()
    receipts: int = integer()  # given so far; 0: not complete
    received: int = integer()  # when it was completed, or begun
    until: int = integer(index=True)  # afterwards it goes
