"""Limits of grants, each with unit and reason. The format's own (slots, sizes of JSON) are grant.md's."""

from __future__ import annotations

from kit.clock import DAY, MINUTE
from kit.limits import KIB, MIB

BODY_BYTES = 4 * MIB  # one snapshot; an attachment's bytes are not in it
SLOTS = 256  # of one grant (grant.md)
FILES = 256  # references of one grant: at most one a slot
SLOT_CHARACTERS = 92_000  # 64 KiB of JSON, padded, sealed, base64url
TERMS_CHARACTERS = 96_000  # names of 256 slots and a purpose in one language, padded and sealed
KEYBOX_CHARACTERS = 2_048  # 64 bytes sealed: 1,600 characters in suite 2
RECORD_CHARACTERS = 32 * KIB  # digests of 256 slots, signed
POLICY_BYTES = 16 * KIB  # grant.md
LIFE_SECONDS = 366 * DAY  # from now to `exp`, so that an idle grant ends within twelve months (D17)
TOMBSTONE_SECONDS = 30 * DAY  # how long a recipient who proves it had the grant learns what became of it (D17)
END_AT_ONCE = 100  # grants ended by one request: bounds the transaction
LEASE_SECONDS = 10 * MINUTE  # grant.md, "Opening": long enough for five files on a phone, short enough for an end
PASSCODE_TRIES = 5  # wrong ones in the life of a grant (grant.md)
PEEKS = 20  # in the life of a grant (grant.md)
LEASES_SWEPT_EVERY = 16  # opens after which the grant's leases that are over are removed: bounds rows without a job
