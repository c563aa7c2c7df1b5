"""The log, checked by the Go project's transparency-log code: another language, other authors, the same RFC."""

from __future__ import annotations

import json
import os
import subprocess
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from mappe.formats.checkpoint import ED25519, Verifier

from audit import reading
from audit import repository as store
from audit.tiles import Tree
from kit.database import Tx
from kit.signing import new_signing_key
from tests.audit.conftest import LOG, NOW, Log

SOURCE = Path(__file__).parent / "go" / "verify.go"
STEPS = (1, 1, 1, 2, 3, 5, 8, 13, 100, 122, 1, 1, 254, 1, 700)  # sizes beside every power of two up to 512


@pytest.fixture(scope="module")
def verify(tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, Any]], list[str]]:
    """Builds the Debian-packaged verifier; fails without Go, because then nobody else has checked."""
    folder = tmp_path_factory.mktemp("go")
    program = folder / "verify"
    env = os.environ | {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(folder / "cache")}
    subprocess.run(["go", "build", "-o", str(program), str(SOURCE)], env=env, check=True)

    def run(case: dict[str, Any]) -> list[str]:
        done = subprocess.run([str(program)], input=json.dumps(case), text=True, capture_output=True, check=True)
        return done.stdout.splitlines()

    return run


def base64(data: bytes) -> str:
    return b64encode(data).decode()


@pytest.fixture
def case(sqlite_log: Log) -> dict[str, Any]:
    """A log that grew in steps, each with its checkpoint, and proofs for many pairs of sizes."""
    log, wallet, notes, sizes = sqlite_log, sqlite_log.wallet(), [], []
    for step in STEPS:
        log.append(wallet, step)
        log.sequence()
        note, size = log.db.read_now(lambda tx: reading.checkpoint(tx, LOG))
        notes.append(note)
        sizes.append(size)
    leaves = [leaf for (leaf,) in log.all("SELECT leaf FROM log_leaves ORDER BY tree_index")]

    def proofs(tx: Tx) -> tuple[list[Any], list[Any]]:
        inclusion, consistency = [], []
        for size in sizes:
            tree = Tree(size, partial(store.tile, tx, LOG))
            for index in {0, 1, size // 3, size // 2, size - 2, size - 1} & set(range(size)):
                path = [base64(node) for node in tree.inclusion(index)]
                inclusion.append({"Index": index, "Newer": size, "Leaf": base64(leaves[index]), "Path": path})
            for older in (s for s in sizes if s <= size):
                path = [base64(node) for node in tree.consistency(older)]
                consistency.append({"Older": older, "Newer": size, "Path": path})
        return inclusion, consistency

    inclusion, consistency = log.db.read_now(proofs)
    return {
        "Key": Verifier(LOG, ED25519, log.key.info.public).vkey(),
        "Checkpoints": notes,
        "Leaves": [base64(leaf) for leaf in leaves],
        "Inclusion": inclusion,
        "Consistency": consistency,
    }


def test_go_agrees(case: dict[str, Any], verify: Callable[[dict[str, Any]], list[str]]) -> None:
    assert len(case["Inclusion"]) > 70 and len(case["Consistency"]) > 100
    assert verify(case) == []


def swap_leaves(case: dict[str, Any]) -> None:
    leaves = case["Leaves"]
    leaves[3], leaves[4] = leaves[4], leaves[3]


def drop_leaf(case: dict[str, Any]) -> None:
    del case["Leaves"][100]


def other_key(case: dict[str, Any]) -> None:
    case["Key"] = Verifier(LOG, ED25519, new_signing_key("log", NOW).info.public).vkey()


def other_origin(case: dict[str, Any]) -> None:
    case["Key"] = Verifier("other.example/log", ED25519, new_signing_key("log", NOW).info.public).vkey()


def larger(case: dict[str, Any]) -> None:
    case["Checkpoints"][-1] = case["Checkpoints"][-1].replace(f"\n{sum(STEPS)}\n", f"\n{sum(STEPS) + 1}\n")


def other_leaf(case: dict[str, Any]) -> None:
    case["Inclusion"][40]["Leaf"] = base64(os.urandom(32))


def other_index(case: dict[str, Any]) -> None:
    case["Inclusion"][40]["Index"] ^= 1


def short_path(case: dict[str, Any]) -> None:
    case["Consistency"][-3]["Path"].pop()


def other_path(case: dict[str, Any]) -> None:
    case["Consistency"][-3]["Path"][0] = base64(os.urandom(32))


@pytest.mark.parametrize(
    "lie",
    [swap_leaves, drop_leaf, other_key, other_origin, larger, other_leaf, other_index, short_path, other_path],
    ids=lambda lie: lie.__name__,
)
def test_go_notices(
    case: dict[str, Any], verify: Callable[[dict[str, Any]], list[str]], lie: Callable[[dict[str, Any]], None]
) -> None:
    lie(case)
    assert verify(case) != []
