"""What the server promised to write down for this device's own acts; the log must hold all of it (log.md, "Promise").

A server that acknowledges an act and leaves it out of the log is convicted by its own signature.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ServerLied
from ..formats import log
from ..formats.encoding import b64u
from ..formats.errors import FormatError
from ..formats.jws import kid_of

if TYPE_CHECKING:
    from .vault import Vault

CLOCK_SECONDS = 300  # clocks may differ this much; more would put off the day when a promise is due
MAX_KEPT = 10_000  # promises not yet found in the log; reading the log empties the list


def keep(vault: Vault, answer: Mapping[str, Any], *kinds: str, grant: bytes | None = None) -> Mapping[str, Any]:
    """Checks the promise in an answer and remembers its leaf until the log is read; the answer itself. `grant`: the act
    was on this one; the promise for another one's entry would leave this one's out of the log.

    (1) a promise key of the server signed it; (2) it covers the event beside it; (3) the event says what was done.
    ServerLied `promise-mismatch`, `bad-signature`, ….
    """
    try:
        token, event = str(answer["promise"]), str(answer["event"])
        promise = log.verify_promise(token, vault.keys.promise_key(kid_of(token)))  # (1)
        said = log.check_receipt(event, promise)  # (2)
    except KeyError:
        raise ServerLied("promise-mismatch", "The server did the act without promising to write it down.") from None
    except FormatError as error:
        raise ServerLied(error.code, f"The server's promise does not hold ({error.code}).") from error
    if abs(promise.time - vault.server.now()) > CLOCK_SECONDS or said.time != promise.time:
        raise ServerLied("promise-mismatch", "The server dates what it wrote down at another time than now.")
    if said.kind not in kinds:  # (3)
        raise ServerLied("promise-mismatch", f"The server wrote down {said.kind!r} for another act.")
    if grant is not None and said.grant != grant:
        raise ServerLied("promise-mismatch", "The server wrote down something about another share.")
    vault.profile.promised = [*vault.profile.promised, b64u(promise.leaf)][-MAX_KEPT:]
    vault.profile.save()
    return answer


def settle(vault: Vault, leaves: Iterable[bytes]) -> None:
    """Every promise kept so far lies in the log; then they are forgotten. ServerLied `promise-broken`."""
    held = {b64u(leaf) for leaf in leaves}
    missing = [leaf for leaf in vault.profile.promised if leaf not in held]
    if missing:
        raise ServerLied(
            "promise-broken", f"The log lacks {len(missing)} entries that the server signed for on this device."
        )
    vault.profile.promised = []
