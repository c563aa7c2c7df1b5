"""The server's public keys as this recipient first saw them, and the answers that are checked with them.

Promise keys may be added: each receipt is kept with the key that signed it. The log's key is the log's identity and
never changes unnoticed.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from ..formats.checkpoint import ED25519, Checkpoint, Verifier, verify_checkpoint
from ..formats.encoding import b64u, unb64u
from ..formats.errors import FormatError
from ..formats.jwk import load_ed25519, thumbprint
from ..formats.merkle import EMPTY_ROOT, verify_consistency, verify_inclusion
from ..net.server import Server
from .errors import NotAuthentic, checked
from .pins import Pins

_SENTENCES = {
    "unlogged": "The server's proof that the entry lies in its public log is false.",
    "log-broken": "The server's public log does not continue the one seen before: entries were changed or removed.",
    "bad-signature": "A signature of the server's log is wrong.",
    "header-mismatch": "The server answered with another log than its own.",
    "malformed": "The server's proof cannot be read.",
}


class ServerKeys:
    """Keys for promises, and the public log, of one server."""

    def __init__(self, server: Server, pins: Pins) -> None:
        self._server = server
        self._pins = pins
        self._promise: dict[str, bytes] | None = None
        self._log: Verifier | None = None

    def promise_key(self, kid: str) -> bytes:
        """The promise key of this name; NotAuthentic `unknown-key`."""
        self._read()
        assert self._promise is not None
        found = self._promise.get(kid)
        if found is None:
            raise NotAuthentic("unknown-key", "The promise is signed by a key that the server does not list.")
        return found

    def included(self, leaf: bytes) -> bool:
        """True if the leaf lies in the public log, checked against its signed checkpoint; False while it is pending."""
        answer = self._server.post("/v1/log/inclusion", {"leaf": b64u(leaf)})
        with checked(_SENTENCES):
            if answer.get("pending") is True:
                return False
            checkpoint = self._checkpoint(answer)
            path = [unb64u(item, 32) for item in answer["path"]]
            verify_inclusion(leaf, int(answer["index"]), checkpoint.size, path, checkpoint.root)
            self._follow(checkpoint)
        return True

    def _checkpoint(self, answer: Any) -> Checkpoint:
        self._read()
        assert self._log is not None
        checkpoint = verify_checkpoint(str(answer["checkpoint"]), self._log)
        if checkpoint.size != answer["size"]:
            raise FormatError("malformed", "size")
        return checkpoint

    def _follow(self, checkpoint: Checkpoint) -> None:
        """The tree continues the largest one seen here, or is a beginning of it."""
        size, root = self._pins.newest("tree", self._server.origin) or (0, EMPTY_ROOT)
        old, new = sorted([(size, root), (checkpoint.size, checkpoint.root)], key=lambda tree: tree[0])
        path: list[bytes] = []
        if 0 < old[0] < new[0]:
            answer = self._server.post("/v1/log/consistency", {"from": old[0], "to": new[0]})
            path = [unb64u(item, 32) for item in answer["path"]]
        verify_consistency(old[0], new[0], path, old[1], new[1])
        self._pins.raise_newest("tree", self._server.origin, checkpoint.size, checkpoint.root)

    def _read(self) -> None:
        if self._promise is not None:
            return
        meta = self._server.get("/v1/meta")
        with checked({"malformed": "The server's keys cannot be read."}):
            if meta.get("origin") != self._server.origin:
                raise NotAuthentic("wrong-origin", "The server calls itself by another address.")
            keys: dict[str, dict[str, bytes]] = {}
            for row in meta["keys"]:
                public = load_ed25519(row["jwk"])
                if thumbprint(public) != row["kid"]:
                    raise FormatError("malformed", "a key has another name")
                keys.setdefault(str(row["use"]), {})[row["kid"]] = public.public_bytes_raw()
            current = [row for row in meta["keys"] if row["use"] == "log" and row["retired"] is None]
            if len(current) != 1:
                raise FormatError("malformed", "one log key")
            self._log = Verifier(str(meta["log"]["origin"]), ED25519, keys["log"][current[0]["kid"]])
        self._pin_log(self._log)
        self._promise = keys.get("promise", {})

    def _pin_log(self, log: Verifier) -> None:
        identity = sha256(log.vkey().encode()).digest()
        pinned = self._pins.newest("log", self._server.origin)
        if pinned is not None and pinned[1] != identity:
            raise NotAuthentic(
                "log-changed",
                "The server shows another public log than before.",
                f"Ask the operator, over another channel, whether the log is now {log.vkey()}.",
            )
        self._pins.raise_newest("log", self._server.origin, 1, identity)
