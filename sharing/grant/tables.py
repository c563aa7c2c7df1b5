"""What a grant leaves on the server. Every key starts with the wallet; only the routing table starts with the grant.

The row that counts is small and apart from the sealed content, so that counting an open rewrites a few bytes, and that
ending a grant is deleting its other rows. No row says which agency a grant is for: `tag` is a hash over a random value
that only the recipient has, and a lease is named by a hash over an id that only its caller knows.
"""

from __future__ import annotations

from sqlmodel import SQLModel

from kit.columns import binary, integer, text

# One look-up in one tree instead of an index entry and then the row. For small rows that are found by their whole key.
_CLUSTERED = {"sqlite_with_rowid": False}


class GrantRoute(SQLModel, table=True):
    """Which wallet a grant id belongs to; written in its own transaction before the grant."""

    __tablename__ = "grant_routes"
    __table_args__ = _CLUSTERED

    grant_id: bytes = binary(primary_key=True)
    wallet_id: bytes = binary()


class Grant(SQLModel, table=True):
    """Limits, counters and proofs. After the end it stays as a tombstone, for 30 days."""

    __tablename__ = "grants"
    __table_args__ = _CLUSTERED

    wallet_id: bytes = binary(primary_key=True)
    grant_id: bytes = binary(primary_key=True)
    version: int = integer()
    ended: str | None = text(nullable=True)  # why: one of sharing.grant.ending.REASONS
    ended_at: int | None = integer(nullable=True)
    suspended: int = integer()  # 1 after a restore, until the holder publishes again (D21)
    auth: bytes | None = binary(nullable=True)  # SHA-256 of auth; null: for an agency
    tag: bytes | None = binary(nullable=True)  # SHA-256(r, key thumbprint); null: for whoever has the link
    passcode: bytes | None = binary(nullable=True)  # SHA-256 of the passcode proof
    policy_hash: bytes = binary()  # the policy itself may be gone after a restore; a re-publish must still keep it
    record_key: bytes = binary()  # public key of the first record; a re-publish must be signed by the same
    record_digest: bytes = binary()  # of the stored version's record: tells a repeated request from another version
    nbf: int = integer()
    exp: int = integer()
    opens_max: int = integer()  # 0: not limited
    opens_used: int = integer()
    tries_used: int = integer()  # wrong passcodes in the life of the grant
    peeks_used: int = integer()
    created: int = integer()


class GrantContent(SQLModel, table=True):
    """The sealed content of one version, in the words of the answer that releases it (see sharing.grant.content).

    One row, because a redeem reads all of it; large, so its table is an ordinary one.
    """

    __tablename__ = "grant_contents"

    wallet_id: bytes = binary(primary_key=True)
    grant_id: bytes = binary(primary_key=True)
    head: str = text()  # policy, terms, record, version
    keybox: str = text()
    slot_ids: bytes = binary()  # 16 bytes each, in the order of the policy
    slots: str = text()


class GrantFile(SQLModel, table=True):
    """A counted reference to an attachment's sealed bytes, under an id of this grant's own (D11)."""

    __tablename__ = "grant_files"
    __table_args__ = _CLUSTERED

    wallet_id: bytes = binary(primary_key=True)
    grant_id: bytes = binary(primary_key=True)
    ref: bytes = binary(primary_key=True)
    attachment: bytes = binary()
    attachment_version: int = integer()
    blob_key: str = text()


class GrantLease(SQLModel, table=True):
    """One open: what it has delivered, and until when it may go on."""

    __tablename__ = "grant_leases"
    __table_args__ = _CLUSTERED

    wallet_id: bytes = binary(primary_key=True)
    grant_id: bytes = binary(primary_key=True)
    lease: bytes = binary(primary_key=True)  # hash over the caller's random id and key
    version: int = integer()  # of the grant that this lease reads
    until: int = integer()
    slots: bytes = binary()  # ids of delivered slots, 16 bytes each
    files: bytes = binary()  # refs of delivered files, 16 bytes each
