"""The ordinary way: what a careful FastAPI tutorial leads to. A synchronous route, a SQLModel session a request from a
`yield` dependency, a table for each thing, response models, PyJWT for every token. The same checks and the same
durable outcome as the ceiling.
"""

import json
import secrets
import time
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Annotated, Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.jwk import ed25519_thumbprint
from pydantic import BaseModel
from sqlalchemy import Engine, event
from sqlmodel import Field, Session, SQLModel, col, create_engine, select, update

from benchmarks.settings import Comparison
from benchmarks.shares import Share

TABLES = ("grants", "slots", "leases", "heads", "entries", "proofs")


class Grant(SQLModel, table=True):
    """What is shared, with whom, until when."""

    __tablename__ = "ordinary_grants"
    id: str = Field(primary_key=True)
    wallet: str
    tag: str
    exp: int
    opens: int = 0
    policy: str
    terms: str
    record: str
    keybox: str


class Slot(SQLModel, table=True):
    """One sealed field."""

    __tablename__ = "ordinary_slots"
    grant_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    place: int
    jwe: str


class Lease(SQLModel, table=True):
    """One open."""

    __tablename__ = "ordinary_leases"
    id: str = Field(primary_key=True)
    grant_id: str
    until: int


class Head(SQLModel, table=True):
    """The end of a wallet's chain."""

    __tablename__ = "ordinary_heads"
    wallet: str = Field(primary_key=True)
    seq: int
    leaf: str
    log_public: str


class Entry(SQLModel, table=True):
    """One sealed entry of a wallet's chain."""

    __tablename__ = "ordinary_entries"
    wallet: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    leaf: str
    body: bytes


class Proof(SQLModel, table=True):
    """A DPoP proof that was used."""

    __tablename__ = "ordinary_proofs"
    jti: str = Field(primary_key=True)
    iat: int


class Open(BaseModel):
    """The body of an agency's open."""

    r: str
    lease: str


class LeaseOut(BaseModel):
    """Until when it may go on."""

    id: str
    until: int


class Opened(BaseModel):
    """What is released."""

    policy: str
    terms: str
    record: str
    version: int
    keybox: str
    slots: dict[str, str]
    lease: LeaseOut
    event: str
    promise: str


def engine(path: str) -> Engine:
    """WAL and full durability, as in the product."""
    made = create_engine(
        f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": 30}, pool_size=16, max_overflow=16
    )

    @event.listens_for(made, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    return made


def seed(path: str, shares: Sequence[Share]) -> None:
    """A new database with these grants."""
    made = engine(path)
    tables = [SQLModel.metadata.tables[f"ordinary_{name}"] for name in TABLES]
    SQLModel.metadata.create_all(made, tables)
    with Session(made) as session:
        for one in shares:
            version = one.version
            assert version.policy.tag is not None
            wallet, id_ = b64u(one.wallet), b64u(one.grant)
            session.add(
                Grant(
                    id=id_,
                    wallet=wallet,
                    tag=b64u(version.policy.tag),
                    exp=version.policy.exp,
                    policy=version.policy_text,
                    terms=version.terms,
                    record=version.record_token,
                    keybox=version.keybox,
                )
            )
            for place, slot in enumerate(version.policy.slots):
                session.add(Slot(grant_id=id_, id=b64u(slot), place=place, jwe=version.slots[slot]))
            session.add(Head(wallet=wallet, seq=0, leaf=b64u(bytes(32)), log_public=b64u(one.log_public)))
        session.commit()
    made.dispose()


def make_app() -> FastAPI:
    """The ordinary server."""
    told = Comparison.load()
    made = engine(told.database)
    key, thumb = told.key, unb64u(told.seal, 32)
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    app = FastAPI()

    def session() -> Iterator[Session]:
        with Session(made) as one:
            yield one

    def caller(
        request: Request,
        sent: Open,
        authorization: Annotated[str, Header()],
        dpop: Annotated[str, Header()],
    ) -> str:
        token = authorization.removeprefix("DPoP ")
        try:
            claims = jwt.decode(token, key.public_key(), algorithms=["EdDSA"], audience=told.origin, issuer=told.origin)
            raw = unb64u(jwt.get_unverified_header(dpop)["jwk"]["x"], 32)
            proof = jwt.decode(
                dpop, Ed25519PublicKey.from_public_bytes(raw), algorithms=["EdDSA"], options={"verify_iat": False}
            )
        except jwt.InvalidTokenError:
            raise HTTPException(401) from None
        body = sent.model_dump_json().encode()
        if (
            claims["cnf"]["jkt"] != ed25519_thumbprint(raw)
            or proof["htu"] != told.origin + request.url.path
            or proof["ath"] != b64u(sha256(token.encode()).digest())
            or proof["bh"] != b64u(sha256(body).digest())
            or abs(time.time() - proof["iat"]) > 60
        ):
            raise HTTPException(401)
        return str(proof["jti"])

    @app.post("/v1/grants/{id}/open", response_model=Opened)
    def redeem(
        id: str,
        sent: Open,
        jti: Annotated[str, Depends(caller)],
        dpop: Annotated[str, Header()],
        db: Annotated[Session, Depends(session)],
    ) -> Opened:
        now = int(time.time())
        db.add(Proof(jti=jti, iat=now))
        grant = db.get(Grant, id)
        tag = b64u(sha256(unb64u(sent.r, 16) + thumb).digest())
        if grant is None or grant.tag != tag or grant.exp <= now:
            raise HTTPException(404)
        db.exec(update(Grant).where(col(Grant.id) == id).values(opens=Grant.opens + 1))
        slots = db.exec(select(Slot).where(Slot.grant_id == id).order_by(col(Slot.place))).all()
        head = db.get(Head, grant.wallet)
        assert head is not None
        lease = Lease(id=b64u(sha256(f"{id}{sent.lease}{told.jkt}".encode()).digest()), grant_id=id, until=now + 600)
        db.add(lease)
        text = json.dumps(
            {
                "v": 1,
                "kind": "grant-opened",
                "time": now,
                "actor": {"type": "agency", "id": told.agency},
                "grant": id,
                "slots": [slot.id for slot in slots],
                "lease": sent.lease,
                "detail": {"version": 1},
                "proof": dpop,
            },
            separators=(",", ":"),
        )
        r1, r2, previous = secrets.token_bytes(16), secrets.token_bytes(16), unb64u(head.leaf)
        place = unb64u(head.wallet) + (head.seq + 1).to_bytes(8, "big")
        other = sha256(r2 + place + previous).digest()
        leaf = sha256(b"\0" + sha256(r1 + text.encode()).digest() + other).digest()
        body = json.dumps({"event": text, "r1": b64u(r1), "r2": b64u(r2), "previous": head.leaf})
        public = X25519PublicKey.from_public_bytes(unb64u(head.log_public, 32))
        sealed = suite.encrypt(body.encode(), public, info=b"mappe/1/log-entry\0" + place + leaf)
        db.add(Entry(wallet=head.wallet, seq=head.seq + 1, leaf=b64u(leaf), body=sealed))
        head.seq, head.leaf = head.seq + 1, b64u(leaf)
        db.add(head)
        answer = Opened(
            policy=grant.policy,
            terms=grant.terms,
            record=grant.record,
            version=1,
            keybox=grant.keybox,
            slots={slot.id: slot.jwe for slot in slots},
            lease=LeaseOut(id=sent.lease, until=lease.until),
            event=text,
            promise="",
        )
        db.commit()
        promised = {"leaf": b64u(leaf), "r1": b64u(r1), "other": b64u(other), "time": now, "deadline": now + 3600}
        answer.promise = jwt.encode({"v": 1, **promised}, key, algorithm="EdDSA", headers={"typ": "mappe/1/promise"})
        return answer

    return app
