"""Tables of the store."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import SQLModel

from kit.columns import binary, integer, text


class VaultObject(SQLModel, table=True):
    """The current version of an object; a tombstone keeps id and version and loses the rest."""

    __tablename__ = "vault_objects"
    # a sync walks the objects in the order of the change that touched them last
    __table_args__ = (Index("ix_vault_objects_number", "wallet_id", "number", "object_id"),)

    wallet_id: bytes = binary(primary_key=True)
    object_id: bytes = binary(primary_key=True)
    version: int = integer()
    number: int = integer()  # of the change that wrote it last, or that re-wrapped its key
    digest: bytes | None = binary(nullable=True)  # SHA-256 of the body; null: tombstone
    size: int = integer()  # characters of the body; 0: tombstone
    key: str | None = text(nullable=True)
    body: str | None = text(nullable=True)


class Usage(SQLModel, table=True):
    """What counts against the quota of a wallet."""

    __tablename__ = "vault_usage"

    wallet_id: bytes = binary(primary_key=True)
    objects: int = integer()  # live ones
    stored: int = integer()  # bytes of bodies and blobs, reserved ones included


class Attachment(SQLModel, table=True):
    """A sealed file of the wallet under the client's id; its bytes are a blob."""

    __tablename__ = "attachments"

    wallet_id: bytes = binary(primary_key=True)
    attachment_id: bytes = binary(primary_key=True)
    version: int = integer(primary_key=True)
    blob_key: str = text()
    size: int = integer()  # stored bytes when complete
    complete: int = integer()


class Blob(SQLModel, table=True):
    """How many attachments and grants of a wallet refer to one blob."""

    __tablename__ = "wallet_blobs"

    wallet_id: bytes = binary(primary_key=True)
    blob_key: str = text(primary_key=True)
    size: int = integer()
    refs: int = integer()
