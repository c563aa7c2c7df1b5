"""Secrets that a person types: never in the arguments, where every process of the machine could read them.

A secret comes from the file named by its `--…-file` option, else from its environment variable, else from a prompt that
shows nothing.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

from ..errors import MappeError


def read_secret(
    what: str, *, env: str, file: Path | None = None, option: str = "", new: bool = False, optional: bool = False
) -> str:
    """The secret called `what`; "" where it is `optional` and none is given.

    `new` asks twice. MappeError `secret-needed` without a terminal to ask at, `secret-empty`, `secret-differs`.
    """
    if file is not None:
        text = file.read_text("utf-8").rstrip("\r\n")
    elif env in os.environ:
        text = os.environ[env]
    elif sys.stdin.isatty():
        text = typer.prompt(f"{what}", hide_input=True, default="", show_default=False, err=True)
        if new and text and typer.prompt(f"{what} again", hide_input=True, err=True) != text:
            raise MappeError("secret-differs", "The two inputs differ.", "Run the command again.")
    elif optional:
        return ""
    else:
        ways = f"{env} or {option}" if option else env
        raise MappeError("secret-needed", f"{what}: there is no terminal to ask at.", f"Give it by {ways}.")
    if not text and not optional:
        raise MappeError("secret-empty", f"{what}: nothing was given.", "Run the command again.")
    return text
