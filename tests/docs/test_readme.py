"""The tour in README.md is run, line by line, against a real server."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest
from mappe.formats import registry as fmt
from mappe.formats import strict_json
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.log import registry_leaf
from mappe.net.server import Server as Connection

from tests.conftest import ServerFactory
from tests.support.server import ROOT, Server

ADDRESS = "http://127.0.0.1:8000"  # where `make run` serves, and the tour looks for it
SERVER = "# terminal 1"
START = "make run"
PATIENCE = 60  # seconds until the sequencer has logged the registry
FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def tour() -> list[str]:
    text = (ROOT / "README.md").read_text("utf-8")
    return FENCE.findall(text[text.index("## A five-minute tour") : text.index("## How it is built")])


class Shell:
    """One terminal: what it exported and where it went stays for the next block."""

    def __init__(self, folder: Path, env: dict[str, str], saved: Path) -> None:
        self.folder = folder
        self.saved = saved
        self.env = env
        self._before = ""

    def run(self, block: str) -> str:
        script = f"set -eu\n{self._before}\n{block}"
        footer = f"\n{{ declare -f; export -p; printf 'cd %q\\n' \"$PWD\"; }} > '{self.saved}'"
        done = subprocess.run(
            ["bash", "-c", script + footer], cwd=self.folder, env=self.env, text=True, capture_output=True
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        self._before = f". '{self.saved}'"
        return done.stdout


@pytest.mark.slow
def test_the_tour_runs_as_printed(server: ServerFactory, tmp_path: Path) -> None:
    one = server(start=False)
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in (".venv", "docs"):
        (checkout / name).symlink_to(ROOT / name)
    people = {name: value for name, value in one.env.items() if not name.startswith("MAPPE_")}
    terminal_1 = Shell(checkout, dict(one.env), tmp_path / "terminal-1.sh")
    terminal_2 = Shell(checkout, people, tmp_path / "terminal-2.sh")
    said = ""
    for block in tour():
        lines = block.replace(ADDRESS, one.origin).rstrip()
        if lines.startswith(SERVER):
            assert lines.endswith(START)
            terminal_1.run(lines.removesuffix(START))
            _restart(one, checkout)
        else:
            said += terminal_2.run(lines)
    for expected in (
        "Aufenthaltstitel",
        "/g#",
        "Passcode:",
        "grant-created",
        "two of three",
        "Jobcenter Musterstadt",
        "Please bring the papers.",
        "Haddad",
        "grant-opened",
        "Ended: 2.",
    ):
        assert expected in said, expected
    assert "2027-05-01" in (checkout / "tour" / "read.csv").read_text("utf-8")
    assert (checkout / "tour" / "link.png").read_bytes().startswith(b"\x89PNG")


def _restart(one: Server, checkout: Path) -> None:
    """What `make run` does, on a port of our own; after the registry is loaded, until it is logged."""
    one.stop()
    roots, signed = checkout / "tour" / "roots.json", checkout / "tour" / "registry-1.json"
    if signed.exists():
        one.env["MAPPE_REGISTRY_ROOT"] = str(roots)
    one.start()
    if signed.exists():
        document = strict_json.loads(signed.read_bytes(), max_bytes=1 << 20)
        assert isinstance(document, dict)
        leaf = registry_leaf(fmt.registry_hash(unb64u(str(document["payload"]))), 1, "musterkreis")
        deadline = time.monotonic() + PATIENCE
        while Connection(one.origin).post("/v1/log/inclusion", {"leaf": b64u(leaf)}).get("pending"):
            assert time.monotonic() < deadline, "the registry was not logged"
            time.sleep(0.2)
