"""Refusals of the deposit slice, for whoever proved the code; a stranger always gets kit.errors.NOT_FOUND."""

from __future__ import annotations

from kit.errors import problem

DEPOSIT_ENDED = problem(
    "deposit-ended",
    410,
    "The person has closed this deposit code.",
    "Ask them for a new code if something is still to be handed over.",
)
DEPOSIT_EXPIRED = problem(
    "deposit-expired",
    410,
    "The time of this deposit code is over.",
    "Ask the person for a new code.",
)
DEPOSIT_FULL = problem(
    "deposit-full",
    413,
    "This deposit code has no room for the file; nothing of it was taken.",
    "Compare with 'files_left' and 'bytes_left', or ask the person for another code.",
    "after-change",
)
DEPOSIT_ITEM_EXISTS = problem(
    "deposit-item-exists",
    409,
    "There is another file under this id.",
    "Take a new id; stored bytes are never overwritten.",
    "after-change",
)
DEPOSIT_INCOMPLETE = problem(
    "deposit-incomplete",
    409,
    "Not all bytes of the file have arrived.",
    "Send the rest from 'offset', then complete it.",
    "after-change",
)
DEPOSIT_CODE_EXISTS = problem(
    "deposit-code-exists",
    409,
    "There is a deposit code with this id already.",
    "Look at the list of codes; if it is not there, make a new one.",
    "after-change",
)
DEPOSIT_LIMITS = problem(
    "deposit-limits",
    422,
    "The deposit code asks for more time, files or bytes than a code may have.",
    "Ask for at most what 'seconds', 'files' and 'bytes' say.",
    "after-change",
)
DEPOSIT_ROOM = problem(
    "deposit-room",
    409,
    "The open deposit codes and what waits in them take all the room there is for deposits.",
    "Accept or discard what waits, end codes that are not needed, or allow fewer bytes.",
    "after-change",
)
