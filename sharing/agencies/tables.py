"""Tables of the agencies slice. No row names a wallet and an agency together."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import SQLModel

from kit.columns import binary, integer, text


class RegistryVersion(SQLModel, table=True):
    """Every version of the registry that this server accepted, as signed; the newest is in force."""

    __tablename__ = "agency_registry"

    bundle: str = text(primary_key=True)
    version: int = integer(primary_key=True)
    hash: bytes = binary()
    document: str = text()
    accepted: int = integer()


class AgencyAssertion(SQLModel, table=True):
    """Sign-in assertions already used, until they expire anyway."""

    __tablename__ = "agency_assertion"

    agency: str = text(primary_key=True)
    jti: bytes = binary(primary_key=True)  # SHA-256: the agency chooses its length
    exp: int = integer(index=True)


class AgencyInbox(SQLModel, table=True):
    """Numbers an agency's notices without gaps in order, and bounds how many wait."""

    __tablename__ = "agency_inbox"

    agency: str = text(primary_key=True)
    last: int = integer()
    waiting: int = integer()


class AgencyNotice(SQLModel, table=True):
    """A sealed notice that waits for its agency; who sent it is not kept."""

    __tablename__ = "agency_notice"
    __table_args__ = (Index("ix_agency_notice_digest", "agency", "digest"),)

    agency: str = text(primary_key=True)
    number: int = integer(primary_key=True)
    digest: bytes = binary()  # SHA-256 of the notice: the same one sent again is stored once
    notice: str = text()
    time: int = integer(index=True)


class NoticeQuota(SQLModel, table=True):
    """How many notices a wallet has sent in an hour; never to whom."""

    __tablename__ = "notice_quota"

    wallet_id: bytes = binary(primary_key=True)
    hour: int = integer(primary_key=True, index=True)
    used: int = integer()
