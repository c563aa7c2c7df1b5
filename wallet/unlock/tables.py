"""Tables of unlock. What belongs to a wallet is keyed by it; what leads to one is keyed by what is looked up."""

from __future__ import annotations

from sqlmodel import SQLModel

from kit.columns import binary, integer, text


class Wallet(SQLModel, table=True):
    """One wallet: its public beginning, and the head of its change chain, on which every write is compared."""

    __tablename__ = "wallets"

    wallet_id: bytes = binary(primary_key=True)
    handle_hash: bytes = binary()  # to erase the route with the wallet
    genesis: str = text()
    signing: bytes = binary()  # Ed25519, the genesis key
    stop_hash: bytes = binary()  # SHA-256 of the stop proof
    created: int = integer()
    allowed_objects: int = integer()  # small until an invitation code is redeemed; which one is not kept
    allowed_bytes: int = integer()
    suspended: int = integer()  # 1: by the operator
    identity_box: str = text()
    epoch: int = integer()
    head_number: int = integer()
    head_hash: bytes = binary()
    head_change: str = text()  # as in wallet_changes: sign-in and sync always need it


class WalletChange(SQLModel, table=True):
    """The signed changes, as sent."""

    __tablename__ = "wallet_changes"

    wallet_id: bytes = binary(primary_key=True)
    number: int = integer(primary_key=True)
    token: str = text()


class Method(SQLModel, table=True):
    """A way to unlock. Any kind is a row: key of its proof, envelope of the wallet key, perhaps a counted PIN."""

    __tablename__ = "wallet_methods"

    wallet_id: bytes = binary(primary_key=True)
    method_id: bytes = binary(primary_key=True)
    kind: str = text()
    version: int = integer()
    public: bytes = binary()  # Ed25519, the sign-in key
    envelope: str = text()
    pin_hash: bytes | None = binary(nullable=True)  # SHA-256 of the PIN proof; erased with the last try
    tries_left: int = integer()


class Device(SQLModel, table=True):
    """A device that may act for the holder. No row, no session."""

    __tablename__ = "wallet_devices"

    wallet_id: bytes = binary(primary_key=True)
    jkt: str = text(primary_key=True)  # thumbprint of its DPoP key
    label: str = text()
    created: int = integer()
    seen: int = integer()  # not more often than once an hour
    generation: int = integer()  # raised to end every session of this device
    until: int | None = integer(nullable=True)  # end of a lent device; None: the holder's own


class PinShare(SQLModel, table=True):
    """What the server adds to the PIN of one device; erased with the last try, in no backup."""

    __tablename__ = "wallet_pins"

    wallet_id: bytes = binary(primary_key=True)
    jkt: str = text(primary_key=True)
    share: bytes = binary()
    proof_hash: bytes = binary()  # SHA-256 of the pin proof
    tries_left: int = integer()


class Join(SQLModel, table=True):
    """A device that another one has let in, until it comes; its box is sealed to a key that never was here."""

    __tablename__ = "wallet_joins"

    wallet_id: bytes = binary(primary_key=True)
    join_id: bytes = binary(primary_key=True)
    device: str = text()  # thumbprint of the new device's key
    box: str = text()  # empty once collected
    mode: str = text()
    approver: str = text()
    exp: int = integer()


class RecoveryPending(SQLModel, table=True):
    """A recovery without the sheet PIN: a device that waits, announced, until it may come in."""

    __tablename__ = "wallet_recoveries"

    wallet_id: bytes = binary(primary_key=True)
    jkt: str = text(primary_key=True)
    method_id: bytes = binary()
    version: int = integer()
    until: int = integer()


class Handle(SQLModel, table=True):
    """Route: from the hash of a handle to its wallet."""

    __tablename__ = "wallet_handles"

    handle_hash: bytes = binary(primary_key=True)
    wallet_id: bytes = binary()


class JoinRoute(SQLModel, table=True):
    """Route: from a join's id, which is a hash of the code, to the wallet that approved it."""

    __tablename__ = "join_routes"

    join_id: bytes = binary(primary_key=True)
    wallet_id: bytes = binary(index=True)
    exp: int = integer(index=True)


class Session(SQLModel, table=True):
    """Route: from the hash of a token to the device it is bound to. The device row decides whether it still holds."""

    __tablename__ = "wallet_sessions"

    token_hash: bytes = binary(primary_key=True)
    wallet_id: bytes = binary(index=True)
    jkt: str = text()
    generation: int = integer()
    exp: int = integer(index=True)


class UsedNonce(SQLModel, table=True):
    """Challenges that were answered, until they would have expired anyway."""

    __tablename__ = "sign_in_nonces"

    nonce: bytes = binary(primary_key=True)
    exp: int = integer(index=True)


class Invitation(SQLModel, table=True):
    """Codes not yet redeemed. Redeeming erases the row, so that nothing leads from a code to a wallet."""

    __tablename__ = "invitations"

    code_hash: bytes = binary(primary_key=True)
    exp: int = integer(index=True)


class CreationHour(SQLModel, table=True):
    """Wallets made without an invitation in an hour, on the whole server."""

    __tablename__ = "wallet_creations"

    hour: int = integer(primary_key=True)
    made: int = integer()
