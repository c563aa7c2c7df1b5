"""Opens everything that a process needs, once, and closes it again: the one choice of backends."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from app import observe
from app.agencies import open_registry
from app.database import make_database
from app.erasure import WALLET_ENDINGS
from app.keys import open_keys
from app.settings import Settings, SettingsError
from audit.ledger_file import LedgerFile
from kit.blobs import BlobStore
from kit.blobs_local import LocalBlobs
from kit.clock import Clock, OffsetFileClock, SystemClock
from kit.context import Context
from kit.database import Database
from kit.metrics import Metrics
from kit.replay import SeenProofs

_log = logging.getLogger(__name__)
_MARKED = "SELECT until FROM leases WHERE task = 'restore'"


def open_clock(settings: Settings) -> Clock:
    return OffsetFileClock(settings.clock_file) if settings.clock_file else SystemClock()


def open_database(settings: Settings) -> Database:
    return make_database(
        settings.database_url.reveal(), threads=settings.database_threads, prepare=settings.database_prepare
    )


def open_blobs(settings: Settings) -> BlobStore:
    if settings.blobs_url.startswith("s3://"):
        from kit.blobs_s3 import S3Blobs  # 16 MB of native code that most installations never load

        return S3Blobs.open(
            settings.blobs_url,
            endpoint=settings.s3_endpoint,
            region=settings.s3_region,
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key.reveal(),
        )
    return LocalBlobs(Path(settings.blobs_url))


def open_context(settings: Settings, clock: Clock | None = None) -> Context:
    """The context of one process; whoever opens it closes it with `close_context`."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    clock = clock or open_clock(settings)
    context = Context(
        db=open_database(settings),
        blobs=open_blobs(settings),
        clock=clock,
        config=settings.config,
        keys=open_keys(settings.keys_file, clock.now()),
        metrics=Metrics(),
    )
    context.add(open_registry(settings))
    context.add(LedgerFile(settings.ledger_dir))
    context.add(SeenProofs())
    context.add(WALLET_ENDINGS)
    return context


async def close_context(context: Context) -> None:
    await context.blobs.close()
    context.db.close()


def half_restored(context: Context) -> bool:
    """Whether a restore was begun and not finished (app.restore): such a database must not be served."""
    return context.db.read_now(lambda tx: tx.one(_MARKED)) is not None


@asynccontextmanager
async def open_resources(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Context]:
    """What the server holds from start to stop."""
    context = open_context(settings, clock)
    try:
        if half_restored(context):
            _log.error("a restore was begun and not finished; restore again into an empty database")
            raise SettingsError("a restore was not finished")
        with observe.single_process(settings, context.metrics):
            yield context
    finally:
        await close_context(context)
