"""Servers that start in a moment: forked from a parent that has imported everything once.

Fifty deaths are fifty starts, and three of four seconds of a start are imports. The forked process reads its own
environment and opens its own files, database and port; SIGKILL takes it, and nothing else, as it takes any other.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

from tests.support.server import ROOT, START_SECONDS, Server

GONE_SECONDS = 30  # for a process that was told to end


class Quick(Server):
    """The server that `one` describes, on the same data and port."""

    def __init__(self, one: Server) -> None:
        self.__dict__.update(one.__dict__)
        self._pid = 0
        command = [sys.executable, "-m", "tests.faults.quick"]
        self._parent = subprocess.Popen(command, cwd=ROOT, env=one.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    @property
    def pid(self) -> int:
        return self._pid

    @property
    def running(self) -> bool:
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, 0)
                return True
        return False

    def start(self) -> Quick:
        assert self._parent.stdin is not None and self._parent.stdout is not None
        order = json.dumps({"env": self.env, "log": str(self.log)})
        self._parent.stdin.write(order.encode() + b"\n")
        self._parent.stdin.flush()
        self._pid = int(self._parent.stdout.readline())
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if not self.running or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the server did not start: {self.log.read_text()[-4000:]}")
            time.sleep(0.02)
        return self

    def end(self) -> None:
        """The parent goes, too."""
        self.kill()
        self._parent.kill()
        self._parent.communicate()

    def _end(self, sign: signal.Signals) -> int:
        deadline = time.monotonic() + GONE_SECONDS
        if self.running:
            os.kill(self._pid, sign)
        while self.running:
            assert time.monotonic() < deadline, "the server does not end"
            time.sleep(0.01)
        self._pid = 0
        return 0


def main() -> None:
    """One order a line, answered with the number of the process that serves."""
    for module in ("app.serving", "app.main", "app.resources", "app.runner", "uvloop", "httptools"):
        importlib.import_module(module)
    main_app = importlib.import_module("app.main")
    for name in main_app.ROUTES:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    for line in sys.stdin.buffer:
        order = json.loads(line)
        child = os.fork()
        if not child:
            _serve(order)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


def _serve(order: dict[str, Any]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(order["env"])
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    try:
        importlib.reload(importlib.import_module("kit.failpoints"))  # it reads the environment at import
        from app.serving import run
        from app.settings import Settings

        run(Settings.from_env())
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
