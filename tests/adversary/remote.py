"""The lying server for clients in another language: one JSON command a line in, one JSON answer a line out.

    python -m tests.adversary.remote --upstream http://127.0.0.1:8001 --port 8000

{"lies": true} → all lies; {"tell": name or null}; {"forget": true} → what it holds and what passed; {"passed": true} →
[method, path, lied] of what passed since.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from tests.adversary.liar import Liar, load


def answer(liar: Liar, command: dict[str, Any]) -> Any:
    """Does one command."""
    if "lies" in command:
        rows = load().values()
        return [{"name": one.name, "when": one.when, "expect": one.expect, "about": one.about} for one in rows]
    if "tell" in command:
        liar.passed.clear()
        liar.tell(None if command["tell"] is None else load()[command["tell"]])
    elif "forget" in command:
        liar.held.clear()
        liar.passed.clear()
    elif "passed" in command:
        return [[one.method, one.path, one.lied] for one in liar.passed]
    return None


def _say(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Until the input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    with Liar(given.upstream, given.port).running() as liar:
        _say(liar.origin)
        for line in sys.stdin:
            _say(answer(liar, json.loads(line)))


if __name__ == "__main__":
    main()
