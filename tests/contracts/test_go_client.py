"""The specification suffices: a client in Go, written from `mobile_api_spec` alone, against vectors and a server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ServerFactory

ROOT = Path(__file__).parent.parent.parent
CLIENT = ROOT / "clients" / "go"
VECTORS = ROOT / "mobile_api_spec" / "vectors"
GOPATH = Path("/usr/share/gocode")  # where Debian puts Go's libraries
CRYPTO = GOPATH / "src" / "golang.org" / "x" / "crypto"
LONGEST_FILE = 250  # lines

Run = Callable[..., subprocess.CompletedProcess[str]]


def tool(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is missing: install the Debian package golang-go (scripts/apt-test-deps.sh)"
    return found


@pytest.fixture(scope="module")
def go_env(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    assert CRYPTO.is_dir(), "install the Debian package golang-golang-x-crypto-dev (scripts/apt-test-deps.sh)"
    cache = tmp_path_factory.mktemp("go-cache")
    return {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": str(GOPATH),
        "GOCACHE": str(cache),
        "GOFLAGS": "",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
    }


@pytest.fixture(scope="module")
def mappe_go(go_env: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The program, built once."""
    program = tmp_path_factory.mktemp("go") / "mappe-go"
    built = subprocess.run(
        [tool("go"), "build", "-o", str(program), "."], cwd=CLIENT, env=go_env, text=True, capture_output=True
    )
    assert built.returncode == 0, built.stderr

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(program), *arguments], text=True, capture_output=True, timeout=300)

    return run


def spoil(folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A folder with one vector file in which one case is changed."""
    folder.mkdir()
    vectors = json.loads((VECTORS / "log.json").read_text())
    case = next(case for case in vectors["cases"] if case["op"] == "merkle.root")
    change(case)
    (folder / "log.json").write_text(json.dumps(vectors))
    return folder


def test_every_vector_holds(mappe_go: Run) -> None:
    done = mappe_go("vectors", str(VECTORS))
    assert done.returncode == 0, done.stdout + done.stderr
    for file in sorted(VECTORS.glob("*.json")):
        count = len(json.loads(file.read_text())["cases"])
        assert f"{file.name:<18} {count:4d} passed, 0 failed" in done.stdout


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda case: case.update(op="merkle.later"), "unknown operation"),
        (lambda case: case["out"].update(root="A" * 43), "expected"),
        (lambda case: case["out"].update(later=1), "expected"),
        (lambda case: (case.pop("out"), case.update(refused="malformed")), "expected refused malformed"),
        (lambda case: case["in"].update(leaves=["A"]), "refused malformed"),
    ],
    ids=["operation", "value", "member", "refusal", "input"],
)
def test_a_changed_vector_fails(
    mappe_go: Run, tmp_path: Path, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    done = mappe_go("vectors", str(spoil(tmp_path / "vectors", change)))
    assert done.returncode == 1
    assert said in done.stdout
    assert "1 failed" in done.stdout


def test_no_vectors_are_no_success(mappe_go: Run, tmp_path: Path) -> None:
    assert mappe_go("vectors", str(tmp_path)).returncode == 1


def test_the_journey_on_a_real_server(mappe_go: Run, server: ServerFactory) -> None:
    done = mappe_go("journey", server().origin)
    assert done.returncode == 0, done.stdout + done.stderr
    for line in [
        'second device  sees the document "Passport"',
        "second device  fetched and opened passport.pdf",
        'link holder    sees before opening: "Enrolment in a course", 2 slots',
        "link holder    mistyped the passcode, 4 tries left",
        "link holder    opened it: Haile",
        f"link holder    fetched and opened the file, {3 << 20} bytes",
        "first device   log 7: grant-refused by link",
        "first device   log 8: grant-opened by link",
        "first device   log 9: file-delivered by link",
        "link holder    finds it withdrawn",
        "all            everything verified",
    ]:
        assert line in done.stdout.splitlines()


def test_the_journey_stops_at_a_server_that_calls_itself_otherwise(mappe_go: Run, server: ServerFactory) -> None:
    done = mappe_go("journey", server().origin.replace("127.0.0.1", "localhost"))
    assert done.returncode == 1
    assert "meet the server: wrong-audience" in done.stderr


def test_the_source_is_tidy_and_needs_nothing_but_debian(go_env: Mapping[str, str]) -> None:
    files = sorted(CLIENT.glob("*.go"))
    unformatted = subprocess.run(
        [tool("gofmt"), "-l", *map(str, files)], text=True, capture_output=True, check=True
    ).stdout
    assert not unformatted
    assert not [file.name for file in files if len(file.read_text().splitlines()) > LONGEST_FILE]
    vetted = subprocess.run([tool("go"), "vet", "."], cwd=CLIENT, env=go_env, text=True, capture_output=True)
    assert vetted.returncode == 0, vetted.stderr
    imports = subprocess.run(
        [tool("go"), "list", "-f", '{{join .Imports "\\n"}}', "."],
        cwd=CLIENT,
        env=go_env,
        text=True,
        capture_output=True,
        check=True,
    ).stdout.split()
    foreign = {name for name in imports if "." in name.split("/")[0]}
    assert foreign <= {f"golang.org/x/crypto/{name}" for name in ("argon2", "curve25519", "hkdf", "sha3")}
