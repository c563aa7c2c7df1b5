"""One verified version of the registry, as the server holds it. Pure: bytes and pinned keys in, values out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from mappe.formats import log
from mappe.formats.registry import MAX_DOCUMENT, Registry, Roots, make_roots, parse_roots, verify_registry

DOCUMENT_BYTES = MAX_DOCUMENT
read_roots = parse_roots


def roots_file(roots: Roots) -> dict[str, Any]:
    """What this installation has pinned, as clients read it."""
    members: dict[str, Any] = json.loads(make_roots(roots.bundle, roots.keys))
    return members


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A verified version and its bytes as signed; whether it may be used now, the caller decides."""

    registry: Registry
    document: bytes
    etag: str

    @property
    def version(self) -> int:
        return self.registry.version

    @property
    def hash(self) -> bytes:
        return self.registry.hash

    @property
    def expires(self) -> int:
        return self.registry.expires

    @property
    def leaf(self) -> bytes:
        """The leaf of this version in the public log (log.md, "Tree")."""
        return log.registry_leaf(self.registry.hash, self.registry.version, self.registry.bundle)


def read_snapshot(document: bytes, roots: Roots) -> Snapshot:
    """The version in `document`, signed by two different root keys. FormatError as in `verify_registry`."""
    return Snapshot(verify_registry(document, roots), document, f'"{sha256(document).hexdigest()[:32]}"')


__all__ = ["DOCUMENT_BYTES", "Roots", "Snapshot", "read_roots", "read_snapshot", "roots_file"]
