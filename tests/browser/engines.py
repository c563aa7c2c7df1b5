"""Two further engines from Debian, driven as the W3C standardised it: Firefox (WebDriver BiDi), WebKitGTK (WebDriver).

Playwright drives only builds of its own of these two; here it is the browser that people have. Both do no more than
open a page and run a script in it.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from websockets.sync.client import ClientConnection, connect

from scripts.postgres_server import free_port

START_SECONDS = 90  # a first start makes a profile
SCRIPT_SECONDS = 300  # Argon2id and a thousand vectors on a busy machine
MAX_MESSAGE = 1 << 26  # bytes; the answer is a list of differences


class Engine(Protocol):
    """An open window."""

    def visit(self, url: str) -> None: ...

    def run(self, script: str, *arguments: Any) -> Any:
        """The body of an async function in the page; its result as JSON."""
        ...


class Firefox:
    """Over WebDriver BiDi (W3C), without a driver program."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._send("session.new", {"capabilities": {}})
        self._context = self._send("browsingContext.getTree", {})["contexts"][0]["context"]

    def visit(self, url: str) -> None:
        self._send("browsingContext.navigate", {"context": self._context, "url": url, "wait": "complete"})

    def run(self, script: str, *arguments: Any) -> Any:
        called = f"(async (...args) => {{ {script} }})(...JSON.parse(given))"
        answer = self._send(
            "script.callFunction",
            {
                "functionDeclaration": f"async (given) => JSON.stringify(await {called})",
                "target": {"context": self._context},
                "arguments": [{"type": "string", "value": json.dumps(arguments)}],
                "awaitPromise": True,
            },
        )
        if answer["type"] != "success":
            raise AssertionError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def _send(self, method: str, params: dict[str, Any]) -> Any:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        deadline = time.monotonic() + SCRIPT_SECONDS
        while True:
            said = json.loads(self._socket.recv(timeout=deadline - time.monotonic()))
            if said.get("id") == number:
                if said["type"] == "error":
                    raise RuntimeError(f"{method}: {said['error']}: {said['message']}")
                return said["result"]


# It asks nobody for updates, lists or whether there is a network.
_QUIET = {
    "app.update.enabled": False,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disabled": True,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}


@contextlib.contextmanager
def firefox(folder: Path) -> Iterator[Engine]:
    """Debian's Firefox with an empty profile."""
    profile, port = folder / "profile", free_port()
    profile.mkdir(parents=True)
    wishes = [f"user_pref({json.dumps(name)}, {json.dumps(wish)});\n" for name, wish in _QUIET.items()]
    (profile / "user.js").write_text("".join(wishes))
    log = folder / "firefox.log"
    command = ["firefox-esr", "--headless", "--no-remote", "--profile", str(profile)]
    with log.open("wb") as out, _process([*command, f"--remote-debugging-port={port}"], out, folder):
        _until(lambda: b"WebDriver BiDi listening" in log.read_bytes(), "Firefox", log)
        with connect(f"ws://127.0.0.1:{port}/session", max_size=MAX_MESSAGE, proxy=None) as socket:
            yield Firefox(socket)


class WebKit:
    """Over WebDriver (W3C), with the driver that Debian ships."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}/session"
        browser = {"binary": str(_minibrowser()), "args": ["--automation"]}
        asked = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": browser}}}
        self._base += "/" + self._post("", asked)["sessionId"]
        self._post("/timeouts", {"script": SCRIPT_SECONDS * 1000, "pageLoad": START_SECONDS * 1000})

    def visit(self, url: str) -> None:
        self._post("/url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        whole = (
            "const done = arguments[arguments.length - 1];"
            f"(async (...args) => {{ {script} }})(...JSON.parse(arguments[0]))"
            ".then((value) => done(JSON.stringify({value})), (error) => done(JSON.stringify({error: String(error)})));"
        )
        said = json.loads(self._post("/execute/async", {"script": whole, "args": [json.dumps(arguments)]}))
        if "error" in said:
            raise AssertionError(said["error"])
        return said.get("value")

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            self._base + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=SCRIPT_SECONDS + 10) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {error.read()[:2000]!r}") from None


@contextlib.contextmanager
def webkit(folder: Path) -> Iterator[Engine]:
    """WebKitGTK's MiniBrowser on a screen of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    port, screen = free_port(), folder / "screen"
    log = folder / "webkit.log"
    with log.open("wb") as out, screen.open("wb") as number, contextlib.ExitStack() as stack:
        command = ["Xvfb", "-displayfd", "1", "-screen", "0", "800x900x24", "-nolisten", "tcp"]
        stack.enter_context(_process(command, out, folder, stdout=number))
        _until(lambda: re.fullmatch(rb"\d+\n", screen.read_bytes()) is not None, "Xvfb", log)
        shown = {"DISPLAY": f":{screen.read_text().strip()}", "WEBKIT_DISABLE_COMPOSITING_MODE": "1"}
        # the sandbox of the engine's own processes asks for rights that a container does not have
        shown |= {"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1", "HOME": str(folder)}
        stack.enter_context(_process(["WebKitWebDriver", f"--port={port}"], out, folder, env=shown))
        _until(lambda: _listens(port), "WebKitWebDriver", log)
        yield WebKit(port)


def _minibrowser() -> Path:
    found = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    if not found:
        raise RuntimeError("WebKitGTK's MiniBrowser is missing (Debian: webkit2gtk-driver)")
    return found[-1]


def _listens(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/status", timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _until(ready: Any, what: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not start: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)


@contextlib.contextmanager
def _process(
    command: list[str], err: Any, folder: Path, *, stdout: Any = None, env: dict[str, str] | None = None
) -> Iterator[None]:
    """Ends with everything that it started."""
    if shutil.which(command[0]) is None:
        raise RuntimeError(f"{command[0]} is missing")
    process = subprocess.Popen(
        command, stdout=stdout or err, stderr=err, cwd=folder, env={**os.environ, **(env or {})}, start_new_session=True
    )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
