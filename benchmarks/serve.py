"""Serves a comparison with the HTTP server, loop and switch interval of the product: `serve module:factory port`."""

from __future__ import annotations

import sys

import uvicorn

from app.serving import KEEP_ALIVE_SECONDS, SWITCH_SECONDS


def main() -> None:
    """Until a signal ends it."""
    application, port = sys.argv[1:]
    sys.setswitchinterval(SWITCH_SECONDS)
    uvicorn.run(
        application,
        host="127.0.0.1",
        port=int(port),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        loop="uvloop",
        http="httptools",
        ws="none",
        proxy_headers=False,
        factory=True,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
