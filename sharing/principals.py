"""Who may stand on the other side: small values that a dependency makes after checking, never anything unchecked.

A handler says in its signature which of them it wants. The holder's own, `HolderDevice`, is in `wallet.unlock`.
`actor()` is what the log entry says about them (log.md, "Event").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinkHolder:
    """Whoever holds a link's locator, bound for one open to the key that signed the DPoP proof."""

    jkt: str
    proof: str

    def actor(self) -> Mapping[str, str]:
        return {"type": "link"}


@dataclass(frozen=True, slots=True)
class AgencyClient:
    """An enrolled agency's system: an access token and a proof by its login key, both verified.

    `proof` is the DPoP proof as sent: the agency's own signature over this very request, which goes into the holder's
    log so that no read can be invented.
    """

    agency: str
    jkt: str
    proof: str

    def actor(self) -> Mapping[str, str]:
        return {"type": "agency", "id": self.agency}


@dataclass(frozen=True, slots=True)
class AgencyMember:
    """A person at an agency, named by the agency's own system. Nothing issues these yet; log entries can hold them."""

    agency: str
    member: str
    jkt: str
    proof: str

    def actor(self) -> Mapping[str, str]:
        return {"type": "agency", "id": self.agency}
