"""Grant: a snapshot of chosen values, sealed for one recipient, until an end date (grant.md).

`prepare` builds everything on this device and shows exactly what the recipient will see; `release` sends it. Nothing is
sent by preparing. The holder's own record of the grant is written into the vault first, so that whatever exists can
always be found and ended.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from ..catalogue import consent_text
from ..errors import MappeError, ServerLied, ServerProblem
from ..formats import grant as g
from ..formats.chain import MAX_VERSION
from ..formats.encoding import b64u, digest, unb64u
from ..formats.jwk import ed25519_thumbprint
from ..formats.labels import SUITE
from ..formats.seal_keys import suite_of
from . import promises
from .origin import origin
from .selection import Chosen, Pick, choose
from .vault import Item, Vault, Write

DAY = 24 * 3600  # seconds
MAX_LIFE = 366 * DAY
DEFAULT_LINK_OPENS = 1  # a link's secret may stay in a scanner's history: one open unless asked for more
DEFAULT_LINK_LIFE = 7 * DAY


@dataclass(frozen=True, slots=True)
class To:
    """Whom it is for: `agency` (registry id) with its seal key, whose suite the share has, or nobody in particular (a
    link)."""

    name: str
    address: str | None = None
    agency: str | None = None
    seal_key: bytes | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """Why and how long. `life` seconds; `opens` 0: not limited (agencies only); `passcode`: six digits or None."""

    purpose: str
    basis: str = "consent"
    retention: str = "P3M"
    language: str = "en"
    life: int = DEFAULT_LINK_LIFE
    opens: int = DEFAULT_LINK_OPENS
    passcode: str | None = field(default=None, repr=False)
    standing: bool = False
    request: bytes | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A grant ready to be released. `slots` is exactly what the recipient will see."""

    locator: g.GrantLocator = field(repr=False)
    to: To
    conditions: Conditions
    slots: Sequence[Chosen]
    policy: str
    terms: str
    body: Mapping[str, Any] = field(repr=False)
    version: int
    exp: int
    picks: Sequence[Pick]


def prepare(
    vault: Vault, to: To, picks: Sequence[Pick], conditions: Conditions, *, secret: bytes | None = None
) -> Prepared:
    """Builds and seals; sends nothing. `secret`: an S that was drawn before, for this grant alone (holder.desk).
    MappeError for what cannot be granted (`too-long`, `bad-opens`, …).
    """
    if not 0 < conditions.life <= MAX_LIFE:
        raise MappeError("too-long", "A share ends within 366 days.", "Choose an earlier end.")
    if to.agency is None and conditions.opens < 1:
        raise MappeError("bad-opens", "A link must have a number of opens.", "Say how often it may be opened.")
    now = vault.server.now()
    locator = g.GrantLocator.of(secret or secrets.token_bytes(32))
    chosen = _named(vault, to, picks, choose(vault, picks, today=datetime.fromtimestamp(now, UTC).date()))
    text_kind, text, _ = consent_text(conditions.basis, conditions.language)
    terms_plain = g.make_terms(
        g.Terms(
            salt=secrets.token_bytes(16),
            purpose=conditions.purpose,
            basis=conditions.basis,
            retention=conditions.retention,
            language=conditions.language,
            text=text,
            text_kind=text_kind,
            recipient=g.Recipient(to.name, to.address) if to.name else None,
            request=conditions.request,
            standing=conditions.standing,
            signer=_signer(vault, locator, to),
            slots={one.slot: g.SlotName(one.kind, one.name) for one in chosen},
        )
    )
    policy = g.make_policy(
        g.Policy(
            grant=locator.grant,
            tag=None if to.seal_key is None else locator.tag(to.seal_key),
            slots=tuple(secrets.SystemRandom().sample([one.slot for one in chosen], len(chosen))),
            nbf=now,
            exp=now + conditions.life,
            opens=conditions.opens,
            passcode=None if conditions.passcode is None else "argon2id-64-3-1",
            terms=g.terms_hash(terms_plain),
            suite=SUITE if to.seal_key is None else suite_of(to.seal_key),
        )
    )
    terms = g.seal_terms(locator.terms_key, locator.grant, terms_plain)
    body = _seal(vault, locator, to, conditions.passcode, chosen, policy, terms, 1, now)
    return Prepared(locator, to, conditions, chosen, policy, terms, body, 1, now + conditions.life, picks)


def _named(vault: Vault, to: To, picks: Sequence[Pick], chosen: Sequence[Chosen]) -> list[Chosen]:
    """With the names under which an agency may sign for a value (mark.md); a link carries none."""
    if to.agency is None:
        return list(chosen)
    names = {pick.document: origin(vault, to.agency, vault.item(pick.document)) for pick in picks}
    return [
        one if one.kind == "derived" else replace(one, content={**one.content, "of": names[pick.document]})
        for one, pick in zip(chosen, picks, strict=True)
    ]


def release(vault: Vault, prepared: Prepared) -> dict[str, Any]:
    """Sends it. The vault's own record is written before, so that no grant exists that the holder cannot find.

    Answers the server's promise. A lost answer is repaired by calling again: the same bytes are sent.
    """
    record = _own_record(prepared)
    vault.commit([Write(prepared.locator.grant, record)])
    answer: dict[str, Any] = vault.server.put(f"/v1/grants/{b64u(prepared.locator.grant)}", prepared.body)
    kinds = ("grant-created", "grant-republished")  # the latter where it had come already
    promises.keep(vault, answer, *kinds, grant=prepared.locator.grant, detail={"version": prepared.version})
    return answer


def republish(vault: Vault, grant_id: bytes, picks: Sequence[Pick] | None = None) -> dict[str, Any]:
    """A standing grant follows the newest values: new grant key, key box, slots and record under the same policy.

    The picks are those of the grant, of the same names in the same order; only values change.
    """
    item = own(vault, grant_id)
    kept = dict(item.payload)
    locator = g.GrantLocator.of(unb64u(kept["secret"], 32))
    to = To(**kept["to"] | {"seal_key": None if kept["to"]["seal_key"] is None else unb64u(kept["to"]["seal_key"])})
    now = vault.server.now()
    picks = [_pick(one) for one in kept["picks"]] if picks is None else picks
    ids = [unb64u(one, 16) for one in kept["order"]]
    chosen = choose(vault, picks, today=datetime.fromtimestamp(now, UTC).date(), slots=ids)
    chosen = _named(vault, to, picks, chosen)
    if [one.name for one in chosen] != [kept["slots"][b64u(one.slot)] for one in chosen]:
        raise MappeError(
            "other-fields", "A running share cannot show other fields.", "Make a new share and end this one."
        )
    version = int(kept["version"]) + 1

    def put() -> dict[str, Any]:
        body = _seal(vault, locator, to, kept.get("passcode"), chosen, kept["policy"], kept["terms"], version, now)
        answer: dict[str, Any] = vault.server.put(f"/v1/grants/{b64u(grant_id)}", body)
        return answer

    try:
        answer = put()
    except ServerProblem as problem:
        stored = problem.extra.get("version")
        if problem.code != "grant-stale" or type(stored) is not int or not version <= stored < MAX_VERSION:
            raise
        version = stored + 1  # the server took a version whose answer never came; a version only goes up
        answer = put()
    promises.keep(vault, answer, "grant-republished", grant=grant_id, detail={"version": version})
    vault.commit([Write(grant_id, {**kept, "version": version, "picks": [_pick_json(one) for one in picks]})])
    return answer


def listing(vault: Vault) -> list[dict[str, Any]]:
    """Every grant: what the vault knows (recipient, fields) beside what the server says (state, opens, tries)."""
    shown = {row["id"]: row for row in vault.server.get("/v1/grants")["grants"]}
    rows = []
    for item in vault.items("grant"):
        row = shown.pop(b64u(item.id), {"state": "ended", "reason": "gone"})
        rows.append({**row, "id": b64u(item.id), "to": item.payload["recipient"], "slots": item.payload["slots"]})
    rows += [{**row, "to": None, "slots": {}, "unknown": True} for row in shown.values()]
    return rows


def end(vault: Vault, grant_ids: Sequence[bytes]) -> dict[str, Any]:
    """Ends grants at once, no reason asked; the answer names those that ended and carries the promise."""
    answer: dict[str, Any] = vault.server.post("/v1/grants/end", {"ids": [b64u(one) for one in grant_ids]})
    if len(answer["receipts"]) != len(answer["ended"]):
        raise ServerLied("promise-mismatch", "The server ended a share without promising to write it down.")
    for receipt, ended in zip(answer["receipts"], answer["ended"], strict=True):
        promises.keep(vault, receipt, "grant-ended", grant=unb64u(ended, 16))
    return answer


def own(vault: Vault, grant_id: bytes) -> Item:
    item = vault.item(grant_id)
    if item.kind != "grant":
        raise MappeError("no-such-share", "There is no such share.", "List them with 'mappe shares'.")
    return item


def link_of(vault: Vault, prepared: Prepared) -> str:
    """The URL to show as QR or to send: `/g#…` for anybody, `/a#…` for the agency's software."""
    return g.link(vault.server.origin, "g" if prepared.to.seal_key is None else "a", prepared.locator.secret)


def signer_of(vault: Vault, secret: bytes) -> str:
    """Thumbprint of the key that will sign the link grant with this S."""
    return _signer(vault, g.GrantLocator.of(secret), To(""))


def _signer(vault: Vault, locator: g.GrantLocator, to: To) -> str:
    return ed25519_thumbprint(_record_key(vault, locator, to).public_key().public_bytes_raw())


def _record_key(vault: Vault, locator: g.GrantLocator, to: To) -> Any:
    if vault.identity is None:
        vault.sync()
    assert vault.identity is not None
    return g.record_key(vault.identity.signing_seed(), to.agency or locator.grant)


def _seal(
    vault: Vault,
    locator: g.GrantLocator,
    to: To,
    passcode: str | None,
    chosen: Sequence[Chosen],
    policy: str,
    terms: str,
    version: int,
    now: int,
) -> dict[str, Any]:
    """The request body of one version: fresh grant key, key box for the recipient, slots, record over all of it."""
    grant_key = secrets.token_bytes(32)
    policy_hash = g.policy_hash(policy)
    key = _record_key(vault, locator, to)
    box = g.KeyBox(grant_key, unb64u(ed25519_thumbprint(key.public_key().public_bytes_raw()), 32))
    stretched = b""
    if to.seal_key is not None:
        keybox = g.seal_agency(to.seal_key, locator.grant, version, policy_hash, box)
    else:
        if passcode is not None:
            stretched = g.stretch_passcode(passcode, locator, "argon2id-64-3-1")
        keybox = g.seal_bearer(locator, version, policy_hash, box, stretched=stretched)
    slots = {
        one.slot: g.seal_slot(grant_key, g.SlotAt(locator.grant, version, one.slot, policy_hash), one.content)
        for one in chosen
    }
    record = g.make_record(
        key,
        grant=locator.grant,
        version=version,
        policy=policy,
        terms=terms,
        keybox=keybox,
        slots=slots,
        time=now,
    )
    return {
        "policy": policy,
        "terms": terms,
        "keybox": keybox,
        "slots": {b64u(id_): slot for id_, slot in slots.items()},
        "record": record,
        "auth": None if to.seal_key is not None else digest(locator.auth),
        "passcode": digest(g.passcode_proof(locator, stretched)) if passcode is not None else None,
        "files": [dict(one.file) for one in chosen if one.file is not None],
    }


def _own_record(prepared: Prepared) -> dict[str, Any]:
    to = prepared.to
    return {
        "v": 1,
        "kind": "grant",
        "grant": b64u(prepared.locator.grant),
        "secret": b64u(prepared.locator.secret),
        "recipient": to.name,
        "to": {
            "name": to.name,
            "address": to.address,
            "agency": to.agency,
            "seal_key": None if to.seal_key is None else b64u(to.seal_key),
        },
        "title": prepared.conditions.purpose,
        "slots": {b64u(one.slot): one.name for one in prepared.slots},
        "order": [b64u(one.slot) for one in prepared.slots],
        "picks": [_pick_json(one) for one in prepared.picks],
        "policy": prepared.policy,
        "terms": prepared.terms,
        "exp": prepared.exp,
        "version": prepared.version,
        "standing": prepared.conditions.standing,
        "created": prepared.exp - prepared.conditions.life,
        **({} if prepared.conditions.passcode is None else {"passcode": prepared.conditions.passcode}),
    }


def _pick_json(pick: Pick) -> dict[str, Any]:
    return {
        "document": b64u(pick.document),
        "field": pick.field,
        "value": pick.value,
        "file": pick.file,
        "derived": pick.derived,
    }


def _pick(row: Mapping[str, Any]) -> Pick:
    return Pick(unb64u(row["document"], 16), row["field"], row["value"], row["file"], row["derived"])
