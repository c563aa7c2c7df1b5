"""Store: the wallet's objects on this device, in step with the server's, each write one signed change (chain.md).

    sync    → what is new, verified against the pin before it is believed
    commit  → objects sealed here, a change signed on the verified head, compare-and-set at the server

The folder `objects/` caches ciphertext only: listing works offline once the wallet is unlocked, and a sync carries only
what changed.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

from ..errors import MappeError, ServerLied, ServerProblem
from ..formats import chain, wallet
from ..formats import object as objects
from ..formats.encoding import b64u, digest_bytes, unb64u
from ..formats.errors import FormatError
from ..formats.jws import kid_of
from ..net.server import Server
from ..recipient.pins import Pins
from ..recipient.server_keys import ServerKeys
from ..storage import write_private
from . import account, kept, promises
from .account import Method
from .profile import Pin, Profile

T = TypeVar("T")
MAX_PAGES = 1000  # of one sync: each holds megabytes, and a wallet's quota is far below their sum
MAX_RESTARTS = 10  # of one sync, because another device wrote while its pages were read
COMMIT_TRIES = 4  # another device may write at the same moment; each try starts from its newer head


@dataclass(frozen=True, slots=True)
class Item:
    """One opened object: id (16 bytes), version, payload (open JSON object with `kind`)."""

    id: bytes
    version: int
    payload: Mapping[str, Any] = field(repr=False)

    @property
    def kind(self) -> str:
        return str(self.payload.get("kind", ""))


@dataclass(frozen=True, slots=True)
class Write:
    """A new version of an object (`payload`), a new object (`id` fresh), or its end (`payload` None)."""

    id: bytes
    payload: Mapping[str, Any] | None = field(repr=False)


class Vault:
    """The unlocked wallet's objects. All methods raise ServerLied rather than go on with what cannot be true."""

    def __init__(self, profile: Profile, server: Server, vmk: bytes) -> None:
        self.profile = profile
        self.server = server.with_key(profile.device_key, profile.token)
        self.vmk = vmk
        self.genesis = self._verified(lambda: wallet.verify_genesis(profile.genesis))
        if b64u(self.genesis.wallet_id) != profile.wallet:
            raise ServerLied("server-lied", "The wallet's beginning is not the one this device knows.")
        self.state = self._pinned_state()
        self.identity: wallet.Identity | None = None
        self.recovery_until: int | None = None  # somebody with the recovery code alone gets in then, unless stopped
        self.pins = Pins(profile.folder / "pins.db")
        self.keys = ServerKeys(self.server, self.pins)
        self._items: dict[bytes, Item] = {}

    # ---- reading

    def items(self, kind: str | None = None) -> Iterator[Item]:
        """Every live object, of one kind where given; opened from the cache, in the order of their ids."""
        for id_ in sorted(self.state.objects):
            if self.state.objects[id_][1] is not None:
                item = self.item(id_)
                if kind is None or item.kind == kind:
                    yield item

    def item(self, id_: bytes) -> Item:
        """MappeError `no-such-paper`; ServerLied where the cached ciphertext is not what the chain says."""
        version, body_digest = self.state.objects.get(id_, (0, None))
        if body_digest is None:
            raise MappeError("no-such-paper", "There is no such paper in the wallet.", "List them with 'mappe list'.")
        held = self._items.get(id_)
        if held is not None and held.version == version:
            return held
        row = self.cached(id_)
        if digest_bytes(row["body"]) != body_digest:
            raise ServerLied("header-mismatch", "A stored paper is not the one that was signed.")
        payload = self._verified(
            lambda: objects.open_object(
                self.vmk, self.at(id_, version), self.state.epoch, objects.SealedObject(row["key"], row["body"])
            )
        )
        item = Item(id_, version, payload)
        self._items[id_] = item
        return item

    def at(self, id_: bytes, version: int) -> objects.ObjectAt:
        """Where a version of an object stands, for its seals."""
        return objects.ObjectAt(self.genesis.wallet_id, id_, version)

    # ---- sync

    def sync(self, *, floor: int = 0, known: Pin | None = None) -> int:
        """Brings this device to the server's head and returns how many changes were new.

        The pin decides (chain.md, table): `rolled-back` and `forked` stop here and nothing is sent. `floor` is the
        number on the sheet or of another device, `known` the pin that this device had before it signed in anew.
        """
        pin = self.state if self.state.number else None
        nonce = None if pin else secrets.token_bytes(16)
        answer = self._fetch(pin.number if pin else None, nonce)
        head = self._change(answer["head"]["change"])
        if head.wallet != self.genesis.wallet_id or answer["genesis"] != self.profile.genesis:
            raise ServerLied("server-lied", "The server shows another wallet.")
        newer = [self._change(token) for token in answer["changes"]]
        judged, since = pin, newer
        if pin is None and known is not None and known.number:
            judged = chain.ChainState(known.number, unb64u(known.head, 32), known.epoch)
            since = [self._change(token) for token in self._fetch(known.number, None)["changes"]]
            since = [change for change in since if change.number <= head.number]
        verdict = chain.judge_pin(judged, head, since, ancestors=self._ancestors(), floor=floor)
        if verdict == "rolled-back":
            raise ServerLied(
                "rolled-back",
                f"The server shows an older state (change {head.number}) than this device or the sheet knows. If the "
                "operator has brought back a backup, 'mappe offer-newer' sends it what this device has written since.",
            )
        if verdict == "forked":
            raise ServerLied(
                "forked", "The server shows a history that contradicts what this device has signed or seen."
            )
        if head.epoch != self.state.epoch and pin is not None:
            self._new_epoch(head)
        state = self._next_state(pin, head, newer, answer["objects"])
        methods = [Method.read(row) for row in answer["methods"]]
        self._verified(
            lambda: chain.check_head(
                head, state.object_states(), [(m.id, m.version, m.envelope) for m in methods], answer["identity_box"]
            )
        )
        self._unlock_identity(state, answer["identity_box"])
        for id_, row in [(unb64u(row["id"], 16), row) for row in answer["objects"] if "body" in row]:
            self._check_row(state, id_, row)
            self.cache(id_, row)
        # a restored server may stand at any of them
        self.profile.pin.ancestors |= {str(change.number): b64u(change.hash) for change in newer[:-1]}
        self._pin(state, answer["head"]["change"], answer["identity_box"], methods)
        self.recovery_until = answer.get("recovery_pending_until")
        return head.number - (pin.number if pin else 0)

    def _fetch(self, since: int | None, nonce: bytes | None) -> dict[str, Any]:
        """All pages of one sync as one answer."""
        body: dict[str, Any] = {"since": since}
        if nonce is not None:
            body["nonce"] = b64u(nonce)
        answer: dict[str, Any] = self.server.post("/v1/sync", body)
        page, restarts = answer, 0
        for _ in range(MAX_PAGES):
            if not page.get("next"):
                break
            page = self.server.post("/v1/sync", {**body, "cursor": page["next"]})
            if page["head"] != answer["head"]:  # a change came in between: start again from the new head
                restarts += 1
                if restarts == MAX_RESTARTS:
                    raise MappeError("busy-wallet", "Other devices keep writing.", "Try again in a moment.")
                page = answer = self.server.post("/v1/sync", body)
                continue
            answer["changes"] += page["changes"]
            answer["objects"] += page["objects"]
        else:
            raise ServerLied("server-lied", "The server's answer has no end.")
        if nonce is not None:
            self._check_statement(answer, nonce)
        return answer

    def _check_statement(self, answer: Mapping[str, Any], nonce: bytes) -> None:
        """A device without a pin keeps the server's signed word on the head: two that contradict convict it."""
        token = answer.get("statement")
        if not isinstance(token, str):
            raise ServerLied("server-lied", "The server does not sign for the state it shows.")
        statement = self._verified(
            lambda: chain.verify_head_statement(token, self.keys.promise_key(kid_of(token)), nonce=nonce)
        )
        shown = chain.change_hash(answer["head"]["change"])
        if statement.wallet != self.genesis.wallet_id or statement.head != shown:
            raise ServerLied("server-lied", "The server signs for another state than it shows.")
        self.profile.statement = token

    def _next_state(
        self,
        pin: chain.ChainState | None,
        head: chain.Change,
        newer: Sequence[chain.Change],
        rows: Iterable[Mapping[str, Any]],
    ) -> chain.ChainState:
        """The state at `head`: changes applied to the pin, or the snapshot where there is none. Bodies must fit it."""
        shown = {
            unb64u(row["id"], 16): (int(row["version"]), digest_bytes(row["body"]) if "body" in row else None)
            for row in rows
        }
        if pin is None:
            return chain.ChainState(head.number, head.hash, head.epoch, shown)
        state = pin
        for change in newer:
            state = self._advanced(state, change)
        for id_, (version, body) in state.objects.items():
            if pin.objects.get(id_) != (version, body) and shown.get(id_) != (version, body):
                raise ServerLied("server-lied", "The server withholds or exchanges a paper that was changed.")
        return state

    def _check_row(self, state: chain.ChainState, id_: bytes, row: Mapping[str, Any]) -> None:
        """Before it replaces what this device holds: the body is the one signed, and its key opens."""
        at = self.at(id_, int(row["version"]))
        if state.objects.get(id_) != (at.version, digest_bytes(row["body"])):
            raise ServerLied("server-lied", "The server shows a paper that is not the one that was signed.")
        self._verified(lambda: objects.unwrap_key(self.vmk, at, state.epoch, row["key"]))

    def _change(self, token: str) -> chain.Change:
        return self._verified(lambda: chain.verify_change(token, self.genesis.public))

    def _advanced(self, state: chain.ChainState, change: chain.Change) -> chain.ChainState:
        return self._verified(lambda: chain.advance(state, change))

    def _unlock_identity(self, state: chain.ChainState, identity_box: str) -> None:
        """VMK must open the private halves, and they must fit the genesis: else the server made this wallet up."""
        identity = self._verified(
            lambda: wallet.open_identity(self.vmk, self.genesis.wallet_id, state.epoch, identity_box)
        )
        if not identity.fits(self.genesis):
            raise ServerLied("server-lied", "The private keys are not those of this wallet.")
        self.identity = identity

    def _new_epoch(self, head: chain.Change) -> NoReturn:
        """Another device has changed the locks. This device's VMK opens nothing any more; the secret must be typed."""
        raise MappeError(
            "locks-changed",
            f"The wallet's locks were changed on another device (change {head.number}).",
            "Unlock again with the passphrase or the recovery code: 'mappe unlock'.",
        )

    # ---- writing

    def put(self, payload: Mapping[str, Any], id_: bytes | None = None) -> bytes:
        """A new object, or a new version of one; its id (16 bytes)."""
        id_ = id_ or secrets.token_bytes(16)
        self.commit([Write(id_, payload)])
        return id_

    def commit(self, writes: Sequence[Write]) -> dict[str, Any]:
        """All writes or none, as one change; the server's answer with its promise.

        A change that comes in from another device first is taken over and the writes are signed again on top of it;
        MappeError `edited-elsewhere` where it touches one of the same objects.
        """
        base = {write.id: self.state.objects.get(write.id, (0, None))[0] for write in writes}
        for _ in range(COMMIT_TRIES):
            try:
                return self._commit(writes)
            except ServerProblem as problem:
                if problem.code != "stale-head":
                    raise
            self.sync()
            if any(self.state.objects.get(id_, (0, None))[0] != version for id_, version in base.items()):
                raise MappeError(
                    "edited-elsewhere",
                    "Another device has changed this paper in the meantime; nothing was overwritten.",
                    "Look at its newer version and make your change again.",
                )
        raise MappeError("busy-wallet", "Other devices keep writing.", "Try again in a moment.")

    def _commit(self, writes: Sequence[Write]) -> dict[str, Any]:
        rows: list[dict[str, Any]] = []
        entries: list[chain.ObjectState] = []
        for write in writes:
            version = self.state.objects.get(write.id, (0, None))[0] + 1
            if write.payload is None:
                entries.append((write.id, version, None))
                continue
            sealed = objects.seal_object(self.vmk, self.at(write.id, version), self.state.epoch, write.payload)
            rows.append({"id": b64u(write.id), "version": version, "key": sealed.key, "body": sealed.body})
            entries.append((write.id, version, digest_bytes(sealed.body)))
        return self.send_change(entries, rows, self.state.epoch, self._methods(), self.profile.identity_box, {})

    def send_change(
        self,
        entries: Sequence[chain.ObjectState],
        rows: Sequence[Mapping[str, Any]],
        epoch: int,
        methods: Sequence[Method],
        identity_box: str,
        more: Mapping[str, Any],
        cache: Iterable[tuple[bytes, Mapping[str, Any]]] = (),
    ) -> dict[str, Any]:
        """Signs and sends one change on the verified head; on success the pin moves and the cache follows, `cache`
        included: (id, key and body)."""
        if self.identity is None:
            self.sync()
        assert self.identity is not None
        objects_after = dict(self.state.objects)
        objects_after.update({id_: (version, body) for id_, version, body in entries})
        change = chain.Change(
            wallet=self.genesis.wallet_id,
            number=self.state.number + 1,
            parent=self.state.head,
            epoch=epoch,
            objects=tuple(entries),
            root=chain.root_of([(id_, *rest) for id_, rest in objects_after.items()]),
            access=account.access(methods, identity_box),
            device=account.device_of(self.profile.device_key),
            time=self.server.now(),
        )
        token = chain.make_change(self.identity.signing, change)
        body = {"change": token, "objects": list(rows), **more}
        kept.keep(self.profile.folder, change.number, body)
        answer: dict[str, Any] = self.server.post("/v1/changes", body)
        state = chain.advance(self.state, chain.verify_change(token, self.genesis.public))
        for id_, row in [*((unb64u(row["id"], 16), row) for row in rows), *cache]:
            self.cache(id_, row)
        self._pin(state, token, identity_box, methods)
        promises.keep(self, answer, "vault-changed", "method-changed", detail={"number": change.number})
        return answer

    # ---- this device's memory

    def answered_nonces(self) -> list[bytes]:
        """Nonces of requests that this device has answered."""
        return [unb64u(one, 16) for one in self.profile.answered]

    def remember_answer(self, nonce: str) -> None:
        """On the disk before the answer leaves: a crash in between costs a new request, never a second answer."""
        self.profile.answered.append(nonce)
        self.profile.save()

    def _methods(self) -> list[Method]:
        return [Method.read(row) for row in self.profile.methods]

    def _pinned_state(self) -> chain.ChainState:
        pin = self.profile.pin
        if not pin.number:
            return chain.ChainState()
        held = {
            unb64u(id_, 16): (version, None if body is None else unb64u(body, 32))
            for id_, (version, body) in pin.objects.items()
        }
        return chain.ChainState(pin.number, unb64u(pin.head, 32), pin.epoch, held)

    def _ancestors(self) -> dict[int, bytes]:
        return {int(number): unb64u(hash_, 32) for number, hash_ in self.profile.pin.ancestors.items()}

    def _pin(self, state: chain.ChainState, head: str, identity_box: str, methods: Sequence[Method]) -> None:
        """Written before anybody is told that the change is there."""
        assert state.head is not None
        old = self.profile.pin
        ancestors = dict(old.ancestors)
        if old.number and old.number != state.number:
            ancestors[str(old.number)] = old.head
        self.profile.pin = Pin(
            state.number,
            b64u(state.head),
            {
                b64u(id_): (version, None if body is None else b64u(body))
                for id_, (version, body) in state.objects.items()
            },
            state.epoch,
            ancestors,
        )
        self.profile.head_change = head
        self.profile.identity_box = identity_box
        self.profile.methods = [account.plain(method) for method in methods]
        self.profile.save()
        self.state = state

    def cache(self, id_: bytes, row: Mapping[str, Any]) -> None:
        """Keeps the ciphertext of an object (`key`, `body`) on this device."""
        folder = self.profile.folder / "objects"
        write_private(folder / b64u(id_), json.dumps({"key": row["key"], "body": row["body"]}).encode())

    def cached(self, id_: bytes) -> dict[str, str]:
        """The ciphertext of an object; MappeError `cache-lost`."""
        try:
            row = json.loads((self.profile.folder / "objects" / b64u(id_)).read_bytes())
            return {"key": str(row["key"]), "body": str(row["body"])}
        except (FileNotFoundError, ValueError, KeyError):
            raise MappeError(
                "cache-lost",
                "A paper is missing from this device's cache.",
                "Bring the wallet back with 'mappe unlock'; nothing is lost on the server.",
            ) from None

    def _verified(self, check: Callable[[], T]) -> T:
        """Runs a check; what does not hold is the server's lie, not the user's mistake."""
        try:
            return check()
        except FormatError as error:
            raise ServerLied(error.code, f"The server's answer does not verify ({error.code}).") from error
