"""Which events there are, who may act in them, and their exact text (log.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from json import JSONEncoder
from typing import Final

EVENT_BYTES = 8 * 1024  # 256 slot ids and a caller's proof fit; more would be content, which a log never holds

KINDS: Final = frozenset(
    {
        "wallet-created",
        "signed-in",
        "sign-in-refused",
        "device-added",
        "device-removed",
        "assisted-started",
        "assisted-refused",
        "assisted-ended",
        "join-approved",
        "pin-set",
        "pin-released",
        "pin-refused",
        "pin-ended",
        "method-changed",
        "vault-changed",
        "grant-created",
        "grant-republished",
        "grant-looked-at",
        "grant-opened",
        "slot-delivered",
        "file-delivered",
        "grant-refused",
        "grant-ended",
        "desk-given",
        "deposit-created",
        "deposit-opened",
        "deposit-received",
        "deposit-accepted",
        "deposit-discarded",
        "deposit-ended",
        "recovery-started",
        "recovery-stopped",
        "stopped",
        "exported",
        "restored",
        "refusals-counted",
        "more-entries",
    }
)
ACTORS: Final = frozenset({"device", "link", "agency", "sender", "server", "stop-code"})
SERVER: Final[Mapping[str, str]] = {"type": "server"}

# one encoder for the life of the process: `json.dumps` with options builds one for each call
encode: Final = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def event_text(
    kind: str,
    actor: Mapping[str, str],
    now: int,
    grant: str | None,
    slots: Sequence[str] | None,
    lease: str | None,
    detail: Mapping[str, str | int] | None,
    proof: str | None,
) -> str:
    """The event's JSON as it is hashed, sealed and sent: members in the order of the page, absent ones left out."""
    if kind not in KINDS or actor["type"] not in ACTORS:
        raise ValueError(f"not a registered event: {kind} by {actor['type']}")
    event: dict[str, object] = {"v": 1, "kind": kind, "time": now, "actor": dict(actor)}
    if grant is not None:
        event["grant"] = grant
    if slots is not None:
        event["slots"] = list(slots)
    if lease is not None:
        event["lease"] = lease
    if detail is not None:
        event["detail"] = dict(detail)
    if proof is not None:
        event["proof"] = proof
    return encode(event)
