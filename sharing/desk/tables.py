"""Tables of the desk. A row is ten minutes old at most, and says nothing of who the clerk or the holder is."""

from __future__ import annotations

from sqlmodel import SQLModel

from kit.columns import binary, integer, text


class Desk(SQLModel, table=True):
    """A page that waits, and what both sides have said so far."""

    __tablename__ = "desks"

    desk_id: bytes = binary(primary_key=True)
    number: str = text()  # to erase the route with the desk
    public: bytes = binary()  # X25519, what the box is sealed to
    jkt: str = text()  # thumbprint of the page's DPoP key
    holder: bytes | None = binary(nullable=True)  # a hash over desk and wallet: the first that met it
    message1: bytes | None = binary(nullable=True)  # the wallet's commitment
    message2: bytes | None = binary(nullable=True)  # the page's nonce
    message3: bytes | None = binary(nullable=True)  # signer ‖ nonce of the wallet
    box: str = text()  # empty until something was given
    exp: int = integer(index=True)


class DeskNumber(SQLModel, table=True):
    """Route: from the eight digits that somebody types to the page that shows them."""

    __tablename__ = "desk_numbers"

    number: str = text(primary_key=True)
    desk_id: bytes = binary()
    exp: int = integer(index=True)


class DeskQuota(SQLModel, table=True):
    """How many numbers a wallet has tried in an hour; never which."""

    __tablename__ = "desk_quota"

    wallet_id: bytes = binary(primary_key=True)
    hour: int = integer(primary_key=True, index=True)
    used: int = integer()
