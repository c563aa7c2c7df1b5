"""What the server promised to write down for this device's own acts; the log must hold all of it (log.md, "Promise").

A server that acknowledges an act and leaves it out of the log is convicted by its own signature.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ServerLied
from ..formats import log
from ..formats.encoding import b64u
from ..formats.errors import FormatError
from ..formats.jws import kid_of
from . import account

if TYPE_CHECKING:
    from .vault import Vault

CLOCK_SECONDS = 300  # clocks may differ this much; more would put off the day when a promise is due
CAPPED_SECONDS = 3600  # the entry that sums up a busy hour may be as old as the hour
MAX_KEPT = 10_000  # promises not yet found in the log; reading the log empties the list
MAX_FOUND = 1_000  # acts after which a leaf could be promised again unnoticed; 43 characters each in the profile
CAPPED = "more-entries"
COUNTED = frozenset({"signed-in", "pin-released"})  # of a busy hour: what a holder's device may repeat (log.md)


def keep(
    vault: Vault,
    answer: Mapping[str, Any],
    *kinds: str,
    grant: bytes | None = None,
    detail: Mapping[str, str | int] | None = None,
) -> Mapping[str, Any]:
    """Checks the promise in an answer and remembers its leaf until the log is read; the answer itself.

    (1) a promise key of the server signed it; (2) it covers the event beside it; (3) the event says what was done: its
    kind, by this device, on this `grant`, with this `detail`, now; (4) it was not promised for an earlier act: its leaf
    is new. ServerLied `promise-mismatch`, `bad-signature`, ….
    """
    try:
        token, event = str(answer["promise"]), str(answer["event"])
        promise = log.verify_promise(token, vault.keys.promise_key(kid_of(token)))  # (1)
        said = log.check_receipt(event, promise)  # (2)
    except KeyError:
        raise ServerLied("promise-mismatch", "The server did the act without promising to write it down.") from None
    except FormatError as error:
        raise ServerLied(error.code, f"The server's promise does not hold ({error.code}).") from error
    age = vault.server.now() - promise.time
    capped = said.kind == CAPPED
    if not -CLOCK_SECONDS <= age <= CLOCK_SECONDS + capped * CAPPED_SECONDS or said.time != promise.time:
        raise ServerLied("promise-mismatch", "The server dates what it wrote down at another time than now.")
    if capped:
        if (said.detail or {}).get("of") not in COUNTED.intersection(kinds):  # (3)
            raise ServerLied("promise-mismatch", "The server counted another act.")
    else:
        _says(vault, said, kinds, grant, detail or {})  # (3)
    leaf = b64u(promise.leaf)
    profile = vault.profile
    if leaf in profile.promised or leaf in profile.found:  # (4)
        if not capped:
            raise ServerLied("promise-mismatch", "The server promises the entry of an earlier act once more.")
        return answer
    profile.promised = [*profile.promised, leaf][-MAX_KEPT:]
    profile.promised_at[leaf] = promise.time
    profile.save()
    return answer


def _says(
    vault: Vault, said: log.Event, kinds: tuple[str, ...], grant: bytes | None, detail: Mapping[str, str | int]
) -> None:
    if said.kind not in kinds:
        raise ServerLied("promise-mismatch", f"The server wrote down {said.kind!r} for another act.")
    if (said.actor, said.actor_id) != ("device", account.device_of(vault.profile.device_key)):
        raise ServerLied("promise-mismatch", "The server wrote down that somebody else did it.")
    if grant is not None and said.grant != grant:
        raise ServerLied("promise-mismatch", "The server wrote down something about another share.")
    if {name: (said.detail or {}).get(name) for name in detail} != dict(detail):
        raise ServerLied("promise-mismatch", "The server wrote down something else than what was done.")


def due(vault: Vault) -> dict[str, int]:
    """Each leaf that was promised and not yet seen in the log, with its time (0: kept by an older version)."""
    return {leaf: vault.profile.promised_at.get(leaf, 0) for leaf in vault.profile.promised}


def settle(vault: Vault) -> None:
    """Every promise kept so far lies in the log, or is accounted for by a restore: now they are only remembered."""
    vault.profile.found = [*vault.profile.found, *vault.profile.promised][-MAX_FOUND:]
    vault.profile.promised, vault.profile.promised_at = [], {}
