"""The cap on entries of a busy hour, so that a caller who may repeat an access cannot fill a wallet's log.

The first FREE_ENTRIES of a wallet's hour cost no extra statement. After them each scope may write SCOPE_ENTRIES more: a
grant's deliveries; its looks and refusals, which cost their caller nothing and must not hide a delivery; the kind of
event where there is no grant. Then one `more-entries` entry announces that the rest of the hour is only counted, it
answers every further access of that scope and hour, and once the hour is over a second `more-entries` entry says how
many there were. So that an access happened is never lost: the count is stored in the transaction of the access. What is
lost past the cap is which slots it fetched and its caller's proof.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, Literal

from audit.events import SERVER, event_text
from kit.clock import HOUR
from kit.database import Tx

if TYPE_CHECKING:
    from audit.chain import Appended

FREE_ENTRIES = 100  # a wallet's hour; a person's own day at an office stays far below
SCOPE_ENTRIES = 100  # a scope's further entries in that hour; so a scope writes between 100 and 200
# what somebody else can trigger again and again; what the holder does, and what ends something, is always written
CAPPED: Final = frozenset(
    {
        "grant-looked-at",
        "grant-opened",
        "slot-delivered",
        "file-delivered",
        "grant-refused",
        "deposit-opened",
        "signed-in",
        "sign-in-refused",
        "pin-released",
        "pin-refused",
        "assisted-refused",
    }
)


UNDELIVERED: Final = "grant-looked-at"  # names the scope of both kinds of a grant in which nothing is handed out
_UNDELIVERED_KINDS: Final = frozenset({"grant-looked-at", "grant-refused"})
_GRANT_CHARACTERS: Final = 22  # a grant id on the wire; event kinds, the other scopes, never have that length
_SEPARATOR: Final = "/"  # neither in an id on the wire nor in a kind


class _Verdict(Enum):
    WRITE = 1
    ANNOUNCE = 2


WRITE: Final = _Verdict.WRITE
ANNOUNCE: Final = _Verdict.ANNOUNCE
Stored = tuple[str, bytes, bytes, bytes, int]

_COUNT = """
INSERT INTO log_capped_hours (wallet_id, scope, hour, entries) VALUES (:wallet, :scope, :hour, 1)
ON CONFLICT (wallet_id, scope, hour) DO UPDATE SET entries = log_capped_hours.entries + 1
RETURNING entries, event, leaf, r1, other, time
"""
_REMEMBER = """
UPDATE log_capped_hours SET event = :event, leaf = :leaf, r1 = :r1, other = :other, time = :time
WHERE wallet_id = :wallet AND scope = :scope AND hour = :hour
"""


def count(tx: Tx, wallet: bytes, scope: str, now: int) -> Literal[_Verdict.WRITE, _Verdict.ANNOUNCE] | Stored:
    """Counts one access; the verdict is to write it, to announce the counting, or the announcement made before."""
    row = tx.one(_COUNT, wallet=wallet, scope=scope, hour=now // HOUR)
    assert row is not None
    entries, *announced = row
    if entries <= SCOPE_ENTRIES:
        return WRITE
    if announced[0] is None:
        return ANNOUNCE
    return announced[0], announced[1], announced[2], announced[3], announced[4]


def scope_of(kind: str, grant: str | None) -> str:
    """What an access counts against."""
    if grant is None:
        return kind
    return f"{grant}{_SEPARATOR}{UNDELIVERED}" if kind in _UNDELIVERED_KINDS else grant


def read_scope(scope: str) -> tuple[str | None, str | None]:
    """The grant of a scope, and what a `more-entries` entry of the scope is `of`."""
    grant, _, of = scope.partition(_SEPARATOR)
    if of:
        return grant, of
    return (scope, None) if len(scope) == _GRANT_CHARACTERS else (None, scope)


def announcement(scope: str, now: int) -> str:
    """The event that says: more accesses follow in this hour, they are counted. It names no caller."""
    detail: dict[str, str | int] = {"hour": now - now % HOUR}
    grant, of = read_scope(scope)
    if of is not None:
        detail["of"] = of
    return event_text("more-entries", SERVER, now, grant, None, None, detail, None)


def remember(tx: Tx, wallet: bytes, scope: str, entry: Appended) -> None:
    """Keeps what the hour's further accesses are answered with. It goes with the hour."""
    tx.run(
        _REMEMBER,
        wallet=wallet,
        scope=scope,
        hour=entry.time // HOUR,
        event=entry.event,
        leaf=entry.leaf,
        r1=entry.r1,
        other=entry.other,
        time=entry.time,
    )
