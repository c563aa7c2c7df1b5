"""Every slice's tables in one metadata, for migrations and for tests that look at the schema."""

from __future__ import annotations

import importlib
import importlib.util

from sqlalchemy import MetaData
from sqlmodel import SQLModel

SLICES = (
    "kit",
    "audit",
    "wallet.unlock",
    "wallet.store",
    "sharing.agencies",
    "sharing.request",
    "sharing.grant",
    "sharing.redeem",
    "sharing.desk",
    "sharing.deposit",
)


def metadata() -> MetaData:
    """Imports the tables and returns what they declare."""
    for name in SLICES:
        if importlib.util.find_spec(name) and importlib.util.find_spec(f"{name}.tables"):
            importlib.import_module(f"{name}.tables")
    return SQLModel.metadata
