"""An application in this process, with extra routes that misbehave on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict
from starlette.testclient import TestClient

from app.main import create_app
from app.migrate import upgrade
from app.settings import Settings
from kit.errors import Problem


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    number: int
    inner: list[int] = []


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    env = {"DATA_DIR": str(tmp_path / "data"), "WEB_DIR": str(tmp_path / "web"), "RUNNER": "0"}
    settings = Settings.from_env({f"MAPPE_{name}": value for name, value in env.items()})
    upgrade(settings.database_url.reveal())
    return settings


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    app = create_app(settings)

    @app.post("/v1/test/body")
    async def body(body: Body) -> dict[str, int]:
        return {"number": body.number}

    @app.post("/v1/test/raw")
    async def raw(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @app.get("/v1/test/broken")
    async def broken() -> None:
        raise RuntimeError("secret-in-the-message")

    @app.get("/v1/test/refused")
    async def refused() -> None:
        raise Problem(
            "test", 418, "A sentence.", "Another.", retry="later", headers={"Retry-After": "9"}, extra={"n": 1}
        )

    return app


@pytest.fixture
def client(app: FastAPI) -> Iterator[httpx2.Client]:
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client
