"""When a restore explains what is gone from a log, and when it is an excuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from mappe.errors import ServerLied
from mappe.formats.encoding import b64u
from mappe.formats.log import Event
from mappe.holder.restored import explain

BACKUP, NOW = 1_800_000_000, 1_800_009_000


@dataclass(frozen=True)
class Row:
    seq: int
    event: Event
    leaf: bytes


def row(seq: int, kind: str = "vault-changed", *, time: int = 0, actor: str = "device", **detail: int) -> Row:
    event = Event(kind=kind, time=time or BACKUP - 1000 + seq, actor=actor, detail=detail or None)
    return Row(seq, event, f"{kind}-{time}-{seq}".encode().ljust(32))


OLD = [row(n) for n in range(1, 6)]
LOST = [row(n, time=BACKUP + n) for n in range(6, 9)]
SAYS = row(6, "restored", time=NOW, actor="server", backup=BACKUP)
ENDED = row(6, "grant-ended", time=NOW, actor="server")
NEWER = row(7, "vault-changed", time=NOW + 60)


def known(rows: Sequence[Row]) -> list[tuple[str, int]]:
    return [(b64u(one.leaf), one.event.time) for one in rows]


def owed(rows: Sequence[Row]) -> dict[str, int]:
    return dict(known(rows))


def test_a_restore_explains_what_came_after_the_backup() -> None:
    shown = [*OLD, SAYS, NEWER]
    for before, promised, count in (
        ([*OLD, *LOST], {}, 3),
        ([*OLD, *LOST], owed([LOST[-1]]), 3),
        (OLD, owed(LOST[:1]), 1),
        (OLD[:2], owed(LOST), 3),  # a device that has not read on since
        ([*OLD, *LOST[:1]], owed(LOST), 3),
    ):
        found = explain(known(before), promised, shown)
        assert found is not None
        entry, backup, gone = found
        assert (entry.seq, backup, len(gone)) == (6, BACKUP, count)


def test_endings_are_replayed_before_it_is_said() -> None:
    says = row(7, "restored", time=NOW, actor="server", backup=BACKUP)
    found = explain(known([*OLD, *LOST]), {}, [*OLD, ENDED, says])
    assert found is not None and found[0].seq == 7


def test_nothing_is_explained_where_nothing_is_gone() -> None:
    assert explain(known(OLD), owed(OLD), [*OLD, *LOST]) is None
    assert explain(known([*OLD, SAYS]), {}, [*OLD, SAYS, NEWER]) is None
    assert explain([], {}, []) is None


Lie = Callable[[], object]


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        (lambda: explain(known([*OLD, *LOST]), {}, OLD), "log-broken"),
        (lambda: explain(known([*OLD, *LOST]), {}, [*OLD, NEWER]), "log-broken"),
        (lambda: explain(known(OLD), owed(LOST), [*OLD, NEWER]), "promise-broken"),
        # somebody other than the server says it
        (lambda: explain(known([*OLD, *LOST]), {}, [*OLD, row(6, "restored", time=NOW, backup=BACKUP)]), "log-broken"),
        (
            lambda: explain(known(OLD), owed(LOST), [*OLD, row(6, "restored", time=NOW, actor="server")]),
            "promise-broken",
        ),
        # from a backup of the future
        (
            lambda: explain(
                known([*OLD, *LOST]), {}, [*OLD, row(6, "restored", time=NOW, actor="server", backup=NOW + 1)]
            ),
            "log-broken",
        ),
        # what is gone is older than the backup
        (lambda: explain(known([*OLD, row(6, time=BACKUP - 301)]), {}, [*OLD, SAYS]), "log-broken"),
        (lambda: explain(known(OLD), {"A" * 43: BACKUP - 301}, [*OLD, SAYS]), "promise-broken"),
        (lambda: explain(known(OLD), {"A" * 43: 0}, [*OLD, SAYS]), "promise-broken"),
        # an entry in the middle is another one, and the rest follows as if nothing had been
        (lambda: explain(known(OLD), {}, [*OLD[:2], row(3, time=5), *OLD[3:], SAYS]), "log-broken"),
        # a read that the device knew is gone, and another one stands in its place
        (
            lambda: explain(
                known([*OLD, *LOST]),
                {},
                [*OLD, row(6, "grant-opened", time=NOW, actor="agency"), row(7, "restored", time=NOW, actor="server")],
            ),
            "log-broken",
        ),
        # the restore that was met before explains nothing more
        (lambda: explain(known([*OLD, SAYS, NEWER]), {}, [*OLD, SAYS, row(7, time=NOW + 90)]), "log-broken"),
        (lambda: explain(known([*OLD, SAYS]), owed(LOST), [*OLD, SAYS, NEWER]), "promise-broken"),
    ],
)
def test_it_is_no_excuse(lie: Lie, code: str) -> None:
    with pytest.raises(ServerLied) as caught:
        lie()
    assert caught.value.code == code
