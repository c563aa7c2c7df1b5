"""Puts the program together. Nothing happens at import; `create_app(settings)` gives a complete application."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.routing import BaseRoute

from app import errors, web
from app.headers import Asgi, Shell
from app.resources import open_resources
from app.runner import Runner
from app.settings import Settings
from kit.clock import Clock
from kit.limits import BLOB_BYTES
from kit.metrics import Metrics

API_VERSION = "1"
# In the order of the story: unlock, store, grant, redeem, audit; the specification lists them the same way.
ROUTES = (
    "app.meta",
    "wallet.unlock.routes",
    "wallet.unlock.device_routes",
    "wallet.store.routes",
    "sharing.grant.routes",
    "sharing.redeem.routes",
    "sharing.desk.routes",
    "wallet.journal.routes",
    "audit.routes",
    "sharing.agencies.routes",
    "sharing.request.routes",
    "sharing.deposit.routes",
)
# Everything else takes an ordinary body (kit.limits.BODY_BYTES); the longest prefix wins.
BODY_LIMITS: dict[str, int] = {
    # only what is streamed to the blob store: every other body is held in memory, before its sender is known
    "PATCH /v1/attachments": BLOB_BYTES,
    "PATCH /v1/deposits": BLOB_BYTES,
    "/v1/changes": 8 * 1024 * 1024,  # many documents in one change: import, first device
    "/v1/grants": 4 * 1024 * 1024,  # up to 256 slots of one snapshot
}


# FastAPI's own OpenTelemetry would tell paths, bodies that do not validate and exceptions to whatever the environment
# names; it also looks there at every request. What may be told is in kit.metrics and app.logs.
NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """The application for these settings; its resources open with its lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_resources(settings, clock) as context:
            app.state.context = context
            runner = Runner(context)
            if settings.runner:
                runner.start()
            try:
                yield
            finally:
                await asyncio.to_thread(runner.stop)

    app = FastAPI(
        title="Mappe",
        version=API_VERSION,
        description="A wallet of papers that only its holder can open. Normative pages stand beside this file.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry=NO_TELEMETRY,
        redirect_slashes=False,  # a redirect would repeat a path into a Location header
        generate_unique_id_function=lambda route: route.name,
    )
    errors.install(app)
    first: list[BaseRoute] = []
    for name in ROUTES:
        router = _router(name)
        if router is not None:
            app.include_router(router)
            first += getattr(importlib.import_module(name), "FIRST", ())
    app.router.routes[:0] = first
    web.install(app, settings.web_dir, settings.config)
    _wrap(app, settings)
    return app


def _router(name: str) -> APIRouter | None:
    package = name.rpartition(".")[0]
    if importlib.util.find_spec(package) is None or importlib.util.find_spec(name) is None:
        return None
    router = importlib.import_module(name).router
    return router if isinstance(router, APIRouter) else None


def _wrap(app: FastAPI, settings: Settings) -> None:
    def metrics() -> Metrics | None:
        context = getattr(app.state, "context", None)
        return context.metrics if context is not None and settings.metrics_port else None

    def shell(inner: Asgi) -> Shell:
        https = settings.config.public_origin.startswith("https:")
        return Shell(inner, body_limits=BODY_LIMITS, metrics=metrics, https=https)

    app.add_middleware(shell)
