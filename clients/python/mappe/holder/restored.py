"""After a restore: which entries are gone, and whether a restore explains it (log.md, "After a restore").

A server that was brought back from a backup lost what was written since, and says so in every log. That word is no
excuse for more: what is older than the backup must be there, and nobody's acts stand between the last entry that this
device knows and the one that says it. What is gone is counted and told to the holder; it is never passed over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from ..errors import ServerLied
from ..formats.encoding import b64u
from ..formats.log import Event
from ..storage import write_private
from .profile import Profile

FILE = "log.json"
KIND = "restored"
CLOCK_SECONDS = 300  # an entry may be this much older than the backup that lacks it: it was being written
Known = tuple[str, int]  # leaf (b64u) and time of an entry that this device has verified


class Entry(Protocol):
    """What is read of an entry of the log."""

    @property
    def seq(self) -> int: ...
    @property
    def event(self) -> Event: ...
    @property
    def leaf(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Restored:
    """The server went back to its backup of `backup`. `seq`, `time`: of the entry that says so; `lost`: entries that
    this device knew or was promised, and that are gone; `unproven`: those of them that the public log lacks as well."""

    backup: int
    seq: int
    time: int
    lost: int
    unproven: int


def known(profile: Profile) -> list[Known]:
    """Every entry that this device has verified, from the first on; nothing where it has kept none."""
    try:
        body = json.loads((profile.folder / FILE).read_bytes())
        return [(str(leaf), int(time)) for leaf, time in body["entries"]]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return []


def remember(profile: Profile, entries: Sequence[Entry]) -> None:
    """For the next reading."""
    rows = [[b64u(one.leaf), one.event.time] for one in entries]
    write_private(profile.folder / FILE, json.dumps({"v": 1, "entries": rows}).encode())


def explain(
    before: Sequence[Known], promised: Mapping[str, int], shown: Sequence[Entry]
) -> tuple[Entry, int, list[str]] | None:
    """The entry that says `restored`, the time of the backup, and the leaves that are gone; None if nothing is.

    `before`: what was verified earlier; `promised`: leaf → time. ServerLied `log-broken`, `promise-broken`.
    """
    here = {b64u(one.leaf) for one in shown}
    same = 0
    while same < min(len(before), len(shown)) and before[same][0] == b64u(shown[same].leaf):
        same += 1
    lost = dict(before[same:])
    owed = {leaf: time for leaf, time in promised.items() if leaf not in here}
    if not lost and not owed:
        return None
    after = shown[same:]
    at = next((n for n, one in enumerate(after) if (one.event.kind, one.event.actor) == (KIND, "server")), None)
    excuse = None if at is None else after[at]
    made = None if excuse is None else (excuse.event.detail or {}).get("backup")
    if excuse is None or at is None or type(made) is not int or made > excuse.event.time:
        raise _gone(bool(lost), same + 1, len(owed))
    # Whoever read or wrote after the last known entry, and before the restore, would have been in the backup.
    if lost and any(one.event.actor != "server" for one in after[:at]):
        raise _gone(True, same + 1, len(owed))
    if any(time < made - CLOCK_SECONDS for time in [*lost.values(), *owed.values()]):
        raise _gone(bool(lost), same + 1, len(owed))
    return excuse, made, [*lost, *(leaf for leaf in owed if leaf not in lost)]


def _gone(lost: bool, seq: int, owed: int) -> ServerLied:
    if lost:
        return ServerLied("log-broken", f"The log was shortened or rewritten: entry {seq} is not the one seen before.")
    return ServerLied("promise-broken", f"The log lacks {owed} entries that the server signed for on this device.")


def plain(one: Restored) -> dict[str, Any]:
    return asdict(one)
