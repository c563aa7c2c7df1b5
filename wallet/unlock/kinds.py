"""The kinds of unlock methods. A new kind is a row here and in wallet.md; no table, no statement changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class MethodKind:
    """What the server must know about a kind; that its root can be derived is the client's business."""

    offline: bool  # survives the loss of the device: written or printed, so it counts as the way back in
    waits: bool = False  # signs in at once only with its PIN; alone after RECOVERY_SECONDS, announced


KINDS: Mapping[str, MethodKind] = MappingProxyType(
    {
        "passphrase": MethodKind(offline=True),
        "recovery": MethodKind(offline=True, waits=True),
        "passkey": MethodKind(offline=False),  # signs in with a key derived from its PRF, like the others (ADR 0016)
    }
)
