"""When a check fails: what it means for the person at the screen, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import ServerLied
from ..formats.errors import FormatError

_GRANT = {
    "bad-signature": "The signature under what was shared is wrong.",
    "record-mismatch": "What the server sent is not what was signed.",
    "malformed": "What the server sent cannot be read.",
    "wrong-grant": "The server sent something that was shared under another link.",
    "wrong-recipient": "This was shared with somebody else.",
    "not-yet": "The time for which this is shared has not begun.",
    "expired": "The time for which this was shared is over, and the server sent it all the same.",
    "wrong-key": "The sealed key does not open with this link, passcode or agency key.",
    "wrong-record-key": "It was signed by another key than the one that comes with it.",
    "terms-mismatch": "The purpose and terms shown are not those that were agreed.",
    "rolled-back": "An older version was sent than the one read here before.",
    "two-faced": "Two different contents exist under one version of this grant.",
    "header-mismatch": "Something sealed for another place was sent.",
    "undecryptable": "Something sealed was altered on its way.",
    "unsupported-suite": "This was made by a newer version of Mappe.",
    "truncated": "The file is not whole.",
    "trailing-data": "Something was appended to the file.",
    "hash-mismatch": "The file is not the one that was shared.",
    "kdf-refused": "A weaker protection than allowed was asked for.",
}


class NotAuthentic(ServerLied):
    """A check failed: nothing of it is shown or stored as true."""

    def __init__(self, code: str, sentence: str, next_step: str = "") -> None:
        super().__init__(code, sentence)
        self.next_step = next_step or (
            "Do not use what was received. Try once more; if it stays, tell the person who shared it and the operator."
        )


@contextmanager
def checked(sentences: dict[str, str] | None = None) -> Iterator[None]:
    """A FormatError inside becomes NotAuthentic with the same code, and a sentence for people."""
    try:
        yield
    except FormatError as error:
        sentence = (sentences or {}).get(error.code) or _GRANT.get(error.code, f"A check failed: {error}.")
        if error.code == "unsupported-suite":
            raise NotAuthentic(error.code, sentence, "Update this program and try again.") from error
        raise NotAuthentic(error.code, sentence) from error
    except (KeyError, TypeError, AttributeError) as error:  # an answer without a member, or of another shape
        sentence = (sentences or {}).get("malformed") or _GRANT["malformed"]
        raise NotAuthentic("malformed", sentence) from error
