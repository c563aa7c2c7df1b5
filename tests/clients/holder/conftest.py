"""One real server with one enrolled office, and people who use `mappe` on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from mappe.agency.client import Agency
from mappe.cli.holder import app
from typer.testing import CliRunner

from app.migrate import upgrade
from tests.clients.office import Roothold, enrolment_of, office
from tests.support.server import Server

CREATED = ("handle", "passphrase", "recovery_code", "sheet_pin", "stop_code")


@dataclass
class Place:
    """The server, the roots of its registry, and the office in it."""

    server: Server
    hold: Roothold
    agency: Agency


@dataclass
class Hand:
    """Somebody at a keyboard: a folder, and the variables that they have exported."""

    folder: Path
    origin: str
    secrets: dict[str, str] = field(default_factory=dict)
    env: dict[str, str | None] = field(default_factory=dict)

    def run(self, *command: str, stdin: str | None = None, **env: str | None) -> Any:
        exported = {"MAPPE_WALLET": str(self.folder), "MAPPE_SERVER": self.origin, **self.env, **env}
        return CliRunner().invoke(app, list(command), env=exported, input=stdin)

    def ok(self, *command: str, stdin: str | None = None, **env: str | None) -> Any:
        """The one JSON value of a command that succeeds; what opens the wallet stands in none but the makers' own."""
        done = self.run(*command, "--json", stdin=stdin, **env)
        assert done.exit_code == 0, done.output
        assert done.stderr == ""
        if command[0] not in ("create", "devices"):
            plain = done.output.replace(" ", "")
            assert not [name for name, secret in self.secrets.items() if secret.replace(" ", "") in plain]
        return json.loads(done.stdout)

    def refused(self, exit_code: int, code: str, *command: str, **env: str | None) -> str:
        """The sentence of a command that fails in this way, as text and as JSON, with nothing on standard output."""
        done = self.run(*command, "--json", **env)
        assert (done.exit_code, done.stdout) == (exit_code, ""), done.output
        error = json.loads(done.stderr)["error"]
        assert (error["code"], bool(error["next"])) == (code, True), error
        done = self.run(*command, **env)
        assert (done.exit_code, done.stdout) == (exit_code, ""), done.output
        assert f"[{code}]\n" in done.stderr
        assert "\nNext: " in done.stderr
        return str(error["sentence"])

    def create(self) -> Hand:
        shown = self.ok("create", "--small-memory")
        self.secrets = {name: shown[name] for name in CREATED}
        self.env["MAPPE_PASSPHRASE"] = shown["passphrase"]
        return self

    def elsewhere(self, name: str) -> Hand:
        """The same person with another device that knows nothing yet."""
        return Hand(self.folder.with_name(name), self.origin, self.secrets, dict(self.env))


@pytest.fixture(scope="package")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("holder")
    database = f"sqlite:///{folder / 'mappe.db'}"
    upgrade(database)
    hold = Roothold(folder)
    server = Server(folder, {"MAPPE_DATABASE_URL": database, "MAPPE_REGISTRY_ROOT": str(hold.roots_file)})
    profile, keys = office(folder / "office", server.origin, hold.roots_file)
    server.run("registry", "load", str(hold.issue(enrolment_of(profile, keys))))
    agency = Agency(profile, keys)
    yield Place(server.start(), hold, agency)
    agency.pins.close()
    server.remove()


@pytest.fixture
def amira(place: Place, tmp_path: Path) -> Hand:
    """Has a new wallet."""
    return Hand(tmp_path / "amira", place.server.origin).create()
