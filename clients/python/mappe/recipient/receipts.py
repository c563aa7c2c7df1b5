"""Receipts: what the server promised to write down, kept by whoever it was promised to.

A receipt is the event and the signed promise. Handed back to the holder it must lie in the holder's log; after the
deadline its leaf must lie in the public one. Either way the operator cannot drop an access unnoticed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..formats import dpop
from ..formats.encoding import b64u, unb64u
from ..formats.errors import FormatError
from ..formats.jws import kid_of
from ..formats.log import Event, Promise, check_receipt, verify_promise
from ..formats.strict_json import loads
from ..storage import write_private
from .errors import NotAuthentic, checked
from .server_keys import ServerKeys

CLOCK_SECONDS = 300  # a server's clock may differ this much before its promise looks backdated
_HOUR = 3600  # seconds that one summing entry stands for
_LATER_PART = "slot-delivered"
_CAPPED = "more-entries"  # the log of a busy hour sums up; the access stands in it all the same
_SENTENCES = {
    "hash-mismatch": "The server's promise is about something else than the entry it shows.",
    "bad-signature": "The signature under the server's promise is wrong.",
    "header-mismatch": "The server's promise is not signed as promises are.",
    "malformed": "The server's promise cannot be read.",
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt as it is stored; `included` once its leaf was found in the public log."""

    event: str
    promise: str
    key: str
    included: bool = False

    @property
    def word(self) -> Promise:
        """What the server promised."""
        return verify_promise(self.promise, unb64u(self.key, 32))

    @property
    def entry(self) -> Event:
        """What stands in the holder's log."""
        return check_receipt(self.event, self.word)

    @property
    def name(self) -> str:
        """The leaf, which names a receipt."""
        return b64u(self.word.leaf)

    def for_holder(self) -> str:
        """The two members that are handed back to the holder."""
        return json.dumps({"event": self.event, "promise": self.promise}, ensure_ascii=False)


class Receipts:
    """Checks each answer's promise and keeps it in `folder` (None: for the life of the object).

    `login`: an agency's login key, whose signed request must stand in the entry.
    """

    def __init__(self, folder: Path | None, keys: ServerKeys, *, login: Ed25519PublicKey | None = None) -> None:
        self._folder = folder
        self._keys = keys
        self._login = login
        self._held: dict[str, Receipt] = {}

    def keep(self, answer: Any, *, kinds: Sequence[str], grant: bytes, slots: Sequence[bytes], now: int) -> Receipt:
        """(1) the promise is signed by a key of the server; (2) it covers the event; (3) the event says what was done
        just now: kind, grant, the slots delivered, and for an agency its own signed request; (4) it was not promised
        for an earlier access, such as an earlier look."""
        with checked(_SENTENCES):
            event, token = str(answer["event"]), str(answer["promise"])
            key = self._keys.promise_key(kid_of(token))
            promise = verify_promise(token, key)  # (1)
            entry = check_receipt(event, promise)  # (2)
        self._check_entry(entry, promise, kinds, grant, slots, now)  # (3)
        receipt = Receipt(event, token, b64u(key))
        if entry.kind != _CAPPED and self._has(receipt.name):  # (4)
            raise NotAuthentic("promise-mismatch", "The server promises the entry of an earlier access once more.")
        self._store(receipt)
        return receipt

    def all(self) -> list[Receipt]:
        """Every receipt kept, oldest first."""
        found = list(self._held.values())
        if self._folder is not None and self._folder.is_dir():
            found = [_load(path) for path in sorted(self._folder.glob("*.json"))]
        return sorted(found, key=lambda receipt: receipt.word.time)

    def check(self, now: int) -> Iterator[tuple[Receipt, str]]:
        """Each receipt with what is known: `included`, `waiting` (before the deadline), `broken` (promise not kept)."""
        for receipt in self.all():
            if receipt.included:
                yield receipt, "included"
            elif self._keys.included(receipt.word.leaf):
                done = Receipt(receipt.event, receipt.promise, receipt.key, included=True)
                self._store(done)
                yield done, "included"
            else:
                yield receipt, "waiting" if now <= receipt.word.deadline else "broken"

    def _check_entry(
        self,
        entry: Event,
        promise: Promise,
        kinds: Sequence[str],
        grant: bytes,
        slots: Sequence[bytes],
        now: int,
    ) -> None:
        shown, capped = set(entry.slots or ()), entry.kind == _CAPPED
        # a later part of an open names what it had not delivered before; everything else names all that it delivers
        all_named = shown <= set(slots) if entry.kind == _LATER_PART else shown == set(slots)
        said = capped or (entry.kind in kinds and all_named)
        oldest = now - CLOCK_SECONDS - (_HOUR if capped else 0)
        if not said or entry.grant != grant or not oldest <= promise.time <= now + CLOCK_SECONDS:
            raise NotAuthentic("promise-mismatch", "The entry that the server promises does not say what was done.")
        if self._login is not None and entry.kind != _CAPPED and not _holds_request(entry.proof, self._login, grant):
            raise NotAuthentic("promise-mismatch", "The entry that the server promises does not hold our request.")

    def _has(self, name: str) -> bool:
        return name in self._held or (self._folder is not None and (self._folder / f"{name}.json").exists())

    def _store(self, receipt: Receipt) -> None:
        self._held[receipt.name] = receipt
        if self._folder is not None:
            body = {
                "v": 1,
                "event": receipt.event,
                "promise": receipt.promise,
                "key": receipt.key,
                "included": receipt.included,
            }
            write_private(self._folder / f"{receipt.name}.json", json.dumps(body, ensure_ascii=False).encode())


def _load(path: Path) -> Receipt:
    body = json.loads(path.read_bytes())
    return Receipt(body["event"], body["promise"], body["key"], body["included"])


def _holds_request(proof: str | None, login: Ed25519PublicKey, grant: bytes) -> bool:
    """Whether the proof in the entry is a request of ours to this grant: only the login key could have made it."""
    try:
        header, claims, signature = (unb64u(part) for part in (proof or "").split("."))
        login.verify(signature, (proof or "").rpartition(".")[0].encode())
        made_for = loads(claims, max_bytes=dpop.MAX_PROOF)["htu"]
        return bool(header) and f"/v1/grants/{b64u(grant)}/" in made_for
    except (FormatError, InvalidSignature, ValueError, KeyError, TypeError):
        return False
