"""The server in this process, on both databases where it matters."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from kit.clock import ManualClock
from tests.conftest import Backend
from tests.wallet.world import Holder, World, serving

MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(tmp_path: Path, clock: ManualClock, database_url: Callable[[Backend], str]) -> Iterator[MakeWorld]:
    """`make_world("postgres", UNINVITED_BYTES="1000")`"""
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())

        def make(backend: Backend = "sqlite", url: str = "", folder: str = "data", **env: str) -> World:
            served = serving(tmp_path / folder, clock, url or database_url(backend), **env)
            world = World(runner.run(served.__aenter__()), clock, runner)
            stack.callback(lambda: runner.run(served.__aexit__(None, None, None)))
            stack.callback(lambda: runner.run(world.http.aclose()))
            return world

        yield make


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, make_world: MakeWorld) -> World:
    return make_world(request.param)


@pytest.fixture
def holder(world: World) -> Holder:
    """A holder with a wallet."""
    person = Holder(world)
    answer = person.create()
    assert answer.status_code == 201, answer.text
    return person
