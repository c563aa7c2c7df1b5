"""A PostgreSQL cluster of our own, from Debian's packages, in a folder: for tests and benchmarks.

    with Postgres.start(folder) as cluster:
        url = cluster.new_database()

PostgreSQL refuses to run as root; then it runs as the user `postgres` that came with the package.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
from pathlib import Path
from types import TracebackType

import psycopg

_WAIT_SECONDS = 60


class PostgresMissing(RuntimeError):
    """The tests need a real PostgreSQL and do not pass without one."""


def find_binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parent.parent.name))
    if not found:
        raise PostgresMissing("PostgreSQL is not installed: run scripts/apt-test-deps.sh")
    return found[-1].parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Postgres:
    """A running cluster; any number of databases."""

    def __init__(self, folder: Path, port: int, as_user: str | None) -> None:
        self._folder = folder
        self._as_user = as_user
        self.port = port

    @classmethod
    def start(cls, folder: Path, *, durable: bool = False, settings: dict[str, str] | None = None) -> Postgres:
        """`durable=False` skips fsync: right for tests of behaviour, wrong for every measurement.

        As root, the folder's parents must be passable for the user `postgres`.
        """
        folder.mkdir(parents=True, exist_ok=True)
        as_user = None
        if os.geteuid() == 0:
            try:
                user = pwd.getpwnam("postgres")
            except KeyError:
                raise PostgresMissing("the user `postgres` is missing: run scripts/apt-test-deps.sh") from None
            as_user = user.pw_name
            os.chown(folder, user.pw_uid, user.pw_gid)
        cluster = cls(folder, free_port(), as_user)
        initdb = ["initdb", "-D", str(folder / "data"), "-U", "mappe", "-A", "trust", "-E", "UTF8", "--no-locale"]
        cluster._run(*initdb, *([] if durable else ["--no-sync"]))
        chosen = {
            "port": str(cluster.port),
            "listen_addresses": "'127.0.0.1'",
            "unix_socket_directories": "''",
            "max_connections": "200",
            "shared_buffers": "'128MB'",
        }
        if not durable:
            chosen |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        chosen |= settings or {}
        with (folder / "data" / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in chosen.items())
        log = str(folder / "data" / "server.log")
        cluster._run("pg_ctl", "-D", str(folder / "data"), "-l", log, "-w", "-t", str(_WAIT_SECONDS), "start")
        return cluster

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://mappe@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str | None = None) -> str:
        """The URL of a fresh database, empty or a copy of `template`."""
        name = f"t{secrets.token_hex(8)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        return self.url(name)

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Postgres:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, program: str, *args: str) -> None:
        command = [str(find_binaries() / program), *args]
        if self._as_user:
            command = ["setpriv", f"--reuid={self._as_user}", f"--regid={self._as_user}", "--init-groups", *command]
        # no pipe: the server that pg_ctl leaves behind would keep it open
        said = self._folder / f"{program}.said"
        with said.open("wb") as out:
            done = subprocess.run(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd="/", check=False)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {said.read_text('utf-8', 'replace')[-2000:]}")
