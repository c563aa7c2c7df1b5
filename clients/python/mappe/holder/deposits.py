"""Deposits: a code through which others put papers in and read nothing (deposit.md).

Both sides are here: the holder who makes a code and empties the quarantine, and the sender who seals to the key whose
hash stands in the code, and to no other.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..errors import MappeError, ServerLied, ServerProblem
from ..formats import attachment as att
from ..formats import deposit as fmt
from ..formats import locator as loc
from ..formats.encoding import b64u, digest, unb64u
from ..formats.errors import FormatError
from ..formats.labels import SUITE
from ..formats.registry import Agency, Registry
from ..formats.seal_keys import SUITES, SealPrivateKey, load_private, new_private, private_raw, public_raw
from ..net.server import Server
from . import files, promises
from .cleaning import Clean
from .vault import Vault, Write
from .wallet import Wallet

DEFAULT_LIFE = 3600  # seconds: long enough for one visit at a desk
DEFAULT_FILES = 20
DEFAULT_BYTES = 100 << 20


@dataclass(frozen=True, slots=True)
class Received:
    """One file in quarantine. `signer` is the key that signed it, `office` the agency of the registry that owns it:
    what the manifest says of its sender proves no name, and a wallet's key has none."""

    code: bytes
    item: bytes
    manifest: fmt.Manifest | None = field(repr=False)
    size: int
    until: int
    signer: bytes | None
    office: Agency | None = None

    @property
    def name(self) -> str:
        return "unreadable" if self.manifest is None else self.manifest.name

    @property
    def sender(self) -> str:
        """Who it is from, as the registry calls them, if a signature proves it."""
        return "unknown sender" if self.office is None else self.office.name

    @property
    def kind(self) -> str:
        return "paper" if self.manifest is None else self.manifest.kind

    def described(self) -> dict[str, Any]:
        """What a document lists about the file; MappeError `unreadable` where nothing can be known about it."""
        if self.manifest is None:
            raise MappeError("unreadable", "This file was not sealed for this wallet.", "Discard it.")
        return self.manifest.attachment.to_json()


def new_code(
    vault: Vault,
    *,
    label: str,
    life: int = DEFAULT_LIFE,
    count: int = DEFAULT_FILES,
    size: int = DEFAULT_BYTES,
    suite: int = SUITE,
) -> str:
    """A deposit code with a key of its own; the URL to show as QR. The private half goes into the vault first.

    `suite` 2: what is put in stays secret also from whoever keeps it until a quantum computer exists; a sender whose
    program is older cannot use such a code.
    """
    private = new_private(suite)
    public = public_raw(private)
    locator = loc.DepositLocator.make(secrets.token_bytes(16), public)
    exp = vault.server.now() + life
    payload = {
        "v": 1,
        "kind": "deposit-code",
        "code": b64u(locator.code),
        "secret": b64u(locator.secret),
        "private": b64u(private_raw(private)),
        "exp": exp,
        "label": label,
        # absent: 1, as older programs write it
        **({} if suite == SUITE else {"suite": suite, "key_hash": b64u(locator.key_hash)}),
    }
    vault.commit([Write(locator.code, payload)])
    answer = vault.server.post(
        "/v1/deposit-codes",
        {
            "code": b64u(locator.code),
            "auth": digest(locator.auth),
            "key": b64u(public),
            "exp": exp,
            "files": count,
            "bytes": size,
        },
    )
    promises.keep(vault, answer, "deposit-created", detail={"code": b64u(locator.code)})
    return loc.link(vault.server.origin, "d", locator.locator)


def inbox(vault: Vault, registry: Registry | None = None) -> list[Received]:
    """What has been put in and waits. `registry` (verified) has the agencies' request keys; a signature by any other
    key, or none, means "unknown sender"."""
    found, rows = [], vault.server.get("/v1/deposits")["items"]
    if any(unb64u(row["code"], 16) not in vault.state.objects for row in rows):
        vault.sync()  # the code was made on another device
    for row in rows:
        code, item = unb64u(row["code"], 16), unb64u(row["item"], 16)
        manifest, signer, office = None, None, None
        try:
            manifest = fmt.open_manifest(_private(vault, code), code, item, row["manifest"])
            signer, office = _signer(manifest, code, item, registry, vault.server.now())
        except FormatError:
            pass  # sealed to another key, or malformed: it can only be discarded
        found.append(Received(code, item, manifest, int(row["size"]), int(row["until"]), signer, office))
    return found


def keep(wallet: Wallet, received: Received, *, type_id: str = "other_paper", title: str | None = None) -> bytes:
    """A file out of quarantine becomes a paper of the wallet; the paper's id.

    The paper, with the file's key, is written first: accepting erases the manifest, which holds the only other copy of
    that key. What breaks off in between is repaired by calling again.
    """
    described = received.described()
    paper = _paper_with(wallet.vault, described) or wallet.add_paper(
        type_id, {}, title=title or received.name, attachments=[described]
    )
    try:
        accept(wallet.vault, received)
    except ServerProblem as problem:
        status = f"/v1/attachments/{described['id']}/{described['version']}/status"
        if problem.status != 404 or not wallet.vault.server.get(status)["complete"]:
            raise  # else: it was accepted before, and the answer got lost
    return paper


def _paper_with(vault: Vault, described: Mapping[str, Any]) -> bytes | None:
    for item in vault.items("document"):
        if any(one["id"] == described["id"] for one in item.payload.get("attachments", [])):
            return item.id
    return None


def accept(vault: Vault, received: Received) -> dict[str, Any]:
    """The bytes become the wallet's own without a second upload; what a document lists about them. Whoever calls this
    has written that document before: `keep`."""
    described = received.described()
    answer = vault.server.post(
        f"/v1/deposits/{b64u(received.code)}/{b64u(received.item)}/accept",
        {"attachment": described["id"], "version": described["version"]},
    )
    promises.keep(vault, answer, "deposit-accepted", detail=_names(received))
    return described


def look(vault: Vault, received: Received, target: Path) -> Path:
    """Fetches and verifies a file still in quarantine. It was made by a stranger: show it as a picture only."""
    path = f"/v1/deposits/{b64u(received.code)}/{b64u(received.item)}"
    return files.download(received.described(), lambda start: vault.server.stream("GET", path, start=start), target)


def discard(vault: Vault, received: Received) -> None:
    answer = vault.server.post(f"/v1/deposits/{b64u(received.code)}/{b64u(received.item)}/discard")
    promises.keep(vault, answer, "deposit-discarded", detail=_names(received))


def _names(received: Received) -> dict[str, str | int]:
    return {"code": b64u(received.code), "item": b64u(received.item)}


def end_code(vault: Vault, code: bytes) -> None:
    answer = vault.server.post(f"/v1/deposit-codes/{b64u(code)}/end")
    if answer:  # one that had ended before answers an empty object
        promises.keep(vault, answer, "deposit-ended", detail={"code": b64u(code)})


def put_in(
    server: Server,
    locator: loc.DepositLocator,
    clean: Clean,
    *,
    sender: Mapping[str, str] | None = None,
    signing: Ed25519PrivateKey | None = None,
    kind: str = "paper",
    note: str | None = None,
    progress: files.Progress | None = None,
) -> dict[str, Any]:
    """The sender's side: checks the key against the code, seals the file to it, sends it; the receipt.

    ServerLied `wrong-key` when the server offers another key than the one in the code: nothing is sent. `signing` is
    the key of a sender that proves itself: an agency's request key, or a wallet's.
    """
    code = b64u(locator.code)
    shown = server.post(f"/v1/deposits/{code}/peek", {"auth": b64u(locator.auth)})
    try:
        public = fmt.check_key(locator, unb64u(str(shown["key"])))
    except FormatError as error:
        raise ServerLied("wrong-key", "The server offers another key than the one in the code.") from error
    item, id_, key = secrets.token_bytes(16), secrets.token_bytes(16), secrets.token_bytes(32)
    stored = att.stored_size(clean.size, att.MAX_CHUNK)
    if stored > int(shown["bytes_left"]) or int(shown["files_left"]) < 1:
        raise MappeError(
            "deposit-full", "The code takes no file of this size any more.", "Ask the holder for a new code."
        )
    sealer = att.Sealer(key, id_, 1, clean.size)
    with clean.path.open("rb") as file:
        for index in range(sealer.chunks):
            sealer.seal(file.read(sealer.true_length(index)))
    described = att.Attachment(
        id_, 1, clean.name, clean.media, clean.size, att.MAX_CHUNK, sealer.chunks, key, sealer.hash()
    )
    content: dict[str, Any] = {
        "v": 1,
        "kind": kind,
        "name": clean.name,
        "media": clean.media,
        "attachment": described.to_json(),
        **({} if note is None else {"note": note}),
        "sender": dict(sender or {"type": "anonymous"}),
    }
    if signing is not None:
        said = fmt.DepositSignature(locator.code, item, described.hash, kind, server.now())
        content["signature"] = fmt.sign_deposit(signing, said, jwk=content["sender"]["type"] == "wallet")
    path = f"/v1/deposits/{code}/items"
    server.post(
        path,
        {
            "auth": b64u(locator.auth),
            "item": b64u(item),
            "manifest": fmt.seal_manifest(public, locator.code, item, content),
            "size": stored,
        },
    )
    offset = {"now": 0}

    def append(start: int, data: Any) -> Any:
        answer = server.append(f"{path}/{b64u(item)}", start, data, {"Deposit-Auth": b64u(locator.auth)})
        offset["now"] = int(answer["offset"])
        return answer

    files.send(
        clean,
        att.Sealer(key, id_, 1, clean.size),
        status=lambda: offset["now"],
        append=append,
        **({} if progress is None else {"progress": progress}),
    )
    answer: dict[str, Any] = server.post(f"{path}/{b64u(item)}/complete", {"auth": b64u(locator.auth)})
    return answer


def _private(vault: Vault, code: bytes) -> SealPrivateKey:
    payload = vault.item(code).payload
    suite = payload.get("suite", SUITE)
    if suite not in SUITES:
        raise FormatError("unsupported-suite", "made by a newer version")
    return load_private(unb64u(payload["private"], 32), suite)


def _signer(
    manifest: fmt.Manifest, code: bytes, item: bytes, registry: Registry | None, now: int
) -> tuple[bytes | None, Agency | None]:
    if manifest.sender.type != "agency":
        return fmt.verify_sender(manifest, code, item), None
    agency = registry.agencies.get(manifest.sender.id or "") if registry is not None else None
    if agency is not None:
        for key in agency.active_keys("request", now):
            if found := fmt.verify_sender(manifest, code, item, key.public):
                return found, agency
    return None, None
