"""Agencies' sign-in and every request after it: what is refused, and that refusals look alike."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats.jwk import ed25519_thumbprint

from kit.clock import DAY
from sharing.agencies.deps import AgencyAuthentication
from sharing.agencies.tokens import AccessToken
from tests.sharing.grant.world import Agency
from tests.sharing.office import Office, both_databases

pytestmark = pytest.mark.anyio


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def resign(office: Office, header: dict[str, Any], claims: bytes) -> str:
    """A token with any bytes in it, signed by the agency's login key."""
    signed = f"{b64(json.dumps(header).encode())}.{b64(claims)}"
    return f"{signed}.{b64(office.agency.login.sign(signed.encode()))}"


def header_of(office: Office) -> dict[str, Any]:
    return {"alg": "EdDSA", "typ": "client-authentication+jwt", "kid": office.agency.jkt}


def claims_of(office: Office, **changes: Any) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(office.assertion(), options={"verify_signature": False})
    return {**claims, **changes}


async def test_an_agency_signs_in_and_calls(office: Office) -> None:
    answer = await office.sign_in()
    assert answer.status_code == 200
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("DPoP", 600)
    token = body["access_token"]
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["typ"]) == ("EdDSA", "at+jwt")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["cnf"] == {"jkt": office.agency.jkt}
    assert (claims["sub"], claims["client_id"], claims["aud"]) == ("youth-office", "youth-office", office.world.origin)
    assert (await office.call("GET", "/v1/agency/inbox", token=token)).json() == {"notices": []}


ASSERTIONS: dict[str, Callable[[Office], str]] = {
    "another audience": lambda o: o.assertion(aud="https://elsewhere.example"),
    "two audiences": lambda o: o.assertion(aud=[o.world.origin, "https://elsewhere.example"]),
    "expired": lambda o: o.assertion(iat=o.clock.now() - 100, exp=o.clock.now()),
    "too long a life": lambda o: o.assertion(exp=o.clock.now() + 121),
    "from the future": lambda o: o.assertion(iat=o.clock.now() + 61, exp=o.clock.now() + 100),
    "unknown agency": lambda o: o.assertion(iss="nobody-office", sub="nobody-office"),
    "another agency's name": lambda o: o.assertion(iss="aliens-office", sub="aliens-office"),
    "issuer is not subject": lambda o: o.assertion(sub="aliens-office"),
    "signed by another agency": lambda o: o.assertion(key=o.agencies[1].login),
    "foreign kid": lambda o: o.assertion(header={"kid": o.agencies[1].jkt}),
    "unknown kid": lambda o: o.assertion(header={"kid": "A" * 43}),
    "the request key's kid": lambda o: o.assertion(header={"kid": o.entries[0]["keys"][1]["kid"]}),
    "another type": lambda o: o.assertion(header={"typ": "JWT"}),
    "a header member more": lambda o: o.assertion(header={"jku": "https://elsewhere.example/keys"}),
    "critical extension": lambda o: o.assertion(header={"crit": ["b64"], "b64": False}),
    "no jti": lambda o: o.assertion(jti=None),
    "no exp": lambda o: o.assertion(exp=None),
    "no iat": lambda o: o.assertion(iat=None),
    "no sub": lambda o: o.assertion(sub=None),
    "long jti": lambda o: o.assertion(jti="x" * 129),
    "exp is a text": lambda o: resign(o, header_of(o), json.dumps(claims_of(o, exp="9999999999")).encode()),
    "exp is a fraction": lambda o: resign(o, header_of(o), json.dumps(claims_of(o, exp=o.clock.now() + 9.5)).encode()),
    "exp is true": lambda o: resign(o, header_of(o), json.dumps(claims_of(o, exp=True)).encode()),
    "two subjects": lambda o: resign(
        o, header_of(o), json.dumps(claims_of(o)).replace('"sub"', '"sub":"aliens-office","sub"').encode()
    ),
    "alg none": lambda o: resign(o, {**header_of(o), "alg": "none"}, json.dumps(claims_of(o)).encode()),
    "alg none, unsigned": lambda o: (
        resign(o, {**header_of(o), "alg": "none"}, json.dumps(claims_of(o)).encode()).rpartition(".")[0] + "."
    ),
    "signature cut off": lambda o: o.assertion().rpartition(".")[0] + ".",
    "signature changed": lambda o: o.assertion()[:-8] + "AAAAAAAA",
    "not a token": lambda o: "x",
    "five segments": lambda o: "a.b.c.d.e",
}


@pytest.mark.parametrize("case", ASSERTIONS)
async def test_a_bad_assertion_is_refused_like_any_other(office: Office, case: str) -> None:
    good = office.sign_in(ASSERTIONS["unknown agency"](office))
    expected = await good
    answer = await office.sign_in(ASSERTIONS[case](office))
    assert (answer.status_code, answer.json()["code"]) == (401, "agency-sign-in-refused")
    assert (answer.content, dict(answer.headers)) == (expected.content, dict(expected.headers))


async def test_a_public_key_is_no_hmac_secret(office: Office) -> None:
    public = office.agency.login.public_key()
    for secret in (
        public.public_bytes_raw(),
        public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
    ):
        header = {**header_of(office), "alg": "HS256"}
        signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims_of(office)).encode())}"
        import hmac

        token = f"{signed}.{b64(hmac.digest(secret, signed.encode(), 'sha256'))}"
        assert (await office.sign_in(token)).status_code == 401


async def test_an_ecdsa_key_is_no_login_key(office: Office) -> None:
    token = office.assertion(key=ec.generate_private_key(ec.SECP256R1()), algorithm="ES256")
    assert (await office.sign_in(token)).status_code == 401


@both_databases
async def test_an_assertion_works_once_also_in_parallel(office: Office) -> None:
    assertion = office.assertion()
    answers = await asyncio.gather(*(office.sign_in(assertion) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 19
    assert (await office.sign_in(assertion)).json()["code"] == "agency-sign-in-refused"


async def test_the_proof_must_be_by_the_login_key(office: Office) -> None:
    for key in (Ed25519PrivateKey.generate(), office.agencies[1].login, ec.generate_private_key(ec.SECP256R1())):
        assert (await office.sign_in(office.assertion(), key=key)).status_code == 401


async def test_without_a_proof_or_with_an_old_one_nobody_signs_in(office: Office) -> None:
    body = {"client_assertion": office.assertion()}
    assert (await office.world.call("POST", "/v1/agency/token", body)).status_code == 401
    from mappe.formats import dpop

    raw = json.dumps(body).encode()
    now = office.clock.now()
    origin = office.world.origin
    for proof in (
        dpop.make(office.agency.login, "POST", f"{origin}/v1/agency/token", body=raw, now=now - 61),
        dpop.make(office.agency.login, "POST", f"{origin}/v1/agency/inbox", body=raw, now=now),
        dpop.make(office.agency.login, "POST", "https://elsewhere.example/v1/agency/token", body=raw, now=now),
        dpop.make(office.agency.login, "GET", f"{origin}/v1/agency/token", body=raw, now=now),
        dpop.make(office.agency.login, "POST", f"{origin}/v1/agency/token", body=b"{}", now=now),
        dpop.make(office.agency.login, "POST", f"{origin}/v1/agency/token", now=now),
    ):
        answer = await office.world.call("POST", "/v1/agency/token", raw=raw, headers={"dpop": proof})
        assert answer.json()["code"] == "agency-sign-in-refused"


async def refused(office: Office, token: str, *, key: Any = None, **more: Any) -> None:
    answer = await office.world.call("GET", "/v1/agency/inbox", key=key or office.agency.login, token=token, **more)
    assert (answer.status_code, answer.json()["code"]) == (401, "agency-token-invalid"), answer.text


async def works(office: Office, token: str, agency: Agency | None = None) -> bool:
    return (await office.call("GET", "/v1/agency/inbox", token=token, agency=agency)).status_code == 200


async def test_a_token_is_nothing_without_its_key(office: Office) -> None:
    token = await office.token()
    for key in (Ed25519PrivateKey.generate(), office.agencies[1].login, ec.generate_private_key(ec.SECP256R1())):
        await refused(office, token, key=key)
    assert (await office.world.call("GET", "/v1/agency/inbox", token=token)).status_code == 401
    assert (await office.world.call("GET", "/v1/agency/inbox", key=office.agency.login)).status_code == 401
    bearer = {"authorization": f"Bearer {token}"}
    assert (await office.world.call("GET", "/v1/agency/inbox", headers=bearer)).status_code == 401


async def test_a_proof_works_once(office: Office) -> None:
    from mappe.formats import dpop

    token = await office.token()
    url = f"{office.world.origin}/v1/agency/inbox"
    proof = dpop.make(office.agency.login, "GET", url, token=token, now=office.clock.now())
    headers = {"authorization": f"DPoP {token}", "dpop": proof}
    answers = [await office.world.call("GET", "/v1/agency/inbox", headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 401, 401]


async def test_a_proof_for_another_token_is_refused(office: Office) -> None:
    from mappe.formats import dpop

    token, other = await office.token(), await office.token()
    url = f"{office.world.origin}/v1/agency/inbox"
    proof = dpop.make(office.agency.login, "GET", url, token=other, now=office.clock.now())
    headers = {"authorization": f"DPoP {token}", "dpop": proof}
    assert (await office.world.call("GET", "/v1/agency/inbox", headers=headers)).status_code == 401


async def test_a_token_dies_with_its_time_also_when_it_is_remembered(office: Office) -> None:
    token = await office.token()
    assert await works(office, token)
    office.clock.advance(599)
    assert await works(office, token)
    office.clock.advance(1)
    await refused(office, token)


async def test_a_suspended_agency_is_out_at_once(office: Office) -> None:
    token, other = await office.token(), await office.token(office.agencies[1])
    assert await works(office, token)
    office.change(office.agency, lambda entry: entry.update(status="suspended"))
    await refused(office, token)
    assert (await office.sign_in()).status_code == 401
    assert await works(office, other, office.agencies[1])
    office.change(office.agency, lambda entry: entry.update(status="active"))
    assert await works(office, token)


async def test_a_revoked_key_is_out_at_once(office: Office) -> None:
    token = await office.token()
    assert await works(office, token)
    office.change(office.agency, lambda entry: entry["keys"][0].update(status="revoked"))
    await refused(office, token)
    assert (await office.sign_in()).status_code == 401


async def test_a_key_before_and_after_its_time_does_not_sign_in(office: Office) -> None:
    now = office.clock.now()
    office.change(office.agency, lambda entry: entry["keys"][0].update(nbf=now + 10))
    assert (await office.sign_in()).status_code == 401
    office.change(office.agency, lambda entry: entry["keys"][0].update(nbf=now - DAY, exp=now))
    assert (await office.sign_in()).status_code == 401


async def test_tokens_of_other_makers_are_refused(office: Office) -> None:
    keys = office.ctx.keys
    now = office.clock.now()
    origin = office.world.origin

    def forge(key: Any, algorithm: str = "EdDSA", **changes: Any) -> str:
        header = {"typ": "at+jwt", "kid": keys.current("token").kid, **changes.pop("header", {})}
        claims = {
            "iss": origin,
            "sub": office.agency.id,
            "aud": origin,
            "client_id": office.agency.id,
            "iat": now,
            "exp": now + 600,
            "jti": "x",
            "cnf": {"jkt": office.agency.jkt},
            **changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, key, algorithm=algorithm, headers=header)

    ours = keys.current("token").private
    assert await works(office, forge(ours))  # the forger is right when it has the key, so the rest fails by its fault
    for forged in (
        forge(Ed25519PrivateKey.generate()),
        forge(office.agency.login),
        forge(office.agency.login, header={"kid": office.agency.jkt}),
        forge(keys.current("promise").private, header={"kid": keys.current("promise").kid}),
        forge(None, "none", header={"alg": "none"}),
        forge(keys.current("token").info.public, "HS256"),
        forge(ours, header={"typ": "JWT"}),
        forge(ours, aud="https://elsewhere.example"),
        forge(ours, iss="https://elsewhere.example"),
        forge(ours, exp=None),
        forge(ours, cnf=None),
        forge(ours, cnf={}),
        forge(ours, cnf="x"),
        forge(ours, exp=now),
        forge(ours, sub="aliens-office"),
        forge(ours, sub="nobody-office"),
        office.assertion(),
    ):
        await refused(office, forged)
    await refused(office, "x" * 3000)


async def test_verified_tokens_are_remembered_within_bounds(office: Office) -> None:
    known = AgencyAuthentication(remembered=2)
    ctx = office.ctx
    texts = [await office.token() for _ in range(3)]
    for text in texts:
        assert isinstance(known.token(text, text.encode(), ctx, office.clock.now()), AccessToken)
    assert len(known._verified) == 2


@both_databases
async def test_what_is_remembered_of_assertions_is_swept(office: Office) -> None:
    await office.token()
    assert len(office.rows()["agency_assertion"]) == 1
    await office.run_jobs()
    assert len(office.rows()["agency_assertion"]) == 1
    office.clock.advance(121)
    await office.run_jobs()
    assert not office.rows()["agency_assertion"]


def test_a_login_key_is_named_by_its_thumbprint() -> None:
    agency = Agency("x")
    assert agency.jkt == ed25519_thumbprint(agency.login.public_key().public_bytes_raw())
