"""Answering an agency's request (request.md): who asks, for what, until when, what "no" means; then exactly that.

    look    → the request, opened and checked against the registry; over-asking is named, nothing is ticked
    match   → which of the asked fields the wallet has, which are missing
    answer  → an agency grant for the chosen picks, and a notice that only this agency can open

Declining is doing nothing: no call, no trace.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import MappeError, ServerLied
from ..formats import locator as loc
from ..formats import request as fmt
from ..formats.encoding import b64u, digest
from ..formats.errors import FormatError
from ..formats.registry import Agency, Registry
from ..net.server import Server
from . import grants
from .selection import Pick
from .vault import Vault

_WORDS = {
    "expired": ("The request has ended.", "Ask the office for a new one."),
    "unknown-agency": (
        "No such office is in the registry.",
        "Do not answer. Ask the office for its name and tell the operator.",
    ),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked request, as it is shown before anything is chosen."""

    locator: loc.RequestLocator = field(repr=False)
    request: fmt.Request
    agency: Agency
    over_asking: Sequence[str]
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Match:
    """One asked field: the picks that could answer it (newest paper first), none if it is missing."""

    name: str
    required: bool
    picks: Sequence[Pick]


@dataclass(frozen=True, slots=True)
class Answered:
    """`digits` are shown to the clerk, who types them (None: the request asks for none); `receipt` is the log's."""

    grant: bytes
    digits: str | None
    receipt: Mapping[str, Any]


def look(vault: Vault, url: str, registry: Registry) -> Asked:
    """Opens a request from its link or QR code. ServerLied when its signature, sender, audience or id do not hold;
    MappeError when it has ended or was answered already."""
    try:
        origin, path, secret = loc.parse_link(url)
    except FormatError:
        raise MappeError(
            "bad-link", "This is not a request.", "Scan the code again, or paste the whole link."
        ) from None
    if path != "r" or origin != vault.server.origin:
        raise MappeError("bad-link", "This is not a request on this wallet's server.", f"It belongs to {origin}.")
    locator = loc.RequestLocator.of(secret)
    answer = Server(vault.server.origin, http=vault.server.http).post(
        f"/v1/requests/{b64u(locator.request)}/fetch", {"auth": b64u(locator.auth)}
    )
    try:
        token = fmt.open_request(locator, answer["box"])
        checked = fmt.check_request(
            locator,
            token,
            registry,
            audience=vault.server.origin,
            now=vault.server.now(),
            answered=vault.answered_nonces(),
        )
    except FormatError as error:
        if error.code in _WORDS:
            raise MappeError(error.code, *_WORDS[error.code]) from error
        if error.code == "already-answered":
            raise MappeError(
                "answered", "You have answered this request already.", "Look at it under 'mappe shares'."
            ) from error
        raise ServerLied(
            error.code, f"The request is not what an office of the registry signed ({error.code})."
        ) from error
    return Asked(locator, checked.request, checked.agency, checked.over_asking, token)


def match(vault: Vault, asked: Asked, *, person: bytes | None = None) -> list[Match]:
    """What the wallet has for each asked field; `person` restricts to the papers of one family member."""
    papers = sorted(
        (item for item in vault.items("document") if person is None or item.payload.get("person") == b64u(person)),
        key=lambda item: int(item.payload.get("updated", 0)),
        reverse=True,
    )
    found = []
    for name, required in [(one, True) for one in asked.request.required] + [
        (one, False) for one in asked.request.optional
    ]:
        type_id, _, field_name = name.partition(".")
        picks: list[Pick] = []
        for paper in papers:
            if "trashed" in paper.payload or paper.payload.get("state") == "superseded":
                continue
            if paper.payload.get("type") != type_id:
                continue
            if field_name == "file" and paper.payload.get("attachments"):
                picks.append(Pick(paper.id, file=0))
            elif field_name in ("valid_today", "adult_today"):
                picks.append(Pick(paper.id, derived=field_name.replace("_", "-")))
            elif paper.payload.get("fields", {}).get(field_name):
                picks.append(Pick(paper.id, field=field_name))
        found.append(Match(name, required, picks))
    return found


def prepare(
    vault: Vault, asked: Asked, picks: Sequence[Pick], *, life: int, language: str, standing: bool = False
) -> grants.Prepared:
    """The grant that answers: sealed to the agency's current key, with the request's own purpose, basis and retention.

    MappeError `over-asking` where a pick goes beyond what the registry allows this agency for this purpose.
    """
    now = vault.server.now()
    key = asked.agency.seal_key(now)
    if key is None:
        raise MappeError(
            "no-key", f"{asked.agency.name} has no valid key at the moment.", "Ask the office to renew it."
        )
    prepared = grants.prepare(
        vault,
        grants.To(asked.agency.name, asked.agency.address, asked.agency.id, key.public),
        picks,
        grants.Conditions(
            purpose=asked.request.purpose_text,
            basis=asked.request.basis,
            retention=asked.request.retention,
            language=language,
            life=life,
            opens=0,
            standing=standing,
            request=asked.request.nonce,
        ),
    )
    wanted = {*asked.request.required, *asked.request.optional}
    beyond = sorted(one.name for one in prepared.slots if one.name not in wanted or one.name in asked.over_asking)
    if beyond:
        raise MappeError(
            "over-asking", f"Not asked for, or not allowed to this office: {', '.join(beyond)}.", "Leave these out."
        )
    return prepared


def answer(vault: Vault, asked: Asked, prepared: grants.Prepared) -> Answered:
    """Releases the grant, then leaves the notice. The wallet remembers the nonce before: a request is answered once."""
    vault.remember_answer(b64u(asked.request.nonce))
    receipt = grants.release(vault, prepared)
    assert prepared.to.seal_key is not None
    notice = fmt.seal_notice(
        prepared.to.seal_key,
        fmt.Notice(
            prepared.locator.secret,
            asked.request.request,
            asked.request.nonce,
            prepared.locator.grant,
            vault.server.now(),
        ),
    )
    body: dict[str, Any] = {"auth": b64u(asked.locator.auth), "notice": notice}
    digits = None
    if asked.request.digits:
        digits, salt = f"{secrets.randbelow(10**fmt.DIGITS):0{fmt.DIGITS}d}", secrets.token_bytes(16)
        body |= {"salt": b64u(salt), "digits": digest(salt + digits.encode("ascii"))}
    # No session: the answer proves the request's capability and nothing about the wallet.
    Server(vault.server.origin, http=vault.server.http).post(f"/v1/requests/{b64u(asked.request.request)}/answer", body)
    return Answered(prepared.locator.grant, digits, receipt)


def send_notice(vault: Vault, agency: Agency, prepared: grants.Prepared) -> None:
    """Tells an agency of a grant that it has not asked for: a notice in its inbox."""
    assert prepared.to.seal_key is not None
    notice = fmt.seal_notice(
        prepared.to.seal_key,
        fmt.Notice(prepared.locator.secret, None, None, prepared.locator.grant, vault.server.now()),
    )
    vault.server.post(f"/v1/agencies/{agency.id}/notices", {"notice": notice})
