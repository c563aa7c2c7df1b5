"""wallet.md"""

from __future__ import annotations

from typing import Any

from mappe.formats import chain, jws, wallet
from mappe.formats.encoding import b64u, u32
from mappe.formats.jwk import ed25519_jwk
from mappe.formats.labels import derive
from mappe.formats.strict_json import dumps

from ..source import NOW, agreer, identity, iv, raw, signer, some, some_id
from .kit import Cases, each, header_of, jwe_damage, jws_damage, no, ok, reheaded, resigned, seal

HANDLE = "7K3MZ0QXV4"  # last value 4: the profile of 64 MiB
SMALL_HANDLE = "7K3MZ0QXV5"

ME = identity("holder")
GENESIS = wallet.make_genesis(ME, created=NOW, nonce=some_id("genesis"))
WALLET = wallet.wallet_id_of(GENESIS)
VMK = some("vmk")
BOX = wallet.seal_identity(VMK, WALLET, 3, ME, iv=iv("identity"))
METHOD = some_id("method")
CODE = some("recovery code", 16)
ROOT = wallet.recovery_root(CODE, HANDLE)
AT = wallet.EnvelopeId(WALLET, METHOD, "recovery", 2, 3)
ENVELOPE = wallet.seal_envelope(ROOT, AT, HANDLE, VMK, iv=iv("envelope"))


def cases() -> Cases:
    yield from _handles()
    yield from _codes()
    yield from _sheets()
    yield from _roots()
    yield from _genesis()
    yield from _identity()
    yield from _envelope()
    yield from _unlocked()


def _handles() -> Cases:
    for typed in (HANDLE, SMALL_HANDLE, "7k3mz-0qxv4", " 7K3M ZOQX V4 ", "ILIL-ILILO-0"):
        yield ok(f"handle {typed!r}", "handle.read", typed=typed)
    for typed in (
        "",
        "7K3MZ0QXV",
        "7K3MZ0QXV44",
        "7K3MZ0QXVU",
        "7K3MZ0QXV!",
        "7K3MZ0QXV\u0664",
        "\u212a3MZ0QXV44",
        "7K3MZ_QXV4",
    ):
        yield no("malformed", f"handle {typed!r}", "handle.read", typed=typed)


def _codes() -> Cases:
    for name, code in each(
        {
            "zeros": bytes(16),
            "ones": b"\xff" * 16,
            "a recovery code": CODE,
            "a stop code": some("stop", 12),
        }
    ):
        yield ok(f"code of {name}", "code.write", code=b64u(code))
    digits = wallet.encode_code(CODE)
    yield ok("code read", "code.read", typed=digits, size=16)
    yield ok("code read, grouped", "code.read", typed=wallet.grouped(digits, 6), size=16)
    eastern = digits.translate({ord(str(d)): 0x06F0 + d for d in range(10)})
    yield ok("code read, Persian digits", "code.read", typed=eastern, size=16)
    yield ok("code of the highest blocks", "code.read", typed="720885" * 6, size=12)

    def wrong(block: int, text: str) -> str:
        return digits[: 6 * block - 6] + text + digits[6 * block :]

    first, third = digits[:6], digits[12:18]
    yield no(
        "bad-block", "code: one digit off in block 1", "code.read", typed=wrong(1, f"{int(first) + 1:06d}"), size=16
    )
    swapped = third[1] + third[0] + third[2:] if third[0] != third[1] else third[:4] + third[5] + third[4]
    yield no("bad-block", "code: two digits swapped in block 3", "code.read", typed=wrong(3, swapped), size=16)
    yield no("bad-block", "code: block 8 above the highest", "code.read", typed=wrong(8, "720896"), size=16)
    yield no("bad-block", "code: block 5 of nines", "code.read", typed=wrong(5, "999999"), size=16)
    yield no("malformed", "code: seven blocks", "code.read", typed=digits[:-6], size=16)
    yield no("malformed", "code: a letter", "code.read", typed="O" + digits[1:], size=16)


def _sheets() -> Cases:
    digits = wallet.encode_code(CODE)
    given = {"handle": HANDLE, "code": b64u(CODE)}
    for number in (1, 412, 999_999_999):
        yield ok(f"sheet of change {number}", "sheet.write", **given, number=number)
        yield ok(f"sheet of change {number} read", "sheet.read", text=f"MAPPE-SHEET:{HANDLE}:{digits}:{number}")
    yield ok("sheet with white space around", "sheet.read", text=f" MAPPE-SHEET:{HANDLE}:{digits}:7\n")
    for number in (0, -1, 1_000_000_000):
        yield no("malformed", f"sheet of change {number}", "sheet.write", **given, number=number)
    for typed in ("7K3MZ-0QXV4", "7k3mz0qxv4", "7K3MZOQXV4", ""):
        name = f"sheet of handle {typed!r}"
        yield no("malformed", name, "sheet.write", **{**given, "handle": typed}, number=7)
        yield no("malformed", f"{name} read", "sheet.read", text=f"MAPPE-SHEET:{typed}:{digits}:7")
    eastern = digits.translate({ord(str(d)): 0x06F0 + d for d in range(10)})
    for name, text in each(
        {
            "nothing": "",
            "the prefix alone": "MAPPE-SHEET:",
            "no prefix": f"{HANDLE}:{digits}:7",
            "prefix in lower case": f"mappe-sheet:{HANDLE}:{digits}:7",
            "an address": f"https://mappe.example/s#{HANDLE}:{digits}:7",
            "an address before": f"https://mappe.example/MAPPE-SHEET:{HANDLE}:{digits}:7",
            "something after": f"MAPPE-SHEET:{HANDLE}:{digits}:7:1",
            "a second line": f"MAPPE-SHEET:{HANDLE}:{digits}:7\n8",
            "no number": f"MAPPE-SHEET:{HANDLE}:{digits}:",
            "no third part": f"MAPPE-SHEET:{HANDLE}:{digits}",
            "number 0": f"MAPPE-SHEET:{HANDLE}:{digits}:0",
            "number with a leading zero": f"MAPPE-SHEET:{HANDLE}:{digits}:07",
            "number of ten digits": f"MAPPE-SHEET:{HANDLE}:{digits}:1000000000",
            "number with a sign": f"MAPPE-SHEET:{HANDLE}:{digits}:+7",
            "seven blocks": f"MAPPE-SHEET:{HANDLE}:{digits[:-6]}:7",
            "blocks with spaces": f"MAPPE-SHEET:{HANDLE}:{wallet.grouped(digits, 6)}:7",
            "Persian digits": f"MAPPE-SHEET:{HANDLE}:{eastern}:7",
            "the stop code": f"MAPPE-SHEET:{HANDLE}:{digits[:36]}:7",
        }
    ):
        yield no("malformed", f"sheet: {name}", "sheet.read", text=text)
    for block, wrong in ((1, "000012"), (4, "999999"), (8, "720896")):
        damaged = digits[: 6 * block - 6] + wrong + digits[6 * block :]
        yield no("bad-block", f"sheet: block {block} misread", "sheet.read", text=f"MAPPE-SHEET:{HANDLE}:{damaged}:7")


def _roots() -> Cases:
    secret, salt = b64u(b"123456"), b64u(some("salt", 16))
    yield ok("Argon2id 64 MiB", "kdf.argon2id", profile="argon2id-64-3-1", secret=secret, salt=salt)
    yield ok("Argon2id 32 MiB", "kdf.argon2id", profile="argon2id-32-6-1", secret=secret, salt=salt)
    for profile in (
        "argon2id-64-1-1",
        "argon2id-16-3-1",
        "argon2i-64-3-1",
        "none",
        "",
        "argon2id-64-3-1 ",
        "argon2id-1048576-3-1",
    ):
        yield no("kdf-refused", f"profile {profile!r}", "kdf.argon2id", profile=profile, secret=secret, salt=salt)
    typed = "1234 5678 9012 3456 7890 1234"
    yield ok("root of a passphrase, 64 MiB", "root.passphrase", typed=typed, handle=HANDLE)
    yield ok("root of a passphrase, 32 MiB", "root.passphrase", typed=typed, handle=SMALL_HANDLE)
    yield no("malformed", "passphrase of 23 digits", "root.passphrase", typed=typed[:-1], handle=HANDLE)
    yield ok("root of a recovery code", "root.recovery", code=b64u(CODE), handle=HANDLE)
    yield from _passkeys()
    yield from _pins()
    yield ok(
        "what follows from a root",
        "root.derived",
        root=b64u(ROOT),
        handle=HANDLE,
        pin="123456",
        stop_code=b64u(some("stop", 12)),
    )


def _passkeys() -> Cases:
    prf = some("PRF output")
    yield ok("root of a passkey", "root.passkey", prf=b64u(prf), handle=HANDLE)
    yield ok("root of a passkey, another wallet", "root.passkey", prf=b64u(prf), handle=SMALL_HANDLE)
    for size in (0, 31, 33, 64):
        yield no("malformed", f"PRF output of {size} bytes", "root.passkey", prf=b64u(bytes(size)), handle=HANDLE)


def _pins() -> Cases:
    given = {"secret": b64u(some("device secret")), "handle": SMALL_HANDLE, "share": b64u(some("share"))}
    yield ok("device PIN, 32 MiB", "root.pin", **given, typed="012345")
    yield ok("device PIN, 64 MiB", "root.pin", **{**given, "handle": HANDLE}, typed="012345")
    yield ok("device PIN, Persian digits, grouped", "root.pin", **given, typed="\u06f0\u06f1\u06f2 \u06f3\u06f4\u06f5")
    yield ok("device PIN, another share", "root.pin", **{**given, "share": b64u(some("old share"))}, typed="012345")
    yield ok("device PIN, another device", "root.pin", **{**given, "secret": b64u(some("thief"))}, typed="012345")
    for typed in ("", "12345", "1234567", "12345a"):
        yield no("malformed", f"device PIN {typed!r}", "root.pin", **given, typed=typed)
    short = b64u(bytes(31))
    yield no("malformed", "device PIN: secret of 31 bytes", "root.pin", **{**given, "secret": short}, typed="012345")
    yield no("malformed", "device PIN: share of 31 bytes", "root.pin", **{**given, "share": short}, typed="012345")


def _genesis() -> Cases:
    yield ok("genesis", "genesis.verify", token=GENESIS)
    yield from jws_damage("genesis.verify", GENESIS, "genesis")

    def made(**changes: Any) -> str:
        return resigned("genesis", ME.signing, GENESIS, jwk=True, **changes)

    for name, changes in each(
        {
            "version 2": {"v": 2},
            "suite 2": {"suite": 2},
            "suite as text": {"suite": "1"},
            "no nonce": {"nonce": ...},
            "extra member": {"extra": 1},
            "created in the past of 1970": {"created": -1},
            "created too late": {"created": 2**53},
            "receive key of 31 bytes": {"receive": b64u(bytes(31))},
            "receive key of small order": {"receive": b64u(bytes(32))},
            "log key of small order": {"log": b64u((1).to_bytes(32, "little"))},
            "nonce of 15 bytes": {"nonce": b64u(bytes(15))},
            "true as version": {"v": True},
        }
    ):
        yield no("malformed", f"genesis: {name}", "genesis.verify", token=made(**changes))
    yield no("too-large", "genesis: too large", "genesis.verify", token=made(extra="a" * 1024))
    thief = reheaded(GENESIS, jwk=ed25519_jwk(signer("thief").public_key()))
    yield no("bad-signature", "genesis: another key", "genesis.verify", token=thief)


def _identity() -> Cases:
    given = {"vmk": b64u(VMK), "wallet": b64u(WALLET), "epoch": 3}
    yield ok("identity box", "identity.open", **given, token=BOX)
    yield from jwe_damage("identity.open", BOX, "identity box", **given)
    yield no("header-mismatch", "identity box: another epoch", "identity.open", **{**given, "epoch": 4}, token=BOX)
    yield no(
        "header-mismatch",
        "identity box: another wallet",
        "identity.open",
        **{**given, "wallet": b64u(some("w"))},
        token=BOX,
    )
    yield no(
        "undecryptable",
        "identity box: another wallet key",
        "identity.open",
        **{**given, "vmk": b64u(some("v"))},
        token=BOX,
    )
    key = derive(VMK, "identity-box", WALLET + u32(3), 32)
    short = seal("identity-box", key, {"wallet": WALLET, "epoch": 3}, bytes(64), iv=iv("short"))
    yield no("malformed", "identity box: 64 bytes", "identity.open", **given, token=short)


def _envelope() -> Cases:
    given: dict[str, Any] = {
        "root": b64u(ROOT),
        "handle": HANDLE,
        "wallet": b64u(WALLET),
        "id": b64u(METHOD),
        "method": "recovery",
        "version": 2,
        "epoch": 3,
    }
    yield ok("envelope, recovery", "envelope.open", **given, token=ENVELOPE)
    yield from jwe_damage("envelope.open", ENVELOPE, "envelope", **given)
    for name, changes in each(
        {
            "another wallet": {"wallet": b64u(some("w"))},
            "another method id": {"id": b64u(some_id("m"))},
            "an older version": {"version": 1},
            "an older epoch": {"epoch": 2},
        }
    ):
        yield no(
            "header-mismatch", f"envelope: {name} expected", "envelope.open", **{**given, **changes}, token=ENVELOPE
        )
    yield no(
        "wrong-key", "envelope: another root", "envelope.open", **{**given, "root": b64u(some("r"))}, token=ENVELOPE
    )
    other = b64u(some("commitment"))
    yield no(
        "wrong-key", "envelope: another commitment", "envelope.open", **given, token=reheaded(ENVELOPE, commit=other)
    )
    yield no(
        "malformed",
        "envelope: commitment of 31 bytes",
        "envelope.open",
        **given,
        token=reheaded(ENVELOPE, commit=b64u(bytes(31))),
    )
    yield no(
        "malformed", "envelope: commitment is a number", "envelope.open", **given, token=reheaded(ENVELOPE, commit=1)
    )
    yield no(
        "header-mismatch", "envelope: no commitment", "envelope.open", **given, token=reheaded(ENVELOPE, commit=None)
    )
    for kdf in ("argon2id-64-3-1", "argon2id-1-1-1", "", 1):
        yield no(
            "kdf-refused",
            f"envelope: kdf {kdf!r} for a recovery code",
            "envelope.open",
            **given,
            token=reheaded(ENVELOPE, kdf=kdf),
        )

    yield from _envelopes_without_kdf()
    root = some("passphrase root")
    at = wallet.EnvelopeId(WALLET, METHOD, "passphrase", 2, 3)
    mine = wallet.seal_envelope(root, at, HANDLE, VMK, iv=iv("passphrase"))
    given |= {"root": b64u(root), "method": "passphrase"}
    yield ok("envelope, passphrase", "envelope.open", **given, token=mine)
    yield no(
        "kdf-refused",
        "envelope: the other profile",
        "envelope.open",
        **given,
        token=reheaded(mine, kdf="argon2id-32-6-1"),
    )
    yield no(
        "kdf-refused", "envelope: kdf none for a passphrase", "envelope.open", **given, token=reheaded(mine, kdf="none")
    )
    yield no(
        "kdf-refused",
        "envelope: handle of the other profile",
        "envelope.open",
        **{**given, "handle": SMALL_HANDLE},
        token=mine,
    )
    yield no(
        "header-mismatch", "envelope: method renamed", "envelope.open", **given, token=reheaded(mine, method="recovery")
    )
    # Right commitment, but the wallet key has 31 bytes.
    commit = header_of(mine)["commit"]
    key = derive(root, "envelope", WALLET + METHOD + u32(2) + b"passphrase", 64)[:32]
    members: dict[str, str | int | bytes] = {
        "wallet": WALLET,
        "id": METHOD,
        "method": "passphrase",
        "version": 2,
        "epoch": 3,
    }
    short = seal("envelope", key, {**members, "kdf": "argon2id-64-3-1", "commit": commit}, bytes(31), iv=iv("31"))
    yield no("malformed", "envelope: wallet key of 31 bytes", "envelope.open", **given, token=short)


def _envelopes_without_kdf() -> Cases:
    for method, root in each(
        {"passkey": wallet.passkey_root(some("PRF output"), HANDLE), "pin": some("root of a PIN")},
    ):
        at = wallet.EnvelopeId(WALLET, METHOD, method, 1, 3)
        token = wallet.seal_envelope(root, at, HANDLE, VMK, iv=iv(method))
        given: dict[str, Any] = {
            "root": b64u(root),
            "handle": HANDLE,
            "wallet": b64u(WALLET),
            "id": b64u(METHOD),
            "method": method,
            "version": 1,
            "epoch": 3,
        }
        yield ok(f"envelope, {method}", "envelope.open", **given, token=token)
        yield no(
            "kdf-refused",
            f"envelope, {method}: a kdf",
            "envelope.open",
            **given,
            token=reheaded(token, kdf="argon2id-64-3-1"),
        )
        for name, code, changes in (
            ("another root", "wrong-key", {"root": b64u(some("other"))}),
            ("after the locks were changed", "header-mismatch", {"epoch": 4}),
            ("taken for a recovery code's", "header-mismatch", {"method": "recovery"}),
        ):
            yield no(code, f"envelope, {method}: {name}", "envelope.open", **{**given, **changes}, token=token)


def _unlocked() -> Cases:
    objects: list[list[Any]] = [[b64u(some_id("o1")), 1, b64u(some("b1"))], [b64u(some_id("o2")), 4, None]]
    methods: list[list[Any]] = [[b64u(METHOD), 2, ENVELOPE]]

    def head(key: Any = ME.signing, *, box: str = BOX, **changes: Any) -> str:
        states = [(some_id("o1"), 1, some("b1")), (some_id("o2"), 4, None)]
        change = chain.Change(
            wallet=changes.get("wallet", WALLET),
            number=9,
            parent=some("parent"),
            epoch=changes.get("epoch", 3),
            objects=(states[0],),
            root=chain.root_of(states),
            access=chain.access_of([(METHOD, 2, ENVELOPE)], box),
            device=b64u(some("device")),
            time=NOW,
        )
        return chain.make_change(key, change)

    given: dict[str, Any] = {
        "wallet": b64u(WALLET),
        "genesis": GENESIS,
        "vmk": b64u(VMK),
        "identity_box": BOX,
        "head": head(),
        "methods": methods,
        "objects": objects,
    }
    yield ok("after an unwrap", "wallet.check", **given)
    thief = identity("thief")
    their_genesis = wallet.make_genesis(thief, created=NOW, nonce=some_id("thief"))
    swapped = wallet.Identity(ME.signing, agreer("thief receive"), ME.log)
    swapped_box = wallet.seal_identity(VMK, WALLET, 3, swapped, iv=iv("swapped"))
    mixed = jws.sign(
        "genesis",
        ME.signing,
        dumps(
            {
                "v": 1,
                "suite": 1,
                "receive": b64u(raw(agreer("thief"))),
                "log": b64u(raw(ME.log)),
                "created": NOW,
                "nonce": b64u(some_id("genesis")),
            }
        ),
        jwk=True,
    )
    for name, changes in each(
        {
            "genesis of another wallet": {"genesis": their_genesis},
            "another receive key in the genesis": {"genesis": mixed},
            "genesis altered": {"genesis": GENESIS[:-2] + "AA"},
            "wallet key made by the server": {"vmk": b64u(some("server"))},
            "identity box of another epoch": {"identity_box": wallet.seal_identity(VMK, WALLET, 2, ME, iv=iv("old"))},
            "private half of another key": {"identity_box": swapped_box, "head": head(box=swapped_box)},
            "head signed by another key": {"head": head(thief.signing)},
            "head of another wallet": {"head": head(wallet=some("other"))},
            "head of another epoch": {"head": head(epoch=4)},
            "a method hidden": {"methods": []},
            "a method added": {"methods": [*methods, [b64u(some_id("spy")), 1, ENVELOPE]]},
            "a method of another version": {"methods": [[b64u(METHOD), 1, ENVELOPE]]},
            "an envelope replaced": {"methods": [[b64u(METHOD), 2, ENVELOPE[:-1]]]},
            "an object dropped": {"objects": objects[:1]},
            "an object rolled back": {"objects": [[objects[0][0], 1, b64u(some("b0"))], objects[1]]},
            "a deleted object back": {"objects": [objects[0], [objects[1][0], 4, b64u(some("b2"))]]},
            "two objects exchanged": {"objects": [[objects[0][0], *objects[1][1:]], [objects[1][0], *objects[0][1:]]]},
        }
    ):
        yield no("server-lied", f"after an unwrap: {name}", "wallet.check", **{**given, **changes})
