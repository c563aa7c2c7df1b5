"""What a comparison server is told, in a file that the environment variable MAPPE_BENCH names."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.jwk import ed25519_thumbprint

VARIABLE = "MAPPE_BENCH"
TOKEN_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison server: where it listens, its database, its keys, and the one agency that it knows."""

    origin: str
    database: str
    folder: str
    secret: str  # seed of its token and promise key
    agency: str
    jkt: str  # thumbprint of the agency's login key
    seal: str  # thumbprint of its seal key

    @classmethod
    def load(cls) -> Comparison:
        """As the parent wrote it."""
        return cls(**json.loads(Path(os.environ[VARIABLE]).read_text()))

    def save(self, path: Path) -> dict[str, str]:
        """The environment for the server."""
        path.write_text(json.dumps(asdict(self)))
        return {VARIABLE: str(path)}

    @property
    def key(self) -> Ed25519PrivateKey:
        """Signs tokens and promises."""
        return Ed25519PrivateKey.from_private_bytes(unb64u(self.secret, 32))

    @property
    def kid(self) -> str:
        return ed25519_thumbprint(self.key.public_key().public_bytes_raw())

    def token(self) -> str:
        """An access token with the claims of the product's."""
        now = int(time.time())
        claims = {
            "iss": self.origin,
            "sub": self.agency,
            "aud": self.origin,
            "client_id": self.agency,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "jti": b64u(os.urandom(16)),
            "cnf": {"jkt": self.jkt},
        }
        return jwt.encode(claims, self.key, algorithm="EdDSA", headers={"typ": "at+jwt", "kid": self.kid})
