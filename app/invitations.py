"""Invitation codes, made by the operator for advice offices. They are printed once; the server keeps their hashes."""

from __future__ import annotations

import asyncio

from app.resources import close_context, open_context
from app.settings import Settings
from kit.clock import DAY
from wallet.unlock import invitations


def make(settings: Settings, count: int, days: int) -> list[str]:
    """So many fresh codes, each good for one wallet within so many days."""
    context = open_context(settings)
    try:
        exp = context.clock.now() + days * DAY
        codes = [invitations.new_code() for _ in range(count)]
        for code in codes:
            hashed = invitations.code_hash(code)
            context.db.write_now(lambda tx, hashed=hashed: invitations.add(tx, hashed, exp))  # type: ignore[misc]
        return codes
    finally:
        asyncio.run(close_context(context))
