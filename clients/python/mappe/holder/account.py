"""Unlock: making a wallet, bringing it to a device, opening it (wallet.md, sign_in.md).

Every path ends in `check_unlocked`: what the server showed is this wallet and no other, or nothing is written or sent.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from ..errors import MappeError, ServerLied
from ..formats import chain, jwk, wallet
from ..formats.encoding import b64u, digest, unb64u
from ..formats.errors import FormatError
from ..formats.join import ASSISTED_SECONDS
from ..formats.sign_in import make_proof
from ..net.server import Server
from ..storage import write_private
from .profile import LogPin, Pin, Profile, load_device_key, new_device_key

CLOCK_SECONDS = 300  # clocks may differ this much
OFFLINE_METHODS = ("passphrase", "recovery")


@dataclass(frozen=True, slots=True)
class Secrets:
    """Everything the holder must write down, as digits and letters; shown once, stored nowhere by this package."""

    handle: str
    passphrase: str = field(repr=False)
    recovery_code: str = field(repr=False)
    sheet_pin: str = field(repr=False)
    stop_code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Method:
    """One unlock method as the server lists it."""

    id: bytes
    kind: str
    version: int
    envelope: str = field(repr=False)

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Method:
        return cls(unb64u(row["id"], 16), str(row["kind"]), int(row["version"]), str(row["envelope"]))

    def at(self, wallet_id: bytes, epoch: int) -> wallet.EnvelopeId:
        return wallet.EnvelopeId(wallet_id, self.id, self.kind, self.version, epoch)


def create(
    server: Server, folder: Path, *, small_memory: bool = False, invitation: str | None = None, label: str | None = None
) -> tuple[Profile, wallet.Unlocked, Secrets]:
    """A new wallet on `server`, with a passphrase and a recovery code, and this device as its first.

    All keys and secrets are made here. MappeError `wallet-exists` when the folder already holds one.
    """
    if (folder / "profile.json").exists():
        raise MappeError(
            "wallet-exists",
            f"{folder} already holds a wallet.",
            "Choose another folder with --wallet, or use this one.",
        )
    handle = wallet.new_handle(small_memory=small_memory)
    passphrase = wallet.new_digits(wallet.PASSPHRASE_DIGITS)
    recovery, stop = secrets.token_bytes(wallet.RECOVERY_BYTES), secrets.token_bytes(wallet.STOP_BYTES)
    sheet_pin = wallet.new_digits(6)
    roots = {
        "passphrase": wallet.passphrase_root(passphrase, handle),
        "recovery": wallet.recovery_root(recovery, handle),
    }
    now = server.now()
    identity = wallet.Identity.generate()
    genesis_token = wallet.make_genesis(identity, created=now, nonce=secrets.token_bytes(16))
    genesis = wallet.verify_genesis(genesis_token)
    vmk = secrets.token_bytes(32)
    identity_box = wallet.seal_identity(vmk, genesis.wallet_id, 1, identity)
    methods = [
        Method(at.id, kind, 1, wallet.seal_envelope(root, at, handle, vmk))
        for kind, root in roots.items()
        for at in [wallet.EnvelopeId(genesis.wallet_id, secrets.token_bytes(16), kind, 1, 1)]
    ]
    key, pem = new_device_key()
    change = chain.make_change(
        identity.signing,
        chain.Change(
            wallet=genesis.wallet_id,
            number=1,
            parent=None,
            epoch=1,
            objects=(),
            root=chain.root_of(()),
            access=access(methods, identity_box),
            device=jwk.thumbprint(key.public_key()),
            time=now,
        ),
    )
    rows = [row(method, roots[method.kind], handle) for method in methods]
    for one in rows:
        if one["kind"] == "recovery":
            one["pin"] = digest(wallet.sheet_pin_proof(roots["recovery"], handle, sheet_pin))
    body: dict[str, Any] = {
        "handle": handle,
        "genesis": genesis_token,
        "identity_box": identity_box,
        "methods": rows,
        "stop": digest(wallet.stop_proof(stop, handle)),
        "change": change,
    }
    if label is not None:
        body["label"] = label
    if invitation is not None:
        body["invitation"] = invitation
    answer = server.with_key(key).post("/v1/wallets", body)
    if answer["wallet"] != b64u(genesis.wallet_id):
        raise ServerLied("server-lied", "The server calls the new wallet by another name.")
    profile = Profile(
        folder=folder,
        origin=server.origin,
        handle=handle,
        wallet=b64u(genesis.wallet_id),
        device_pem=pem,
        token=answer["token"],
        genesis=genesis_token,
        identity_box=identity_box,
        methods=[plain(method) for method in methods],
        pin=Pin(1, b64u(chain.change_hash(change)), {}),
        log_pin=LogPin(),
    )
    profile.save()
    unlocked = wallet.Unlocked(vmk, genesis, identity, chain.verify_change(change, genesis.public))
    return (
        profile,
        unlocked,
        Secrets(handle, passphrase, wallet.encode_code(recovery), sheet_pin, wallet.encode_code(stop)),
    )


def sign_in(
    server: Server,
    folder: Path,
    *,
    handle: str,
    passphrase: str | None = None,
    recovery_code: str | None = None,
    sheet_pin: str | None = None,
    passkey: bytes | None = None,
    label: str | None = None,
    floor: int = 0,
    action: str = "sign-in",
) -> tuple[Profile, bytes, Mapping[str, Any]]:
    """This device becomes one of the wallet's: proves possession of one secret, receives envelopes, opens VMK.

    Returns the (unsaved) profile without pin, VMK and the answer. The caller syncs next, which checks everything
    (`Wallet.adopt`).
    `floor` is the change number on the sheet or of another device: anything below is refused as rolled back.
    MappeError `recovery-waits` when the recovery code was given without sheet PIN: try again after the date it names.
    """
    handle = handle_of(handle)
    kind, root = root_of(handle, passphrase, recovery_code, passkey)
    waiting = waiting_file(folder, handle)
    key, pem = load_device_key(waiting.read_text()) if waiting.exists() else new_device_key()
    device = server.with_key(key)
    pin = None if sheet_pin is None else b64u(wallet.sheet_pin_proof(root, handle, digits(sheet_pin, 6)))
    nonce = str(device.post("/v1/sign-in/challenge")["nonce"])
    proof = make_proof(
        wallet.sign_in_key(root, handle),
        origin=server.origin,
        handle=handle,
        method=kind,
        nonce=nonce,
        jkt=jwk.thumbprint(key.public_key()),
        body=(pin or "").encode(),
        action=action,
    )
    body = {"proof": proof} | ({} if pin is None else {"pin": pin}) | ({} if label is None else {"label": label})
    answer = device.post("/v1/sign-in", body)
    if "pending_until" in answer:
        write_private(waiting, pem.encode())  # the wait is this key's: another one would wait anew
        raise MappeError(
            "recovery-waits",
            "The recovery code alone opens the wallet only after a waiting time; all your devices are told.",
            f"Use the sheet PIN to open at once, or try again after {answer['pending_until']} (Unix time).",
        )
    profile = Profile(
        folder=folder,
        origin=server.origin,
        handle=handle,
        wallet=answer["wallet"],
        device_pem=pem,
        token=answer["token"],
        genesis=answer["genesis"],
        identity_box=answer["identity_box"],
        methods=[plain(Method.read(one)) for one in answer["methods"]],
        pin=Pin(number=0),
        unsure=True,
    )
    try:
        return profile, open_vmk(profile, kind, root), answer
    except MappeError as error:
        if error.code == "wrong-secret":  # the server has just accepted a proof by this very secret
            raise ServerLied("server-lied", "The server gave out an envelope that your secret never sealed.") from error
        raise


def check_end(server: Server, answer: Mapping[str, Any]) -> None:
    """A lent device ends after half an hour, by this clock too. ServerLied where the server says otherwise."""
    if answer["exp"] > server.now() + ASSISTED_SECONDS + CLOCK_SECONDS:
        raise ServerLied("server-lied", "The server lets a lent device live longer than it may.")


def waiting_file(folder: Path, handle: str) -> Path:
    """Where a recovery that waits keeps the key of its device until it comes in."""
    return folder / f"waiting-{handle}.pem"


def open_vmk(profile: Profile, kind: str, root: bytes) -> bytes:
    """VMK out of the profile's envelope of this method, at the epoch that the head names.

    ServerLied when the envelope is of another wallet, method or version, or its cost parameters were changed;
    MappeError `wrong-secret` when the secret is simply another one.
    """
    wallet_id = unb64u(profile.wallet, 32)
    methods = [Method.read(one) for one in profile.methods if one["kind"] == kind]
    if not methods:
        raise ServerLied("server-lied", "The server hides the method that just proved itself.")
    failure: FormatError | None = None
    for method in methods:
        try:
            epoch = envelope_epoch(method.envelope)
            return wallet.open_envelope(root, method.at(wallet_id, epoch), profile.handle, method.envelope)
        except FormatError as error:
            failure = error
    assert failure is not None
    if failure.code == "wrong-key":
        raise MappeError(
            "wrong-secret", "This secret does not open the wallet.", "Compare it with your sheet and type it again."
        )
    raise ServerLied(failure.code, "The server gave out an envelope that your secret never sealed.")


def root_of(
    handle: str, passphrase: str | None, recovery_code: str | None, passkey: bytes | None = None
) -> tuple[str, bytes]:
    """Method name and root of whichever secret was typed, or of a passkey's PRF output; MappeError names what is wrong
    with it."""
    if passkey is not None:
        return "passkey", wallet.passkey_root(passkey, handle)
    if passphrase is not None:
        return "passphrase", wallet.passphrase_root(digits(passphrase, wallet.PASSPHRASE_DIGITS), handle)
    if recovery_code is not None:
        return "recovery", wallet.recovery_root(code(recovery_code, wallet.RECOVERY_BYTES), handle)
    raise MappeError("no-secret", "No secret was given.", "Give the passphrase or the recovery code.")


def code(typed: str, size: int) -> bytes:
    """The bytes of a typed code; MappeError `bad-block` names every block that cannot be right."""
    try:
        return wallet.decode_code(typed, size)
    except FormatError as error:
        if error.code == "bad-block":
            blocks = str(error).removeprefix("bad-block: ")
            raise MappeError(
                "bad-block", f"Block {blocks} of the code is mistyped.", "Compare that block with the sheet."
            ) from None
        raise MappeError("bad-code", f"The code has {size // 2} blocks of six digits.", "Type all blocks.") from None


def digits(typed: str, count: int) -> str:
    return read_typed(
        lambda: wallet.normalise_digits(typed, count), "bad-digits", f"This takes exactly {count} digits."
    )


def handle_of(typed: str) -> str:
    """The account name that was meant; MappeError `bad-handle`."""
    return read_typed(lambda: wallet.normalise_handle(typed), "bad-handle", "The account name is not complete.")


def read_typed(read: Any, problem: str, sentence: str) -> str:
    try:
        return str(read())
    except FormatError:
        raise MappeError(problem, sentence, "Compare it with your sheet and type it again.") from None


def envelope_epoch(envelope: str) -> int:
    """The epoch that an envelope claims; the head must name the same one (`check_unlocked`)."""
    from ..formats.jwe import carried

    epoch = carried(envelope, "envelope", ("epoch",))["epoch"]
    if type(epoch) is not int or epoch < 1:
        raise FormatError("malformed", "epoch")
    return epoch


def access(methods: Sequence[Method], identity_box: str) -> bytes:
    return chain.access_of([(one.id, one.version, one.envelope) for one in methods], identity_box)


def row(method: Method, root: bytes, handle: str) -> dict[str, Any]:
    """The method as it is enrolled: with the public half of its sign-in key."""
    public = wallet.sign_in_key(root, handle).public_key().public_bytes_raw()
    return {**plain(method), "public": b64u(public)}


def plain(method: Method) -> dict[str, Any]:
    return {"id": b64u(method.id), "kind": method.kind, "version": method.version, "envelope": method.envelope}


def device_of(key: EllipticCurvePrivateKey) -> str:
    return jwk.thumbprint(key.public_key())
