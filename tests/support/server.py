"""Real server processes: `python -m app serve` on a free port with its own data, as an operator runs it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from scripts.postgres_server import free_port

ROOT = Path(__file__).parent.parent.parent
START_SECONDS = 180  # a busy machine with few cores imports slowly; an idle one needs three


class Server:
    """One server with its data; it can be killed and started again on the same data and port."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self._clock = folder / "clock"
        self._process: subprocess.Popen[bytes] | None = None
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MAPPE_")},
            "MAPPE_DATA_DIR": str(self.data),
            "MAPPE_PORT": str(self.port),
            "MAPPE_TESTING": "1",
            "MAPPE_CLOCK_FILE": str(self._clock),
            "MAPPE_WEB_DIR": str(ROOT / "clients" / "web" / "dist"),
            **env,
        }

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the server is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> Server:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app", "serve"], env=self.env, cwd=ROOT, stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the server did not start: {self.log.read_text()[-4000:]}")
            time.sleep(0.02)
        return self

    def stop(self) -> int:
        """Asks it to end, as an operator does, and returns its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """`kill -9`: what a power failure leaves of a process."""
        return self._end(signal.SIGKILL)

    def advance(self, seconds: int) -> None:
        """Moves the server's clock forward."""
        before = int(self._clock.read_text()) if self._clock.exists() else 0
        fresh = self._clock.with_suffix(".new")
        fresh.write_text(str(before + seconds))
        fresh.replace(self._clock)

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """One of the operator's commands with this server's settings."""
        return subprocess.run(
            [sys.executable, "-m", "app", *command], env=self.env, cwd=ROOT, text=True, capture_output=True, check=check
        )

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.origin}/readyz", timeout=5) as answer:
                ok: bool = answer.status == 200
                return ok
        except (urllib.error.URLError, OSError):
            return False

    def _end(self, sign: signal.Signals) -> int:
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(sign)
        code = self._process.wait(30)
        self._process = None
        return code
