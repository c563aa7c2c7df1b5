"""Derives again what can be seen of grants: each record commits to what is stored beside it, each end has ended."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from mappe.formats.encoding import unb64u
from mappe.formats.errors import FormatError
from mappe.formats.policy import parse_policy, policy_hash
from mappe.formats.record import check_record, verify_record

from audit.refusals import DECOY
from kit.database import Database, Tx
from sharing.grant.content import ids

PAGE = 200  # grants of one read

_GRANTS = """
SELECT wallet_id, grant_id, version, ended, suspended, policy_hash, record_key, record_digest, nbf, exp, opens_max
FROM grants WHERE (wallet_id, grant_id) > (:wallet, :grant) ORDER BY wallet_id, grant_id LIMIT :limit
"""
_CONTENT = "SELECT head, keybox, slot_ids, slots FROM grant_contents WHERE wallet_id = :wallet AND grant_id = :grant"
_ROUTE = "SELECT wallet_id FROM grant_routes WHERE grant_id = :grant"
_LEFT = """
SELECT (SELECT count(*) FROM grant_files WHERE wallet_id = :wallet AND grant_id = :grant)
     + (SELECT count(*) FROM grant_leases WHERE wallet_id = :wallet AND grant_id = :grant)
"""
_LOST = tuple(
    f"SELECT count(*) FROM {table} AS t WHERE NOT EXISTS"  # noqa: S608  (names from this line)
    " (SELECT 1 FROM grants AS g WHERE g.wallet_id = t.wallet_id AND g.grant_id = t.grant_id)"
    for table in ("grant_contents", "grant_files", "grant_leases")
)
_FILES = "SELECT blob_key FROM grant_files WHERE wallet_id = :wallet"


def fsck(db: Database) -> Iterator[str]:
    """A sentence for each fault; none: every grant releases what its holder has signed, or nothing."""
    after = (DECOY, b"\xff" * 16)  # behind the decoys, which are no grants (sharing.grant.access)
    while rows := db.read_now(lambda tx, after=after: tx.all(_GRANTS, wallet=after[0], grant=after[1], limit=PAGE)):  # type: ignore[misc]
        for row in rows:
            yield from db.read_now(lambda tx, row=row: list(_grant(tx, *row)))  # type: ignore[misc]
        after = (rows[-1][0], rows[-1][1])
    for sql in _LOST:
        lost = db.read_now(lambda tx, sql=sql: tx.one(sql))  # type: ignore[misc]
        if lost and lost[0]:
            yield f"{lost[0]} rows belong to no grant."


def references(tx: Tx, wallet: bytes) -> Counter[str]:
    """How often the wallet's grants refer to each blob."""
    return Counter(str(row[0]) for row in tx.all(_FILES, wallet=wallet))


def _grant(
    tx: Tx,
    wallet: bytes,
    grant: bytes,
    version: int,
    ended: str | None,
    suspended: int,
    policy: bytes,
    record_key: bytes,
    record_digest: bytes,
    nbf: int,
    exp: int,
    opens_max: int,
) -> Iterator[str]:
    route = tx.one(_ROUTE, grant=grant)
    if route is None or route[0] != wallet:
        yield "A grant cannot be reached by its id."
    content = tx.one(_CONTENT, wallet=wallet, grant=grant)
    left = tx.one(_LEFT, wallet=wallet, grant=grant)
    if ended is not None:
        if content is not None or (left and left[0]):
            yield "A grant has ended, but something of it is left."
        return
    if content is None:
        if not suspended:
            yield "A grant that has not ended has no content."
        return
    head, keybox, slot_ids, slots = content
    try:
        parts = json.loads("{" + head + "}")
        sealed = {unb64u(id_, 16): token for id_, token in json.loads("{" + slots + "}").items()}
        record = verify_record(parts["record"], grant=grant)
        check_record(record, policy=parts["policy"], terms=parts["terms"], keybox=keybox, slots=sealed)
        promised = parse_policy(parts["policy"])
    except (FormatError, ValueError, KeyError):
        yield "What is stored of a grant is not what its record commits to."
        return
    if (record.public, record.digest, record.version, parts["version"]) != (
        record_key,
        record_digest,
        version,
        version,
    ) or policy_hash(parts["policy"]) != policy:
        yield "A grant's record or policy is not the one that its row names."
    if (promised.nbf, promised.exp, promised.opens) != (nbf, exp, opens_max) or tuple(ids(slot_ids)) != promised.slots:
        yield "What is enforced of a grant is not its policy."
