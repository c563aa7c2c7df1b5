"""The agency's connection: signed in with `private_key_jwt` and DPoP, renewed before it runs out (sign_in.md)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ..formats import strict_json
from ..formats.encoding import b64u
from ..formats.jwk import ed25519_thumbprint
from ..net.server import Server
from ..recipient.errors import checked

ASSERTION_SECONDS = 60  # it is used at once
RENEW_SECONDS = 30  # before the token ends: a request that is on its way still arrives in time
_TOKEN_PATH = "/v1/agency/token"  # noqa: S105 (a path)


class AgencyServer(Server):
    """Every request carries a token that is valid for a while longer, and a proof by the login key."""

    def __init__(
        self,
        origin: str,
        agency: str,
        login: Ed25519PrivateKey,
        *,
        http: httpx2.Client | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(origin, login, http=http, now=now)
        self.agency = agency
        self._login = login
        self._until = 0

    @property
    def login(self) -> Ed25519PublicKey:
        """The key whose signed requests stand in holders' logs."""
        return self._login.public_key()

    def proof(self, method: str, path: str, body: bytes | None) -> dict[str, str]:
        """As in `Server`; signs in first where need be."""
        if path != _TOKEN_PATH and self.now() >= self._until - RENEW_SECONDS:
            self._sign_in()
        return super().proof(method, path, body)

    def _sign_in(self) -> None:
        self.token = None
        answer = self.post(_TOKEN_PATH, {"client_assertion": self._assertion()})
        with checked({"malformed": "The server's answer to the sign-in cannot be read."}):
            self.token, self._until = str(answer["access_token"]), self.now() + int(answer["expires_in"])

    def _assertion(self) -> str:
        now = self.now()
        kid = ed25519_thumbprint(self._login.public_key().public_bytes_raw())
        header = {"alg": "EdDSA", "typ": "client-authentication+jwt", "kid": kid}
        claims = {
            "iss": self.agency,
            "sub": self.agency,
            "aud": self.origin,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
            "jti": b64u(secrets.token_bytes(16)),
        }
        signed = f"{b64u(strict_json.dumps(header))}.{b64u(strict_json.dumps(claims))}"
        return f"{signed}.{b64u(self._login.sign(signed.encode()))}"
