"""What a device needs to be in step: the changes after its number, and the current version of what they touch.

Objects are walked in the order of the change that touched them last. So a page goes on where the last one ended even if
a change comes in between: what it touched moves behind the end and is met later, and the head of the last page fits
what all pages together have shown. The answer is put together as text: a thousand objects pass no model.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mappe.formats.chain import HeadStatement, change_hash, make_head_statement
from mappe.formats.encoding import b64u
from mappe.formats.jwk import ed25519_thumbprint

from kit.context import Context
from kit.database import Tx
from kit.ids import unb64u
from kit.limits import MIB
from wallet.answers import encode
from wallet.store import objects
from wallet.store.errors import CURSOR_INVALID
from wallet.store.schemas import SyncBody
from wallet.unlock import methods, recovery, wallets
from wallet.unlock.deps import Caller, HolderDevice
from wallet.unlock.errors import SESSION_INVALID
from wallet.unlock.methods import method_json
from wallet.unlock.wallets import WalletRow

PAGE_CHARACTERS = 8 * MIB  # a first sync of 1,000 documents of 6 KiB in one request, and what a phone can still parse
OBJECTS_A_READ = 32  # at first, of at most 384 KiB each; then as many as fit if they are like those before
OBJECTS_A_READ_MAX = 512  # however small they have been: the next may be large, and memory is what this bounds
CHANGES_A_READ = 8  # of at most 1.4 MB each

_LAST_ID = b"\xff" * 16


@dataclass(slots=True)
class Position:
    """How far a sync has come: changes up to a number, objects up to (number, id)."""

    changes: int
    number: int
    id: bytes = _LAST_ID

    def cursor(self) -> str:
        return b64u(self.changes.to_bytes(8, "big") + self.number.to_bytes(8, "big") + self.id)

    @classmethod
    def read(cls, cursor: str) -> Position:
        try:
            raw = unb64u(cursor, 32)
        except ValueError:
            raise CURSOR_INVALID() from None
        changes, number = int.from_bytes(raw[:8], "big"), int.from_bytes(raw[8:16], "big")
        if max(changes, number) >= 2**53:
            raise CURSOR_INVALID()
        return cls(changes, number, raw[16:])


@dataclass(slots=True)
class Page:
    """One answer before it is signed for."""

    device: HolderDevice
    row: WalletRow
    methods: str
    recovery: int | None
    position: Position
    changes: list[str] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    more: bool = False


def read(tx: Tx, caller: Caller, body: SyncBody) -> Page:
    """One page, from one consistent view."""
    device = caller.device(tx)
    wallet = device.wallet
    row = wallets.find(tx, wallet)
    if row is None:
        raise SESSION_INVALID()
    if body.cursor is not None:
        position = Position.read(body.cursor)
    elif body.since is None:
        position = Position(0, 0)
    else:
        position = Position(body.since, body.since)
    listed = encode([method_json(method) for method in methods.load(tx, wallet)])
    page = Page(device, row, listed, recovery.earliest(tx, wallet, caller.now), position)
    if body.since is None:
        position.changes = row.head_number  # a snapshot needs no history: the head says what it must come to
    room = _add_changes(tx, wallet, page, PAGE_CHARACTERS)
    if not page.more:
        _add_objects(tx, wallet, page, room)
    return page


def _add_changes(tx: Tx, wallet: bytes, page: Page, room: int) -> int:
    while page.position.changes < page.row.head_number:
        for number, token in wallets.changes_after(tx, wallet, page.position.changes, CHANGES_A_READ):
            if room < len(token) and page.changes:
                page.more = True
                return 0
            page.changes.append(f'"{token}"')
            page.position.changes = number
            room -= len(token)
    return room


def _add_objects(tx: Tx, wallet: bytes, page: Page, room: int) -> None:
    at, items = page.position, page.objects
    limit, whole = OBJECTS_A_READ, room
    while True:
        rows = objects.after(tx, wallet, at.number, at.id, limit)
        for number, object_id, version, key, body in rows:
            if body is None:
                item = f'{{"id":"{b64u(object_id)}","version":{version}}}'
            else:
                item = f'{{"id":"{b64u(object_id)}","version":{version},"key":"{key}","body":"{body}"}}'
            room -= len(item)
            if room < 0 and (items or page.changes):
                page.more = True
                return
            items.append(item)
            at.number, at.id = number, object_id
        if len(rows) < limit:
            return
        average = (whole - room) // len(items) + 1
        limit = max(OBJECTS_A_READ, min(OBJECTS_A_READ_MAX, room // average))


def answer(ctx: Context, page: Page, nonce: bytes | None, now: int) -> bytes:
    """The page as sent. Every text in it was checked when it came in and needs no escaping."""
    row = page.row
    more = ""
    if nonce is not None:
        more += f',"statement":"{_statement(ctx, page, nonce, now)}"'
    if page.recovery is not None:
        more += f',"recovery_pending_until":{page.recovery}'
    if page.more:
        more += f',"next":"{page.position.cursor()}"'
    return (
        f'{{"head":{{"number":{row.head_number},"change":"{row.head_change}"}},"changes":[{",".join(page.changes)}],'
        f'"objects":[{",".join(page.objects)}],"methods":{page.methods},"identity_box":"{row.identity_box}",'
        f'"genesis":"{row.genesis}"{more}}}'
    ).encode("ascii")


def _statement(ctx: Context, page: Page, nonce: bytes, now: int) -> str:
    key = ctx.keys.current("promise")
    head = change_hash(page.row.head_change)
    statement = HeadStatement(page.device.wallet, page.row.head_number, head, nonce, now)
    return make_head_statement(key.private, statement, kid=ed25519_thumbprint(key.info.public))
