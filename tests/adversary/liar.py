"""The lying server: a proxy before the real one. Its lies are data (lies.json); any client can be pointed at it.

    python -m tests.adversary.liar --upstream http://127.0.0.1:8001 --port 8000 --lie method-list-shortened

The real server must be told the proxy's address as its public origin. Everything that passes is recorded, so that a
test can show that no request followed a lie.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

LIES = Path(__file__).with_name("lies.json")
HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "te", "upgrade"}
Json = Any


@dataclass(frozen=True)
class Lie:
    """`match`: "METHOD /path-regex"; `then`: operations on the answer; `expect`: codes with which a client may stop."""

    name: str
    match: str
    then: tuple[Mapping[str, Any], ...]
    expect: tuple[str, ...]
    when: str
    about: str = ""
    unplayed: Mapping[str, str] = field(default_factory=dict)  # client → why it does not meet this lie

    def fits(self, method: str, path: str) -> bool:
        wanted, pattern = self.match.split(" ", 1)
        return method == wanted and re.fullmatch(pattern, path.split("?")[0]) is not None


def load() -> dict[str, Lie]:
    """All lies by name."""
    rows = json.loads(LIES.read_text("utf-8"))["lies"]
    return {row["name"]: Lie(**{**row, "then": tuple(row["then"]), "expect": tuple(row["expect"])}) for row in rows}


@dataclass
class Passed:
    """One exchange, as the client saw it."""

    method: str
    path: str
    request: bytes
    status: int
    answer: bytes
    lied: bool


@dataclass
class Liar:
    """`with Liar(upstream).running() as liar: liar.tell(lie)`"""

    upstream: str
    port: int = 0
    passed: list[Passed] = field(default_factory=list)
    lie: Lie | None = None
    held: dict[str, list[bytes]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def tell(self, lie: Lie | None) -> None:
        """From now on."""
        self.lie = lie

    def after_the_lie(self) -> list[Passed]:
        """What the client still sent after it had been lied to."""
        told = [index for index, one in enumerate(self.passed) if one.lied]
        return self.passed[told[0] + 1 :] if told else []

    @contextmanager
    def running(self) -> Iterator[Liar]:
        handler = type("Handler", (_Handler,), {"liar": self})
        server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        server.daemon_threads = True
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    liar: Liar

    def _pass(self) -> None:
        body = self._body()
        target = urlsplit(self.liar.upstream)
        connection = http.client.HTTPConnection(target.hostname or "", target.port or 80, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
        headers["Host"] = urlsplit(self.liar.origin).netloc
        connection.request(self.command, self.path, body=body, headers=headers)
        answer = connection.getresponse()
        status, data = answer.status, answer.read()
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP]
        connection.close()
        lied = False
        lie = self.liar.lie
        key = f"{self.command} {self.path}"
        with self.liar.lock:
            self.liar.held.setdefault(key, []).append(data)
        if lie is not None and lie.fits(self.command, self.path) and status < 300:
            new = change(lie, data, self.liar.held[key])
            lied, data = new != data, new
        with self.liar.lock:
            self.liar.passed.append(Passed(self.command, self.path, body or b"", status, data, lied))
        self.send_response(status)
        for name, value in kept:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _body(self) -> bytes | None:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(length) if length else None

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _pass  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


def change(lie: Lie, data: bytes, held: list[bytes]) -> bytes:
    """The answer after all operations of the lie; unchanged where they do not apply to it."""
    for step in lie.then:
        op = step["op"]
        if op in _RAW:
            data = _RAW[op](data, step, held)
        else:
            try:
                value = json.loads(data)
            except ValueError:
                return data
            try:
                _JSON[op](value, step)
            except (KeyError, IndexError, TypeError, StopIteration):
                return data
            data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return data


def _place(value: Json, pointer: str) -> tuple[Json, Any]:
    """Container and key of a JSON pointer; `*`: first key, `-1`: last item, `kind=x`: the item that has it."""
    parts = pointer.strip("/").split("/")
    for part in parts[:-1]:
        value = value[_key(value, part)]
    return value, _key(value, parts[-1])


def _key(value: Json, part: str) -> Any:
    if isinstance(value, list):
        name, chosen, wanted = part.partition("=")
        return next(i for i, one in enumerate(value) if one[name] == wanted) if chosen else int(part)
    return sorted(value)[0] if part == "*" else part


def _at(value: Json, pointer: str) -> Any:
    place, key = _place(value, pointer)
    return place[key]


def _set(value: Json, step: Mapping[str, Any]) -> None:
    place, key = _place(value, step["at"])
    place[key] = step["value"]


def _drop(value: Json, step: Mapping[str, Any]) -> None:
    place, key = _place(value, step["at"])
    del place[key]


def _swap(value: Json, step: Mapping[str, Any]) -> None:
    (a, i), (b, j) = _place(value, step["at"]), _place(value, step["with"])
    a[i], b[j] = b[j], a[i]


def _copy(value: Json, step: Mapping[str, Any]) -> None:
    place, key = _place(value, step["to"])
    found = _at(value, step["at"])
    if isinstance(place, list):
        place.insert(int(key), found)
    else:
        place[key] = found


def _same(value: Json, step: Mapping[str, Any]) -> None:
    place, key = _place(value, step["to"])
    place[key] = _at(value, step["at"])


def _add(value: Json, step: Mapping[str, Any]) -> None:
    place, key = _place(value, step["at"])
    place[key] = place[key] + step["value"]


def _flip(value: Json, step: Mapping[str, Any]) -> None:
    """One character of a token, well inside its last segment."""
    place, key = _place(value, step["at"])
    text = place[key]
    cut = len(text) - int(step.get("from_end", 20))
    place[key] = text[:cut] + ("A" if text[cut] != "A" else "B") + text[cut + 1 :]


def _header(value: Json, step: Mapping[str, Any]) -> None:
    """A member of a JOSE header."""
    place, key = _place(value, step["at"])
    first, _, rest = place[key].partition(".")
    header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    header[step["member"]] = step["value"]
    text = json.dumps(header, separators=(",", ":")).encode()
    place[key] = base64.urlsafe_b64encode(text).rstrip(b"=").decode() + "." + rest


def _inside(value: Json, step: Mapping[str, Any]) -> None:
    """An operation inside a JSON text that is itself a string (a policy)."""
    place, key = _place(value, step["at"])
    inner = json.loads(place[key])
    _JSON[step["do"]["op"]](inner, step["do"])
    place[key] = json.dumps(inner, separators=(",", ":"))


def _payload(value: Json, step: Mapping[str, Any]) -> None:
    """An operation inside the payload of a JWS, whose signature then no longer fits."""
    place, key = _place(value, step["at"])
    head, payload, signature = place[key].split(".")
    inner = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    _JSON[step["do"]["op"]](inner, step["do"])
    text = json.dumps(inner, separators=(",", ":")).encode()
    place[key] = f"{head}.{base64.urlsafe_b64encode(text).rstrip(b'=').decode()}.{signature}"


def _reverse(value: Json, step: Mapping[str, Any]) -> None:
    _at(value, step["at"]).reverse()


def _first(data: bytes, step: Mapping[str, Any], held: list[bytes]) -> bytes:
    """The first answer that this address ever gave."""
    del data, step
    return held[0]


def _cut(data: bytes, step: Mapping[str, Any], held: list[bytes]) -> bytes:
    del held
    return data[: -int(step["bytes"])]


def _append(data: bytes, step: Mapping[str, Any], held: list[bytes]) -> bytes:
    del held
    return data + b"\0" * int(step["bytes"])


def _chunks(data: bytes, step: Mapping[str, Any], held: list[bytes]) -> bytes:
    """Chunks of a file in another order: `order` lists indexes, repeats and gaps included."""
    del held
    size = int(step["size"])
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    if len(pieces) <= max(step["order"]):
        return data
    return b"".join(pieces[index] for index in step["order"]) + b"".join(pieces[max(step["order"]) + 1 :])


def _bite(data: bytes, step: Mapping[str, Any], held: list[bytes]) -> bytes:
    del held
    at = min(int(step["at_byte"]), len(data) - 1)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _nest(data: bytes, step: Mapping[str, Any], held: list[bytes]) -> bytes:
    del data, held
    depth = int(step["depth"])
    return b"[" * depth + b"]" * depth


_JSON: dict[str, Callable[[Json, Mapping[str, Any]], None]] = {
    "set": _set,
    "drop": _drop,
    "swap": _swap,
    "copy": _copy,
    "same": _same,
    "add": _add,
    "flip": _flip,
    "header": _header,
    "inside": _inside,
    "payload": _payload,
    "reverse": _reverse,
}
_RAW: dict[str, Callable[[bytes, Mapping[str, Any], list[bytes]], bytes]] = {
    "first": _first,
    "cut": _cut,
    "append": _append,
    "chunks": _chunks,
    "bite": _bite,
    "nest": _nest,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--lie", choices=sorted(load()))
    given = parser.parse_args()
    liar = Liar(given.upstream, given.port, lie=load()[given.lie] if given.lie else None)
    with liar.running():
        threading.Event().wait()


if __name__ == "__main__":
    main()
