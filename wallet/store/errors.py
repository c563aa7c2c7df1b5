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
