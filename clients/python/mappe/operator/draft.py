"""The draft of the next registry version: the last signed one, and what is to change, as plain JSON objects.

Members that this program does not know survive: an agency's entry is an open object and is only touched where a command
says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import MappeError
from ..formats import strict_json as js
from ..formats.encoding import unb64u
from ..formats.errors import FormatError
from ..formats.registry import (
    MAX_AGE,
    MAX_DOCUMENT,
    MAX_REGISTRY,
    Registry,
    Roots,
    make_payload,
    parse_payload,
    verify_registry,
)
from ..storage import write_private

DAY = 24 * 3600
MAX_DAYS = MAX_AGE // DAY
MAX_DRAFT = 2 * MAX_DOCUMENT


@dataclass(slots=True)
class Draft:
    """`base`: the signed document that this follows, None for version 1; `agencies`: the entries as JSON."""

    bundle: str
    base: str | None
    issued: int
    expires: int
    agencies: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def start(cls, bundle: str, now: int, days: int = MAX_DAYS) -> Draft:
        """The first version of a bundle."""
        return cls(bundle, None, now, now + _life(days))

    @classmethod
    def follow(cls, document: str, roots: Roots, now: int, days: int = MAX_DAYS) -> Draft:
        """The version after `document`, which is verified first; MappeError `not-verified`, `clock`."""
        last = read_signed(document, roots)
        if now < last.issued:
            raise MappeError(
                "clock",
                "By this machine's clock the last version lies in the future.",
                "Set the clock, then try again.",
            )
        return cls(roots.bundle, document, now, now + _life(days), payload_json(document)["agencies"])

    @classmethod
    def load(cls, path: Path) -> Draft:
        """MappeError `not-a-draft`."""
        nullable_text = js.nullable(js.string)
        try:
            members = js.closed(
                js.loads(path.read_bytes(), max_bytes=MAX_DRAFT),
                {
                    "v": js.exactly(1),
                    "kind": js.exactly("registry-draft"),
                    "bundle": js.string,
                    "base": nullable_text,
                    "issued": js.time,
                    "expires": js.time,
                    "agencies": lambda value: value if isinstance(value, list) else js.string(value),
                },
            )
        except FormatError:
            raise MappeError("not-a-draft", f"{path} is not a draft.", "Make one with 'registry draft'.") from None
        del members["v"], members["kind"]
        return cls(**members)

    def save(self, path: Path) -> None:
        """Written for people as well: a draft may be read and discussed."""
        self.payload()
        body = {
            "v": 1,
            "kind": "registry-draft",
            "bundle": self.bundle,
            "base": self.base,
            "issued": self.issued,
            "expires": self.expires,
            "agencies": self.agencies,
        }
        write_private(path, json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\n")

    @property
    def last(self) -> Registry | None:
        """The version that this follows, as parsed; whether it is signed, `follow` and `ceremony` check."""
        return None if self.base is None else parse_payload(payload_bytes(self.base))

    def payload(self) -> bytes:
        """What is signed: the same bytes for every signer. MappeError `draft-wrong`."""
        last = self.last
        try:
            return make_payload(
                bundle=self.bundle,
                version=1 if last is None else last.version + 1,
                previous=None if last is None else last.hash,
                issued=self.issued,
                expires=self.expires,
                agencies=self.agencies,
            )
        except FormatError as error:
            raise MappeError("draft-wrong", f"The draft breaks a rule: {error}.", "Undo the last edit.") from None


def read_signed(document: str, roots: Roots) -> Registry:
    """A signed version, verified; MappeError `not-verified`."""
    try:
        return verify_registry(document, roots)
    except FormatError as error:
        raise MappeError(
            "not-verified",
            f"This is no registry signed by two of the three root keys: {error}.",
            "Do not go on; get the last version and the roots file from the paper file's place.",
        ) from None


def payload_bytes(document: str) -> bytes:
    """The payload inside a signed document, unverified."""
    outer = js.opened(js.loads(document, max_bytes=MAX_DOCUMENT), {"payload": js.string})
    return unb64u(outer["payload"])


def payload_json(document: str) -> Mapping[str, Any]:
    """The payload's JSON, unverified."""
    value: Mapping[str, Any] = js.loads(payload_bytes(document), max_bytes=MAX_REGISTRY)
    return value


def _life(days: int) -> int:
    if not 1 <= days <= MAX_DAYS:
        raise MappeError("days", f"A registry lasts 1 to {MAX_DAYS} days.", f"Give --days between 1 and {MAX_DAYS}.")
    return days * DAY
