"""The TypeScript twin reads every vector in a real browser too: another WebCrypto than Node's, under the page's CSP."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.browser.conftest import VisitorFactory
from tests.support.server import ROOT, Server

VECTORS = sorted((ROOT / "mobile_api_spec" / "vectors").glob("*.json"))
NOT_HERE = {"export"}  # ordinary age and ZIP files, written by the holder's client


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("vectors")
    subprocess.run(
        [
            str(ROOT / "scripts" / "node.sh"),
            *("npx", "vite", "build", "--config", "vectors.config.ts", "--outDir", str(out), "--logLevel", "error"),
        ],
        check=True,
        cwd=ROOT,
    )
    return (out / "vectors.js").read_text()


@pytest.mark.parametrize("way", ["web", "script"])
def test_every_vector(running: Server, visitor: VisitorFactory, bundle: str, way: str) -> None:
    one = visitor()
    one.context.add_init_script(bundle)
    page = one.visit(running.origin)
    files = [path for path in VECTORS if path.stem not in NOT_HERE]
    assert len(files) >= 11
    for path in files:
        vectors = json.loads(Path(path).read_text())
        assert page.evaluate("([file, way]) => mappeVectors(file, way)", [vectors, way]) == [], path.stem
