"""Refusals of the store."""

from __future__ import annotations

from kit.errors import problem

ATTACHMENT_MISSING = problem(
    "attachment-missing",
    409,
    "This attachment is not in the wallet, or its upload is not complete.",
    "Finish the upload first, then send the same request.",
    "after-change",
)
ATTACHMENT_EXISTS = problem(
    "attachment-exists",
    409,
    "There is already an attachment with this id and version.",
    "Take a new version and a new key; stored bytes are never overwritten.",
    "after-change",
)
QUOTA_EXCEEDED = problem(
    "quota-exceeded",
    413,
    "This wallet has no room for it; nothing of it was kept.",
    "Delete papers that are no longer needed, or redeem an invitation code from an advice office for more room.",
    "after-change",
)
STALE_HEAD = problem(
    "stale-head",
    409,
    "Another change came first; nothing of this one was kept.",
    "Sync from the number that you have, sign the change again on the new head, and send it.",
    "after-change",
)
CURSOR_INVALID = problem(
    "cursor-invalid",
    422,
    "This cursor was not made by this server.",
    "Begin the sync again without a cursor.",
    "after-change",
)
OFFSET_MISSING = problem(
    "offset-missing",
    422,
    "An upload says in Upload-Offset where its bytes begin.",
    "Ask for the stored size and send it as Upload-Offset.",
    "after-change",
)
