"""Root keys: three, in three hands, each sealed under its holder's own passphrase (age, scrypt)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .. import age_file
from ..errors import MappeError
from ..formats import strict_json as js
from ..formats.encoding import b64u
from ..formats.errors import FormatError
from ..formats.jwk import ed25519_jwk, ed25519_thumbprint, load_ed25519
from ..formats.registry import Roots, make_roots, parse_roots
from ..storage import check_private, write_new

PASSPHRASE_CHARACTERS = 12  # scrypt makes each guess cost a second; a root key is worth more than a login
MAX_KEY_FILE = 16 * 1024  # bytes


def new_root(path: Path, holder: str, passphrase: str) -> Path:
    """Makes one root key in `path`, and beside it the public half (`.pub.json`), whose path is returned.

    MappeError `exists`, `weak-passphrase`.
    """
    if len(passphrase) < PASSPHRASE_CHARACTERS:
        raise MappeError(
            "weak-passphrase",
            f"A root key needs a passphrase of at least {PASSPHRASE_CHARACTERS} characters.",
            "Take six random words or more, and keep them apart from the file.",
        )
    key = Ed25519PrivateKey.generate()
    body = {"v": 1, "kind": "root-key", "holder": holder, "seed": b64u(key.private_bytes_raw())}
    public = public_path(path)
    if public.exists():
        raise MappeError("exists", f"{public} exists already.", "Choose another path.")
    write_new(path, age_file.seal(json.dumps(body).encode(), passphrase), "a root key")
    shown = {"v": 1, "kind": "root-public", "holder": holder, "jwk": ed25519_jwk(key.public_key())}
    public.write_text(json.dumps(shown, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return public


def public_path(path: Path) -> Path:
    """Where the public half of a root key lies."""
    return path.with_name(path.name + ".pub.json")


def open_root(path: Path, passphrase: str) -> Ed25519PrivateKey:
    """The root key; MappeError `wrong-passphrase`, `exposed`, `not-a-root-key`."""
    check_private(path)
    plain = age_file.unseal(path.read_bytes(), passphrase, str(path))
    try:
        members = js.closed(
            js.loads(plain, max_bytes=MAX_KEY_FILE),
            {"v": js.exactly(1), "kind": js.exactly("root-key"), "holder": js.string, "seed": js.hash32},
        )
    except FormatError:
        raise MappeError(
            "not-a-root-key", f"{path} holds no root key.", "Take the file that 'root new' made."
        ) from None
    return Ed25519PrivateKey.from_private_bytes(members["seed"])


def read_public(path: Path) -> tuple[str, bytes]:
    """(holder, raw public key) of a `.pub.json`; MappeError `not-a-root-key`."""
    try:
        members = js.closed(
            js.loads(path.read_bytes(), max_bytes=MAX_KEY_FILE),
            {
                "v": js.exactly(1),
                "kind": js.exactly("root-public"),
                "holder": js.string,
                "jwk": lambda jwk: load_ed25519(jwk).public_bytes_raw(),
            },
        )
    except FormatError:
        raise MappeError(
            "not-a-root-key",
            f"{path} is not the public half of a root key.",
            "Take the .pub.json that 'root new' made.",
        ) from None
    return members["holder"], members["jwk"]


def collect_roots(bundle: str, publics: Sequence[bytes]) -> bytes:
    """The roots file that servers and clients pin; MappeError `roots-wrong` unless these are three different keys."""
    try:
        return make_roots(bundle, publics)
    except FormatError as error:
        raise MappeError(
            "roots-wrong",
            f"These do not make a roots file: {error}.",
            "Give the three different .pub.json files and a bundle name of small letters, digits and hyphens.",
        ) from None


def read_roots(path: Path) -> Roots:
    """The pinned roots file; MappeError `roots-wrong`."""
    try:
        return parse_roots(path.read_bytes())
    except FormatError as error:
        raise MappeError(
            "roots-wrong", f"{path} is not a roots file: {error}.", "Take the file of 'root collect'."
        ) from None


def root_name(public: bytes) -> str:
    """How a root key is called in protocols: the beginning of its thumbprint."""
    return ed25519_thumbprint(public)[:12]
