"""Measure 4: requests and bytes of a first sync of 1,000 documents, and of a sync after an edit."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from mappe.formats import strict_json
from mappe.formats.encoding import b64u
from mappe.holder.vault import Vault, Write
from mappe.holder.wallet import Wallet

from benchmarks.result import Bar, Section
from benchmarks.stage import folder, product

MOST_REQUESTS = 2
DOCUMENTS_A_CHANGE = 50
ONE_EDIT_SHARE = 0.02  # of the bytes of the first sync; 1,000 documents, so 0.001 and the fixed parts
HEAD = ("what", "requests", "bytes", "bytes a document", "ms")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a sync took."""

    requests: int
    bytes: int
    seconds: float
    number: int


def measure(*, documents: int) -> Section:
    """Over real HTTP, as the holder's client asks."""
    section = Section(f"Sync: {documents:,} documents, then what changed", HEAD)
    with folder() as where, product(where, {"MAPPE_UNINVITED_DOCUMENTS": "5000"}) as stage:
        wallet: Wallet = stage.district.person("holder")[0]
        ids = [secrets.token_bytes(16) for _ in range(documents)]
        for start in range(0, documents, DOCUMENTS_A_CHANGE):
            _write(wallet.vault, ids[start : start + DOCUMENTS_A_CHANGE], "first")
        first = _sync(wallet.vault, None)
        section.rows.append(_row("first sync", first, documents))
        section.bars.append(Bar("requests of the first sync", first.requests, MOST_REQUESTS, False))
        section.figures["first"] = {"requests": first.requests, "bytes": first.bytes}
        number, sizes = first.number, {}
        nothing = _sync(wallet.vault, number)
        section.rows.append(_row("nothing new", nothing, 0))
        for count in (1, 10, 100):
            _write(wallet.vault, ids[:count], f"edit {count}")
            found = _sync(wallet.vault, number)
            number, sizes[count] = found.number, found.bytes
            section.rows.append(_row(f"after editing {count}", found, count))
            section.bars.append(Bar(f"requests after editing {count}", found.requests, MOST_REQUESTS, False))
        section.bars.append(Bar("bytes after one edit / first sync", sizes[1] / first.bytes, ONE_EDIT_SHARE, False))
        each, ten = (sizes[100] - sizes[1]) / 99, (sizes[10] - sizes[1]) / 9
        section.bars.append(Bar("bytes a further document, 100 edits / 10 edits", each / ten, 1.1, False))
        section.figures["edits"] = {**sizes, "nothing": nothing.bytes}
    return section


def _write(vault: Vault, ids: list[bytes], word: str) -> None:
    vault.commit([Write(id_, _document(word)) for id_ in ids])


def _document(word: str) -> dict[str, Any]:
    now = int(time.time())
    record = {"value": f"{word} value", "assurance": "self-declared", "source": "holder", "as_of": "2026-01-01"}
    return {
        "v": 1,
        "kind": "document",
        "type": "residence_title",
        "title": f"Aufenthaltserlaubnis {word}",
        "created": now,
        "updated": now,
        "state": "present",
        "fields": {f"field_{n}": [{**record, "evidence": []}] for n in range(6)},
        "attachments": [],
    }


def _sync(vault: Vault, since: int | None) -> Fetched:
    server, nonce = vault.server, b64u(secrets.token_bytes(16))
    cursor: str | None = None
    requests = size = 0
    began = time.perf_counter()
    while True:
        asked: dict[str, Any] = {"since": since, "nonce": nonce}
        if cursor is not None:
            asked["cursor"] = cursor
        raw = strict_json.dumps(asked)
        headers = {**server.proof("POST", "/v1/sync", raw), "Content-Type": "application/json"}
        answer = server.http.post(server.origin + "/v1/sync", content=raw, headers=headers)
        answer.raise_for_status()
        requests, size = requests + 1, size + len(answer.content)
        page = answer.json()
        cursor = page.get("next")
        if cursor is None:
            return Fetched(requests, size, time.perf_counter() - began, page["head"]["number"])


def _row(name: str, found: Fetched, documents: int) -> tuple[str, ...]:
    each = f"{found.bytes / documents:,.0f}" if documents else "–"
    return name, str(found.requests), f"{found.bytes:,}", each, f"{found.seconds * 1000:.0f}"
