"""The cryptography in Firefox and in WebKit: every vector, through WebCrypto and through the fallback, and Argon2id."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.browser.engines import Engine, firefox, webkit
from tests.browser.test_vectors import NOT_HERE, VECTORS, bundle
from tests.support.server import Server

__all__ = ["bundle"]

ENGINES: dict[str, Callable[[Path], AbstractContextManager[Engine]]] = {"firefox": firefox, "webkit": webkit}


@pytest.fixture(scope="module", params=list(ENGINES))
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with ENGINES[request.param](tmp_path_factory.mktemp(request.param)) as one:
        yield one


@pytest.mark.parametrize("way", ["web", "script"])
def test_every_vector(running: Server, engine: Engine, bundle: str, way: str) -> None:
    engine.visit(f"{running.origin}/")  # under the policy of the real pages
    engine.run(f"{bundle}; return null;")
    for path in VECTORS:
        if path.stem not in NOT_HERE:
            vectors = json.loads(path.read_text())
            assert engine.run("return await mappeVectors(args[0], args[1]);", vectors, way) == [], path.stem


def test_a_wrong_vector_is_noticed(running: Server, engine: Engine, bundle: str) -> None:
    """The check can fail: one changed byte of one expected result is found."""
    engine.visit(f"{running.origin}/")  # under the policy of the real pages
    engine.run(f"{bundle}; return null;")
    vectors = json.loads(next(path for path in VECTORS if path.stem == "wallet").read_text())
    changed = next(case for case in vectors["cases"] if "out" in case)
    changed["out"] = {"another": changed["out"]}
    found = engine.run("return await mappeVectors(args[0], 'web');", vectors)
    assert len(found) == 1 and changed["name"] in found[0]
