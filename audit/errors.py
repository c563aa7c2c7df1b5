"""What the public log refuses."""

from __future__ import annotations

from kit.errors import problem

LOG_NOT_STARTED = problem(
    "log-not-started",
    503,
    "This server has not signed its first checkpoint yet.",
    "Wait a few seconds and send the same request.",
    "same-request",
    headers={"Retry-After": "2"},
)
TREE_SIZE_UNKNOWN = problem(
    "tree-size-unknown",
    422,
    "There is no proof between these sizes: the first is larger than the second, or the second was never signed.",
    "Read the checkpoint again and ask for sizes up to its own; if you hold a signed larger one, keep it as evidence.",
    "after-change",
)
COSIGNATURE_REFUSED = problem(
    "cosignature-refused",
    422,
    "The note is not a checkpoint of this log with a valid cosignature of a known witness.",
    "Cosign the checkpoint that this log serves, unaltered, with the key that its operator has listed.",
    "after-change",
)
