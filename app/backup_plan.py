"""What a backup holds, column by column, and what it never holds (D21).

A backup is what gets stolen. So it has no key boxes, terms, slots, leases, sessions, nor anything that a passcode or
PIN is compared with; and nothing that was spent or is over in an hour. A test compares this list with the schema: a new
column belongs to neither side until somebody has decided, and a decision is a line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kit.database import Value


@dataclass(frozen=True, slots=True)
class Kept:
    """A table of the backup: the columns it holds, and what a restored row has in the others."""

    key: tuple[str, ...]
    columns: tuple[str, ...]
    left_out: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A table that is empty after a restore, and why that is right."""

    why: str
    columns: tuple[str, ...]


def _kept(key: str, columns: str, **left_out: Value) -> Kept:
    return Kept(tuple(key.split()), tuple(f"{key} {columns}".split()), left_out)


def _left_out(columns: str, why: str) -> LeftOut:
    return LeftOut(why, tuple(columns.split()))


PLAN: Mapping[str, Kept | LeftOut] = {
    # unlock
    "wallets": _kept(
        "wallet_id",
        "handle_hash genesis signing stop_hash created allowed_objects allowed_bytes suspended identity_box epoch"
        " head_number head_hash head_change",
    ),
    "wallet_changes": _kept("wallet_id number", "token"),
    "wallet_methods": _kept("wallet_id method_id", "kind version public envelope tries_left", pin_hash=None),
    "wallet_devices": _kept("wallet_id jkt", "label created seen generation until"),
    "wallet_pins": _left_out(
        "wallet_id jkt share proof_hash tries_left", "with the phone it opens the wallet: the device sets a new PIN"
    ),
    "wallet_joins": _left_out(
        "wallet_id join_id device box mode approver exp", "ten minutes long, and it holds the wallet key, sealed"
    ),
    "join_routes": _left_out("join_id wallet_id exp", "ten minutes long"),
    "wallet_handles": _kept("handle_hash", "wallet_id"),
    "wallet_sessions": _left_out("token_hash wallet_id jkt generation exp", "a restore signs every device out"),
    "wallet_recoveries": _left_out("wallet_id jkt method_id version until", "a waiting recovery begins anew"),
    "sign_in_nonces": _left_out("nonce exp", "two minutes old at most"),
    "invitations": _left_out("code_hash exp", "a code that was redeemed since must not come back"),
    "wallet_creations": _left_out("hour made", "a limit of the hour"),
    # store
    "vault_objects": _kept("wallet_id object_id", "version number digest size key body"),
    "vault_usage": _kept("wallet_id", "objects stored"),
    "attachments": _kept("wallet_id attachment_id version", "blob_key size complete"),
    "wallet_blobs": _kept("wallet_id blob_key", "size refs"),
    # grant: limits and counters, nothing that opens or checks what opens
    "grant_routes": _kept("grant_id", "wallet_id"),
    "grants": _kept(
        "wallet_id grant_id",
        "version ended ended_at suspended auth tag policy_hash record_key record_digest nbf exp opens_max opens_used"
        " tries_used peeks_used created",
        passcode=None,
    ),
    "grant_files": _kept("wallet_id grant_id ref", "attachment attachment_version blob_key"),
    "grant_contents": _left_out(
        "wallet_id grant_id head keybox slot_ids slots", "the sealed content: the holder's device publishes it again"
    ),
    "grant_leases": _left_out("wallet_id grant_id lease version until slots files", "ten minutes long"),
    # desk
    "desks": _left_out(
        "desk_id number public jkt holder message1 message2 message3 box exp",
        "ten minutes long, and a box carries the secret of a grant",
    ),
    "desk_numbers": _left_out("number desk_id exp", "ten minutes long"),
    "desk_quota": _left_out("wallet_id hour used", "a limit of the hour"),
    # agencies and requests
    "agency_registry": _kept("bundle version", "hash document accepted"),
    "agency_inbox": _kept("agency", "last", waiting=0),
    "agency_notice": _left_out("agency number digest notice time", "a notice carries the secret of a grant"),
    "agency_assertion": _left_out("agency jti exp", "two minutes old at most"),
    "notice_quota": _left_out("wallet_id hour used", "a limit of the hour"),
    "request_boxes": _left_out(
        "request_id agency auth box mode digits exp until answers erased",
        "single use: an answered request must not open again; the agency asks anew",
    ),
    "request_answers": _left_out(
        "request_id number digest notice salt digits tries time", "an answer carries the secret of a grant"
    ),
    "request_quota": _left_out("agency hour used", "a limit of the hour"),
    # deposit
    "deposit_routes": _kept("code_id", "wallet_id"),
    "deposit_owners": _kept("wallet_id", "codes"),
    "deposit_codes": _kept(
        "wallet_id code_id", "auth public exp files_max bytes_max files_used bytes_used ended until"
    ),
    "deposit_items": _kept("wallet_id code_id item_id", "manifest size blob_key receipts received until"),
    # log
    "chain_heads": _kept("wallet_id", "seq leaf log_public pruned hour hour_entries"),
    "log_pending": _kept("wallet_id seq", "leaf body added"),
    "log_entries": _kept("wallet_id seq", "leaf body tree_index"),
    "log_refusals": _kept("wallet_id hour stripe", "refusals"),
    "log_capped_hours": _left_out(
        "wallet_id scope hour entries event leaf r1 other time", "it holds an open event for an hour"
    ),
    "ledger_rows": _left_out("wallet_id row_id kind item value", "written to the ledger before a backup is taken"),
    "log_trees": _kept("log_id", "size root signed_size"),
    "log_tiles": _kept("log_id level tile", "hashes"),
    "log_leaves": _kept("log_id leaf", "tree_index"),
    "log_checkpoints": _kept("log_id size", "note time cosigned"),
    "log_cosignatures": _kept("log_id size witness", "line"),
    # floor
    "outbox_jobs": _kept("shard job_id", "kind payload due tries"),
    "leases": _left_out("task owner until", "processes that are gone"),
}
# Blobs that a kept row names; what is not finished is sent again from the start.
BLOB_ROWS = (
    "SELECT blob_key FROM wallet_blobs ORDER BY wallet_id, blob_key",
    "SELECT blob_key FROM deposit_items WHERE receipts > 0 ORDER BY wallet_id, code_id, item_id",
)
BLOB_KINDS = ("attachment", "deposit")
