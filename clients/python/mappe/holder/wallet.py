"""The holder's wallet on one device: the door to unlock → store → grant → audit.

created, secrets = Wallet.create(server, folder)
wallet = Wallet.unlock(server, folder, passphrase=…)        # this device knows the wallet already
wallet = Wallet.adopt(server, folder, handle=…, …)          # a new device, from passphrase or sheet
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import MappeError, ServerLied, ServerProblem
from ..formats import jws, strict_json
from ..formats import wallet as fmt
from ..formats.encoding import b64u, digest, unb64u
from ..formats.errors import FormatError
from ..net.server import Server
from . import account, promises
from .account import Method, Secrets
from .profile import FILE, Profile
from .vault import Vault


class Wallet:
    """An unlocked wallet. `vault` reads and writes objects; grants, journal, deposits and export work on it."""

    def __init__(self, profile: Profile, vault: Vault) -> None:
        self.profile = profile
        self.vault = vault

    @property
    def server(self) -> Server:
        return self.vault.server

    @classmethod
    def create(
        cls, server: Server, folder: Path, *, small_memory: bool = False, invitation: str | None = None
    ) -> tuple[Wallet, Secrets]:
        """A new wallet; the secrets are for the sheet and are kept nowhere."""
        profile, unlocked, written_down = account.create(
            server, folder, small_memory=small_memory, invitation=invitation
        )
        vault = Vault(profile, server, unlocked.vmk)
        vault.identity = unlocked.identity
        return cls(profile, vault), written_down

    @classmethod
    def adopt(
        cls,
        server: Server,
        folder: Path,
        *,
        handle: str,
        passphrase: str | None = None,
        recovery_code: str | None = None,
        sheet_pin: str | None = None,
        passkey: bytes | None = None,
        floor: int = 0,
        assisted: bool = False,
    ) -> Wallet:
        """The wallet on a new device. Nothing is saved before the first sync has verified everything.

        `passkey` is a PRF output. `assisted`: on a computer that is lent for half an hour (join.md).

        In the folder of a device that knows the wallet already, all that it remembers of the server stays in force.
        MappeError `wallet-exists` when the folder holds another wallet.
        """
        known = Profile.load(folder) if (folder / FILE).exists() else None
        profile, vmk, answer = account.sign_in(
            server,
            folder,
            handle=handle,
            passphrase=passphrase,
            recovery_code=recovery_code,
            sheet_pin=sheet_pin,
            passkey=passkey,
            floor=floor,
            action="assist" if assisted else "sign-in",
        )
        if known is not None:
            if (known.origin, known.wallet) != (profile.origin, profile.wallet):
                raise MappeError(
                    "wallet-exists", f"{folder} holds another wallet.", "Choose another folder with --wallet."
                )
            profile.remember(known)
        vault = Vault(profile, server, vmk)
        vault.sync(floor=floor, known=None if known is None else known.pin)
        if assisted:
            account.check_end(server, answer)
            promises.keep(vault, answer, "assisted-started", detail={"until": answer["exp"]})
        else:
            promises.keep(vault, answer, "device-added", "signed-in")
        account.waiting_file(folder, profile.handle).unlink(missing_ok=True)
        return cls(profile, vault)

    @classmethod
    def unlock(
        cls,
        server: Server,
        folder: Path,
        *,
        passphrase: str | None = None,
        recovery_code: str | None = None,
        passkey: bytes | None = None,
    ) -> Wallet:
        """Opens the wallet that this device knows; works without the network until something must be sent."""
        profile = Profile.load(folder)
        if server.origin != profile.origin:
            raise MappeError("other-origin", f"This wallet lives on {profile.origin}.", "Leave out --server.")
        kind, root = account.root_of(profile.handle, passphrase, recovery_code, passkey)
        return cls.opened(server, profile, account.open_vmk(profile, kind, root))

    @classmethod
    def opened(cls, server: Server, profile: Profile, vmk: bytes) -> Wallet:
        """The known wallet with its key, however that was unwrapped; the private halves must fit it."""
        vault = Vault(profile, server, vmk)
        try:
            vault.identity = fmt.open_identity(vmk, vault.genesis.wallet_id, vault.state.epoch, profile.identity_box)
        except FormatError as error:
            raise ServerLied("server-lied", "The private keys are not those of this wallet.") from error
        if not vault.identity.fits(vault.genesis):
            raise ServerLied("server-lied", "The private keys are not those of this wallet.")
        return cls(profile, vault)

    # ---- devices, methods

    def add_passkey(self, output: bytes) -> None:
        """One more method: the PRF output of a passkey, which an assertion has given (wallet.md, "Passkey")."""
        vault, profile = self.vault, self.profile
        vault.sync()
        root = fmt.passkey_root(output, profile.handle)
        at = fmt.EnvelopeId(vault.genesis.wallet_id, secrets.token_bytes(16), "passkey", 1, vault.state.epoch)
        new = Method(at.id, at.method, 1, fmt.seal_envelope(root, at, profile.handle, vault.vmk))
        kept = [Method.read(row) for row in profile.methods]
        rows = [{**account.plain(method)} for method in kept] + [account.row(new, root, profile.handle)]
        vault.send_change([], [], vault.state.epoch, [*kept, new], profile.identity_box, {"methods": rows})

    def devices(self) -> list[dict[str, Any]]:
        """Every device that may sign in, this one marked."""
        here = account.device_of(self.profile.device_key)
        rows = self.server.get("/v1/devices")["devices"]
        return [{**row, "this": row["device"] == here} for row in rows]

    def lock_out(self, device: str, *, passphrase: str) -> dict[str, str]:
        """Removes a device and changes the locks: a new VMK, all document keys wrapped again.

        The passphrase is asked for because its envelope is made anew; the recovery code gets a new one as well,
        which is returned with its sheet PIN and must be written down. The order is safe: the device is
        dead before keys change.
        """
        answer = self.server.post(f"/v1/devices/{device}/remove")
        promises.keep(self.vault, answer, "device-removed", detail={"device": device})
        return self.change_locks(passphrase=passphrase)

    def change_locks(self, *, passphrase: str) -> dict[str, str]:
        """A new epoch (wallet.md, "Epochs"): new VMK, identity box, envelopes, wrapped keys, in one signed change."""
        from ..formats import object as objects

        vault, profile = self.vault, self.profile
        vault.sync()
        assert vault.identity is not None
        epoch = vault.state.epoch + 1
        vmk, recovery = secrets.token_bytes(32), secrets.token_bytes(fmt.RECOVERY_BYTES)
        sheet_pin = fmt.new_digits(6)
        wallet_id = vault.genesis.wallet_id
        typed = account.digits(passphrase, fmt.PASSPHRASE_DIGITS)
        roots = {
            "passphrase": fmt.passphrase_root(typed, profile.handle),
            "recovery": fmt.recovery_root(recovery, profile.handle),
        }
        account.open_vmk(profile, "passphrase", roots["passphrase"])  # the passphrase typed is the right one
        rows, methods = [], []
        for old in (Method.read(row) for row in profile.methods):
            if old.kind not in roots:
                continue  # a method that cannot be made anew here is dropped, never carried over unchecked
            place = fmt.EnvelopeId(wallet_id, old.id, old.kind, old.version + 1, epoch)
            envelope = fmt.seal_envelope(roots[old.kind], place, profile.handle, vmk)
            method = Method(old.id, old.kind, old.version + 1, envelope)
            methods.append(method)
            rows.append(account.row(method, roots[old.kind], profile.handle))
            if old.kind == "recovery":
                rows[-1]["pin"] = digest(fmt.sheet_pin_proof(roots["recovery"], profile.handle, sheet_pin))
        identity_box = fmt.seal_identity(vmk, wallet_id, epoch, vault.identity)
        rewrapped, cache = [], []
        for item in vault.items():
            row = vault.cached(item.id)
            at = vault.at(item.id, item.version)
            object_key = objects.unwrap_key(vault.vmk, at, vault.state.epoch, row["key"])
            key = objects.wrap_key(vmk, at, epoch, object_key)
            rewrapped.append({"id": b64u(item.id), "version": item.version, "key": key})
            cache.append((item.id, {"key": key, "body": row["body"]}))
        fresh = {"recovery_code": fmt.encode_code(recovery), "sheet_pin": sheet_pin}
        more = {"methods": rows, "identity_box": identity_box, "rewrapped": rewrapped}
        try:
            vault.send_change([], [], epoch, methods, identity_box, more, cache=cache)
        except MappeError as error:
            if isinstance(error, ServerProblem) and error.status < 500:
                raise  # refused: the old sheet is the right one
            raise MappeError(
                "locks-uncertain",
                f"{error} It is not certain whether the locks were changed.",
                "Write this down beside your old sheet, and find out with 'mappe unlock --recovery' which of the two "
                f"opens: recovery code {fresh['recovery_code']}, sheet PIN {sheet_pin}.",
            ) from error
        finally:
            if vault.state.epoch == epoch:
                vault.vmk = vmk
        return fresh

    # ---- papers

    def add_paper(
        self,
        type_id: str,
        fields: Mapping[str, Sequence[Mapping[str, Any]]],
        *,
        title: str,
        attachments: Sequence[Mapping[str, Any]] = (),
        person: bytes | None = None,
        not_obtainable: Mapping[str, str] | None = None,
    ) -> bytes:
        """A new document; its id. `fields`: name → value records; `not_obtainable` {reason, substitute?} where the
        paper cannot be had."""
        now = self.server.now()
        payload: dict[str, Any] = {
            "v": 1,
            "kind": "document",
            "type": type_id,
            "title": title,
            **({} if person is None else {"person": b64u(person)}),
            "created": now,
            "updated": now,
            "state": "present" if not_obtainable is None else "not-obtainable",
            **({} if not_obtainable is None else {"not_obtainable": dict(not_obtainable)}),
            "fields": {name: [dict(one) for one in values] for name, values in fields.items()},
            "attachments": [dict(one) for one in attachments],
        }
        return self.vault.put(payload)

    def add_person(self, label: str, relation: str) -> bytes:
        """Somebody whose papers live in this wallet; relation self, child, partner or other."""
        if relation not in ("self", "child", "partner", "other"):
            raise MappeError("bad-relation", f"{relation!r} is no relation.", "Use self, child, partner or other.")
        return self.vault.put(
            {"v": 1, "kind": "person", "label": label, "relation": relation, "created": self.server.now()}
        )

    def paper(self, text: str) -> bytes:
        """The id of the paper that `text` begins (its id or its title); MappeError when none or several."""
        found = [
            item.id
            for item in self.vault.items("document")
            if b64u(item.id).startswith(text) or str(item.payload.get("title", "")).casefold() == text.casefold()
        ]
        if len(found) != 1:
            raise MappeError(
                "no-such-paper" if not found else "several-papers",
                f"{'No paper is' if not found else 'Several papers are'} called {text!r}.",
                "Give the id that 'mappe list' shows.",
            )
        return found[0]

    def delete(self) -> None:
        """Ends the wallet on the server: everything but meaningless leaves goes. This device's folder stays until the
        caller removes it, so that a lost answer can be repeated."""
        assert self.vault.identity is not None
        payload = {
            "v": 1,
            "wallet": self.profile.wallet,
            "nonce": b64u(secrets.token_bytes(16)),
            "time": self.server.now(),
        }
        erase = jws.sign("erase", self.vault.identity.signing, strict_json.dumps(payload), kid=self.vault.genesis.kid)
        self.server.post("/v1/wallet/delete", {"erase": erase})


def stop_everything(server: Server, *, handle: str, stop_code: str) -> None:
    """With the stop code, from anywhere: ends grants, deposit codes, sessions and PIN shares; opens nothing."""
    name = account.handle_of(handle)
    proof = fmt.stop_proof(account.code(stop_code, fmt.STOP_BYTES), name)
    server.post("/v1/stop", {"handle": name, "proof": b64u(proof)})


def value(
    content: Any,
    *,
    as_of: str,
    assurance: str = "self-declared",
    source: str = "",
    missing: str | None = None,
    reason: str | None = None,
    substitute: str | None = None,
) -> dict[str, Any]:
    """One value record (object.md); `as_of` YYYY, YYYY-MM or YYYY-MM-DD."""
    record: dict[str, Any] = {
        "value": composed(content),
        "assurance": assurance,
        "source": source,
        "as_of": as_of,
        "evidence": [],
    }
    if missing is not None:
        record["missing"] = missing
    if reason is not None:
        record["reason"] = reason
    if substitute is not None:
        record["substitute"] = substitute
    return record


def composed(content: Any) -> Any:
    """Text in composed form (NFC), as DIN 91379 asks: one name typed on two keyboards is one name."""
    if isinstance(content, str):
        return unicodedata.normalize("NFC", content)
    if isinstance(content, list):
        return [composed(one) for one in content]
    if isinstance(content, dict):
        return {key: composed(one) for key, one in content.items()}
    return content


def id_of(text: str) -> bytes:
    """16 bytes of an id as people copy it; MappeError `bad-id`."""
    try:
        return unb64u(text, 16)
    except FormatError:
        raise MappeError("bad-id", f"{text!r} is not an id.", "Copy it from 'mappe list' or 'mappe shares'.") from None
