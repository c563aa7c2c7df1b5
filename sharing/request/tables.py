"""Tables of the request slice. A row names an agency and never a wallet: who answers is sealed to the agency."""

from __future__ import annotations

from sqlmodel import SQLModel

from kit.columns import binary, integer, text


class SealedRequest(SQLModel, table=True):
    """A request that waits for an answer. The server cannot read the box; it enforces mode, end and number."""

    __tablename__ = "request_boxes"

    request_id: bytes = binary(primary_key=True)
    agency: str = text()
    auth: bytes = binary()  # SHA-256 of the capability
    box: str = text()
    mode: str = text()  # desk, poster, link, api
    digits: int = integer()  # 1: the clerk types six digits before an answer is handed out
    exp: int = integer()
    until: int = integer(index=True)  # afterwards the row and its answers are erased
    answers: int = integer()  # received so far
    erased: int = integer()  # 1: wrong digits have erased the answer


class Answer(SQLModel, table=True):
    """A sealed notice that waits for the agency."""

    __tablename__ = "request_answers"

    request_id: bytes = binary(primary_key=True)
    number: int = integer(primary_key=True)
    digest: bytes = binary()  # SHA-256 of the notice: the same answer sent again is the same answer
    notice: str = text()
    salt: bytes | None = binary(nullable=True)
    digits: bytes | None = binary(nullable=True)  # SHA-256(salt ‖ digits)
    tries: int = integer()  # wrong ones
    time: int = integer(index=True)


class RequestQuota(SQLModel, table=True):
    """How many requests an agency has made in an hour."""

    __tablename__ = "request_quota"

    agency: str = text(primary_key=True)
    hour: int = integer(primary_key=True, index=True)
    used: int = integer()
