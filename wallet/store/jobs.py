"""The store's work in the background."""

from __future__ import annotations

from kit.context import Context
from kit.jobs import Handler
from kit.outbox import Job
from wallet.store import uploads
from wallet.store.attachments import UPLOAD_EXPIRE


def _expire_upload(ctx: Context, job: Job) -> None:
    ctx.db.write_now(lambda tx: uploads.expire(tx, job.shard, job.payload, ctx.clock.now()))


HANDLERS: dict[str, Handler] = {UPLOAD_EXPIRE: _expire_upload}
